"""Rows along time: what happened in order, and how much of it in each hour."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from ops.errors import UsageError
from ops.query.model import Cell
from ops.render.rows import Rows, shown
from ops.render.text import one_line

_Column = tuple[str, list[str]]
"""A column's name and its texts."""
_CLOCK = 19
"""Cells of the clock and of the time that passed."""
_BAR = 40
"""Cells of the longest bar."""
_MOST_HOURS = 24 * 7
"""Hours with a line each; a longer time gets a line a day."""
_MOST_EMPTY = 31
"""Hours or days without rows, one after another, with a line each."""
_FIRST = ("event_name", "event_source", "error_code", "recipient_account_id", "aws_region")
"""What a reader of a timeline looks for first, in this order."""
_DROPPED = ("event_id", "raw", "day", "request_id")


def timeline(columns: Sequence[str], rows: Rows) -> RenderableType:
    """Return rows in the order of time, day by day, with the time that passed between them."""
    return _Timeline(columns, rows)


class _Timeline:
    """A timeline that leaves out the last columns where there is no room for them."""

    def __init__(self, columns: Sequence[str], rows: Rows) -> None:
        place = _time(columns, rows)
        dated = sorted(_dated(rows, place), key=lambda one: one[0])
        self._missing = len(rows) - len(dated)
        self._moments = [moment for moment, _ in dated]
        self._columns = [(one_line(columns[nth]), [shown(row[nth]) for _, row in dated])
                         for nth in _others(columns, place)]  # fmt: skip

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for the width there is."""
        kept, left_out = self._fitting(options.max_width - _CLOCK)
        table = _table(2 + len(kept))
        before: datetime | None = None
        for place, moment in enumerate(self._moments):
            if before is None or moment.date() != before.date():
                table.add_row(Text(moment.date().isoformat(), style="bold"))
            gap = Text(_passed(moment - before) if before else "", style="dim")
            table.add_row(
                Text(f"{moment:%H:%M:%SZ}"), gap, *(Text(texts[place]) for _, texts in kept)
            )
            before = moment
        yield table
        if left_out:
            names = ", ".join(name for name, _ in left_out)
            yield Text(f"no room for: {names}", style="dim")
        yield from _undated(self._missing)

    def _fitting(self, room: int) -> "tuple[list[_Column], list[_Column]]":
        kept: list[_Column] = []
        left_out: list[_Column] = []
        for name, texts in self._columns:
            width = max((cell_len(text) for text in texts), default=0) + 2
            if width == 2:
                continue
            fits = width <= room or not kept
            (kept if fits else left_out).append((name, texts))
            room -= width if fits else 0
        return kept, left_out


def histogram(columns: Sequence[str], rows: Rows) -> RenderableType:
    """Return how many rows lie in each hour, or in each day of a longer time."""
    place = _time(columns, rows)
    moments = [moment for moment, _ in _dated(rows, place)]
    if not moments:
        return Group(Text("No rows.", style="dim"), *_undated(len(rows)))
    hourly = (max(moments) - min(moments)) / timedelta(hours=1) < _MOST_HOURS
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    every = list(_counted(Counter(_floor(one, step) for one in moments), step, hourly=hourly))
    return Group(bars(every), *_undated(len(rows) - len(moments)))


def _counted(
    counts: Counter[datetime], step: timedelta, *, hourly: bool
) -> Iterator[tuple[str, int]]:
    """Yield every hour or day with its count; a long time of none in one."""
    before: datetime | None = None
    for moment in sorted(counts):
        empty = 0 if before is None else (moment - before) // step - 1
        if before is not None and empty <= _MOST_EMPTY:
            yield from ((_named(before + n * step, hourly=hourly), 0) for n in range(1, empty + 1))
        elif empty:
            yield f"{empty:,} {'hours' if hourly else 'days'} more", 0
        yield _named(moment, hourly=hourly), counts[moment]
        before = moment


def _named(moment: datetime, *, hourly: bool) -> str:
    day = moment.date().isoformat()
    return f"{day} {moment:%H}:00Z" if hourly else day


def bars(counted: Sequence[tuple[str, int]], notes: Sequence[str] = ()) -> Table:
    """Return a bar for each count; the number stands beside it, so no colour says anything."""
    table = _table(4 if notes else 3)
    most = max((count for _, count in counted), default=0) or 1
    for nth, (name, count) in enumerate(counted):
        bar = Text("█" * math.ceil(count * _BAR / most), style="cyan")
        table.add_row(name, str(count), bar, *(Text(one) for one in notes[nth : nth + 1]))
    return table


def _table(columns: int) -> Table:
    """Return an empty table whose second column is of numbers."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for nth in range(columns):
        table.add_column(no_wrap=True, justify="right" if nth == 1 else "left", overflow="ignore")
    return table


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
