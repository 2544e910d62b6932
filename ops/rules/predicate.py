"""What a rule looks for in one record: the one tree that every target is made from.

A path goes through the record's keys. On its way a list stands for each of its elements,
and so it does at its end: a test holds if it holds for any value there. Null is as good
as absent: a test is false of it, and the test's negation true. A test of text sees a
number, a truth value or an object as its JSON text, as `field_any` of the runbooks does.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, Literal

from ops.errors import PatternError
from ops.rules import glob, regex

Record = Mapping[str, Any]
"""A CloudTrail record as JSON is read."""
Path = tuple[str, ...]
NUMBER = r"-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
"""The texts that are numbers, for every engine."""
Sign = Literal["=", "<", "<=", ">", ">="]
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


class Op(StrEnum):
    """How a text is tested."""

    EQUALS = "equals"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    CONTAINS = "contains"
    WILDCARD = "wildcard"
    """`*` is any run, `?` any one character, `\\\\` takes their meaning away; the whole text fits."""
    REGEX = "regex"
    """Found anywhere, see `ops.rules.regex`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A test of a value's text; letters of another case are others if `cased`."""

    op: Op
    value: str
    cased: bool = True

    def holds(self, value: Any) -> bool:
        """Whether it holds for one value."""
        found = text(value)
        if self.op is Op.REGEX:
            return regex.compiled(self.value, cased=self.cased).found(found)
        wanted = self.value
        if not self.cased:
            found, wanted = found.lower(), wanted.lower()
        match self.op:
            case Op.EQUALS:
                return found == wanted
            case Op.PREFIX:
                return found.startswith(wanted)
            case Op.SUFFIX:
                return found.endswith(wanted)
            case Op.CONTAINS:
                return wanted in found
            case Op.WILDCARD:
                return glob.matches(glob.parsed(wanted), found)


@dataclass(frozen=True, slots=True)
class Number:
    """A comparison with a number; of a text only if it is a number's."""

    sign: Sign
    value: float

    def holds(self, value: Any) -> bool:
        """Whether it holds for one value."""
        found = text(value)
        compare = COMPARISONS[self.sign]
        return bool(re.fullmatch(NUMBER, found)) and compare(float(found), self.value)


@dataclass(frozen=True, slots=True)
class Network:
    """Whether an address lies in a network, written as CIDR."""

    cidr: str

    def holds(self, value: Any) -> bool:
        """Whether it holds for one value; what is no address lies in none."""
        try:
            return ip_address(text(value)) in network(self.cidr)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether a value is true, or false; CloudTrail writes some of these as texts."""

    value: bool

    def holds(self, value: Any) -> bool:
        """Whether it holds for one value."""
        return text(value) == text(self.value)


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether there is any value; its negation is the test for null."""

    def holds(self, value: Any) -> bool:  # noqa: ARG002  # any value will do
        """Return true: the value is there."""
        return True


Test = Text | Number | Network | Flag | Exists


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test of the values at a path."""

    path: Path
    test: Test
    negated: bool = False
    many: bool = False
    """Whether the path is known to lead through a list, or to one."""

    def holds(self, record: Record) -> bool:
        """Whether it holds for a record."""
        return any(self.test.holds(one) for one in values(record, self.path)) != self.negated


@dataclass(frozen=True, slots=True)
class And:
    """All of some."""

    parts: tuple["Predicate", ...]

    def holds(self, record: Record) -> bool:
        """Whether it holds for a record."""
        return all(one.holds(record) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of some."""

    parts: tuple["Predicate", ...]

    def holds(self, record: Record) -> bool:
        """Whether it holds for a record."""
        return any(one.holds(record) for one in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: "Predicate"

    def holds(self, record: Record) -> bool:
        """Whether it holds for a record."""
        return not self.part.holds(record)


Predicate = And | Or | Not | Leaf


def pushed(tree: Predicate, *, negated: bool = False) -> And | Or | Leaf:
    """Return the same without `Not`: only leaves are negated."""
    match tree:
        case Not():
            return pushed(tree.part, negated=not negated)
        case Leaf():
            return Leaf(tree.path, tree.test, tree.negated != negated, tree.many)
        case And() | Or():
            parts = tuple(pushed(one, negated=negated) for one in tree.parts)
            return And(parts) if isinstance(tree, And) != negated else Or(parts)


def values(record: Record, path: Path) -> Iterator[Any]:
    """Yield every value at a path but null."""
    found: Sequence[Any] = [record]
    for key in path:
        inside = (each for one in found for each in (one if isinstance(one, list) else (one,)))
        found = [one[key] for one in inside if isinstance(one, Mapping) and key in one]
    for one in found:
        yield from (each for each in (one if isinstance(one, list) else (one,)) if each is not None)


def text(value: Any) -> str:
    """Return a value's text: a string as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1000)
def network(cidr: str) -> IPv4Network | IPv6Network:
    """Return a network; raise PatternError if the text is none."""
    try:
        return ip_network(cidr)
    except ValueError as error:
        raise PatternError(f"{cidr!r} is no network: {error}", hint="such as 10.0.0.0/8") from error
