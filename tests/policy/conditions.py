"""IAM's Condition block: every operator the policies use, absent keys included.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and
"Multivalued context keys". What is not known here is refused, never guessed.
"""

import fnmatch
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

Context = Mapping[str, str | tuple[str, ...]]
Test = Callable[[str, str], bool]


class UnsupportedError(Exception):
    """A policy uses what this evaluator does not implement."""


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    # Only * and ? are special to IAM; fnmatch would read [ as a set.
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


@lru_cache(100_000)
def like(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern in which * and ? are wild."""
    if "${" in pattern:
        raise UnsupportedError(f"policy variable in {pattern!r}")
    return _regex(pattern).match(value) is not None


@lru_cache(100_000)
def arn_like(pattern: str, value: str) -> bool:
    """Whether an ARN matches, each of its six parts by itself: * crosses no colon but the last."""
    parts, wanted = value.split(":", 5), pattern.split(":", 5)
    if len(wanted) != 6:
        raise UnsupportedError(f"{pattern!r} is no ARN")
    return len(parts) == 6 and all(map(like, wanted, parts))


def _equal(pattern: str, value: str) -> bool:
    if "${" in pattern:
        raise UnsupportedError(f"policy variable in {pattern!r}")
    return pattern == value


def _same_bool(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


OPERATORS: dict[str, tuple[Test, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    "ArnEquals": (arn_like, False),
    "ArnLike": (arn_like, False),
    "ArnNotEquals": (arn_like, True),
    "ArnNotLike": (arn_like, True),
    "Bool": (_same_bool, False),
}
"""Operator: how one value is compared, and whether the result is turned round."""


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator and every key of a Condition block matches a request.

    The context's keys are in lower case: IAM does not tell cases of keys apart.
    """
    return all(
        _matches(operator, listed(values), context.get(key.lower()))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def listed(values: Any) -> list[str]:
    """Return a policy element's values as a list; IAM lets one value stand alone."""
    return [values] if isinstance(values, str) else list(values)


@cache
def parse(operator: str) -> tuple[str, str, bool]:
    """Split an operator into its quantifier, its name and whether it says IfExists."""
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    known = name in OPERATORS or operator == "Null"
    if not known or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise UnsupportedError(f"condition operator {operator}")
    return quantifier, name, name != rest


def _matches(operator: str, wanted: list[str], actual: str | tuple[str, ...] | None) -> bool:
    quantifier, name, if_exists = parse(operator)
    if name == "Null":
        return (actual is None) in {value == "true" for value in wanted}
    test, negated = OPERATORS[name]

    def one(value: str) -> bool:
        return any(test(pattern, value) for pattern in wanted) is not negated

    if quantifier:
        values = (actual,) if isinstance(actual, str) else actual or ()
        return (any if quantifier == "ForAnyValue" else all)(one(value) for value in values)
    if actual is None:
        return negated or if_exists
    if not isinstance(actual, str):
        raise UnsupportedError(f"{operator} on a key with several values")
    return one(actual)
