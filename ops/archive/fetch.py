"""Reads many objects at once and does a job on each: the fast path.

Keys go out in chunks to lanes, results come back as chunks finish. The first
lane is a thread here, so that a small run pays for no other process; the others
are processes, started once there is enough to do. What a lane may have unread
or unanswered is bounded, so memory is, and a slow consumer slows the lanes.
"""

import pickle
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Pipe, wait
from types import TracebackType
from typing import Any, TypeVar

from ops.archive.bundle import Bundle
from ops.archive.directory import Directory
from ops.archive.lane import Chunk, Gather, Task, serve
from ops.archive.model import Archive, Fault, Object, Source
from ops.archive.opening import reopen
from ops.errors import ArchiveError

Result = TypeVar("Result")

CHUNK = 32
"""Keys that travel together."""
WORTH_A_PROCESS = 1500
"""Keys handed out before another process is started: it takes 0.2 s to begin."""
_PATIENCE_SECONDS = 5.0
"""How long a lane may take to stop."""


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

    `job` gets the object, or the fault in its place; it must be a module's
    function and its result picklable. `concurrency` is how many requests are
    under way at most, over all lanes; `limit` how long a body may be, in bytes.
    Without `metadata` objects come without it, and a bucket's come faster.
    `gather` is called by the lane with results that are about to travel together, in the
    order of their keys, and returns them as they shall travel. `worth_a_process` is how
    many keys are handed out before another process is started.
    What `job` raises ends the run. Closing the iterator stops everything.
    """
    archive = reopen(source)
    task = Task(source, job, limit, metadata, gather)
    if workers == 1 and source.kind != "s3":
        return _alone(archive, task, iter(keys))
    worth = WORTH_A_PROCESS if worth_a_process is None else worth_a_process
    return _Fetch(archive, task, workers, concurrency, worth).run(iter(keys))


def _alone(archive: Archive, task: Task, keys: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Do everything here, one object after another."""
    together = CHUNK if task.gather else 1
    while chunk := list(islice(keys, together)):
        found = ((key, _found(archive, key, task.limit)) for key in chunk)
        yield from task.gathered([(key, task.job(key, one)) for key, one in found])


def _found(archive: Archive, key: str, limit: int) -> Object | Fault:
    try:
        return archive.get(key, limit=limit)
    except Fault as fault:
        return fault


class _Fetch:
    def __init__(
        self, archive: Archive, task: Task, workers: int, concurrency: int, worth: int
    ) -> None:
        self._archive = archive
        self._task = task
        self._workers = workers
        self._concurrency = concurrency
        self._worth = worth
        self._lanes: list[_Lane] = []
        self._sent = 0

    def run(self, keys: Iterator[str]) -> Iterator[tuple[str, Any]]:
        try:
            self._lanes.append(_ThreadLane(self._task))
            yield from self._exchange(keys)
        finally:
            for lane in self._lanes:
                lane.close()
            for lane in self._lanes:
                lane.join()

    def _exchange(self, keys: Iterator[str]) -> Iterator[tuple[str, Any]]:
        more = True
        while more or any(lane.open for lane in self._lanes):
            if more:
                odd, more = self._fill(keys)
                for key in odd:
                    found = _found(self._archive, key, self._task.limit)
                    yield from self._task.gathered([(key, self._task.job(key, found))])
            yield from self._collect()

    def _fill(self, keys: Iterator[str]) -> tuple[list[str], bool]:
        """Hand out keys while lanes take them; return those no lane can read, and whether to go on."""
        odd: list[str] = []
        while lane := self._free_lane():
            chunk = list(islice(keys, CHUNK))
            if not chunk:
                return odd, False
            self._sent += len(chunk)
            if self._task.source.kind == "s3":
                from ops.archive.s3 import has_path

                odd += [key for key in chunk if not has_path(key)]
                chunk = [key for key in chunk if has_path(key)]
            if chunk:
                lane.send(self._chunk(chunk))
            if odd:
                break
        return odd, True

    def _free_lane(self) -> "_Lane | None":
        if len(self._lanes) < self._workers and self._sent >= self._worth:
            self._lanes.append(_ProcessLane(self._task))
        share = max(1, self._concurrency // len(self._lanes))
        lane = min(self._lanes, key=lambda one: one.open)
        return lane if lane.open < 3 + 2 * share // CHUNK else None

    def _chunk(self, keys: list[str]) -> Chunk:
        share = max(1, self._concurrency // len(self._lanes))
        if isinstance(self._archive, Directory | Bundle):
            if not self._task.metadata:
                return Chunk(keys, share)
            known = {key: self._archive.metadata(key) for key in keys}
            return Chunk(keys, share, metadata={key: one for key, one in known.items() if one})
        from ops.archive.s3 import callers

        return Chunk(keys, share, callers(self._task.source.access).credentials())

    def _collect(self) -> Iterator[tuple[str, Any]]:
        busy = {lane.connection: lane for lane in self._lanes if lane.open}
        for connection in wait(list(busy)) if busy else ():
            yield from busy[connection].receive()  # type: ignore[index]  # we gave it connections


class _Lane(ABC):
    """A lane, seen from the side that hands out."""

    def __init__(self) -> None:
        self.open = 0
        """Chunks handed out and not answered."""
        self.connection, self._far = Pipe()

    def send(self, chunk: Chunk) -> None:
        try:
            self.connection.send(chunk)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._why_lost() from error
        self.open += 1

    def receive(self) -> list[tuple[str, Any]]:
        try:
            results: list[tuple[str, Any]] | None = self.connection.recv()
        except (EOFError, ConnectionResetError):
            results = None
        if results is None:
            raise self._why_lost()
        self.open -= 1
        return results

    def close(self) -> None:
        """Let the lane know that nothing more is wanted."""
        self.connection.close()

    @abstractmethod
    def join(self) -> None:
        """Wait until the lane has stopped."""

    @abstractmethod
    def _why_lost(self) -> BaseException:
        """Return what ended a lane that no longer answers."""


class _ThreadLane(_Lane):
    """A lane in a thread of this process."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._caught = _Caught()
        # A daemon: an iterator that nobody closed must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, args=(task,), name="lane", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the lane has stopped."""
        self._thread.join(_PATIENCE_SECONDS)

    def _run(self, task: Task) -> None:
        with self._caught:
            serve(self._far, task)

    def _why_lost(self) -> BaseException:
        self.close()
        self._thread.join()
        return self._caught.error or ArchiveError("A reading thread ended by itself.")


class _Caught:
    """Keeps what ended a thread, for whoever asks."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.error = error
        return True


class _ProcessLane(_Lane):
    """A lane in a process of its own: not multiprocessing's, which starts two and reruns main."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        descriptor = self._far.fileno()
        program = f"import sys; sys.path[:] = {sys.path!r}; from ops.archive.lane import main"
        with self._far:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"{program}; main({descriptor})"],
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for us alone: we close the connection
            )
        self.connection.send_bytes(pickle.dumps(task))

    def join(self) -> None:
        """Wait until the process has ended; end it if it does not."""
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _why_lost(self) -> BaseException:
        self.close()
        code = self._process.wait()
        return ArchiveError(
            f"A reading process ended by itself, with exit code {code}.",
            hint="if memory ran out, run again with a lower --concurrency",
        )
