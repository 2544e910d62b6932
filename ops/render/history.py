"""Views of the history's store: what a collection did, what the store holds; its progress."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.history.collect import Progress
from ops.history.info import Info
from ops.history.outcome import Outcome, Problem
from ops.history.prune import Pruned
from ops.render.facts import facts
from ops.render.meter import Meter
from ops.render.text import clean, one_line, size

_MOST_SHOWN = 20


class Watch(Meter):
    """Shows how far a collection is."""

    def tell(self, progress: Progress) -> None:
        """Show one state of the run, if it is time to."""
        if not self.due():
            return
        rate = progress.records / self.seconds
        text = (
            f"{progress.done:,}/{progress.seen:,} objects, {progress.records:,} records read, "
            f"{progress.published:,} published, {rate:,.0f}/s"
        )
        self.show(text, progress.done, progress.seen)


def outcome(found: Outcome) -> RenderableType:
    """Return what a collection did, for people."""
    counts = found.counts
    told = facts(
        (
            "objects",
            f"{found.objects_seen:,} seen, {found.objects_new:,} new, {found.foreign:,} foreign",
        ),
        ("records read", f"{counts.records:,}"),
        ("events stored", f"{counts.stored:,}"),
        ("duplicates", f"{counts.duplicates:,}"),
        ("quarantined", _alarming(counts.quarantined)),
        ("conflicts", _alarming(counts.conflicts)),
        ("unreadable", _alarming(found.unreadable)),
    )
    parts: list[RenderableType] = [Text(f"{clean(found.source)} → {clean(found.store)}"), told]
    if found.problems:
        parts += [Text(), _problems(found.problems)]
    if found.empty:
        parts.append(Text("There was nothing that could hold events.", style="yellow"))
    return Group(*parts)


def info(found: Info) -> RenderableType:
    """Return what a store holds, for people."""
    last = found.last_run
    period = f"{found.first_day} to {found.last_day} ({found.days} with events)"
    told = facts(
        (
            "events",
            f"{found.events:,}"
            + (f", {found.undated:,} of them without a time" if found.undated else ""),
        ),
        ("days", period if found.days else "none"),
        ("accounts", _listed(found.accounts)),
        ("regions", _listed(found.regions)),
        (
            "event files",
            f"{found.files:,}, {size(found.bytes)}; beside them {size(found.other_bytes)}",
        ),
        ("objects", f"{found.objects:,}"),
        ("conflicts", _alarming(found.conflicts)),
        ("quarantined", _alarming(found.quarantined)),
        ("mended", f"{found.mended:,}"),
        ("columns", f"version {found.about.schema_version}"),
        ("created", found.about.created_at),
        ("pruned before", found.about.pruned_before or "never"),
        (
            "last run",
            f"{last.collected_at:%Y-%m-%dT%H:%M:%SZ}, {last.objects:,} objects, {last.events:,} events"
            if last
            else "none",
        ),
    )
    return Group(Text(clean(found.store)), told)


def pruned(found: Pruned) -> RenderableType:
    """Return what was removed, for people."""
    what = f"{found.events:,} events of {found.days:,} days, {size(found.bytes)}"
    return Text(f"Removed what happened before {found.before}: {what}.")


def _problems(problems: list[Problem]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in problems[:_MOST_SHOWN]:
        hint = f"\n→ {one_line(one.hint)}" if one.hint else ""
        style = "red" if one.what == "quarantined" else "yellow"
        told = f"{one_line(one.key)}\n{one_line(one.reason)}{hint}"
        table.add_row(Text(one.what, style=style), Text(told))
    if len(problems) > _MOST_SHOWN:
        table.add_row("", Text(f"and {len(problems) - _MOST_SHOWN} more (--format json)"))
    return table


def _alarming(count: int) -> Text:
    return Text(f"{count:,}", style="red" if count else "")


def _listed(names: Iterable[str]) -> str:
    listed = [clean(one) for one in names]
    more = f" and {len(listed) - _MOST_SHOWN} more" if len(listed) > _MOST_SHOWN else ""
    return f"{len(listed)}: {', '.join(listed[:_MOST_SHOWN])}{more}" if listed else "none"
