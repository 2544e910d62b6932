"""A lane's work on a bucket: as many requests at once as the bucket bears."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.archive import store
from ops.archive.channel import Channel
from ops.archive.gate import Budget, Gate
from ops.archive.lane import Answer, Chunk, Inbox, Task, answer
from ops.archive.model import Fault, Source, Unreachable
from ops.archive.retry import Tries

if TYPE_CHECKING:
    from obstore.store import S3Store

_HELD_BYTES = 64 << 20
"""Bytes of bodies that a lane may hold at once."""


def work(channel: Channel, inbox: Inbox) -> None:
    """Work on chunks until the other end closes."""
    asyncio.run(_work(channel, inbox))


async def _work(channel: Channel, inbox: Inbox) -> None:
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    inbox.told = lambda: loop.call_soon_threadsafe(arrived.set)
    try:
        async with asyncio.TaskGroup() as tasks:
            reader = _Reader(channel, tasks)
            while True:
                for task in inbox.tasks:
                    reader.open(task.source)
                while not inbox.chunks.empty():
                    chunk = inbox.chunks.get()
                    if chunk is None:
                        raise _ClosedError  # whoever closes does not want what is under way
                    reader.take(chunk, inbox.tasks[chunk.task])
                arrived.clear()
                if inbox.chunks.empty():
                    await arrived.wait()
    except* _ClosedError:
        pass


class _ClosedError(Exception):
    """The other end has closed."""


@dataclass(slots=True)
class _Open:
    """A chunk under way."""

    chunk: Chunk
    task: Task
    opened: "S3Store"
    results: list[Any]
    left: int
    """Keys without a result."""

    def answer(self) -> Answer:
        """Return what goes back once nothing is left."""
        return self.chunk.number, self.task.packed(self.chunk.keys, self.results)


class _Reader:
    """Reads for every task of a lane: one gate, one budget, a store a bucket.

    As many runners as requests may be under way take key after key, which costs
    less than a task for every key.
    """

    def __init__(self, channel: Channel, tasks: asyncio.TaskGroup) -> None:
        self._channel = channel
        self._tasks = tasks
        self._gate = Gate(1)
        self._budget = Budget(_HELD_BYTES)
        self._credentials: tuple[str, str, str | None] = ("", "", None)
        self._stores: dict[Source, S3Store] = {}
        self._waiting: deque[tuple[_Open, int]] = deque()
        self._runners = 0

    def open(self, source: Source) -> "S3Store":
        """Return obstore's view of a bucket; its connections are kept."""
        if source not in self._stores:
            self._stores[source] = store.open_store(source, lambda: self._credentials)
        return self._stores[source]

    def take(self, chunk: Chunk, task: Task) -> None:
        """Begin with a chunk; what it says of requests and credentials holds from now on."""
        self._gate.allow(chunk.concurrency)
        if chunk.credentials:
            self._credentials = chunk.credentials
        size = len(chunk.keys)
        begun = _Open(chunk, task, self.open(task.source), [None] * size, size)
        self._waiting += [(begun, place) for place in range(size)]
        while self._runners < min(chunk.concurrency, len(self._waiting)):
            self._runners += 1
            self._tasks.create_task(self._run())

    async def _run(self) -> None:
        while self._waiting and self._runners <= self._gate.most:
            begun, place = self._waiting.popleft()
            begun.results[place] = await self._one(begun, begun.chunk.keys[place])
            begun.left -= 1
            if not begun.left and not answer(self._channel, begun.answer()):
                raise _ClosedError
        self._runners -= 1

    async def _one(self, begun: _Open, key: str) -> Any:
        """Read one object, patiently, and do the job."""
        task = begun.task
        get: Callable[..., Any] = store.get_async if task.metadata else store.body_async
        tries: Tries | None = None
        while True:
            era = await self._gate.enter()
            throttled = False
            try:
                return task.job(
                    key, await get(begun.opened, task.source, key, task.limit, self._budget)
                )
            except Unreachable as fault:
                throttled = fault.cause == "throttled"
                tries = tries or Tries(task.source.patience)
                wait = tries.wait(fault)
                if wait is None:
                    return task.job(key, tries.verdict(fault))
            except Fault as fault:
                return task.job(key, fault)
            finally:
                self._gate.leave(era, throttled=throttled)
            await asyncio.sleep(wait)
