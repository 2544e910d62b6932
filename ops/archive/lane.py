"""One lane of a fetch: takes chunks of keys, reads them, works on them, answers.

A lane runs in a thread of the caller's process or in a process of its own; it
does not know which. It needs no credentials chain: every chunk brings the
credentials that are good now. It outlives the streams that pass through it, and
keeps connections from one to the next.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
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
Answer = tuple[int, list[Any]]
"""A chunk's number, and what the job returned for its keys, in their order."""
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
        if not answer(channel, (chunk.number, results)):
            return


def _reader(source: Source) -> Callable[[str, int], bytes]:
    if source.kind == "bundle":
        from ops.archive.bundle import Bundle

        bundle = Bundle(source)
        return lambda key, limit: bundle.body(key, limit=limit)
    folders = Folders(source.path)
    return lambda key, limit: read(folders, key, limit=limit)
