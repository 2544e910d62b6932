"""A pattern of either kind, as something that judges records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from ops.detect.backtest import narrow
from ops.rules import cloudwatch, eventbridge
from ops.rules.cloudwatch.pattern import All, Compared
from ops.rules.cloudwatch.pattern import Any as AnyOf
from ops.rules.reason import Verdict

Record = Mapping[str, Any]
_EVENT_PATTERN = re.compile(r'\s*\{\s*"')
"""How JSON begins; a filter pattern goes on with a selector or a parenthesis."""


class Kind(StrEnum):
    """Where a pattern is deployed."""

    FILTER = "metric-filter"
    RULE = "event-rule"


class Pattern(Protocol):
    """Tells the records it matches from the others."""

    @property
    def text(self) -> str:
        """As it is written."""

    @property
    def kind(self) -> Kind:
        """Where it is deployed."""

    @property
    def condition(self) -> narrow.Condition:
        """What holds in a store's columns of whatever it matches."""

    @property
    def doubtful(self) -> bool:
        """Whether AWS leaves open what it matches."""

    def matches(self, record: Record, *, absent_differs: bool = False) -> bool:
        """Whether it matches, with `!=` read in one of two ways."""

    def explain(self, record: Record, *, absent_differs: bool = False) -> Verdict:
        """Return whether it matches, and why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter pattern of CloudWatch Logs."""

    text: str
    tree: cloudwatch.Pattern

    @property
    def kind(self) -> Kind:
        """Where it is deployed."""
        return Kind.FILTER

    @property
    def condition(self) -> narrow.Condition:
        """What holds in a store's columns of whatever it matches."""
        return narrow.of_filter(self.tree)

    @property
    def doubtful(self) -> bool:
        """Whether a `!=` could meet an absent field."""
        return _differs(self.tree)

    def matches(self, record: Record, *, absent_differs: bool = False) -> bool:
        """Whether it matches; `absent_differs` lets `!=` match what is absent or null."""
        return cloudwatch.matches(self.tree, record, absent_differs=absent_differs)

    def explain(self, record: Record, *, absent_differs: bool = False) -> Verdict:
        """Return whether it matches, and which conditions decided that."""
        return cloudwatch.explain(self.tree, record, absent_differs=absent_differs)


@dataclass(frozen=True, slots=True)
class Rule:
    """An event pattern of EventBridge."""

    text: str
    tree: eventbridge.Fields

    @property
    def kind(self) -> Kind:
        """Where it is deployed."""
        return Kind.RULE

    @property
    def condition(self) -> narrow.Condition:
        """What holds in a store's columns of whatever it matches."""
        return narrow.of_event(self.tree)

    @property
    def doubtful(self) -> bool:
        """Never: EventBridge documents what an absent field does."""
        return False

    def matches(self, record: Record, *, absent_differs: bool = False) -> bool:  # noqa: ARG002
        """Whether it matches the event that EventBridge makes of a record."""
        return eventbridge.matches(self.tree, eventbridge.enveloped(record))

    def explain(self, record: Record, *, absent_differs: bool = False) -> Verdict:  # noqa: ARG002
        """Return whether it matches, and which fields decided that."""
        return eventbridge.explain(self.tree, eventbridge.enveloped(record))


def read(text: str) -> Pattern:
    """Return what a pattern's text says, of the kind it begins like; raise PatternError."""
    if _EVENT_PATTERN.match(text):
        return Rule(text, eventbridge.parsed(text))
    return Filter(text, cloudwatch.parsed(text))


def _differs(tree: cloudwatch.Pattern) -> bool:
    if isinstance(tree, All | AnyOf):
        return any(map(_differs, tree.parts))
    return isinstance(tree, Compared) and tree.sign == "!="
