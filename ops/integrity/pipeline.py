"""The two streams of a run: digests of all cells, and the log files they name.

Digests of cell after cell pass through one `process`, with the next cells being
listed meanwhile; when enough log files are named, those pass through another
while the first one waits. A cell that has nothing left to wait for becomes an
outcome at once, and its walk is forgotten.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ops.archive.fetch import Fetcher
from ops.archive.model import Archive, Object
from ops.archive.opening import sibling
from ops.errors import ArchiveError
from ops.integrity import listing
from ops.integrity.ahead import Anchors, Listings, trail_of
from ops.integrity.corroborate import TrailEvent
from ops.integrity.discover import Cell, discover
from ops.integrity.docket import most_told
from ops.integrity.finding import Verdict
from ops.integrity.frame import Frame
from ops.integrity.judge import DigestJob, Judged
from ops.integrity.listing import Digests
from ops.integrity.loghash import Hashed, hash_log
from ops.integrity.outcome import CellOutcome
from ops.integrity.request import Progress, Request, Watcher
from ops.integrity.stock import Stock
from ops.integrity.task import Task
from ops.integrity.walk import CellWalk

_FIRST_BATCH, _BATCH = 250, 15_000
"""Log files hashed in one go, at first: hashing begins while digests still come in; and at
most: what is remembered of them is about 10 MB."""
_WORTH_PROCESSES = 48
"""Digests waited for at once that name enough log files to read them with processes."""
_TOLD_EVERY = 64
"""Log files between two states of the progress."""
_DIGEST_BYTES = 64 << 20
_LOG_BYTES = 512 << 20
"""How long a stored object may be, compressed."""


class Evidence(Protocol):
    """Keeps what a run saw."""

    def digest(self, key: str, found: Object) -> None:
        """Keep a digest file with its metadata."""

    def log(self, key: str, hashed: Hashed) -> None:
        """Keep what a log file turned out to be."""

    def events(self, found: tuple[TrailEvent, ...]) -> None:
        """Keep the events that explain breaks."""

    def recorded(self, key: str) -> Hashed | None:
        """Return what was kept of a log file by the run that made a bundle."""


LogSink = Callable[[str, Verdict, str, str], None]
"""Told what a log file turned out to be: its key, the verdict, why, and its digest's key."""


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

    def run(self) -> None:
        """Walk every cell."""
        waiting: list[Task] = []
        batch = _FIRST_BATCH
        with closing(self._judged(self._scope.archive, self._digest_keys())) as stream:
            for key, judged in stream:
                waiting += self._take(key, judged)
                if len(waiting) >= batch:
                    self._hash(waiting)
                    waiting, batch = [], min(2 * batch, _BATCH)
                    self._close_finished()
        self._hash(waiting)
        self._close_finished()

    def _judged(self, archive: Archive, keys: Iterable[str], job: DigestJob | None = None) -> Any:
        return self._scope.fetcher.process(
            archive.source,
            keys,
            job or self._scope.job,
            concurrency=self._scope.request.concurrency,
            limit=_DIGEST_BYTES,
        )

    def _hashed(self, archive: Archive, keys: Iterable[str]) -> Any:
        return self._scope.fetcher.process(
            archive.source,
            keys,
            hash_log,
            concurrency=self._scope.request.concurrency,
            limit=_LOG_BYTES,
            metadata=False,
        )

    def _take(self, key: str, judged: Judged) -> list[Task]:
        if self._scope.evidence is not None and judged.evidence is not None:
            self._scope.evidence.digest(key, judged.evidence)
        tasks = self._awaited.pop(key).take(judged)
        self._digests += 1
        self._known += len(tasks)
        self._tell()
        return tasks

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
            most=self._most,
        )

    def _stock(self, archive: Archive, cell: Cell, listed: Digests, anchors: Anchors) -> Stock:
        frame = self._scope.frame
        first = frame.since.date() if frame.since else listing.oldest_day(listed.keys)
        if anchors and all(trail_of(key) in anchors for key in listed.keys):
            first = min(one.head.end for one in anchors.values()).date()
        return Stock(
            archive,
            cell,
            frame,
            self._scope.pool,
            first=first,
            open_end=self._scope.request.until is None,
            older=not anchors,
            bucket="" if archive is self._scope.archive else archive.source.bucket,
            most=self._most,
        )

    def _hash(self, tasks: Sequence[Task]) -> None:
        """Hash log files, those of other buckets apart."""
        by_bucket: dict[str | None, list[Task]] = {}
        for task in tasks:
            record = self._scope.record.recorded(task.key) if self._scope.record else None
            if record is not None:
                self._give([task], record)
                continue
            own = task.bucket == task.digest_bucket
            by_bucket.setdefault(task.home if own else task.bucket, []).append(task)
        for bucket, group in by_bucket.items():
            try:
                archive = sibling(self._scope.archive, bucket) if bucket else self._scope.archive
            except ArchiveError as error:
                self._give(group, Hashed(b"", ("elsewhere", str(error))))
            else:
                self._hash_in(archive, group)

    def _hash_in(self, archive: Archive, tasks: Sequence[Task]) -> None:
        by_key: dict[str, list[Task]] = {}
        for task in tasks:
            by_key.setdefault(task.key, []).append(task)
        with closing(self._hashed(archive, list(by_key))) as stream:
            for key, hashed in stream:
                self._give(by_key.pop(key), hashed)

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
        tasks: list[Task] = []
        with closing(self._judged(archive, new, job)) as stream:
            for key, judged in stream:
                if self._scope.evidence is not None and judged.evidence is not None:
                    self._scope.evidence.digest(key, judged.evidence)
                tasks += walk.take(judged)
        self._hash(tasks)

    def _tell(self) -> None:
        if self._scope.watch is not None:
            self._scope.watch(
                Progress(self._total, self._finished, self._digests, self._logs, self._known)
            )
