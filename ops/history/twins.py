"""Rows that are there twice: duplicates, to be dropped, and conflicts, to be kept and told.

What identifies an event is its id; without one, where it lies. Rows of one identity and
one text are one event delivered twice: the first counts. Rows of one identity and
different texts contradict each other; an intruder may have planted one to hide another,
so all are stored.

Only rows whose fingerprints meet are looked at, some at a time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ops.history.events import EventFile
from ops.history.merge import TEXTS, Lot, groups

Array = Any
"""An Arrow array."""
Table = Any
"""An Arrow table."""

_AT_ONCE = 4_000_000
"""Fingerprints of the store that are compared in one go."""
_LOOKED_AT = 100_000
"""Fingerprints whose rows are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row comes from: its object, and which record of it it is."""

    key: str
    index: int


Identity = str | Place
"""An event's id, or without one its place."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stored row whose event says something else elsewhere."""

    event_id: str
    place: Place
    day: str


@dataclass(slots=True)
class Twins:
    """What was found among the rows of a run."""

    dropped: dict[str, list[int]] = field(default_factory=dict)
    """By day, which rows of its lot are duplicates."""
    duplicates: dict[str, int] = field(default_factory=dict)
    """How many of each object's rows."""
    conflicts: dict[str, int] = field(default_factory=dict)
    """How many of each object's rows contradict rows that came before."""
    rows: list[Conflict] = field(default_factory=list)
    """Rows of conflicts that were not known as such before, the older ones included."""

    def kept(self, day: str, lot: Lot) -> Lot:
        """Return a day's lot without its duplicates."""
        dropped = self.dropped.get(day)
        if not dropped:
            return lot
        out = set(dropped)
        return lot.chosen(pa.array([row not in out for row in range(lot.heads.num_rows)]))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that is looked at."""

    identity: Identity
    digest: bytes
    """Of its text."""
    place: Place
    day: str
    number: int
    """Which row of the day's lot; -1 if it is in the store already."""


def twins(lots: Mapping[str, Lot], stored: Iterable[EventFile], order: Mapping[str, int]) -> Twins:
    """Compare the rows of each day with each other and with the store.

    `order` is which object comes first, by key: of equal rows its row is kept.
    """
    found = Twins()
    new = pa.chunked_array(
        [chunk for lot in lots.values() for chunk in lot.heads["fingerprint"].chunks], pa.uint64()
    )
    met = list(_met(stored, pc.unique(new)))
    counts = pc.value_counts(new)
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    suspects = pc.unique(pa.chunked_array([repeated, *(one.fingerprints for one in met)]))
    for start in range(0, len(suspects), _LOOKED_AT):
        some = suspects.slice(start, _LOOKED_AT)
        rows = [row for one in met for row in one.rows(some)]
        fresh = [row for day, lot in lots.items() for row in _fresh(day, lot, some)]
        fresh.sort(key=lambda row: (order[row.place.key], row.place.index))
        _judge(rows, fresh, found)
    return found


def _judge(rows: Sequence[_Row], fresh: Sequence[_Row], found: Twins) -> None:
    """Decide what each fresh row is, in their order."""
    held: dict[Identity, list[_Row]] = {}
    for row in rows:
        held.setdefault(row.identity, []).append(row)
    for row in fresh:
        others = held.setdefault(row.identity, [])
        key = row.place.key
        if any(one.digest == row.digest for one in others):
            found.dropped.setdefault(row.day, []).append(row.number)
            found.duplicates[key] = found.duplicates.get(key, 0) + 1
            continue
        if others and isinstance(row.identity, str):
            found.conflicts[key] = found.conflicts.get(key, 0) + 1
            # Two or more that differ are known as a conflict already.
            first = others if len(others) == 1 else []
            found.rows += [Conflict(row.identity, one.place, one.day) for one in (*first, row)]
        others.append(row)


@dataclass(frozen=True, slots=True)
class _Met:
    """Rows of an event file whose fingerprints are among the new ones."""

    file: EventFile
    numbers: Array
    """Which rows of the file they are."""
    fingerprints: Array

    def rows(self, suspects: Array) -> Iterator[_Row]:
        """Yield those whose fingerprint is suspect."""
        wanted = self.numbers.filter(pc.is_in(self.fingerprints, value_set=suspects))
        first = 0
        for group in groups(self.file) if len(wanted) else ():
            stop = first + len(group.fingerprints)
            here = wanted.filter(pc.and_(pc.greater_equal(wanted, first), pc.less(wanted, stop)))
            if len(here):
                places = pc.subtract(here, first)
                ids = group.head()["event_id"].take(places)
                yield from _rows(self.file.day, ids, group.texts(places), [-1] * len(here))
            first = stop


def _met(stored: Iterable[EventFile], new: Array) -> Iterator[_Met]:
    """Yield the files that have fingerprints of the new rows, and which rows have them."""
    files: list[EventFile] = []
    chunks: list[Array] = []
    for file in stored:
        files.append(file)
        chunks.append(file.fingerprints())
        if sum(map(len, chunks)) >= _AT_ONCE:
            yield from _compared(files, chunks, new)
            files, chunks = [], []
    yield from _compared(files, chunks, new)


def _compared(files: Sequence[EventFile], chunks: Sequence[Array], new: Array) -> Iterator[_Met]:
    # One call for all of them: it makes a hash table of the new ones each time.
    found = pc.is_in(pa.chunked_array(chunks, pa.uint64()), value_set=new).combine_chunks()
    place = 0
    for file, chunk in zip(files, chunks, strict=True):
        mask = found.slice(place, len(chunk))
        if mask.true_count:
            yield _Met(file, pc.indices_nonzero(mask), chunk.filter(mask))
        place += len(chunk)


def _fresh(day: str, lot: Lot, suspects: Array) -> Iterator[_Row]:
    """Yield the rows of a lot whose fingerprint is suspect."""
    mask = pc.is_in(lot.heads["fingerprint"], value_set=suspects)
    numbers = pc.indices_nonzero(mask)
    heads = lot.heads.select(["event_id", "source", "row"]).take(numbers)
    for source in pc.unique(heads["source"]).to_pylist():
        mine = pc.equal(heads["source"], source)
        some = heads.filter(mine)
        texts = lot.sources[source].texts(some["row"])
        yield from _rows(day, some["event_id"], texts, numbers.filter(mine).to_pylist())


def _rows(day: str, ids: Array, texts: Table, numbers: Sequence[int]) -> Iterator[_Row]:
    columns = (texts[name].to_pylist() for name in TEXTS)
    for number, event_id, key, index, raw in zip(numbers, ids.to_pylist(), *columns, strict=True):
        digest = blake2b(raw.encode(), digest_size=16).digest()
        place = Place(key, index)
        yield _Row(event_id or place, digest, place, day, number)
