"""`ops rules`: what detection rules and patterns match, before anything is deployed."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ops.cli import Lazy, LazyGroup
from ops.cli.events import Events
from ops.cli.options import View, output_options
from ops.errors import ArchiveError, Exit, UsageError
from ops.render.text import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.rules.reason import Verdict

_COLUMNS = ("event_time", "account", "region", "event_source", "event_name", "event_id", "why")
_CATALOGUE = {
    "list": Lazy("ops.cli.catalogue:list_", "List the rules."),
    "show": Lazy("ops.cli.catalogue:show", "Explain one rule."),
    "render": Lazy("ops.cli.catalogue:render", "Print a rule as one target wants it."),
    "test": Lazy("ops.cli.catalogue:test", "Try rules on their events in every target."),
}


@click.group(cls=LazyGroup, lazy=_CATALOGUE, no_args_is_help=True)
def rules() -> None:
    """List, explain, render and test detection rules, and try patterns on real events."""


@rules.command(short_help="Say which events a pattern matches, and why.")
@click.argument("pattern")
@click.option("--events", "source", required=True, metavar="FILE|SOURCE",
              help="The events: a file, a directory, s3://BUCKET[/PREFIX], or - for stdin.")  # fmt: skip
@click.option("--absent-differs", is_flag=True,
              help="Let != match a field that is absent or null; AWS does not say.")  # fmt: skip
@click.option("--allow-empty", is_flag=True, help="A source without any event is right.")
@output_options
def match(
    *, pattern: str, source: str, absent_differs: bool, allow_empty: bool, view: View
) -> Exit:
    """Say which events PATTERN matches, and which of its conditions decided.

    PATTERN is a filter pattern of CloudWatch Logs for JSON, { $.eventName = "…" }, or
    an event pattern of EventBridge if it begins with {". Both are evaluated as AWS
    documents them, on this machine. The events may come as CloudTrail delivers them
    (.json.gz), as JSON lines, or in any form that `ops collect` takes.

    \b
    Exit status: 0 whatever matches, 2 the pattern is wrong, 3 there was no event,
    or some could not be read.

    \b
    Example:
        ops rules match '{ $.errorCode = "*UnauthorizedOperation" }' --events ./logs
        ops rules match '{"detail": {"eventName": [{"prefix": "Delete"}]}}' --events -
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    explain = _explainer(pattern, absent_differs=absent_differs)
    events = Events(source)
    found = [_row(event, verdict) for event in events if (verdict := explain(event)).matches]
    if not events.read and not events.broken and not events.faults and not allow_empty:
        raise ArchiveError(
            f"{source} holds no event.", hint="--allow-empty says that this is right"
        )
    view.show(found, lambda: _table(found), whole=True, columns=_COLUMNS)
    click.echo(f"{len(found):,} of {events.read:,} events match", err=True)
    for fault in events.faults:
        click.echo(f"not read: {clean(fault)}", err=True)
    if events.broken:
        click.echo(f"not read: what is no event, {events.broken:,} times", err=True)
    return Exit.INCOMPLETE if events.faults or events.broken else Exit.OK


def _explainer(pattern: str, *, absent_differs: bool) -> "Callable[[Mapping[str, Any]], Verdict]":
    """Return what judges an event; raise PatternError."""
    from ops.detect.backtest.pattern import Kind, read

    tree = read(pattern)
    if absent_differs and tree.kind is Kind.RULE:
        raise UsageError("--absent-differs is about != of filter patterns; EventBridge has none.")
    return lambda event: tree.explain(event, absent_differs=absent_differs)


def _row(event: Mapping[str, Any], verdict: "Verdict") -> dict[str, Any]:
    return {
        "event_time": event.get("eventTime"),
        "account": event.get("recipientAccountId"),
        "region": event.get("awsRegion"),
        "event_source": event.get("eventSource"),
        "event_name": event.get("eventName"),
        "event_id": event.get("eventID"),
        "why": [{"condition": one.condition, "because": one.because} for one in verdict.reasons],
    }


def _table(found: list[dict[str, Any]]) -> "RenderableType":
    from ops.render.rows import Grid

    return Grid(_COLUMNS, [[*list(row.values())[:-1], _why(row)] for row in found])


def _why(row: Mapping[str, Any]) -> str:
    return "; ".join(f"{one['condition']}: {one['because']}" for one in row["why"])
