"""Brings the rows of some objects into the store, with all that is known of them, at once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from ops import layout
from ops.history import eventfile, manifest, merge, store
from ops.history.events import EventFile, event_files
from ops.history.merge import Lot, Waiting, groups
from ops.history.plan import Planned
from ops.history.reader import Read
from ops.history.shelf import (
    CONFLICTS,
    EVENTS,
    MANIFEST,
    QUARANTINE,
    Changes,
    Shelf,
    ids_of,
)
from ops.history.stage import Piece
from ops.history.twins import Conflict, Twins, twins
from ops.layout import LogKey

_NUMBERED = re.compile(r"/events-(\d{4,})\.parquet$")
"""The name of an event file that may be replaced: in stores where files may be."""
_FULL_BYTES = 32 << 20
"""An event file larger than this is left as it is; new rows of its day begin another."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of collect."""

    name: str
    moment: datetime
    """When it began, in UTC."""


@dataclass(frozen=True, slots=True)
class Done:
    """An object that was read, and what had been planned."""

    planned: Planned
    read: Read

    @property
    def etag(self) -> str | None:
        """What its content is known by."""
        return self.planned.etag or self.read.hash


@dataclass(slots=True)
class Batch:
    """Objects to be published together."""

    objects: list[Done] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)


class Counts(NamedTuple):
    """What became of the items of objects: records = stored + duplicates + quarantined."""

    records: int = 0
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    """Of the stored ones, those that contradict an event that was stored before."""
    quarantined: int = 0


def total(counts: Iterable[Counts]) -> Counts:
    """Return several counts together."""
    return Counts(*map(sum, zip(*counts, strict=True)))


@dataclass(frozen=True, slots=True)
class _Day:
    """What is new of a day."""

    name: str
    lot: Lot
    number: int
    """Of its first event file."""
    begun: EventFile | None
    """Whose rows are to be in that file too, because it was written and is small."""


class Publisher:
    """Publishes batch after batch of a run."""

    def __init__(self, shelf: Shelf, scratch: Path, run: Run, threads: Executor) -> None:
        self._shelf = shelf
        self._scratch = scratch
        self._run = run
        self._threads = threads
        self._number = 0

    def publish(self, batch: Batch) -> Counts:
        """Bring a batch into the store; raise StoreError or OSError, and then nothing of it is."""
        self._number += 1
        pa.default_memory_pool().release_unused()
        lots = self._lots(batch)
        stored = event_files(self._shelf)
        files = [one for held in stored.values() for one in held]
        order = {done.read.key: place for place, done in enumerate(batch.objects)}
        found = twins(lots, files, order)
        changes: dict[str, Path] = {}
        days = [
            _Day(day, found.kept(day, lots[day]), *self._begun(stored.get(day, []))) for day in lots
        ]
        # Files that are written anew take most of the memory: those one after another.
        for made in chain(
            self._threads.map(self._write, [one for one in days if one.begun is None]),
            map(self._write, [one for one in days if one.begun is not None]),
        ):
            changes |= made
        counted = [(done, _counts(done.read, found)) for done in batch.objects]
        told = self._told(counted, found)
        changes |= told.new
        if not self._shelf.exists():
            changes |= store.beginning(self._scratch, self._run.moment)
        self._shelf.publish(Changes(changes, told.gone))
        return total(counts for _, counts in counted)

    def _lots(self, batch: Batch) -> dict[str, Lot]:
        etags = {done.read.key: done.etag for done in batch.objects}
        waiting = [Waiting(piece, etags, self._run.moment) for piece in batch.pieces]
        return merge.lots(waiting) if waiting else {}

    def _begun(self, stored: Sequence[EventFile]) -> tuple[int, EventFile | None]:
        """Return the number of a day's next event file, and the one it takes the place of."""
        numbered = {int(found[1]): one for one in stored if (found := _NUMBERED.search(one.path))}
        last = max(numbered, default=-1)
        if last in numbered and numbered[last].size < _FULL_BYTES:
            return last, numbered[last]
        return last + 1, None

    def _write(self, day: _Day) -> dict[str, Path]:
        """Write a day's new event files and return them by their paths."""
        if not day.lot.heads.num_rows:
            return {}
        lot = day.lot if day.begun is None else day.lot.with_(list(groups(day.begun)))
        writer = eventfile.Writer(self._scratch / f"{self._number:04d}-{day.name}")
        with closing(writer):
            for _ in map(writer.write, merge.windows(lot)):
                pass  # a loop over windows would keep each until the next one is made
        pa.default_memory_pool().release_unused()
        made: dict[str, Path] = {}
        for place, one in enumerate(writer.written, day.number):
            path = f"{EVENTS}{day.name}/{self._name(place)}.parquet"
            made |= {path: one.events, ids_of(path): one.ids}
        return made

    def _name(self, place: int) -> str:
        """Return the name of an event file; one that is never replaced is named after the run."""
        if self._shelf.rewrites:
            return f"events-{place:04d}"
        return f"run-{self._run.name}-{self._number:04d}-{place:04d}"

    def _told(self, counted: Sequence[tuple[Done, Counts]], found: Twins) -> Changes:
        """Write what is to be known of the batch beside its events."""
        quarantined = [row for done, _ in counted for row in self._quarantined(done)]
        told = (
            (QUARANTINE, quarantined, manifest.QUARANTINED),
            (CONFLICTS, [_conflict(one) for one in found.rows], manifest.CONFLICTING),
            (MANIFEST, [self._object(*one) for one in counted], manifest.OBJECTS),
        )
        new: dict[str, Path] = {}
        gone: set[str] = set()
        for folder, rows, schema in told:
            if rows:
                old = manifest.small_files(self._shelf, folder)
                tables = [manifest.read(self._shelf, path) for path in old]
                table = pa.concat_tables([*tables, pa.Table.from_pylist(rows, schema)])
                name = f"{self._run.name}-{self._number:04d}.parquet"
                file = self._scratch / f"{folder.strip('/').rpartition('/')[2]}-{name}"
                new[f"{folder}{name}"] = manifest.write(file, table, schema)
                gone |= set(old)
        return Changes(new, frozenset(gone))

    def _object(self, done: Done, counts: Counts) -> dict[str, Any]:
        planned, read = done.planned, done.read
        place = layout.parse(read.key)
        log = place if isinstance(place, LogKey) else None
        return {
            "key": read.key,
            "etag": done.etag,
            "stamp": planned.stamp,
            "size": planned.size,
            "foreign": read.foreign,
            "family": log and str(log.family),
            "account": log and log.account,
            "region": log and log.region,
            "day": log and log.day.isoformat(),
            **counts._asdict(),
            "oldest": read.oldest,
            "newest": read.newest,
            "collected_at": self._run.moment,
            "run": self._run.name,
        }

    def _quarantined(self, done: Done) -> Iterator[dict[str, Any]]:
        for one in done.read.spoiled:
            yield {
                "source_key": done.read.key,
                "source_index": one.index,
                "source_etag": done.etag,
                "reason": one.reason,
                "repaired": one.repaired,
                "bytes": one.text,
                "collected_at": self._run.moment,
            }


def _counts(read: Read, found: Twins) -> Counts:
    duplicates = found.duplicates.get(read.key, 0)
    return Counts(
        records=read.records,
        stored=read.rows - duplicates,
        duplicates=duplicates,
        conflicts=found.conflicts.get(read.key, 0),
        quarantined=read.records - read.rows,
    )


def _conflict(one: Conflict) -> dict[str, Any]:
    return {
        "event_id": one.event_id,
        "source_key": one.place.key,
        "source_index": one.place.index,
        "day": one.day,
    }
