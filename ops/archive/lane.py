"""What is handed to a lane of a fetch, and how the lane takes it in and answers."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from ops.archive.channel import Channel
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
