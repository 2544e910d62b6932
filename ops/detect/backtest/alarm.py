"""When a CloudWatch alarm is in which state, given its metric's data points.

Sources: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms
treat missing data", with the tables and the section "Avoiding premature transitions to
alarm state" there.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from math import ceil

from ops.errors import UsageError

RETRIEVED_BEYOND = 2
"""Data points looked at beyond the evaluation periods. AWS shows 5 for 3, and says for other
alarms only that it depends on the period (assumption)."""
_HOUR, _DAY = 3_600, 86_400
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
STATISTICS = ("Sum", "SampleCount", "Average", "Minimum", "Maximum")


class State(StrEnum):
    """What an alarm says."""

    OK = "OK"
    ALARM = "ALARM"
    UNKNOWN = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """What stands for a data point that is missing."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm's settings; raises UsageError for some that CloudWatch would not take."""

    period: int = 300
    """Seconds of one data point."""
    threshold: float = 1
    evaluation_periods: int = 1
    """N of "M out of N"."""
    datapoints_to_alarm: int | None = None
    """M; None for all N."""
    missing: Missing = Missing.NOT_BREACHING
    comparison: str = "GreaterThanOrEqualToThreshold"
    statistic: str = "Sum"
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what CloudWatch would not take."""
        if self.period not in (10, 20, 30) and (self.period < 1 or self.period % 60):
            raise _wrong(f"a period of {self.period} s", "it is 10, 20, 30 or a multiple of 60")
        if not 1 <= self.needed <= self.evaluation_periods:
            raise _wrong(
                f"{self.needed} data points out of {self.evaluation_periods} periods",
                "the first is at least 1 and at most the second",
            )
        longest = _DAY * (7 if self.period >= _HOUR else 1)
        if self.period * self.evaluation_periods > longest:
            raise _wrong(
                "such a long look back",
                "its periods together are at most a day, or seven if one is an hour or longer",
            )
        if self.comparison not in COMPARISONS:
            raise _wrong(f"the comparison {self.comparison!r}", f"known: {', '.join(COMPARISONS)}")
        if self.statistic not in STATISTICS:
            raise _wrong(f"the statistic {self.statistic!r}", f"known: {', '.join(STATISTICS)}")

    @property
    def needed(self) -> int:
        """How many data points must breach."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def retrieved(self) -> int:
        """How many data points are looked at, the missing among them."""
        return self.evaluation_periods + RETRIEVED_BEYOND

    def breaches(self, value: float) -> bool:
        """Whether a data point breaches the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


def _wrong(what: str, hint: str) -> UsageError:
    return UsageError(f"No alarm has {what}.", hint=hint)


def state(alarm: Alarm, points: Sequence[bool | None], before: State) -> State:
    """Return the state after an evaluation.

    `points` are the data points retrieved, the newest last: whether each breaches, None if
    it is missing.
    """
    real = [one for one in points if one is not None]
    lacking = alarm.evaluation_periods - len(real)
    if lacking <= 0:
        return _judged(alarm, sum(real[-alarm.evaluation_periods :]))
    if alarm.missing is Missing.BREACHING:
        return _judged(alarm, sum(real) + lacking)
    if alarm.missing is Missing.NOT_BREACHING or sum(real) >= alarm.needed:
        return _judged(alarm, sum(real))
    if not all(real):
        return State.OK
    if alarm.missing is Missing.IGNORE:
        return before
    # Whatever there is breaches, and is too little: premature unless it began long enough ago.
    began = len(points) - points.index(True) if real else 0
    return State.ALARM if began >= alarm.needed else State.UNKNOWN


def _judged(alarm: Alarm, breaching: int) -> State:
    return State.ALARM if breaching >= alarm.needed else State.OK


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm's new state, from a time on."""

    at: int
    """Seconds since 1970: the end of the period after which it was evaluated."""
    state: State


def changes(alarm: Alarm, values: Mapping[int, float], first: int, last: int) -> Iterator[Change]:
    """Yield each change of state from `first` on and before `last`, in seconds since 1970.

    `values` are the data points by the seconds at which their periods begin, in UTC aligned
    to the period. Nothing is known before `first`: an alarm begins without data.
    """
    step = alarm.period
    begin, end = first // step, ceil(last / step)
    before = State.UNKNOWN
    for number in _evaluated(alarm, [one // step for one in values], begin, end):
        retrieved = range(number - alarm.retrieved + 1, number + 1)
        points = [
            None if (value := values.get(one * step)) is None else alarm.breaches(value)
            for one in retrieved
        ]
        found = state(alarm, points, before)
        if found is not before:
            yield Change((number + 1) * step, found)
        before = found


def _evaluated(alarm: Alarm, filled: Sequence[int], begin: int, end: int) -> Iterator[int]:
    """Yield the numbers of the periods after which the state may change.

    Where every point that is retrieved is missing, and was already, it stays.
    """
    nothing = begin
    for one in [*sorted(filled), end]:
        yield from range(nothing, min(one, nothing + 1))
        nothing = max(nothing, min(one, end))
        yield from range(nothing, min(one + alarm.retrieved, end))
        nothing = max(nothing, min(one + alarm.retrieved, end))


@dataclass(frozen=True, slots=True)
class Firing:
    """A time in which an alarm was on."""

    begin: int
    end: int
    """Seconds since 1970; the end of what was replayed if `open`."""
    open: bool

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return self.end - self.begin


def firings(found: Sequence[Change], last: int) -> list[Firing]:
    """Return the times in which the alarm was on: each began with a page."""
    times: list[Firing] = []
    for change, after in zip_longest(found, found[1:]):
        if change.state is State.ALARM:
            end = after.at if after else max(last, change.at)
            times.append(Firing(change.at, end, open=after is None))
    return times
