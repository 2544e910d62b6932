"""Python objects between two threads or processes, over a pair of sockets.

What multiprocessing's connections do, without what multiprocessing loads: that
would be a tenth of a reading process's start. Only for both ends of one
program: whoever can write to a channel can run code at the other end.
"""

import pickle
import select
import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

_SIZE = 4
"""Bytes that say how long a message is."""


class Channel:
    """One end. One thread may send while another receives."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    @classmethod
    def pair(cls) -> tuple["Channel", "Channel"]:
        """Return both ends of a new channel."""
        near, far = socket.socketpair()
        return cls(near), cls(far)

    @classmethod
    def inherited(cls, descriptor: int) -> "Channel":
        """Return an end that another process opened and handed down."""
        return cls(socket.socket(fileno=descriptor))

    def __enter__(self) -> Self:
        """Close it when the block is left."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._end.fileno()

    def send(self, value: object) -> None:
        """Send a value; wait while the other end is slow; raise OSError if it is closed."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._end.sendall(len(data).to_bytes(_SIZE) + data)

    def receive(self) -> Any:
        """Wait for a value; raise EOFError if the other end has closed."""
        size = int.from_bytes(self._read(_SIZE))
        return pickle.loads(self._read(size))  # noqa: S301  # the other end is this very program

    def has_message(self) -> bool:
        """Whether `receive` would not wait for a message to begin."""
        return bool(waiting([self], seconds=0))

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def _read(self, size: int) -> bytes:
        data = bytearray(size)
        view, done = memoryview(data), 0
        while done < size:
            try:
                came = self._end.recv_into(view[done:])
            except ConnectionResetError:
                came = 0
            if not came:
                raise EOFError
            done += came
        return bytes(data)


def waiting(channels: Iterable[Channel], *, seconds: float | None = None) -> list[Channel]:
    """Wait until at least one channel has a message or has ended; return those."""
    poll = select.poll()
    by_descriptor = {channel.fileno(): channel for channel in channels}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLIN)
    ready = poll.poll(None if seconds is None else seconds * 1000) if by_descriptor else []
    return [by_descriptor[descriptor] for descriptor, _ in ready]
