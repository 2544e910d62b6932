"""The time a question is about: half open, in UTC, either end may be missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.history.shelf import UNKNOWN_DAY

DAY_FORM = "%Y-%m-%d"
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9000, 1, 1, tzinfo=UTC)
"""What `:since` and `:until` mean where nobody said."""
BEGUN = datetime(2013, 11, 13, tzinfo=UTC)
"""When CloudTrail was launched (AWS News Blog): no event is older, whatever a record says."""

SLOW = timedelta(days=7)
"""How much the clock of whoever collected may be slow: an event that is later cannot be true."""


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
        return self.begin.date().isoformat()

    @property
    def last_day(self) -> str:
        """The UTC day of the last moment inside."""
        return (self.end - timedelta(microseconds=1)).date().isoformat()

    def holds(self, day: str) -> bool:
        """Whether a partition may hold events of this time."""
        begun = self.since is None or self.first_day <= day
        return day == UNKNOWN_DAY or (begun and (self.until is None or day <= self.last_day))

    def widened(self, days: int) -> "Window":
        """Return the same with an earlier start."""
        if self.since is None:
            return self
        return Window(max(FIRST, self.since - timedelta(days=days)), self.until)
