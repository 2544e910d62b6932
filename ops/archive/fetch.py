"""Reads many objects at once and does a job on each: the fast path.

Keys go out in chunks to lanes, results come back as chunks finish. The first
lane is a thread here, so that a small run pays for no other process; with more
to do, processes take over from it, for a thread competes with whoever takes the
results in. What a lane may have unread or unanswered is bounded, so memory is,
and a slow consumer slows the lanes.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, Self, TypeVar

from ops.archive.bundle import Bundle
from ops.archive.channel import Channel, waiting
from ops.archive.directory import Directory
from ops.archive.lane import Chunk, Gather, Task
from ops.archive.lanes import Lane, ProcessLane, ThreadLane
from ops.archive.model import Archive, Fault, Object, Source
from ops.archive.opening import reopen

Result = TypeVar("Result")

CHUNK = 32
"""Keys that travel together."""
WORTH_A_PROCESS = 400
"""Keys handed out before processes are started: each takes 0.2 s of CPU time to begin."""


def process(
    source: Source,
    keys: Iterable[str],
    job: Callable[[str, Object | Fault], Result],
    *,
    workers: int,
    concurrency: int,
    limit: int,
    metadata: bool = True,
    gather: Gather | None = None,
    worth_a_process: int | None = None,
) -> Iterator[tuple[str, Result]]:
    """Yield (key, what `job` returned) for every key, in no order, as results come.

    For a single stream; `Fetcher` and its `process` say what the arguments mean.
    Closing the iterator stops everything.
    """
    with Fetcher(workers, worth_a_process=worth_a_process) as fetcher:
        yield from fetcher.process(
            source,
            keys,
            job,
            concurrency=concurrency,
            limit=limit,
            metadata=metadata,
            gather=gather,
        )


class Fetcher:
    """Lanes that stay for several streams, which may be open at once."""

    def __init__(self, workers: int, *, worth_a_process: int | None = None) -> None:
        self._workers = workers
        """How many processes read once there is enough to do; with 1 only this one."""
        self._worth = WORTH_A_PROCESS if worth_a_process is None else worth_a_process
        """How many keys are handed out before there is."""
        self._threads: list[Lane] = []
        self._processes: list[Lane] = []
        self._given: dict[int, tuple[Stream[Any], Sequence[str]]] = {}
        self._sent = 0
        self._number = 0

    def __enter__(self) -> Self:
        """Begin; lanes are started when needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        lanes = [*self._threads, *self._processes]
        for lane in lanes:
            lane.close()
        for lane in lanes:
            lane.join()

    def process(
        self,
        source: Source,
        keys: Iterable[str],
        job: Callable[[str, Object | Fault], Result],
        *,
        concurrency: int,
        limit: int,
        metadata: bool = True,
        gather: Gather | None = None,
    ) -> Iterator[tuple[str, Result]]:
        """Yield (key, what `job` returned) for every key, in no order, as results come.

        `job` gets the object, or the fault in its place; it must be a module's
        function and its result picklable. `concurrency` is how many requests are
        under way at most, over all lanes; `limit` how long a body may be, in bytes.
        Without `metadata` objects come without it, and a bucket's come faster.
        `gather` is called by the lane with results that are about to travel together, in
        the order of their keys, and returns them as they shall travel.
        What `job` raises ends the run. All streams read from places of one kind.
        """
        stream = self.stream(
            source, job, concurrency=concurrency, limit=limit, metadata=metadata, gather=gather
        )
        waiting, more = iter(keys), True
        while more or stream.open or stream.arrived:
            more = more and stream.offer(waiting)
            if not stream.arrived and (more or stream.open):
                self.collect()
            yield from stream.results()

    def stream(
        self,
        source: Source,
        job: Callable[[str, Object | Fault], Result],
        *,
        concurrency: int,
        limit: int,
        metadata: bool = True,
        gather: Gather | None = None,
        chunk: int = CHUNK,
    ) -> "Stream[Result]":
        """Return what `process` does in steps, for who feeds several streams at once.

        `chunk` is how many keys travel together: few, if much is to be done with each result.
        """
        here = self._workers == 1 and source.kind != "s3"
        task = Task(source, job, limit, metadata, gather)
        return Stream(self, reopen(source), task, concurrency, chunk=chunk, here=here)

    def begin(self, *, remote: bool) -> None:
        """Start the processes, for there will be much to read; they take a moment.

        `remote` says whether it lies in a bucket.
        """
        while self._workers > len(self._processes) and self._workers > 1:
            self._processes.append(ProcessLane(remote=remote))

    def announce(self, source: Source, *jobs: Callable[[str, Object | Fault], Any]) -> None:
        """Let processes that were begun load what reading a source and doing jobs takes."""
        for lane in self._processes:
            for job in jobs:
                lane.number(Task(source, job, 0))

    def free_lane(self, source: Source, concurrency: int) -> tuple[Lane | None, int]:
        """Return a lane that takes another chunk, if any, and a lane's share of requests."""
        remote = source.kind == "s3"
        if self._sent >= self._worth:
            self.begin(remote=remote)
        lanes = self._ready(remote=remote)
        share = max(1, concurrency // max(1, len(lanes)))
        lane = min(lanes, key=lambda one: one.open, default=None)
        if lane is None or lane.open >= 2 * CHUNK + 4 * share:
            return None, 0
        return lane, share

    def _ready(self, *, remote: bool) -> list[Lane]:
        """Return the lanes that read now; none while they are being changed."""
        for lane in self._processes:
            while not lane.ready and lane.channel.has_message():
                lane.receive()
        if self._processes and all(lane.ready for lane in self._processes):
            # Not together with a thread: there were more requests under way than allowed.
            return [] if any(lane.open for lane in self._threads) else self._processes
        if not self._threads and (not remote or not self._processes):
            # What a thread needs to read a bucket takes as long to load as processes to begin.
            self._threads = [ThreadLane(remote=remote)]
        return self._threads

    def hand_out(self, lane: Lane, stream: "Stream[Any]", chunk: Chunk) -> None:
        """Give a lane a chunk of a stream's."""
        self._given[chunk.number] = (stream, chunk.keys)
        self._sent += len(chunk.keys)
        lane.send(chunk)

    def next_number(self) -> int:
        """Return a number for a chunk."""
        self._number += 1
        return self._number

    def collect(self) -> None:
        """Wait for answers, and put them where their streams find them."""
        lanes = [lane for lane in (*self._threads, *self._processes) if lane.open or not lane.ready]
        busy: dict[Channel, Lane] = {lane.channel: lane for lane in lanes}
        for channel in waiting(busy):
            answer = busy[channel].receive()
            if answer is not None:
                stream, keys = self._given.pop(answer[0])
                busy[channel].open -= len(keys)
                stream.take(keys, answer[1])


class Stream(Generic[Result]):
    """Some keys on their way through the lanes; who feeds it also calls `Fetcher.collect`."""

    def __init__(
        self,
        fetcher: Fetcher,
        archive: Archive,
        task: Task,
        concurrency: int,
        *,
        chunk: int,
        here: bool,
    ) -> None:
        self._fetcher = fetcher
        self._archive = archive
        self._task = task
        self._concurrency = concurrency
        self._size = chunk
        self._here = here
        """Whether to read without a lane: files, with a single worker."""
        self.open = 0
        """Chunks handed out and not answered."""
        self.arrived: deque[Iterable[tuple[str, Result]]] = deque()

    def take(self, keys: Sequence[str], travelled: Sequence[Any]) -> None:
        """Take what a lane answered to a chunk."""
        self.open -= 1
        self.arrived.append(self._task.unpacked(keys, travelled))

    def offer(self, keys: Iterator[str]) -> bool:
        """Hand keys out while lanes take them; whether there may be more of them."""
        if self._here:
            chunk = list(islice(keys, self._size))
            self._read(chunk)
            return bool(chunk)
        source = self._task.source
        while True:
            lane, share = self._fetcher.free_lane(source, self._concurrency)
            if lane is None:
                return True
            chunk = list(islice(keys, self._size))
            if not chunk:
                return False
            if source.kind == "s3":
                from ops.archive.s3 import has_path

                odd = [key for key in chunk if not has_path(key)]
                self._read(odd)
                chunk = [key for key in chunk if has_path(key)] if odd else chunk
            if chunk:
                self.open += 1
                self._fetcher.hand_out(lane, self, self._chunk(lane, chunk, share))

    def results(self) -> Iterator[tuple[str, Result]]:
        """Yield what has arrived."""
        while self.arrived:
            yield from self.arrived.popleft()

    def _read(self, keys: Sequence[str]) -> None:
        """Read keys here: no lane can, or there is none."""
        task = self._task
        found = ((key, task.job(key, _found(self._archive, key, task.limit))) for key in keys)
        if keys:
            self.arrived.append(found if task.gather is None else task.gather(list(found)))

    def _chunk(self, lane: Lane, keys: Sequence[str], share: int) -> Chunk:
        number, task, source = (
            self._fetcher.next_number(),
            lane.number(self._task),
            self._task.source,
        )
        if source.kind == "s3":
            from ops.archive.s3 import callers

            return Chunk(number, task, keys, share, callers(source.access).credentials())
        if not self._task.metadata or not isinstance(self._archive, Directory | Bundle):
            return Chunk(number, task, keys, share)
        known = {key: self._archive.metadata(key) for key in keys}
        return Chunk(
            number, task, keys, share, metadata={key: one for key, one in known.items() if one}
        )


def _found(archive: Archive, key: str, limit: int) -> Object | Fault:
    try:
        return archive.get(key, limit=limit)
    except Fault as fault:
        return fault
