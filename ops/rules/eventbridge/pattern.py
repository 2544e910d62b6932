"""What an event pattern says, as a tree, and what each of its tests takes.

Source: EventBridge User Guide, "Comparison operators for use in event patterns".
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

from ops.rules import glob
from ops.rules.predicate import COMPARISONS, Sign, network

LONGEST = 4096
"""Characters of a pattern; an account has 2,048 until its quota is raised.
Source: EventBridge User Guide, "Quotas"."""
COMBINATIONS = 1000
"""What the numbers of alternatives in all `$or` may multiply to. Source: as above, "Or"."""
LARGEST = 5e9
"""How far from 0 numbers are compared. Source: as above, "Numeric matching"."""
Scalar = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Exact:
    """The very value. Numbers are compared as they are written: 300 is not 300.0."""

    value: Scalar

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        return type(value) is type(self.value) and value == self.value


@dataclass(frozen=True, slots=True)
class Same:
    """A text in any case."""

    text: str

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        return isinstance(value, str) and value.lower() == self.text.lower()


@dataclass(frozen=True, slots=True)
class Affix:
    """How a text begins, or ends."""

    end: Literal["prefix", "suffix"]
    text: str
    cased: bool = True

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        if not isinstance(value, str):
            return False
        found, wanted = (value, self.text) if self.cased else (value.lower(), self.text.lower())
        return found.startswith(wanted) if self.end == "prefix" else found.endswith(wanted)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A text with gaps."""

    glob: glob.Glob

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        return isinstance(value, str) and glob.matches(self.glob, value)


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number within bounds."""

    bounds: tuple[tuple[Sign, float], ...]

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        if isinstance(value, bool | str) or value is None:
            return False
        return all(COMPARISONS[sign](value, bound) for sign, bound in self.bounds)


@dataclass(frozen=True, slots=True)
class Cidr:
    """An address in a network."""

    cidr: str

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        try:
            return isinstance(value, str) and ip_address(value) in network(self.cidr)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class AnythingBut:
    """Any value that none of some tests takes; there must be one."""

    tests: tuple["Test", ...]

    def holds(self, value: Scalar) -> bool:
        """Whether it takes a value."""
        return not any(one.holds(value) for one in self.tests)


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether there is a value, null included. An object is none: only leaves are."""

    there: bool

    def holds(self, value: Scalar) -> bool:  # noqa: ARG002  # any value will do
        """Whether it takes a value."""
        return self.there


Test = Exact | Same | Affix | Wildcard | Numeric | Cidr | AnythingBut | Exists


@dataclass(frozen=True, slots=True)
class Tests:
    """What a field's value is asked: one of these must hold for one of its values."""

    any_of: tuple[Test, ...]
    text: str
    """As they are written."""

    def hold(self, values: list[Any]) -> bool:
        """Whether they hold for the values of a field: none if it is absent."""
        if not values:
            return Exists(there=False) in self.any_of
        return any(test.holds(one) for one in values for test in self.any_of)


@dataclass(frozen=True, slots=True)
class Fields:
    """What an object is asked: all fields, and one of the alternatives if there are any."""

    fields: tuple[tuple[str, "Fields | Tests"], ...]
    either: tuple["Fields", ...] = ()

    @property
    def combinations(self) -> int:
        """What the numbers of alternatives multiply to."""
        count = sum(one.combinations for one in self.either) or 1
        for _, inner in self.fields:
            count *= inner.combinations if isinstance(inner, Fields) else 1
        return count
