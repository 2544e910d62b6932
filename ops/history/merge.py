"""Puts the rows of a day in order, from wherever they wait, window after window.

Rows are ordered by their heads alone. Then one window of that order after another is
made whole, with only those sources in memory that it needs. As rows come in nearly the
order of the store, those are few, however many rows the day has.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ops.history import schema
from ops.history.events import EventFile
from ops.history.rows import HEAD, ORDER, STORED, days_of, name_of
from ops.history.stage import Piece

Array = Any
"""An Arrow array."""
Table = Any
"""An Arrow table."""

ROW_GROUP = 20_000
"""Rows of a window at most; a window becomes a row group, whose statistics let queries skip it."""
_WINDOW_BYTES = 16 << 20
"""Bytes of text in a window at most."""
_VECTOR = 2_048
"""Rows that DuckDB works on at once, counted from the start of a row group."""
_VECTOR_BYTES = 8 << 20
"""Bytes of text in so many rows at most: reading JSON takes a multiple of it in each thread."""
_LARGE, _TIMES = 64 << 10, 4
"""Bytes of a row that count several times there: DuckDB makes room for all of a bag escaped."""
_RUN = 16
"""Rows of one source after another, on average, from which it pays not to copy them again."""
_HELD_BYTES = 32 << 20
"""Bytes of sources that are kept for the next window at most."""
_FIRST = HEAD.names[: len(ORDER) + 1]
"""The columns of an event file that a head has."""
TEXTS = ["source_key", "source_index", "raw"]
"""What rows are compared by if their events' ids are equal."""
_REST = [name for name in STORED.names if name not in _FIRST]


class Source(Protocol):
    """Some rows."""

    def head(self) -> Table:
        """Return the heads of the rows."""

    def rest(self) -> Table:
        """Return the columns of an event file that a head has not."""

    def texts(self, rows: Array) -> Table:
        """Return `source_key`, `source_index` and `raw` of some rows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that were put down in this run."""

    piece: Piece
    etags: Mapping[str, str | None]
    """Of the piece's objects, by key."""
    collected: datetime

    def head(self) -> Table:
        """Return the heads of the rows."""
        return pa.Table.from_batches([self.piece.head()])

    def rest(self) -> Table:
        """Return the columns of an event file that a head has not."""
        body, keys = self.piece.body(), self.piece.keys
        objects, when = body["object"], pa.scalar(self.collected, STORED.field("collected_at").type)
        etags = pa.array([self.etags.get(key) for key in keys], pa.string())
        added = {
            "source_key": pa.array(keys, pa.string()).take(objects),
            "source_etag": etags.take(objects),
            "collected_at": pa.repeat(when, body.num_rows),
            "schema_version": pa.repeat(pa.scalar(schema.VERSION, pa.int32()), body.num_rows),
        }
        return pa.table([added[one] if one in added else body[one] for one in _REST], names=_REST)

    def texts(self, rows: Array) -> Table:
        """Return `source_key`, `source_index` and `raw` of some rows."""
        body = self.piece.body()
        objects, index, raw = (body[name].take(rows) for name in ("object", *TEXTS[1:]))
        keys = pa.array(self.piece.keys, pa.string()).take(objects)
        return pa.table([keys, index, raw], names=TEXTS)


