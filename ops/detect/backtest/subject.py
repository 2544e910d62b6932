"""What is replayed: filters on one metric with its alarms, or an event rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.pattern import Filter, Kind, Pattern, read
from ops.errors import PatternError
from ops.rules import cloudwatch
from ops.rules.cloudwatch.evaluation import selected
from ops.rules.cloudwatch.pattern import Compared, Selector


@dataclass(frozen=True, slots=True)
class Value:
    """What a filter adds to its metric for an event."""

    number: float = 1
    selector: Selector | None = None
    """The field whose number counts instead."""

    def of(self, record: Mapping[str, Any]) -> float | None:
        """Return the value; None if the field holds no number: then nothing is published."""
        if self.selector is None:
            return self.number
        found = selected(self.selector, record)
        return float(found) if isinstance(found, int | float) and found is not True else None


def value(text: str) -> Value:
    """Return what a metric transformation's value means; raise PatternError."""
    if text.startswith("$"):
        tree = cloudwatch.parsed(f"{{ {text} = * }}")
        if isinstance(tree, Compared):
            return Value(selector=tree.selector)
    try:
        return Value(float(text))
    except ValueError as error:
        raise PatternError(
            f"the metric's value {text!r} is neither a number nor $.FIELD"
        ) from error


@dataclass(frozen=True, slots=True)
class Source:
    """A pattern, and what it adds to the metric."""

    pattern: Pattern
    value: Value = field(default_factory=Value)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something deployed, or to be."""

    name: str
    sources: tuple[Source, ...]
    alarms: tuple[Alarm, ...] = ()
    """Those on the metric that the filters feed together."""
    default: float | None = None
    """What the metric is in a minute with events of which none matches; None: missing."""
    all_management: bool = False
    """Of an event rule: whether it sees read-only management events."""

    @property
    def kind(self) -> Kind:
        """Where it is deployed."""
        return self.sources[0].pattern.kind

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Its patterns."""
        return tuple(one.pattern for one in self.sources)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something found that cannot be replayed, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a plan or a log group holds."""

    subjects: tuple[Subject, ...]
    unread: tuple[Unread, ...] = ()


def of_pattern(text: str, alarm: Alarm) -> Subject:
    """Return a pattern as it would be deployed with an alarm; raise PatternError."""
    pattern = read(text)
    return Subject(text, (Source(pattern),), (alarm,) if isinstance(pattern, Filter) else ())
