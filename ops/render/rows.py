"""Rows of an answer as a table that fits: whole, wrapped, or a row below the other.

Every text in a row may come from a log, so each is spelled out on one line and
never read as markup.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from ops.query.cells import plain
from ops.query.model import Cell
from ops.render.text import one_line

NARROWEST = 20
"""Cells a column may be wrapped to, its name whole, before rows are set one below the other."""
GAP = 3
"""Cells between two columns of a table, its edges counted."""
_LONGEST = 2_000
"""Characters of one value shown; the other formats have all of it."""

Rows = Sequence[Sequence[Cell]]


def shown(value: Cell) -> str:
    """Return a value as people read it: in one line, nothing for null."""
    flat = plain(value)
    if flat is None:
        return ""
    if isinstance(flat, list):
        flat = ", ".join("" if one is None else str(one) for one in flat)
    if isinstance(flat, bool):
        flat = str(flat).lower()
    text = one_line(str(flat))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class Grid:
    """A table that chooses its form when it knows how wide it may be."""

    def __init__(self, columns: Sequence[str], rows: Rows) -> None:
        self._names = [one_line(name) for name in columns]
        self._texts = [[shown(cell) for cell in row] for row in rows]
        self._widths = [
            max([cell_len(name), *(cell_len(row[nth]) for row in self._texts)])
            for nth, name in enumerate(self._names)
        ]
        self._numbers = [
            all(isinstance(row[nth], int | float) or row[nth] is None for row in rows)
            for nth in range(len(columns))
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Choose the form that fits."""
        if not self._texts:
            yield Text("No rows.", style="dim")
        elif not console.is_terminal:
            yield from self._lines()
        else:
            yield from self._fitting(options.max_width)

    def _fitting(self, width: int) -> Iterator[RenderableType]:
        every = list(range(len(self._names)))
        if sum(self._widths[nth] + GAP for nth in every) <= width:
            yield self._table(every)
            return
        filled = [nth for nth in every if any(row[nth] for row in self._texts)]
        fits = sum(self._least(nth) + GAP for nth in filled) <= width
        yield self._table(filled) if fits else self._blocks(filled)
        left_out = [self._names[nth] for nth in every if nth not in filled]
        if left_out:
            yield Text(f"empty, not shown: {', '.join(left_out)}", style="dim")

    def _least(self, nth: int) -> int:
        return min(self._widths[nth], max(NARROWEST, cell_len(self._names[nth])))

    def _table(self, places: list[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for nth in places:
            side: Literal["left", "right"] = "right" if self._numbers[nth] else "left"
            name = Text(self._names[nth])
            table.add_column(name, justify=side, overflow="fold", min_width=self._least(nth))
        for row in self._texts:
            table.add_row(*(Text(row[nth]) for nth in places))
        return table

    def _blocks(self, places: list[int]) -> Table:
        """Return a row below the other, a line a value."""
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for number, row in enumerate(self._texts, 1):
            table.add_row(Text(f"row {number}", style="bold"), "")
            for nth in places:
                if row[nth]:
                    table.add_row(Text(self._names[nth], style="cyan"), Text(row[nth]))
        return table

    def _lines(self) -> Iterator[Text]:
        """Yield the rows as wide as they are: nobody wraps lines for a file or a pipe."""
        for row in [self._names, *self._texts]:
            padded = (text + " " * (width - cell_len(text))
                      for text, width in zip(row, self._widths, strict=True))  # fmt: skip
            yield Text("  ".join(padded).rstrip(), no_wrap=True, overflow="ignore")