@dataclass(frozen=True, slots=True)
class Group:
    """A row group of an event file that is to be written anew."""

    file: EventFile
    number: int
    fingerprints: Array

    def head(self) -> Table:
        """Return the heads of the rows."""
        with self.file.open() as opened:
            found = opened.read_row_group(self.number, columns=_FIRST, use_threads=False)
            about = opened.metadata.row_group(self.number)
        size = pa.scalar(about.total_byte_size // max(about.num_rows, 1), pa.int32())
        columns = [found[name] for name in _FIRST]
        return pa.table([*columns, self.fingerprints, pa.repeat(size, found.num_rows)], schema=HEAD)

    def rest(self) -> Table:
        """Return the columns of an event file that a head has not."""
        return self._read(_REST)

    def texts(self, rows: Array) -> Table:
        """Return `source_key`, `source_index` and `raw` of some rows."""
        return self._read(TEXTS).take(rows)

    def _read(self, columns: list[str]) -> Table:
        with self.file.open() as opened:
            return opened.read_row_group(self.number, columns=columns, use_threads=False)


def groups(file: EventFile) -> Iterator[Group]:
    """Yield the row groups of an event file."""
    fingerprints, place = file.fingerprints(), 0
    with file.open() as opened:
        counts = [opened.metadata.row_group(one).num_rows for one in range(opened.num_row_groups)]
    for number, count in enumerate(counts):
        yield Group(file, number, fingerprints.slice(place, count))
        place += count


@dataclass(frozen=True, slots=True)
class Lot:
    """Rows of one day, known by their heads."""

    sources: Sequence[Source]
    heads: Table
    """With `source` and `row`: which row of which source each is."""

    def chosen(self, mask: Array) -> "Lot":
        """Return the lot of some of its rows."""
        return Lot(self.sources, self.heads.filter(mask))

    def with_(self, sources: Sequence[Source]) -> "Lot":
        """Return the lot that has the rows of other sources too."""
        more = _heads(sources, len(self.sources))
        return Lot([*self.sources, *sources], pa.concat_tables([self.heads, *more]))


def lots(sources: Sequence[Source]) -> dict[str, Lot]:
    """Return the rows of some sources, by the day of their events."""
    heads = pa.concat_tables(_heads(sources, 0))
    days = days_of(heads["event_time"])
    found = pc.unique(days).to_pylist()
    chosen = (days.is_null() if day is None else pc.equal(days, pa.scalar(day)) for day in found)
    by_name = {
        name_of(day): Lot(sources, heads.filter(mask) if len(found) > 1 else heads)
        for day, mask in zip(found, chosen, strict=True)
    }
    return dict(sorted(by_name.items()))


def _heads(sources: Sequence[Source], first: int) -> list[Table]:
    found = []
    for number, source in enumerate(sources, first):
        head = source.head()
        rows = pa.arange(0, head.num_rows).cast(pa.int32())
        numbers = pa.repeat(pa.scalar(number, pa.int32()), head.num_rows)
        found.append(head.append_column("source", numbers).append_column("row", rows))
    return found


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive rows of a day, whole."""

    table: Table
    """Of `rows.STORED`."""
    fingerprints: Array


def windows(rows: Lot) -> Iterator[Window]:
    """Yield a lot's rows in the order of an event file, few enough at a time to be in memory."""
    order = pc.sort_indices(rows.heads, sort_keys=[(name, "ascending") for name in ORDER])
    heads = rows.heads.take(order)
    loader = _Loader(rows.sources, heads["source"])
    for start, stop in _cuts(heads["size"].to_pylist()):
        yield _window(heads.slice(start, stop - start), loader)


def _window(head: Table, loader: "_Loader") -> Window:
    rest = loader.rows(head["source"].combine_chunks(), head["row"].combine_chunks())
    columns = [head[name] if name in _FIRST else rest[name] for name in STORED.names]
    return Window(pa.table(columns, schema=STORED), head["fingerprint"])


def _cuts(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where windows begin and end, by the sizes of the rows."""
    ends = list(accumulate(sizes, initial=0))
    weights = list(accumulate((_weight(one) for one in sizes), initial=0))
    start = 0
    while start < len(sizes):
        stop = min(_within(ends, start, _WINDOW_BYTES), start + ROW_GROUP)
        for first in range(start, stop, _VECTOR):
            last = _within(weights, first, _VECTOR_BYTES)
            if last < min(first + _VECTOR, stop):
                stop = last
                break
        yield start, stop
        start = stop


def _weight(size: int) -> int:
    return size * _TIMES if size >= _LARGE else size


def _within(ends: Sequence[int], start: int, most: int) -> int:
    """Return before which row so many bytes are reached; one row there is in any case."""
    return max(bisect_right(ends, ends[start] + most) - 1, start + 1)


class _Loader:
    """Brings the rest of rows into memory, no sooner than needed and no longer than that.

    Where rows come in no order, every source would be needed to the end: then those not
    used for longest are given up, to be loaded again.
    """

    def __init__(self, sources: Sequence[Source], order: Array) -> None:
        self._sources = sources
        self._left = _counts(order)
        self._held: OrderedDict[int, Table] = OrderedDict()

    def rows(self, sources: Array, rows: Array) -> Table:
        """Return rows in the asked order; each is asked for once."""
        needed = _counts(sources)
        taken = {one: self._taken(one, sources, rows) for one in needed}
        self._forget(needed)
        if len(needed) == 1:
            return taken.popitem()[1]
        runs = pc.run_end_encode(sources)
        if len(runs.values) * _RUN <= len(sources):
            return pa.concat_tables(_pieced(taken, runs))
        # Rows of one source are in order; where they go follows from sorting the places back.
        places = pc.sort_indices(pc.sort_indices(pc.index_in(sources, pa.array(list(needed)))))
        return pa.concat_tables(taken.values()).take(places)

    def _taken(self, number: int, sources: Array, rows: Array) -> Table:
        """Return the rows of one source, in the asked order."""
        return self._load(number).take(rows.filter(pc.equal(sources, number)))

    def _load(self, number: int) -> Table:
        if number not in self._held:
            self._held[number] = self._sources[number].rest()
        self._held.move_to_end(number)
        return self._held[number]

    def _forget(self, used: Mapping[int, int]) -> None:
        for number, count in used.items():
            self._left[number] -= count
            if not self._left[number]:
                del self._held[number]
        size = sum(one.nbytes for one in self._held.values())
        while size > _HELD_BYTES:
            size -= self._held.popitem(last=False)[1].nbytes


def _pieced(taken: Mapping[int, Table], runs: Array) -> Iterator[Table]:
    """Yield runs of rows of one source; nothing is copied."""
    place = dict.fromkeys(taken, 0)
    start = 0
    for source, stop in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield taken[source].slice(place[source], stop - start)
        place[source] += stop - start
        start = stop


def _counts(numbers: Array) -> dict[int, int]:
    """Return how often each number is there, in the order of their first places."""
    found = pc.value_counts(numbers)
    return dict(
        zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)
    )
