"""Which events reach a rule at all: calls that only read do so only if its state asks for them.

Source: EventBridge User Guide, "Receiving read-only management events from AWS services".
"""

import re
from collections.abc import Callable

from ops.rules.predicate import And, Flag, Leaf, Op, Or, Predicate, Text, pushed

ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state of a rule that is given calls that only read, too."""
_VERBS = (
    "AssumeRole", "BatchCheck", "BatchDescribe", "BatchGet", "Check", "Decode", "Describe",
    "Detect", "Discover", "Download", "Estimate", "Export", "Filter", "Generate", "Get", "Head",
    "List", "Lookup", "Predict", "Preview", "Query", "Read", "Resolve", "Retrieve", "Scan",
    "Search", "Select", "Simulate", "Test", "Validate", "Verify", "View",
)  # fmt: skip
_READS = re.compile("|".join(_VERBS))
"""How the names of calls begin that CloudTrail may record as reading only."""
_CHANGES = ("GetFederationToken", "GetSessionToken")
"""Calls that are delivered as changes, whatever their names say. Source: as above."""


def reads(tree: Predicate) -> bool:
    """Whether a rule may look for a call that only reads; in doubt it does."""
    return _admits(pushed(tree))


def _admits(tree: And | Or | Leaf | Predicate) -> bool:
    match tree:
        case And():
            return all(_admits(one) for one in tree.parts)
        case Or():
            return any(_admits(one) for one in tree.parts)
        case Leaf():
            test = _ASKED.get(tree.path)
            return tree.negated or test is None or test(tree)
    return True


def _name(leaf: Leaf) -> bool:
    test = leaf.test
    if not isinstance(test, Text) or test.op not in (Op.EQUALS, Op.PREFIX):
        return True
    if test.op is Op.EQUALS:
        return test.value not in _CHANGES and bool(_READS.match(test.value) or not test.cased)
    return bool(_READS.match(test.value)) or any(one.startswith(test.value) for one in _VERBS)


def _reading(leaf: Leaf) -> bool:
    return leaf.test != Flag(value=False)


def _management(leaf: Leaf) -> bool:
    return leaf.test != Text(Op.EQUALS, "Data")


_ASKED: dict[tuple[str, ...], Callable[[Leaf], bool]] = {
    ("eventName",): _name,
    ("readOnly",): _reading,
    ("eventCategory",): _management,
}
"""By field, whether a test of it may hold for a management event that only reads."""
