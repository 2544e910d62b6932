"""What is counted while events go by; bounded, whatever they say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.subject import Subject

MOST = 50_000
"""Different values that are counted one by one."""
MINUTE, DAY = 60, 86_400
"""Seconds."""
_OTHERS = "(others)"
_TOP = 10


@dataclass(slots=True)
class Ranking:
    """How often values came."""

    counts: Counter[str] = field(default_factory=Counter)
    others: int = 0
    """Of values that came when there were too many already."""

    def add(self, value: str) -> None:
        """Count a value."""
        if value in self.counts or len(self.counts) < MOST:
            self.counts[value] += 1
        else:
            self.others += 1

    def top(self, most: int | None = _TOP) -> list[tuple[str, int]]:
        """Return the most frequent values; of equals the first by name."""
        ordered = sorted(self.counts.items(), key=lambda one: (-one[1], one[0]))
        others = [(_OTHERS, self.others)] if self.others else []
        return [*ordered[:most], *others]


@dataclass(slots=True)
class Point:
    """A data point: what a metric was given in a period."""

    total: float = 0
    count: int = 0
    least: float = 0
    greatest: float = 0

    def add(self, value: float) -> None:
        """Publish a value."""
        self.least = min(self.least, value) if self.count else value
        self.greatest = max(self.greatest, value) if self.count else value
        self.total += value
        self.count += 1

    def statistic(self, name: str) -> float:
        """Return one of CloudWatch's statistics of it."""
        match name:
            case "SampleCount":
                return self.count
            case "Average":
                return self.total / self.count
            case "Minimum":
                return self.least
            case "Maximum":
                return self.greatest
            case _:
                return self.total


@dataclass(slots=True)
class Series:
    """The data points of an alarm's metric, by the second at which their periods begin."""

    alarm: Alarm
    points: dict[int, Point] = field(default_factory=dict)

    def add(self, second: int, value: float) -> None:
        """Publish a value at a time."""
        begin = second - second % self.alarm.period
        self.points.setdefault(begin, Point()).add(value)

    def values(self) -> dict[int, float]:
        """Return the statistic that the alarm looks at."""
        name = self.alarm.statistic
        return {begin: point.statistic(name) for begin, point in self.points.items()}


@dataclass(slots=True)
class Count:
    """Hits, and what they gave the metric."""

    series: tuple[Series, ...]
    hits: int = 0
    minutes: set[int] = field(default_factory=set)
    """Those with a hit, since 1970."""

    def add(self, second: int | None, values: Iterable[float]) -> None:
        """Count a hit; without a time it reaches no metric."""
        self.hits += 1
        if second is not None:
            self.minutes.add(second // MINUTE)
            self.publish(second, values)

    def publish(self, second: int, values: Iterable[float]) -> None:
        """Give the metric values at a time."""
        for value in values:
            for one in self.series:
                one.add(second, value)


@dataclass(slots=True)
class Tally:
    """All that is counted of one subject."""

    subject: Subject
    count: Count
    otherwise: Count
    """The same if `!=` matched what is absent."""
    days: Counter[int] = field(default_factory=Counter)
    """Hits by the UTC day, counted from 1970."""
    places: Ranking = field(default_factory=Ranking)
    actors: Ranking = field(default_factory=Ranking)
    addresses: Ranking = field(default_factory=Ranking)
    names: Ranking = field(default_factory=Ranking)
    undated: int = 0
    """Hits without a readable time: on no day and in no alarm."""
    too_large: int = 0
    """Matching events that are too large to be delivered."""
    only_reads: int = 0
    """Matching read-only management events, which an event rule does not see."""
    elsewhere: int = 0
    """Matching events of an account or region in which the event rule does not stand."""
    unread: int = 0
    """Records that no JSON reader takes."""

    def describe(self, record: Mapping[str, Any], second: int | None) -> None:
        """Count when a hit was, where, and whose."""
        if second is None:
            self.undated += 1
        else:
            self.days[second // DAY] += 1
        account, region = record.get("recipientAccountId"), record.get("awsRegion")
        self.places.add(f"{account or '-'} {region or '-'}")
        self.actors.add(actor(record))
        self.addresses.add(str(record.get("sourceIPAddress") or "-"))
        self.names.add(f"{_service(record)}:{record.get('eventName') or '-'}")


def begun(subject: Subject) -> Tally:
    """Return a tally of nothing yet."""
    count, otherwise = (Count(tuple(map(Series, subject.alarms))) for _ in range(2))
    return Tally(subject, count, otherwise)


def actor(record: Mapping[str, Any]) -> str:
    """Return who called: the role behind a session, else the caller, else the service."""
    identity = record.get("userIdentity")
    if not isinstance(identity, Mapping):
        return "-"
    session = identity.get("sessionContext")
    issuer = session.get("sessionIssuer") if isinstance(session, Mapping) else None
    role = issuer.get("arn") if isinstance(issuer, Mapping) else None
    found = role or next(
        (identity[key] for key in ("arn", "userName", "invokedBy", "principalId", "accountId")
         if identity.get(key)), "-",
    )  # fmt: skip
    return str(found)


def _service(record: Mapping[str, Any]) -> str:
    return str(record.get("eventSource") or "-").removesuffix(".amazonaws.com")
