"""From a filter pattern to a condition that holds for whatever the pattern matches, and few others.

A history is asked for the events that may match, and the matcher, which is exact, then
looks at these alone. What a predicate cannot say (one element of a list, that a value is
neither object nor list) is left away.
"""

from itertools import pairwise

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
    Word,
)
from ops.rules.predicate import (
    And,
    Exists,
    Flag,
    Leaf,
    Number,
    Op,
    Or,
    Path,
    Predicate,
    Sign,
    Test,
    Text,
)

_ALL: Predicate = And(())
"""Holds for everything."""
_SIGNS: dict[str, tuple[Sign, bool]] = {
    "=": ("=", False), "!=": ("=", True), "<": ("<", False), ">": (">", False), "<=": ("<=", False),
    ">=": (">=", False),
}  # fmt: skip
"""Each sign as one of a predicate, negated or not."""


def widened(pattern: Pattern, *, absent_differs: bool) -> Predicate:
    """Return a predicate that holds for every record that a pattern matches."""
    match pattern:
        case All():
            return And(tuple(widened(one, absent_differs=absent_differs) for one in pattern.parts))
        case Any():
            return Or(tuple(widened(one, absent_differs=absent_differs) for one in pattern.parts))
        case _:
            return _condition(pattern, absent_differs=absent_differs)


def _condition(condition: Condition, *, absent_differs: bool) -> Predicate:
    steps = condition.selector.steps
    path = tuple(one for one in steps if isinstance(one, str))
    exact = len(path) == len(steps)
    if any(isinstance(one, int) and isinstance(two, int) for one, two in pairwise(steps)):
        return _ALL  # a list in a list has no path
    match condition:
        case NotExists():
            return Leaf(path, Exists(), negated=True) if exact else _ALL
        case Is(value="NULL"):
            return Leaf(path, Exists(), negated=True) if exact else _ALL
        case Is():
            return Leaf(path, Flag(condition.value == "TRUE"))
        case Compared():
            return _compared(condition, path, exact=exact, absent_differs=absent_differs)


def _compared(condition: Compared, path: Path, *, exact: bool, absent_differs: bool) -> Predicate:
    sign, negated = _SIGNS[condition.sign]
    if not negated:
        return Leaf(path, _test(condition.value, sign))
    told = exact and isinstance(condition.value, Word) and not _like_a_number(condition.value)
    differs = Leaf(path, _test(condition.value, sign), negated=True) if told else _ALL
    return differs if absent_differs else And((Leaf(path, Exists()), differs))


def _like_a_number(word: Word) -> bool:
    """Whether a number's text could fit: to a pattern it differs from every text nevertheless."""
    return set(word.text) <= set("0123456789+-.eE")


def _test(value: Word | Regex | float, sign: Sign) -> Test:
    match value:
        case Word():
            if value == ANYTHING:
                return Exists()
            op = {(True, True): Op.CONTAINS, (True, False): Op.SUFFIX, (False, True): Op.PREFIX}
            return Text(op.get((value.open_before, value.open_after), Op.EQUALS), value.text)
        case Regex():
            return Text(Op.REGEX, value.text)
        case number:
            return Number(sign, number)
