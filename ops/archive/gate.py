"""How many requests may be under way, and how many bytes held.

AWS asks for fewer requests at once when it answers SlowDown (S3 User Guide,
"Best practices design patterns").
"""

import asyncio
from collections import deque


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
    def most(self) -> int:
        """How many requests may be under way at most."""
        return self._most

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
