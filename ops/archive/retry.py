"""When to try again, and how many requests may be under way.

AWS asks for exponential backoff with jitter, and for fewer requests at once
when it answers SlowDown (S3 User Guide, "Best practices design patterns").
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from ops.archive.model import Patience, Unreachable

Result = TypeVar("Result")


class Tries:
    """The attempts at one object."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failed = 0
        self._stalls = 0

    def wait(self, fault: Unreachable) -> float | None:
        """Return the seconds until the next attempt; None if that was the last."""
        self._failed += 1
        self._stalls += fault.cause == "stalled"
        patience = self._patience
        if fault.cause == "final":
            return None
        if self._failed >= patience.attempts or self._stalls >= patience.stalls:
            return None
        longest = patience.first_wait * 2.0 ** (self._failed - 1)
        # Jitter keeps clients from coming back together; it needs no secrecy.
        return random.uniform(0.5, 1.0) * min(longest, patience.longest_wait)  # noqa: S311

    def verdict(self, fault: Unreachable) -> Unreachable:
        """Return the fault to report when there is no next attempt."""
        if self._failed == 1:
            return fault
        message = f"{fault} (attempt {self._failed}, the last)"
        return Unreachable(message, hint=fault.hint, cause=fault.cause)


def patiently(patience: Patience, attempt: Callable[[], Result]) -> Result:
    """Return what an attempt returns, trying again while it is worth it; raise a Fault."""
    tries = Tries(patience)
    while True:
        try:
            return attempt()
        except Unreachable as fault:
            wait = tries.wait(fault)
            if wait is None:
                raise tries.verdict(fault) from fault
        time.sleep(wait)


class Gate:
    """Lets a number of requests through: halved when told to slow down, then one more at a time.

    For one event loop.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._active = 0
        self._successes = 0
        self._era = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return self._limit

    def allow(self, most: int) -> None:
        """Change how many requests may be under way at most."""
        if most != self._most:
            self._limit = most if self._limit == self._most else min(self._limit, most)
            self._most = most
            self._wake()

    async def enter(self) -> int:
        """Wait for a place; return the era, to be handed back."""
        while self._active >= self._limit:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._active += 1
        return self._era

    def leave(self, era: int, *, throttled: bool) -> None:
        """Give a place back, and say whether the server asked to slow down.

        A burst of refusals counts once: only requests begun since the last
        halving can cause another.
        """
        self._active -= 1
        if throttled and era == self._era:
            self._limit = max(1, self._limit // 2)
            self._era += 1
            self._successes = 0
        elif not throttled and self._limit < self._most:
            self._successes += 1
            if self._successes >= self._limit:
                self._limit += 1
                self._successes = 0
        self._wake()

    def _wake(self) -> None:
        free = self._limit - self._active
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1


class Budget:
    """Bytes that may be held at once; a body longer than all of it passes alone.

    For one event loop.
    """

    def __init__(self, size: int) -> None:
        self._free = self._size = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> int:
        """Wait until `size` bytes may be held; return what to give back."""
        share = min(size, self._size)
        if self._waiting or share > self._free:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((share, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.give(share)
                raise
        else:
            self._free -= share
        return share

    def give(self, share: int) -> None:
        """Give bytes back."""
        self._free += share
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= wanted
                turn.set_result(None)
