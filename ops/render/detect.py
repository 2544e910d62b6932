"""Findings for people: whoever did the worst first, session by session.

Every text of a finding may come from a log, so each is one line, cleaned, never markup.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from ops.detect.finding import Finding
from ops.detect.report import Report
from ops.query.cells import moment
from ops.render.rows import Grid, shown
from ops.rules.rule import Level

_COLORS = {
    Level.CRITICAL: "bold red",
    Level.HIGH: "red",
    Level.MEDIUM: "yellow",
    Level.LOW: "cyan",
    Level.INFORMATIONAL: "dim",
}
_COLUMNS = ("time", "level", "rule", "event", "count", "account", "region", "address", "error")
_GROUPS, _FINDINGS, _STEPS, _SAID = 25, 15, 5, 5
"""The most that is shown: groups, and of each findings, next steps, and values of a kind."""
_OF_A_RULE = 3
"""Findings of a rule that are shown before more of another's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """All findings of one actor in one session."""

    name: str | None
    session: str | None
    findings: Sequence[Finding]

    @property
    def level(self) -> Level:
        """The worst of it."""
        return max((one.rule.said.level for one in self.findings), key=lambda one: one.rank)


def grouped(findings: Sequence[Finding]) -> list[Actor]:
    """Return findings by who and with which key: the worst first, then the most, then the oldest."""

    def key(one: Finding) -> tuple[str, str]:
        return one.actor or "", one.session or ""

    actors = [Actor(name or None, session or None, list(some))
              for (name, session), some in groupby(sorted(findings, key=key), key)]  # fmt: skip
    return sorted(actors, key=lambda one: (-one.level.rank, -len(one.findings), _first(one)))


def table(report: Report) -> RenderableType:
    """Return a report for a terminal."""
    actors = grouped(report.findings)
    parts = [part for one in actors[:_GROUPS] for part in _told(one)]
    if len(actors) > _GROUPS:
        rest = sum(len(one.findings) for one in actors[_GROUPS:])
        parts.append(_line(f"… and {len(actors) - _GROUPS:,} more actors with {rest:,} findings "
                           "(--format json has all)"))  # fmt: skip
    return Group(*parts) if parts else Text("No findings.")


def _told(actor: Actor) -> Iterator[RenderableType]:
    head = Text(f"{actor.level} ", style=_COLORS[actor.level])
    head.append(shown(actor.name or "an unknown actor"), style="bold")
    head.append(f"  {shown(actor.session)}" if actor.session else "  without an access key")
    yield head
    rules = Counter(one.rule.said.name for one in actor.findings)
    yield _line(f"  {_span(actor)}; from {_some(one.address for one in actor.findings)}")
    yield _line(
        f"  {_some(f'{name} ({count:,})' if count > 1 else name for name, count in rules.most_common())}"
    )
    worst = _worst(actor.findings)
    yield Grid(_COLUMNS, [_row(one) for one in sorted(worst, key=_time)])
    if len(actor.findings) > _FINDINGS:
        yield _line(
            f"  … and {len(actor.findings) - _FINDINGS:,} more findings (--format json has all)"
        )
    steps = list(dict.fromkeys(step for one in worst for step in one.next))
    yield from (_line(f"  → {step}") for step in steps[:_STEPS])
    yield Text()


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    """Return what is shown: of every rule a few before more of any, and then the worst."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[bool, int, int, Finding]] = []
    for one in findings:
        said = one.rule.said
        seen[said.name] += 1
        ranked.append((seen[said.name] > _OF_A_RULE, -said.level.rank, len(ranked), one))
    return [one for *_, one in sorted(ranked, key=lambda each: each[:3])[:_FINDINGS]]


def _row(one: Finding) -> list[object]:
    said = one.rule.said
    time = moment(one.time) if one.time else None
    return [time, str(said.level), said.title, one.event_name, one.count, one.account, one.region,
            one.address, one.error]  # fmt: skip


def _span(actor: Actor) -> str:
    times = [one for each in actor.findings for one in (each.time, each.last_time) if one]
    if not times:
        return "at an unknown time"
    first, last = moment(min(times)), moment(max(times))
    return first if first == last else f"{first} to {last}"


def _some(values: "Iterator[str | None]") -> str:
    different = list(dict.fromkeys(one for one in values if one)) or ["nowhere known"]
    more = len(different) - _SAID
    return ", ".join(different[:_SAID]) + (f" and {more:,} more" if more > 0 else "")


def _time(one: Finding) -> datetime:
    return one.time or datetime.max.replace(tzinfo=UTC)


def _first(actor: Actor) -> datetime:
    return min(map(_time, actor.findings))


def _line(text: str) -> Text:
    """Return a line of text that may come from a log; its leading spaces stay."""
    return Text(" " * (len(text) - len(text.lstrip(" "))) + shown(text))
