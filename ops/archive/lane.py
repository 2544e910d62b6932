"""One lane of a fetch: takes chunks of keys, reads them, works on them, answers.

A lane runs in a thread of the caller's process or in a process of its own; it
does not know which. It needs no credentials chain: every chunk brings the
credentials that are good now.
"""

import asyncio
import pickle
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from ops.archive.directory import Folders, read
from ops.archive.metadata import NONE
from ops.archive.model import Fault, Object, Source, Unreachable
from ops.archive.retry import Budget, Gate, Tries

Job = Callable[[str, Object | Fault], Any]
"""What is done with each object, or with the fault in its place."""
Gather = Callable[[Sequence[tuple[str, Any]]], Sequence[tuple[str, Any]]]
"""What is made of the results that travel together, before they do: by key, all of them."""

_HELD_BYTES = 64 << 20
"""Bytes of bodies that a lane may hold at once."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a lane does with all its chunks."""

    source: Source
    job: Job
    limit: int
    metadata: bool = True
    """Whether the job looks at metadata."""
    gather: Gather | None = None

    def gathered(self, results: Sequence[tuple[str, Any]]) -> Sequence[tuple[str, Any]]:
        """Return what is made of some results."""
        return self.gather(results) if self.gather else results


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some keys to read."""

    keys: Sequence[str]
    concurrency: int
    credentials: tuple[str, str, str | None] | None = None
    metadata: Mapping[str, Mapping[str, str]] | None = None
    """User metadata of a copy's objects, by key."""


def serve(connection: "Connection[Any, Any]", task: Task) -> None:
    """Work on chunks until the other end closes; however it ends, say so by a None."""
    receiver = _Receiver(connection)
    receiver.start()
    try:
        if task.source.kind == "s3":
            asyncio.run(_serve_bucket(connection, receiver, task))
        else:
            _serve_copy(connection, receiver, task)
    finally:
        _answer(connection, None)
        receiver.join()  # it closes the connection: nobody else may while it reads


def main(descriptor: int) -> None:
    """Be a lane in a process of its own, on an inherited socket."""
    connection: Connection[Any, Any] = Connection(descriptor)
    # The caller is this very program and the only one who holds the other end.
    task = pickle.loads(connection.recv_bytes())  # noqa: S301
    serve(connection, task)
    sys.exit(0)


class _Receiver(threading.Thread):
    """Takes chunks in, so that the other end never waits while this one answers."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        super().__init__(name="inbox", daemon=True)
        self._connection = connection
        self.chunks: SimpleQueue[Chunk | None] = SimpleQueue()
        """What has come in; None at the end."""
        self.told: Callable[[], object] = lambda: None
        """Called when something has come in."""

    def run(self) -> None:
        with self._connection:
            with suppress(EOFError, OSError):
                while True:
                    self._put(self._connection.recv())
            self._put(None)

    def _put(self, chunk: Chunk | None) -> None:
        self.chunks.put(chunk)
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self.told()


def _serve_copy(connection: "Connection[Any, Any]", receiver: _Receiver, task: Task) -> None:
    body = _reader(task)
    while (chunk := receiver.chunks.get()) is not None:
        metadata = chunk.metadata or {}
        results = []
        for key in chunk.keys:
            try:
                found: Object | Fault = Object(body(key), metadata.get(key, NONE))
            except Fault as fault:
                found = fault
            results.append((key, task.job(key, found)))
        if not _answer(connection, task.gathered(results)):
            return


def _reader(task: Task) -> Callable[[str], bytes]:
    if task.source.kind == "bundle":
        from ops.archive.bundle import Bundle

        bundle = Bundle(task.source)
        return lambda key: bundle.body(key, limit=task.limit)
    folders = Folders(task.source.path)
    return lambda key: read(folders, key, limit=task.limit)


async def _serve_bucket(
    connection: "Connection[Any, Any]", receiver: _Receiver, task: Task
) -> None:
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    receiver.told = lambda: loop.call_soon_threadsafe(arrived.set)
    lane = _BucketLane(task)
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                while not receiver.chunks.empty():
                    chunk = receiver.chunks.get()
                    if chunk is None:
                        raise _ClosedError  # whoever closes does not want what is under way
                    lane.prepare(chunk)
                    tasks.create_task(_work(connection, lane, chunk))
                arrived.clear()
                if receiver.chunks.empty():
                    await arrived.wait()
    except* _ClosedError:
        pass


class _ClosedError(Exception):
    """The other end has closed."""


async def _work(connection: "Connection[Any, Any]", lane: "_BucketLane", chunk: Chunk) -> None:
    results = await asyncio.gather(*map(lane.one, chunk.keys))
    if not _answer(connection, lane.task.gathered(results)):
        raise _ClosedError


class _BucketLane:
    """Reads from a bucket, as many at once as the bucket bears."""

    def __init__(self, task: Task) -> None:
        from ops.archive import store

        self.task = task
        self._gate = Gate(1)
        self._budget = Budget(_HELD_BYTES)
        self._credentials: tuple[str, str, str | None] = ("", "", None)
        self._get = store.get_async if task.metadata else store.body_async
        self._store = store.open_store(task.source, lambda: self._credentials)

    def prepare(self, chunk: Chunk) -> None:
        """Take over what a chunk says about the chunks to come."""
        self._gate.allow(chunk.concurrency)
        if chunk.credentials:
            self._credentials = chunk.credentials

    async def one(self, key: str) -> tuple[str, Any]:
        """Read one object, patiently, and do the job."""
        task = self.task
        tries = Tries(task.source.patience)
        while True:
            era = await self._gate.enter()
            throttled = False
            try:
                found = await self._get(self._store, task.source, key, task.limit, self._budget)
                return key, task.job(key, found)
            except Unreachable as fault:
                throttled = fault.cause == "throttled"
                wait = tries.wait(fault)
                if wait is None:
                    return key, task.job(key, tries.verdict(fault))
            except Fault as fault:
                return key, task.job(key, fault)
            finally:
                self._gate.leave(era, throttled=throttled)
            await asyncio.sleep(wait)


def _answer(connection: "Connection[Any, Any]", results: Sequence[tuple[str, Any]] | None) -> bool:
    try:
        connection.send(results)
    except OSError:  # closed, by either end
        return False
    return True
