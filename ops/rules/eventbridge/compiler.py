"""From a rule's predicate to an event pattern, or a refusal that says why not.

A pattern's object asks each field once and has one `$or`. So alternatives of one field
become one list, and several `$or` are multiplied out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from ops.errors import Refusal
from ops.rules import glob
from ops.rules.eventbridge.envelope import DETAIL_TYPES
from ops.rules.eventbridge.parser import OR, read, written
from ops.rules.eventbridge.pattern import COMBINATIONS, LARGEST, LONGEST, Tests
from ops.rules.predicate import (
    And,
    Exists,
    Flag,
    Leaf,
    Network,
    Not,
    Number,
    Op,
    Or,
    Path,
    Predicate,
    Text,
    pushed,
)

TARGET = "an EventBridge event pattern"
_GONE = ({"exists": False}, None)
"""What matches where there is no value."""
_BUT = "anything-but"
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
Json = Any


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is asked of one object: the tests of each field, and alternatives."""

    fields: Mapping[Path, list[Json]] = field(default_factory=dict)
    either: Sequence["_Shape"] = ()
    many: frozenset[Path] = frozenset()
    """The fields known to lie in lists."""


def compiled(tree: Predicate) -> dict[str, Any]:
    """Return a pattern that matches what a predicate holds for; raise Refusal if none does."""
    pattern = {"detail-type": list(DETAIL_TYPES), "detail": _written(_shape(pushed(tree)))}
    size = len(written(pattern))
    if size > LONGEST:
        raise _no(f"it would have {size:,} characters, and at most {LONGEST:,} may be")
    if (count := read(pattern).combinations) > COMBINATIONS:
        raise _no(f"its alternatives make {count:,} combinations; at most {COMBINATIONS:,} may be")
    return pattern


def _no(reason: str) -> Refusal:
    return Refusal(TARGET, reason)


def _shape(tree: Predicate) -> _Shape:
    match tree:
        case Leaf():
            tests = _negated(tree) if tree.negated else _tests(tree)
            return _Shape({tree.path: tests}, (), frozenset([tree.path] * tree.many))
        case And():
            return _both([_shape(one) for one in _parts(tree)])
        case Or():
            return _any([_shape(one) for one in _parts(tree)])
        case Not():
            return _shape(pushed(tree))


def _parts(tree: And | Or) -> tuple[Predicate, ...]:
    if not tree.parts:
        raise _no("a condition without parts has no form there")
    return tree.parts


def _any(shapes: Iterable[_Shape]) -> _Shape:
    """Return the alternatives; those about one field alone become one list."""
    alone: dict[Path, list[Json]] = {}
    found: list[_Shape] = []
    for one in shapes:
        if one.either or len(one.fields) != 1:
            found += [one] if one.fields else one.either
            continue
        [(path, tests)] = one.fields.items()
        if path in alone:
            alone[path] += [test for test in tests if test not in alone[path]]
        else:
            alone[path] = list(tests)
            found.append(_Shape({path: alone[path]}, (), one.many))
    return found[0] if len(found) == 1 else _Shape(either=found)


def _both(shapes: Sequence[_Shape]) -> _Shape:
    """Return what asks all that some shapes ask."""
    fields: dict[Path, list[Json]] = {}
    many: frozenset[Path] = frozenset()
    for one in shapes:
        _refuse_same_element(many, _lists(one))
        many |= _lists(one)
        for path, tests in one.fields.items():
            fields[path] = _met(path, fields[path], tests, many) if path in fields else tests
    alternatives = [one.either for one in shapes if one.either]
    again = {path for either in alternatives for one in either for path in _all_paths(one)}
    # What an alternative asks again can be asked there alone.
    moved = {path: fields.pop(path) for path in list(fields) if path in again}
    if len(alternatives) < 2 and not moved:
        return _Shape(fields, alternatives[0] if alternatives else (), many & {*fields})
    if (count := prod(map(len, alternatives))) > COMBINATIONS:
        raise _no(f"its alternatives make {count:,} combinations; at most {COMBINATIONS:,} may be")
    outer = _Shape(moved, (), many & {*moved})
    either = [_both([outer, *some]) for some in product(*alternatives)]
    return _Shape(fields, either, many & {*fields})


def _lists(shape: _Shape) -> frozenset[Path]:
    """Return the fields known to lie in lists, those of the alternatives among them."""
    return shape.many.union(*map(_lists, shape.either))


def _all_paths(shape: _Shape) -> set[Path]:
    return {*shape.fields, *(path for one in shape.either for path in _all_paths(one))}


def _refuse_same_element(ones: frozenset[Path], others: frozenset[Path]) -> None:
    """Refuse fields of one list: EventBridge wants the same element for both, a rule does not."""
    for one, other in product(ones, others):
        if one != other and one[0] == other[0]:
            both = f"{'.'.join(one)} and {'.'.join(other)}"
            raise _no(f"{both} would have to hold for the same element of a list")


