"""One lane of a fetch: takes chunks of keys, reads them, works on them, answers.

A lane runs in a thread of the caller's process or in a process of its own; it
does not know which. It needs no credentials chain: every chunk brings the
credentials that are good now. It outlives the streams that pass through it, and
keeps connections from one to the next.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from ops.archive.channel import Channel
from ops.archive.directory import Folders, read
from ops.archive.metadata import NONE
from ops.archive.model import Fault, Object, Source

Job = Callable[[str, Object | Fault], Any]
"""What is done with each object, or with the fault in its place."""
Gather = Callable[[Sequence[tuple[str, Any]]], Sequence[tuple[str, Any]]]
"""What is made of the results that travel together, before they do: by key, all of them."""
Answer = tuple[int, Sequence[Any]]
"""A chunk's number, and its results as they travel."""
READY = -1
"""The number by which a lane says that it can begin."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a lane does with the chunks of one stream."""

    source: Source
    job: Job
    limit: int
    metadata: bool = True
    """Whether the job looks at metadata."""
    gather: Gather | None = None

    def packed(self, keys: Sequence[str], results: Sequence[Any]) -> Sequence[Any]:
        """Return results as they travel: in the order of their keys, or what is made of them."""
        if self.gather is None:
            return results
        return self.gather(list(zip(keys, results, strict=True)))

    def unpacked(self, keys: Sequence[str], travelled: Sequence[Any]) -> Iterable[tuple[str, Any]]:
        """Return (key, result) of what has travelled."""
        return zip(keys, travelled, strict=True) if self.gather is None else travelled


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some keys to read."""

    number: int
    task: int
    """Which task, by the order in which this lane was told of them."""
    keys: Sequence[str]
    concurrency: int
    credentials: tuple[str, str, str | None] | None = None
    metadata: Mapping[str, Mapping[str, str]] | None = None
    """User metadata of a copy's objects, by key."""


def serve(channel: Channel, *, remote: bool) -> None:
    """Work on chunks until the other end closes; however it ends, say so by a None.

    `remote` says whether the objects lie in a bucket.
    """
    inbox = Inbox(channel)
    inbox.start()
    try:
        if remote:
            from ops.archive.bucket_lane import work
        else:
            work = _work_on_copies
        answer(channel, (READY, []))
        work(channel, inbox)
    finally:
        answer(channel, None)
        inbox.join()  # it closes the channel: nobody else may while it reads


def main(descriptor: int, *, remote: bool) -> None:
    """Be a lane in a process of its own, on an inherited socket."""
    serve(Channel.inherited(descriptor), remote=remote)
    os._exit(0)  # nothing is left to be cleaned up, and tearing the interpreter down takes time


class Inbox(threading.Thread):
    """Takes chunks in, so that the other end never waits while this one answers."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(name="inbox", daemon=True)
        self._channel = channel
        self.tasks: list[Task] = []
        self.chunks: SimpleQueue[Chunk | None] = SimpleQueue()
        """What has come in; None at the end."""
        self.told: Callable[[], object] = lambda: None
        """Called when something has come in."""

    def run(self) -> None:
        """Read until the other end closes."""
        with self._channel:
            with suppress(EOFError, OSError):
                while True:
                    came = self._channel.receive()
                    if isinstance(came, Task):
                        self.tasks.append(came)
                        self._tell()
                    else:
                        self._put(came)
            self._put(None)

    def _put(self, chunk: Chunk | None) -> None:
        self.chunks.put(chunk)
        self._tell()

    def _tell(self) -> None:
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self.told()


def answer(channel: Channel, results: Answer | None) -> bool:
    """Send results; whether the other end is still there."""
    try:
        channel.send(results)
    except OSError:  # closed, by either end
        return False
    return True


def _work_on_copies(channel: Channel, inbox: Inbox) -> None:
    readers: dict[Source, Callable[[str, int], bytes]] = {}
    while (chunk := inbox.chunks.get()) is not None:
        task = inbox.tasks[chunk.task]
        if task.source not in readers:
            readers[task.source] = _reader(task.source)
        body, metadata = readers[task.source], chunk.metadata or {}
        results = []
        for key in chunk.keys:
            try:
                found: Object | Fault = Object(body(key, task.limit), metadata.get(key, NONE))
            except Fault as fault:
                found = fault
            results.append(task.job(key, found))
        if not answer(channel, (chunk.number, task.packed(chunk.keys, results))):
            return


def _reader(source: Source) -> Callable[[str, int], bytes]:
    if source.kind == "bundle":
        from ops.archive.bundle import Bundle

        bundle = Bundle(source)
        return lambda key, limit: bundle.body(key, limit=limit)
    folders = Folders(source.path)
    return lambda key, limit: read(folders, key, limit=limit)
