"""The log files that digests of one cell name, day by day.

Only a few days are held at a time: digests are read newest first, and a log is
named by the digest of its hour, so an older digest has nothing to add to a day
once the walk has passed it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from ops.integrity.digest import LogRef
from ops.integrity.finding import Verdict
from ops.layout import LogKey, parse


class Entered(Enum):
    """What adding a reference did."""

    NEW = auto()
    SAME = auto()
    CONFLICT = auto()


@dataclass(slots=True)
class Ledger:
    """References by the day folder of the log they name."""

    days: dict[date, dict[str, bytes]]
    verdicts: dict[date, dict[str, Verdict]]
    """What logs of these days have turned out to be."""
    doubtful: dict[date, set[str]]
    """Logs that only digests without proof name: neither proven nor put there."""
    others: dict[date, set[str]]
    """Logs that digests of trails nobody asked about name, or one that an earlier run verified:
    not put there, and not verified."""

    @classmethod
    def empty(cls) -> "Ledger":
        """Return a ledger without references."""
        return cls(defaultdict(dict), defaultdict(dict), defaultdict(set), defaultdict(set))

    def enter(self, day: date, key: str, hashed: bytes) -> Entered:
        """Add a reference; say whether it was known, with equal content or not."""
        held = self.days[day]
        if key not in held:
            held[key] = hashed
            return Entered.NEW
        return Entered.SAME if held[key] == hashed else Entered.CONFLICT

    def pass_over(self, logs: Iterable[LogRef]) -> None:
        """Take in what a proven digest names and this run does not verify."""
        _sort_by_day(self.others, logs)

    def doubt(self, logs: Iterable[LogRef]) -> None:
        """Take in what a digest names that nothing proves and nothing disproves."""
        _sort_by_day(self.doubtful, logs)

    def judge(self, day: date, key: str, verdict: Verdict) -> None:
        """Remember a verdict while the log's day is still open."""
        if key in self.days.get(day, ()):
            self.verdicts[day][key] = verdict

    def verdict(self, day: date, key: str) -> Verdict | None:
        """Return what a log turned out to be; None if that is not known yet."""
        return self.verdicts.get(day, {}).get(key)

    def settled(self, day: date) -> tuple[set[str], set[str]]:
        """Take a day out of the ledger: what was named, and what only without proof."""
        self.verdicts.pop(day, None)
        named = self.others.pop(day, set()).union(self.days.pop(day, ()))
        return named, self.doubtful.pop(day, set())


def _sort_by_day(days: dict[date, set[str]], logs: Iterable[LogRef]) -> None:
    for ref in logs:
        place = parse(ref.key)
        if isinstance(place, LogKey):
            days[place.day].add(ref.key)
