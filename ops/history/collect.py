"""From an archive into a store: list, read, order, publish.

Objects are read in the order of the plan, and published in it: what is in the store is
the beginning of the plan, so that an interrupted run and the one that ends it make the
store that one undisturbed run would have made.
"""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.archive.fetch import process
from ops.archive.model import Archive, Fault
from ops.history import stage, store
from ops.history.listing import Selection
from ops.history.outcome import Outcome, Problem
from ops.history.plan import Plan, Planned
from ops.history.publish import Batch, Done, Publisher, Run, total
from ops.history.queue import Queue
from ops.history.reader import LIMIT, Haul, Read, Reader, content_hash
from ops.history.shelf import Shelf
from ops.history.tuning import tuned

_ROWS, _BYTES = 200_000, 1 << 29
"""Rows, and bytes of rows, that are published together; a larger batch needs more memory."""
_UNPLACED_BYTES, _SPOILED_BYTES = 96 << 20, 32 << 20
"""The same of rows whose keys tell no place, so that they come in no order; of quarantine."""
_WORTH_A_PROCESS = 64
"""Objects read before a second process is started."""
_THREADS = 2
"""Days that are written at once."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked."""

    now: datetime
    """By the host's clock when it began."""
    selection: Selection = field(default_factory=Selection)
    allow_empty: bool = False
    concurrency: int = 64
    """Requests under way at once."""
    workers: int = 2
    """Processes that read."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    seen: int
    """Objects listed."""
    done: int
    """Of these, objects that need not be read any more."""
    records: int
    published: int
    """Records that a later run will not read again."""


Watcher = Callable[[Progress], None]


def collect(
    archive: Archive, shelf: Shelf, request: Request, *, watch: Watcher | None = None
) -> Outcome:
    """Bring an archive's events into a store; raise ArchiveError or StoreError."""
    moment = request.now.astimezone(UTC)
    run = Run(f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", moment)
    outcome = Outcome(str(archive.source), str(shelf), run.name, request.allow_empty)
    with (
        shelf.hold() as scratch,
        ThreadPoolExecutor(_THREADS, "publish") as threads,
        tuned(),
    ):
        if shelf.exists():
            store.about(shelf)
        publisher = Publisher(shelf, scratch, run, threads)
        tell = watch or (lambda _: None)
        plan = Plan(
            archive, request.selection, shelf, scratch,
            watch=lambda seen: tell(Progress(seen, 0, 0, 0)),
        )  # fmt: skip
        staged = scratch / "rows"
        staged.mkdir()
        _Collection(archive, request, plan, publisher, outcome, tell).run(staged)
    return outcome


class _Collection:
    """One run."""

    def __init__(  # noqa: PLR0917  # one caller
        self,
        archive: Archive,
        request: Request,
        plan: Plan,
        publisher: Publisher,
        outcome: Outcome,
        watch: Watcher,
    ) -> None:
        self._archive = archive
        self._request = request
        self._plan = plan
        self._publisher = publisher
        self._outcome = outcome
        self._watch = watch
        self._depot = stage.Depot()
        self._queue = Queue()
        self._batch = Batch()
        self._records = 0
        self._done = 0

    def run(self, staged: Path) -> None:
        """Read everything, rows waiting in an empty directory, and publish batch by batch."""
        reader = Reader(str(staged), hashes=self._archive.source.kind != "s3")
        stream: Any = process(
            self._archive.source,
            self._keys(),
            reader,
            gather=reader.gather,
            workers=self._request.workers,
            concurrency=self._request.concurrency,
            limit=LIMIT,
            metadata=False,
            worth_a_process=_WORTH_A_PROCESS,
        )
        try:
            with closing(stream):
                for _, haul in stream:
                    self._take(haul)
            self._publish()
            assert self._queue.empty  # noqa: S101  # else an object was lost on its way
        finally:
            stage.close(str(staged))
        self._outcome.objects_seen = self._plan.seen
        self._outcome.foreign += self._plan.foreign

    def _keys(self) -> Iterator[str]:
        """Yield the keys to read, in the order in which their rows will be published."""
        for planned in self._plan.objects():
            unchanged = self._unchanged(planned)
            self._queue.expect(planned)
            if unchanged is not None:
                self._queue.arrived(Haul([unchanged], []))
            else:
                yield planned.key

    def _unchanged(self, planned: Planned) -> Read | None:
        """Return what is known of a local file that was touched or copied but is still the same."""
        if planned.etag is not None or not planned.known:
            return None
        try:
            found = content_hash(self._archive.get(planned.key, limit=LIMIT).body)
        except Fault:
            return None  # it is asked for again, and then the fault is told
        foreign = planned.known.get(found)
        return None if foreign is None else Read(planned.key, found, foreign=foreign, known=True)

    def _take(self, haul: Haul) -> None:
        for read in haul.reads:
            if read.failure is not None:
                raise read.failure
            self._records += read.records
        self._depot.add(haul.pieces)
        self._queue.arrived(haul)
        if self._queue.advance(self._batch) and _is_full(self._batch):
            self._publish()
        self._tell()

    def _publish(self) -> None:
        self._queue.advance(self._batch)
        batch, self._batch = self._batch, Batch()
        self._done += len(batch.objects)
        readable = Batch([one for one in batch.objects if self._is_readable(one)], batch.pieces)
        if readable.objects:
            counts = self._publisher.publish(readable)
            self._outcome.counts = total((self._outcome.counts, counts))
        self._depot.done(batch.pieces)

    def _is_readable(self, done: Done) -> bool:
        """Whether an object was read; take note of what became of it."""
        outcome, read = self._outcome, done.read
        if read.fault is not None:
            outcome.unreadable += 1
            outcome.note(Problem(read.key, "unreadable", str(read.fault), read.fault.hint))
            return False
        outcome.objects_new += not read.known
        outcome.foreign += read.foreign
        lost = [one for one in read.spoiled if not one.repaired]
        if lost:
            outcome.note(Problem(read.key, "quarantined", lost[0].reason))
        return True

    def _tell(self) -> None:
        plan = self._plan
        done = self._done + plan.known + plan.foreign
        self._watch(Progress(plan.seen, done, self._records, self._outcome.counts.records))


def _is_full(batch: Batch) -> bool:
    """Whether a batch is to be published before more is added to it."""
    size = sum(piece.size for piece in batch.pieces)
    rows = sum(piece.rows for piece in batch.pieces)
    unplaced = sum(piece.size for piece in batch.pieces if not piece.placed)
    spoiled = sum(len(one.text) for done in batch.objects for one in done.read.spoiled)
    return (
        rows >= _ROWS or size >= _BYTES or unplaced >= _UNPLACED_BYTES or spoiled >= _SPOILED_BYTES
    )
