"""What a run has to read: the objects listed and not in the store yet, day by day.

The order is that of the store: rows of one day come together, and within a day by
account and region. Neither the listing nor the manifest is ever in memory as a whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ops.archive.model import Archive
from ops.history import manifest
from ops.history.listing import Listed, Selection, listed
from ops.history.shelf import Shelf
from ops.history.spool import Day, Spool
from ops.layout import DigestKey

Array = Any
"""An Arrow array."""
Table = Any
"""An Arrow table."""

_LISTED = pa.schema(
    [
        ("key", pa.string()),
        ("etag", pa.string()),
        ("stamp", pa.string()),
        ("size", pa.int64()),
        ("day", pa.string()),
    ]
)
_KNOWN = pa.schema(
    [
        ("key", pa.string()),
        ("etag", pa.string()),
        ("stamp", pa.string()),
        ("foreign", pa.bool_()),
        ("day", pa.string()),
    ]
)
_TOGETHER = 10_000
"""Listed objects that become a table."""
_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """An object to read."""

    key: str
    size: int
    etag: str | None
    """None of a local file: its content tells."""
    stamp: str | None
    """What would change with its content; None if only reading it tells."""
    known: Mapping[str, bool] = field(default_factory=dict)
    """ETags of contents of this key that the store has, and whether they were foreign."""


class Plan:
    """What a run has to read."""

    def __init__(
        self,
        archive: Archive,
        selection: Selection,
        shelf: Shelf,
        scratch: Path,
        *,
        watch: Callable[[int], None],
    ) -> None:
        self._archive = archive
        self._watch = watch
        self._selection = selection
        self._shelf = shelf
        self._scratch = scratch
        self.seen = 0
        """Objects listed."""
        self.foreign = 0
        """Of these, objects known to hold no events: by their keys, or since they were read."""
        self.known = 0
        """Of these, other objects that the store has already."""

    def objects(self) -> Iterator[Planned]:
        """Yield what is to be read, in order; raise ArchiveError or StoreError."""
        found = self._listing()
        days = found.days()
        known = self._manifest(days)
        for day in days:
            yield from self._new(found.rows(day), known.rows(day))

    def _listing(self) -> Spool:
        spool = Spool(self._scratch / "listing.arrow", _LISTED)
        rows: list[dict[str, Any]] = []
        for one in listed(self._archive, self._selection):
            self.seen += 1
            if _is_foreign(one):
                self.foreign += 1
                continue
            rows.append(_row(one))
            if len(rows) >= _TOGETHER:
                spool.add(pa.Table.from_pylist(rows, _LISTED))
                rows = []
            if self.seen % _TOLD_EVERY == 0:
                self._watch(self.seen)
        spool.add(pa.Table.from_pylist(rows, _LISTED))
        return spool

    def _manifest(self, days: list[Day]) -> Spool:
        spool = Spool(self._scratch / "manifest.arrow", _KNOWN)
        wanted = pa.array(days, pa.string())
        for rows in manifest.objects(self._shelf, _KNOWN.names):
            spool.add(rows.filter(pc.is_in(rows["day"], value_set=wanted)))
        return spool

    def _new(self, found: Table, known: Table) -> Iterator[Planned]:
        """Yield the objects of one day that the store does not have as they are now."""
        states = _states(found)
        there = pc.is_in(states, value_set=_states(known), skip_nulls=True)
        foreign = pc.is_in(
            states, value_set=_states(known.filter(known["foreign"])), skip_nulls=True
        )
        self.foreign += foreign.true_count
        self.known += there.true_count - foreign.true_count
        new = found.filter(pc.invert(there))
        others = _contents(known.filter(pc.is_in(known["key"], value_set=new["key"])))
        for batch in new.drop_columns("day").to_batches(_TOGETHER):
            for row in batch.to_pylist():
                yield Planned(**row, known=others.get(row["key"], {}))


def _is_foreign(one: Listed) -> bool:
    """Whether an object's key and size tell that it holds no events."""
    empty = one.entry.size == 0 and one.place is None
    return isinstance(one.place, DigestKey) or empty


def _row(one: Listed) -> dict[str, Any]:
    entry = one.entry
    return {
        "key": entry.key,
        "etag": entry.etag,
        "stamp": entry.etag or entry.state or None,
        "size": entry.size,
        "day": one.place.day.isoformat() if one.place else None,
    }


def _states(rows: Table) -> Array:
    """Return keys and stamps in one; null without a stamp."""
    return pc.binary_join_element_wise(rows["key"], rows["stamp"], "\0").combine_chunks()


def _contents(rows: Table) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    columns = (rows[name].to_pylist() for name in ("key", "etag", "foreign"))
    for key, etag, foreign in zip(*columns, strict=True):
        found.setdefault(key, {})[etag] = foreign
    return found