def _met(path: Path, some: list[Json], others: list[Json], many: frozenset[Path]) -> list[Json]:
    """Return the tests of one field that are as much as two lists of tests together."""
    if some == others:
        return some
    mine, theirs = _excluded(some), _excluded(others)
    if mine and theirs and mine[0] == theirs[0]:
        return [*_GONE, _but(mine[0], [*mine[1], *theirs[1]])]
    for plain, tests in ((some, others), (others, some)):
        if all(isinstance(one, str) for one in plain) and path not in many:
            [(_, asked)] = read({"x": tests}).fields
            kept = [one for one in plain if isinstance(asked, Tests) and asked.hold([one])]
            if not kept:
                raise _no(f"what it asks of {'.'.join(path)} never holds")
            return kept
    raise _no(f"a field is asked once, and {'.'.join(path)} would have to be asked twice")


def _but(operator: str, values: list[Json]) -> Json:
    return {_BUT: {operator: values} if operator else values}


def _excluded(tests: list[Json]) -> tuple[str, list[Json]] | None:
    """Return the operator and the texts that a list of tests excludes, if it is such a list."""
    match tests:
        case [{"exists": False}, None, {"anything-but": dict() as operators}]:
            [(operator, texts)] = operators.items()
            return str(operator), list(texts)
        case [{"exists": False}, None, {"anything-but": [str(), *_] as texts}]:
            return "", list(texts)
    return None


def _tests(leaf: Leaf) -> list[Json]:
    match leaf.test:
        case Text():
            operator, text = _text(leaf.test)
            return [{operator: text} if operator else text]
        case Number():
            return [{"numeric": [leaf.test.sign, _number(leaf.test)]}]
        case Network():
            return [{"cidr": leaf.test.cidr}]
        case Flag():
            return [leaf.test.value, "true" if leaf.test.value else "false"]
        case Exists():  # of `exists` it is not said that null does not count
            return [{"wildcard": "*"}, {"numeric": [">=", -LARGEST, "<=", LARGEST]}, True, False]


def _negated(leaf: Leaf) -> list[Json]:
    path = ".".join(leaf.path)
    if leaf.many and not isinstance(leaf.test, Exists):
        raise _no(f"{path} leads through a list, of which anything-but asks any element, not all")
    match leaf.test:
        case Text():
            operator, text = _text(leaf.test)
            if not isinstance(text, str):
                raise _no(f"anything-but takes no {operator} in any case ({leaf.test.value!r})")
            return [*_GONE, _but(operator, [text])]
        case Number():
            number = _number(leaf.test)
            if leaf.test.sign == "=":
                return [*_GONE, {_BUT: [number]}]
            return [*_GONE, {"numeric": [_OPPOSITE[leaf.test.sign], number]}]
        case Exists():
            return [*_GONE]
        case Network():
            raise _no("anything-but takes no networks")
        case Flag():
            raise _no("anything-but takes no truth values")


def _number(test: Number) -> float:
    if abs(test.value) > LARGEST:
        raise _no(f"it compares numbers up to ±{LARGEST:g}, not {test.value:g}")
    return test.value


def _text(test: Text) -> tuple[Json, Json]:
    """Return the operator of a test, empty for equality, and what it is given."""
    text, cased = test.value, test.cased
    match test.op:
        case Op.EQUALS:
            return ("", text) if cased else ("equals-ignore-case", text)
        case Op.PREFIX | Op.SUFFIX:
            return str(test.op), text if cased else {"equals-ignore-case": text}
        case Op.CONTAINS if cased:
            return "wildcard", _wild((glob.Gap.RUN, *text, glob.Gap.RUN))
        case Op.WILDCARD if cased:
            return "wildcard", _wild(glob.parsed(text))
        case Op.REGEX:
            raise _no(f"it has no regular expressions ({text!r})")
        case _:
            raise _no(f"its wildcards tell upper from lower case, and {text!r} is meant in any")


def _wild(pieces: glob.Glob) -> str:
    if glob.Gap.ONE in pieces:
        raise _no("its wildcards have no ? for one character")
    found = ""
    for nth, one in enumerate(pieces):
        if isinstance(one, str):
            found += f"\\{one}" if one in "*\\" else one
        elif not nth or pieces[nth - 1] is not glob.Gap.RUN:
            found += "*"
    return found


def _written(shape: _Shape) -> dict[str, Json]:
    pattern: dict[str, Json] = {}
    for path, tests in shape.fields.items():
        inside = pattern
        for key in path[:-1]:
            inside = inside.setdefault(key, {})
            if isinstance(inside, list):
                raise _no(f"{'.'.join(path)} lies in a field that is asked itself")
        if path[-1] in inside:
            raise _no(f"{'.'.join(path)} is asked itself and has fields that are")
        inside[path[-1]] = tests
    if shape.either:
        pattern[OR] = [_written(one) for one in shape.either]
    return pattern
