"""Rows set aside by day: in memory while they are few, in a file when they are many.

They come in any order of days and are wanted day by day; within a day they keep the
order in which they came.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ops.history.stage import message

Table = Any
"""An Arrow table."""
Day = str | None

_HELD_ROWS = 200_000
"""Rows kept in memory: an object's row has some 300 bytes."""


class Spool:
    """Rows by their column `day`."""

    def __init__(self, path: Path, schema: Any, *, most: int = _HELD_ROWS) -> None:
        self._path = path
        self._schema = schema
        self._most = most
        self._new: list[Table] = []
        self._rows = 0
        self._held: dict[Day, list[Table]] = {}
        self._places: dict[Day, list[tuple[int, int]]] = {}
        """Where in the file rows of each day are: offset and length."""

    def add(self, rows: Table) -> None:
        """Set rows aside; raise OSError."""
        self._new.append(rows)
        self._rows += rows.num_rows
        if self._rows >= self._most:
            self._spill()

    def days(self) -> list[Day]:
        """Return the days that there are, the oldest first, no day last."""
        self._divide()
        return sorted({*self._places, *self._held}, key=lambda day: (day is None, day or ""))

    def rows(self, day: Day) -> Table:
        """Return the rows of one day."""
        self._divide()
        spilled = [
            pa.Table.from_batches([message(str(self._path), offset, size, self._schema)])
            for offset, size in self._places.get(day, ())
        ]
        empty = self._schema.empty_table()
        return pa.concat_tables([empty, *spilled, *self._held.get(day, ())])

    def _divide(self) -> None:
        """Sort out by day what came since the last time."""
        if self._new:
            rows, self._new = pa.concat_tables(self._new), []
            for day in pc.unique(rows["day"]).to_pylist():
                mine = rows["day"].is_null() if day is None else pc.equal(rows["day"], day)
                self._held.setdefault(day, []).append(rows.filter(mine))

    def _spill(self) -> None:
        self._divide()
        with self._path.open("ab") as file:
            for day, tables in self._held.items():
                [batch] = pa.concat_tables(tables).combine_chunks().to_batches()
                self._places.setdefault(day, []).append(
                    (file.tell(), file.write(batch.serialize()))
                )
        self._held, self._rows = {}, 0
