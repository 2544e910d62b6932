"""The two streams of a run: digests of all cells, and the log files they name.

Both pass through the same lanes: digests of cell after cell, with the next cells
being listed meanwhile, until enough log files wait; then those first. A cell that has nothing left to wait for becomes an
outcome at once, and its walk is forgotten.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

from ops.archive.fetch import Fetcher, Stream
from ops.archive.model import Archive, Object
from ops.archive.opening import sibling
from ops.errors import ArchiveError
from ops.integrity import listing
from ops.integrity.ahead import Anchors, Listings, trail_of
from ops.integrity.corroborate import TrailEvent
from ops.integrity.delivery import unsettled
from ops.integrity.discover import Cell, discover
from ops.integrity.docket import most_told
from ops.integrity.frame import Frame
from ops.integrity.hashing import Hashing
from ops.integrity.judge import DigestJob, Judged
from ops.integrity.listing import Digests
from ops.integrity.loghash import Hashed
from ops.integrity.outcome import CellOutcome, LogSink
from ops.integrity.request import Progress, Request, Watcher
from ops.integrity.stock import Stock
from ops.integrity.task import Task
from ops.integrity.trouble import NOTED, Trouble
from ops.integrity.walk import CellWalk

_ENOUGH = 2_000
"""Log files that may wait before no more digests are asked for."""
_WORTH_PROCESSES = 48
"""Digests waited for at once that name enough log files to read them with processes."""
_TOLD_EVERY = 64
"""Log files between two states of the progress."""
_DIGESTS_TOGETHER = 8
"""Each names a dozen log files or more: lanes must not wait until many are gone through."""
_DIGEST_BYTES = 64 << 20
"""How long a stored digest may be, compressed."""


class Evidence(Protocol):
    """Keeps what a run saw."""

    def digest(self, key: str, found: Object) -> None:
        """Keep a digest file with its metadata."""

    def unread(self, key: str, why: Trouble) -> None:
        """Keep why a digest file could not be read, or that it lies in a bucket not its own."""

    def log(self, key: str, hashed: Hashed) -> None:
        """Keep what a log file turned out to be."""

    def events(self, found: tuple[TrailEvent, ...]) -> None:
        """Keep the events that explain breaks."""

    def recorded(self, key: str) -> Hashed | None:
        """Return what was kept of a log file by the run that made a bundle."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the pipeline needs to know of the run."""

    archive: Archive
    request: Request
    frame: Frame
    job: DigestJob
    pool: Executor
    fetcher: Fetcher
    done: Callable[[CellOutcome], None]
    evidence: Evidence | None = None
    record: Evidence | None = None
    """A bundle's record, asked instead of the archive."""
    watch: Watcher | None = None
    tell: LogSink | None = None
    remembered: Mapping[tuple[str, str], Anchors] = field(default_factory=dict)
    """By account and region: where earlier runs ended that this one does not continue."""


