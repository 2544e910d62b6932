"""Puts what lanes bring, in no order, back into the order of the plan.

A haul's rows lie together, so its objects can only be published together: a batch may
end where no haul is in it with only some of its objects.
"""

from collections import deque
from dataclasses import dataclass, field

from ops.history.plan import Planned
from ops.history.publish import Batch, Done
from ops.history.reader import Haul, Read


@dataclass(slots=True)
class _Opened:
    """A haul, and how many of its objects have not had their turn."""

    haul: Haul
    left: int


@dataclass(slots=True)
class Queue:
    """Objects that were asked for, and those of them that have come."""

    _expected: deque[Planned] = field(default_factory=deque)
    _arrived: dict[str, tuple[Read, _Opened]] = field(default_factory=dict)
    _split: int = 0
    """Hauls of which some objects have had their turn and some have not."""

    @property
    def empty(self) -> bool:
        """Whether everything that was asked for has had its turn."""
        return not self._expected

    def expect(self, planned: Planned) -> None:
        """Add an object that was asked for."""
        self._expected.append(planned)

    def arrived(self, haul: Haul) -> None:
        """Add objects that have come."""
        opened = _Opened(haul, len(haul.reads))
        for read in haul.reads:
            self._arrived[read.key] = read, opened

    def advance(self, batch: Batch) -> bool:
        """Move into a batch what has its turn; return whether the batch may end here."""
        while self._expected and self._expected[0].key in self._arrived:
            planned = self._expected.popleft()
            read, opened = self._arrived.pop(planned.key)
            batch.objects.append(Done(planned, read))
            self._split += opened.left == len(opened.haul.reads)
            opened.left -= 1
            if not opened.left:
                self._split -= 1
                batch.pieces += opened.haul.pieces
        return not self._split
