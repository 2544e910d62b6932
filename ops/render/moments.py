"""Rows along time: what happened in order, and how much of it in each hour."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.errors import UsageError
from ops.query.model import Cell
from ops.render.rows import Rows, shown

_BAR = 40
"""Cells of the longest bar."""
_MOST_HOURS = 24 * 7
"""Hours with a line each; a longer time gets a line a day."""
_FIRST = ("event_name", "event_source", "error_code", "recipient_account_id", "aws_region")
"""What a reader of a timeline looks for first, in this order."""
_DROPPED = ("event_id", "raw", "day", "request_id")


def timeline(columns: Sequence[str], rows: Rows) -> RenderableType:
    """Return rows in the order of time, day by day, with the time that passed between them."""
    place = _time(columns, rows)
    others = _others(columns, place)
    dated = sorted(_dated(rows, place), key=lambda one: one[0])
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    for nth in others:
        table.add_column(no_wrap=columns[nth] in ("event_name", "error_code"), overflow="fold")
    before: datetime | None = None
    for moment, row in dated:
        if before is None or moment.date() != before.date():
            table.add_row(Text(f"{moment:%Y-%m-%d}", style="bold"), *[""] * (len(others) + 1))
        gap = Text(_passed(moment - before) if before else "", style="dim")
        table.add_row(
            Text(f"{moment:%H:%M:%SZ}"), gap, *(_mark(columns[nth], row[nth]) for nth in others)
        )
        before = moment
    return Group(table, *_undated(len(rows) - len(dated)))


def histogram(columns: Sequence[str], rows: Rows) -> RenderableType:
    """Return how many rows lie in each hour, or in each day of a longer time."""
    place = _time(columns, rows)
    moments = [moment for moment, _ in _dated(rows, place)]
    if not moments:
        return Group(Text("No rows.", style="dim"), *_undated(len(rows)))
    hours = (max(moments) - min(moments)) / timedelta(hours=1)
    step, form = (
        (timedelta(hours=1), "%Y-%m-%d %H:00Z")
        if hours < _MOST_HOURS
        else (timedelta(days=1), "%Y-%m-%d")
    )
    counted = Counter(_floor(one, step) for one in moments)
    most = max(counted.values())
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    moment = min(counted)
    while moment <= max(counted):
        count = counted.get(moment, 0)
        table.add_row(
            f"{moment:{form}}", str(count), Text("█" * math.ceil(count * _BAR / most), style="cyan")
        )
        moment += step
    return Group(table, *_undated(len(rows) - len(moments)))


def _dated(rows: Rows, place: int) -> Iterator[tuple[datetime, Sequence[Cell]]]:
    for row in rows:
        moment = row[place]
        if isinstance(moment, datetime):
            yield moment, row


def _time(columns: Sequence[str], rows: Rows) -> int:
    """Return the place of the column to go by: event_time, else the first that holds times."""
    if "event_time" in columns:
        return list(columns).index("event_time")
    for nth in range(len(columns)):
        if any(isinstance(row[nth], datetime) for row in rows):
            return nth
    if not rows and columns:
        return 0
    raise UsageError("The answer has no column of times to go by.", hint="select event_time")


def _others(columns: Sequence[str], place: int) -> list[int]:
    first = [list(columns).index(name) for name in _FIRST if name in columns]
    rest = [nth for nth, name in enumerate(columns)
            if nth != place and nth not in first and name not in _DROPPED]  # fmt: skip
    return first + rest


def _mark(column: str, value: Cell) -> Text:
    return Text(shown(value), style="bold" if column == "event_name" else "")


def _passed(gap: timedelta) -> str:
    """Return a time that passed, in its two largest units."""
    days, seconds = gap.days, gap.seconds
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if days:
        return f"+{days}d{hours:02d}h"
    if hours:
        return f"+{hours}h{minutes:02d}m"
    return f"+{minutes}m{seconds % 60:02d}s" if minutes else f"+{seconds % 60}s"


def _floor(moment: datetime, step: timedelta) -> datetime:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return start + (moment - start) // step * step


def _undated(count: int) -> list[Text]:
    return [Text(f"{count} rows without a time are not shown", style="dim")] if count else []