class Pipeline:
    """Walks cells and hands each outcome over when it is complete."""

    def __init__(self, scope: Scope, listings: Listings, *, finished: int = 0) -> None:
        self._scope = scope
        self._listings = listings
        self._finished = finished
        self._total = len(listings) + finished
        self._most = most_told(self._total)
        self._open: list[CellWalk] = []
        self._awaited: dict[str, CellWalk] = {}
        self._digests = self._logs = self._known = 0
        self._hashing = Hashing(scope.archive, scope.fetcher, scope.request.concurrency)

    def run(self) -> None:
        """Walk every cell."""
        stream = self._judged(self._scope.archive, self._scope.job)
        for arrived in self._pumped(stream, self._digest_keys()):
            for key, judged in arrived:
                self._take(self._awaited.pop(key), judged)
            self._close_finished()
        self._close_finished()

    def _judged(self, archive: Archive, job: DigestJob) -> Stream[Judged]:
        return self._scope.fetcher.stream(
            archive.source,
            job,
            concurrency=self._scope.request.concurrency,
            limit=_DIGEST_BYTES,
            chunk=_DIGESTS_TOGETHER,
        )

    def _pumped(
        self, stream: Stream[Judged], keys: Iterator[str]
    ) -> Iterator[list[tuple[str, Judged]]]:
        """Yield, round by round, the digests judged in it, until they and their logs are read."""
        logs, more = self._hashing, True
        while more or stream.open or logs.waiting or logs.under_way or logs.arrived:
            if more and logs.waiting < _ENOUGH:
                more = stream.offer(keys)
            logs.offer()
            if not (stream.arrived or logs.arrived) and (more or stream.open or logs.under_way):
                self._scope.fetcher.collect()
            for tasks, hashed in logs.results():
                self._give(tasks, hashed)
            yield list(stream.results())

    def _take(self, walk: CellWalk, judged: Judged) -> None:
        evidence = self._scope.evidence
        if evidence is not None and judged.evidence is not None:
            evidence.digest(judged.key, judged.evidence)
        if evidence is not None and judged.cause in NOTED:
            evidence.unread(judged.key, (judged.cause, judged.detail))
        for task in walk.take(judged):
            self._known += 1
            record = self._scope.record.recorded(task.key) if self._scope.record else None
            if record is not None:
                self._hashing.settle(task, record)
            else:
                self._hashing.add(task)
        self._digests += 1
        self._tell()

    def _digest_keys(self) -> Iterator[str]:
        for cell, listed, anchors in self._listings:
            walk = self._walk(cell, listed, anchors)
            self._open.append(walk)
            if len(self._awaited) + len(listed.keys) >= _WORTH_PROCESSES:
                self._scope.fetcher.begin(remote=self._scope.archive.source.kind == "s3")
            for key in listed.keys:
                self._awaited[key] = walk
                yield key

    def _walk(self, cell: Cell, listed: Digests, anchors: Anchors) -> CellWalk:
        return CellWalk(
            cell,
            listed,
            self._scope.frame,
            self._stock(self._scope.archive, cell, listed, anchors),
            trail=self._scope.request.trail,
            anchors=anchors,
            remembered=self._scope.remembered.get((cell.account, cell.region)),
            most=self._most,
            tell=self._scope.tell,
        )

    def _stock(self, archive: Archive, cell: Cell, listed: Digests, anchors: Anchors) -> Stock:
        frame = self._scope.frame
        first = listing.oldest_day(listed.keys)
        if anchors and all(trail_of(key) in anchors for key in listed.keys):
            first = unsettled(min(one.head.end for one in anchors.values())).date()
        elif frame.since is not None:
            oldest = first or min(frame.until, frame.now).date()
            first = listing.first_day(archive, cell, frame.since.date(), oldest)
        return Stock(
            archive,
            cell,
            frame,
            self._scope.pool,
            first=first,
            open_end=self._scope.request.until is None or frame.until >= frame.now,
            older=not anchors,
            bucket="" if archive is self._scope.archive else archive.source.bucket,
            most=self._most,
            tell=self._scope.tell,
        )

    def _give(self, tasks: Iterable[Task], hashed: Hashed) -> None:
        for task in tasks:
            verdict, reason = task.walk.log(task, hashed)
            if self._scope.tell is not None:
                self._scope.tell(task.key, verdict, reason, task.digest)
            self._logs += 1
            if self._scope.evidence is not None:
                self._scope.evidence.log(task.key, hashed)
            if self._logs % _TOLD_EVERY == 0:
                self._tell()

    def _close_finished(self) -> None:
        """Reduce every cell that has nothing left to wait for to its outcome."""
        still: list[CellWalk] = []
        for walk in self._open:
            if walk.done:
                while bucket := walk.leads_to():
                    self._follow(walk, bucket)
                self._scope.done(walk.outcome())
                self._finished += 1
                self._tell()
            else:
                still.append(walk)
        self._open = still

    def _follow(self, walk: CellWalk, bucket: str) -> None:
        """Walk on in the bucket a chain was delivered to before, if it can be read."""
        frame = self._scope.frame
        try:
            archive = sibling(self._scope.archive, bucket)
            if archive is self._scope.archive:
                return  # a copy stands for every bucket, and was listed whole
            place = (frozenset({walk.cell.account}), frozenset({walk.cell.region}))
            found = discover(archive, self._scope.pool, accounts=place[0], regions=place[1])
        except ArchiveError:
            return  # the chain's hole says that this bucket cannot be read
        if not found.cells:
            return
        (cell,) = found.cells  # one account, one region
        listed = listing.digests(archive, cell, frame.since, frame.until)
        new = walk.go_on(listed, bucket, self._stock(archive, cell, listed, {}))
        job = replace(self._scope.job, buckets=frozenset({bucket}))
        for arrived in self._pumped(self._judged(archive, job), iter(new)):
            for _, judged in arrived:
                self._take(walk, judged)

    def _tell(self) -> None:
        if self._scope.watch is not None:
            self._scope.watch(
                Progress(self._total, self._finished, self._digests, self._logs, self._known)
            )
