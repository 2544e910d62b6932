"""Event files of a store: their rows, their order, their fingerprints."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ops.history.fingerprint import fingerprints
from ops.history.parquet import opened
from ops.history.shelf import EVENTS, IDS, Shelf, day_of, ids_of

Array = Any
"""An Arrow array."""
Table = Any
"""An Arrow table."""

_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file of events and, beside it, their fingerprints."""

    day: str
    path: str
    size: int
    ids_size: int | None
    """Bytes of the file of fingerprints; None if there is none."""
    shelf: Shelf

    def open(self) -> AbstractContextManager[Any]:
        """Open it as a Parquet file; raise StoreError."""
        return opened(self.shelf, self.path)

    def rows(self) -> int:
        """Return how many events are in it."""
        with self.open() as file:
            count: int = file.metadata.num_rows
        return count

    def fingerprints(self) -> Array:
        """Return the rows' fingerprints, in the order of the rows."""
        if self.ids_size is not None:
            content = self.shelf.fetch(ids_of(self.path)).read_bytes()
            count = len(content) // _ID_BYTES
            return pa.Array.from_buffers(pa.uint64(), count, [None, pa.py_buffer(content)])
        with self.open() as file:
            rows = file.read(["event_id", "source_key", "source_index"])
        places = zip(rows["source_key"].to_pylist(), rows["source_index"].to_pylist(), strict=True)
        return pa.array(fingerprints(rows["event_id"].to_pylist(), places), pa.uint64())


def event_files(shelf: Shelf) -> dict[str, list[EventFile]]:
    """Return a store's event files by day, in the order of their names."""
    ids = {one.path: one.size for one in shelf.files(IDS)}
    found: dict[str, list[EventFile]] = {}
    for one in shelf.files(EVENTS):
        day = day_of(one.path)
        if day is not None:
            file = EventFile(day, one.path, one.size, ids.get(ids_of(one.path)), shelf)
            found.setdefault(day, []).append(file)
    return found
