"""Rows of an answer, some at a time: by their number, and by how large they are.

A record has a kilobyte or two, but one may have a megabyte, and thousands of these
are more than a process may hold.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from ops.errors import QueryError
from ops.query.model import Cell

Row = tuple[Cell, ...]
_ROWS, _BYTES = 2_000, 16 << 20
"""Rows of a portion at most, and about how much text."""
_STEP = 32
"""Rows that are fetched at once: before the next ones it is looked how large they were."""
_WHOLE_BYTES = 64 << 20
"""Text of an answer that is kept whole; what shows it makes as much again of it."""
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)


class Cursor(Protocol):
    """Where rows come from."""

    def fetchmany(self, size: int) -> list[Row]:
        """Return the next rows, at most so many."""


def portion(cursor: Cursor, left: int | None) -> list[Row]:
    """Return the next rows, at most `left`; none at the end."""
    most = _ROWS if left is None else min(_ROWS, left)
    rows: list[Row] = []
    bytes_ = 0
    while len(rows) < most and bytes_ < _BYTES:
        found = cursor.fetchmany(min(_STEP, most - len(rows)))
        if not found:
            break
        rows += found
        bytes_ += size(found)
    return rows


def whole(batches: Iterable[Sequence[Row]]) -> list[Row]:
    """Return all rows; raise QueryError if they are too large to be held together."""
    rows: list[Row] = []
    bytes_ = 0
    for batch in batches:
        rows += batch
        bytes_ += size(batch)
        if bytes_ > _WHOLE_BYTES:
            raise QueryError(
                f"The answer is too large to be shown: its first {len(rows):,} rows have "
                f"{bytes_ / 1e6:,.0f} MB of text.",
                hint="write it to a file with --output, or ask for fewer columns or rows",
            )
    return rows


def size(rows: Iterable[Row]) -> int:
    """Return about how many bytes the texts in some rows have."""
    return sum(len(one) for row in rows for one in row if isinstance(one, str | bytes))


def first(text: str, limit: int | None) -> str:
    """Return a question that gives its first rows only, where that saves the engine work.

    That is if they are to be put in order. Else an engine told a limit would keep that many
    rows in memory before it gives the first, however large; the others are not fetched.
    """
    if limit is None or not _ORDERED.search(text):
        return text
    return f"FROM ({text}\n) LIMIT {limit}"
