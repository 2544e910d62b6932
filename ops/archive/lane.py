"""One lane of a fetch: takes chunks of keys, reads them, works on them, answers.

A lane runs in a thread of the caller's process or in a process of its own; it
does not know which. It needs no credentials chain: every chunk brings the
credentials that are good now.
"""

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
from ops.archive.model import Fault, Object, Source

Job = Callable[[str, Object | Fault], Any]
"""What is done with each object, or with the fault in its place."""
Gather = Callable[[Sequence[tuple[str, Any]]], Sequence[tuple[str, Any]]]
"""What is made of the results that travel together, before they do: by key, all of them."""


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
    receiver = Receiver(connection)
    receiver.start()
    try:
        if task.source.kind == "s3":
            from ops.archive.bucket_lane import serve_bucket

            serve_bucket(connection, receiver, task)
        else:
            _serve_copy(connection, receiver, task)
    finally:
        answer(connection, None)
        receiver.join()  # it closes the connection: nobody else may while it reads


def main(descriptor: int) -> None:
    """Be a lane in a process of its own, on an inherited socket."""
    connection: Connection[Any, Any] = Connection(descriptor)
    # The caller is this very program and the only one who holds the other end.
    task = pickle.loads(connection.recv_bytes())  # noqa: S301
    serve(connection, task)
    sys.exit(0)


class Receiver(threading.Thread):
    """Takes chunks in, so that the other end never waits while this one answers."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        super().__init__(name="inbox", daemon=True)
        self._connection = connection
        self.chunks: SimpleQueue[Chunk | None] = SimpleQueue()
        """What has come in; None at the end."""
        self.told: Callable[[], object] = lambda: None
        """Called when something has come in."""

    def run(self) -> None:
        """Take chunks in until the other end closes."""
        with self._connection:
            with suppress(EOFError, OSError):
                while True:
                    self._put(self._connection.recv())
            self._put(None)

    def _put(self, chunk: Chunk | None) -> None:
        self.chunks.put(chunk)
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self.told()


def _serve_copy(connection: "Connection[Any, Any]", receiver: Receiver, task: Task) -> None:
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
        if not answer(connection, task.gathered(results)):
            return


def _reader(task: Task) -> Callable[[str], bytes]:
    if task.source.kind == "bundle":
        from ops.archive.bundle import Bundle

        bundle = Bundle(task.source)
        return lambda key: bundle.body(key, limit=task.limit)
    folders = Folders(task.source.path)
    return lambda key: read(folders, key, limit=task.limit)


def answer(connection: "Connection[Any, Any]", results: Sequence[tuple[str, Any]] | None) -> bool:
    """Send results; return whether anybody is there to take them."""
    try:
        connection.send(results)
    except (OSError, TypeError):  # closed, by either end; TypeError if just while writing
        return False
    return True
