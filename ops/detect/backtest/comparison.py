"""What one pattern catches and another does not, both ways."""

from dataclasses import dataclass, field
from typing import Any

from ops.detect.backtest import narrow
from ops.detect.backtest.pattern import Kind, Pattern
from ops.detect.backtest.replay import Engine, Event, events
from ops.detect.backtest.scope import Scope, only_reads, too_large
from ops.detect.backtest.subject import Subject
from ops.rules.reason import Reason

_MOST = 5
"""Examples that are kept of each way."""


@dataclass(frozen=True, slots=True)
class Example:
    """An event that only one of the two catches."""

    time: str | None
    id: str | None
    account: str | None
    region: str | None
    name: str
    why: tuple[Reason, ...]
    """Why the other does not match it; empty if it does, and never gets to see it."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "event_time": self.time,
            "event_id": self.id,
            "account": self.account,
            "region": self.region,
            "event_name": self.name,
            "why": [{"condition": one.condition, "because": one.because} for one in self.why],
        }


@dataclass(slots=True)
class Comparison:
    """How the catches of two patterns differ."""

    against: str
    both: int = 0
    only_this: int = 0
    only_other: int = 0
    these: list[Example] = field(default_factory=list)
    others: list[Example] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "against": self.against,
            "both": self.both,
            "only_this": {
                "hits": self.only_this,
                "examples": [one.as_json() for one in self.these],
            },
            "only_other": {
                "hits": self.only_other,
                "examples": [one.as_json() for one in self.others],
            },
        }


def compared(engine: Engine, subject: Subject, other: Pattern, scope: Scope) -> Comparison:
    """Return how the catches of a subject and of another pattern differ."""
    found = Comparison(other.text)
    patterns = (*subject.patterns, other)
    for event in events(engine, narrow.any_of(one.condition for one in patterns)):
        if event is None:
            continue
        mine = any(
            _catches(one, event, scope, all_management=subject.all_management)
            for one in subject.patterns
        )
        theirs = _catches(other, event, scope, all_management=False)
        if mine and theirs:
            found.both += 1
        elif mine:
            found.only_this += 1
            _keep(found.these, event, [other])
        elif theirs:
            found.only_other += 1
            _keep(found.others, event, list(subject.patterns))
    return found


def _catches(pattern: Pattern, event: Event, scope: Scope, *, all_management: bool) -> bool:
    if not pattern.matches(event.record) or too_large(event.raw):
        return False
    if pattern.kind is Kind.FILTER:
        return True
    seen = all_management or scope.all_management or not only_reads(event.record)
    return seen and scope.holds(event.record)


def _keep(examples: list[Example], event: Event, missing: list[Pattern]) -> None:
    if len(examples) >= _MOST:
        return
    record = event.record
    verdicts = [one.explain(record) for one in missing]
    why = tuple(each for one in verdicts if not one.matches for each in one.reasons)
    examples.append(
        Example(
            _text(record.get("eventTime")),
            _text(record.get("eventID")),
            _text(record.get("recipientAccountId")),
            _text(record.get("awsRegion")),
            str(record.get("eventName")),
            why,
        )
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
