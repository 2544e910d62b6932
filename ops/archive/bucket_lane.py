"""A lane's work on a bucket: as many requests at once as the bucket bears."""

import asyncio
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from ops.archive import store
from ops.archive.gate import Budget, Gate
from ops.archive.lane import Chunk, Inbox, Task, answer
from ops.archive.model import Fault, Source, Unreachable
from ops.archive.retry import Tries

if TYPE_CHECKING:
    from obstore.store import S3Store

_HELD_BYTES = 64 << 20
"""Bytes of bodies that a lane may hold at once."""


def work(connection: "Connection[Any, Any]", inbox: Inbox) -> None:
    """Work on chunks until the other end closes."""
    asyncio.run(_work(connection, inbox))


async def _work(connection: "Connection[Any, Any]", inbox: Inbox) -> None:
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    inbox.told = lambda: loop.call_soon_threadsafe(arrived.set)
    reader = _Reader()
    try:
        async with asyncio.TaskGroup() as tasks:
            while True:
                while not inbox.chunks.empty():
                    chunk = inbox.chunks.get()
                    if chunk is None:
                        raise _ClosedError  # whoever closes does not want what is under way
                    reader.prepare(chunk)
                    tasks.create_task(_chunk(connection, reader, chunk, inbox.tasks[chunk.task]))
                arrived.clear()
                if inbox.chunks.empty():
                    await arrived.wait()
    except* _ClosedError:
        pass


class _ClosedError(Exception):
    """The other end has closed."""


async def _chunk(
    connection: "Connection[Any, Any]", reader: "_Reader", chunk: Chunk, task: Task
) -> None:
    opened = reader.store(task.source)
    results = await asyncio.gather(*[reader.one(opened, task, key) for key in chunk.keys])
    if not answer(connection, (chunk.number, results)):
        raise _ClosedError


class _Reader:
    """Reads for every task of a lane: one gate, one budget, a store a bucket."""

    def __init__(self) -> None:
        self._gate = Gate(1)
        self._budget = Budget(_HELD_BYTES)
        self._credentials: tuple[str, str, str | None] = ("", "", None)
        self._stores: dict[Source, S3Store] = {}

    def prepare(self, chunk: Chunk) -> None:
        """Take over what a chunk says about the chunks to come."""
        self._gate.allow(chunk.concurrency)
        if chunk.credentials:
            self._credentials = chunk.credentials

    async def one(self, opened: "S3Store", task: Task, key: str) -> Any:
        """Read one object, patiently, and do the job."""
        get = store.get_async if task.metadata else store.body_async
        tries = Tries(task.source.patience)
        while True:
            era = await self._gate.enter()
            throttled = False
            try:
                return task.job(
                    key, await get(opened, task.source, key, task.limit, self._budget)
                )
            except Unreachable as fault:
                throttled = fault.cause == "throttled"
                wait = tries.wait(fault)
                if wait is None:
                    return task.job(key, tries.verdict(fault))
            except Fault as fault:
                return task.job(key, fault)
            finally:
                self._gate.leave(era, throttled=throttled)
            await asyncio.sleep(wait)

    def store(self, source: Source) -> "S3Store":
        """Return obstore's view of a bucket; its connections are kept."""
        if source not in self._stores:
            self._stores[source] = store.open_store(source, lambda: self._credentials)
        return self._stores[source]
