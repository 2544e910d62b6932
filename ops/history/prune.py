"""Removes the events of days long past from a store.

The manifest stays: what was collected once is not collected again. Of the quarantine,
what came in files delivered before that day goes too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ops import layout
from ops.history import manifest, store
from ops.history.events import event_files
from ops.history.shelf import CONFLICTS, QUARANTINE, UNKNOWN_DAY, Changes, Shelf, ids_of

Table = Any
"""An Arrow table."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed."""

    before: date
    days: int
    events: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "before": self.before.isoformat(),
            "days": self.days,
            "events": self.events,
            "bytes": self.bytes,
        }


def prune(shelf: Shelf, before: date) -> Pruned:
    """Remove the events of the days before a day; raise StoreError.

    Events without a readable time stay.
    """
    limit = before.isoformat()
    with shelf.hold() as scratch:
        said = store.about(shelf)
        old = {
            day: files
            for day, files in event_files(shelf).items()
            if day != UNKNOWN_DAY and day < limit
        }
        files = [file for held in old.values() for file in held]
        gone = {one for file in files for one in (file.path, ids_of(file.path))}
        changes = [*_conflicts(shelf, scratch, limit), *_quarantine(shelf, scratch, before)]
        new = {path: file for path, file in changes if file is not None}
        gone |= {path for path, file in changes if file is None}
        latest = max(limit, said.pruned_before or "")
        new |= store.described(scratch, replace(said, pruned_before=latest))
        events = sum(file.rows() for file in files)
        shelf.publish(Changes(new, frozenset(gone)))
    return Pruned(before, len(old), events, sum(file.size for file in files))


Change = tuple[str, Path | None]
"""A file of the store, and what takes its place; None: nothing does."""


def _conflicts(shelf: Shelf, scratch: Path, limit: str) -> Iterator[Change]:
    """Yield what becomes of the conflicts: rows of old days leave, and whoever is then alone."""
    paths = [one.path for one in shelf.files(CONFLICTS)]
    tables = [manifest.read(shelf, path) for path in paths]
    if not tables:
        return
    found = pa.concat_tables(tables)
    kept = found.filter(
        pc.or_(pc.equal(found["day"], UNKNOWN_DAY), pc.greater_equal(found["day"], limit))
    )
    counts = pc.value_counts(kept["event_id"].combine_chunks())
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    kept = kept.filter(pc.is_in(kept["event_id"], value_set=several))
    if kept.num_rows == found.num_rows:
        return
    yield from ((path, None) for path in paths[1:])
    rows = kept.to_pylist()
    written = scratch / "conflicts.parquet"
    yield paths[0], manifest.write(written, rows, manifest.CONFLICTING) if rows else None


def _quarantine(shelf: Shelf, scratch: Path, before: date) -> Iterator[Change]:
    """Yield what becomes of the quarantine: pieces of files delivered before a day leave."""
    for number, one in enumerate(shelf.files(QUARANTINE)):
        found = manifest.read(shelf, one.path)
        kept = [row for row in found.to_pylist() if not _is_older(row["source_key"], before)]
        if len(kept) < found.num_rows:
            written = scratch / f"quarantine-{number}.parquet"
            schema = manifest.QUARANTINED
            yield one.path, manifest.write(written, kept, schema) if kept else None


def _is_older(key: str, before: date) -> bool:
    place = layout.parse(key)
    return place is not None and place.day < before
