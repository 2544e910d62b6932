"""Whether a filter pattern matches a record, exactly as AWS documents it, and why.

A selector must lead to a text or a number: an object or a list matches neither `=` nor
`!=` (CloudWatch Logs User Guide, "JSON special considerations"), and so we read it for
truth values. A number is different from every text, and a text from every number
(assumption).
"""

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any as Anything
from typing import Final

from ops.rules import reason, regex
from ops.rules.cloudwatch.pattern import (
    ANYTHING,
    All,
    Any,
    Compared,
    Condition,
    Is,
    NotExists,
    Pattern,
    Regex,
    Selector,
    Word,
)
from ops.rules.predicate import COMPARISONS
from ops.rules.reason import Reason, Verdict

ABSENT_DIFFERS = False
"""Whether `!=` matches where there is nothing, or null. AWS does not document it (assumption).
What is compiled from a rule never depends on it; prescribed texts are judged both ways."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
_IS = {"NULL": None, "TRUE": True, "FALSE": False}
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {**COMPARISONS, "!=": operator.ne}


def matches(
    pattern: Pattern, record: Mapping[str, Anything], *, absent_differs: bool = ABSENT_DIFFERS
) -> bool:
    """Whether a pattern matches a record."""
    match pattern:
        case All():
            return all(matches(one, record, absent_differs=absent_differs) for one in pattern.parts)
        case Any():
            return any(matches(one, record, absent_differs=absent_differs) for one in pattern.parts)
        case _:
            return _holds(pattern, selected(pattern.selector, record), absent_differs)


def explain(
    pattern: Pattern, record: Mapping[str, Anything], *, absent_differs: bool = ABSENT_DIFFERS
) -> Verdict:
    """Return whether a pattern matches a record, and which conditions decided that."""
    match pattern:
        case All():
            return reason.every(
                [explain(one, record, absent_differs=absent_differs) for one in pattern.parts]
            )
        case Any():
            return reason.some(
                [explain(one, record, absent_differs=absent_differs) for one in pattern.parts]
            )
        case _:
            value = selected(pattern.selector, record)
            because = Reason(str(pattern), f"{pattern.selector} {_found(pattern, value)}")
            return Verdict(_holds(pattern, value, absent_differs), (because,))


def selected(selector: Selector, record: Mapping[str, Anything]) -> Anything:
    """Return the value a selector leads to, or `ABSENT`."""
    value: Anything = record
    for step in selector.steps:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return ABSENT
            value = value[step]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return ABSENT
    return value


def _holds(condition: Condition, value: Anything, absent_differs: bool) -> bool:  # noqa: FBT001
    match condition:
        case NotExists():
            return value is ABSENT
        case Is():
            return value is _IS[condition.value]
        case Compared():
            return _compared(condition, value, absent_differs)


def _compared(condition: Compared, value: Anything, absent_differs: bool) -> bool:  # noqa: FBT001
    if value is ABSENT or value is None:
        return condition.sign == "!=" and absent_differs
    if isinstance(value, dict | list | bool):
        return False
    differs = condition.sign == "!="
    match condition.value:
        case Word():
            fits = (
                condition.value.fits(value)
                if isinstance(value, str)
                else condition.value == ANYTHING
            )
            return fits != differs
        case Regex():
            machine = regex.compiled(condition.value.text, groups=False)
            return (isinstance(value, str) and machine.found(value)) != differs
        case number:
            if isinstance(value, str):
                return differs
            return _COMPARE[condition.sign](value, number)


def _found(condition: Condition, value: Anything) -> str:
    if value is ABSENT:
        return "is absent"
    if isinstance(value, dict | list | bool) and isinstance(condition, Compared):
        kind = "an object" if isinstance(value, dict) else "a list"
        kind = reason.shown(value) if isinstance(value, bool) else kind
        return f"is {kind}, to which no comparison applies"
    return f"is {reason.shown(value)}"
