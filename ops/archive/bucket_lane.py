"""A lane that reads from a bucket: many requests at once, in one event loop."""

import asyncio
from multiprocessing.connection import Connection
from typing import Any

from ops.archive import store
from ops.archive.lane import Chunk, Receiver, Task, answer
from ops.archive.model import Fault, Unreachable
from ops.archive.retry import Budget, Gate, Tries

_HELD_BYTES = 64 << 20
"""Bytes of bodies that a lane may hold at once."""


def serve_bucket(connection: "Connection[Any, Any]", receiver: Receiver, task: Task) -> None:
    """Work on chunks until the other end closes."""
    asyncio.run(_serve(connection, receiver, task))


async def _serve(connection: "Connection[Any, Any]", receiver: Receiver, task: Task) -> None:
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
    if not answer(connection, lane.task.gathered(results)):
        raise _ClosedError


class _BucketLane:
    """Reads from a bucket, as many at once as the bucket bears."""

    def __init__(self, task: Task) -> None:
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
