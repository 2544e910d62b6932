"""The time a question is about: half open, in UTC, either end may be missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.history.shelf import UNKNOWN_DAY

DAY_FORM = "%Y-%m-%d"
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9000, 1, 1, tzinfo=UTC)
"""What `:since` and `:until` mean where nobody said."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` on and before `until`; None: from the first event, to the last."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def begin(self) -> datetime:
        """The start, a very early one if nobody said."""
        return self.since or FIRST

    @property
    def end(self) -> datetime:
        """The end, a very late one if nobody said."""
        return self.until or LAST

    @property
    def first_day(self) -> str:
        """The UTC day of the start, as partitions are named."""
        return self.begin.strftime(DAY_FORM)

    @property
    def last_day(self) -> str:
        """The UTC day of the last moment inside."""
        return (self.end - timedelta(microseconds=1)).strftime(DAY_FORM)

    def holds(self, day: str) -> bool:
        """Whether a partition may hold events of this time."""
        return day == UNKNOWN_DAY or self.first_day <= day <= self.last_day

    def widened(self, days: int) -> "Window":
        """Return the same with an earlier start."""
        if self.since is None:
            return self
        return Window(max(FIRST, self.since - timedelta(days=days)), self.until)
