"""From an event pattern's JSON to its tree; whatever EventBridge would not take is an error.

Source: EventBridge User Guide, "Creating Amazon EventBridge event patterns" and the pages
below it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, get_args

from ops.errors import PatternError
from ops.rules import glob
from ops.rules.eventbridge.pattern import (
    COMBINATIONS,
    LARGEST,
    LONGEST,
    Affix,
    AnythingBut,
    Cidr,
    Exact,
    Exists,
    Fields,
    Numeric,
    Same,
    Test,
    Tests,
    Wildcard,
)
from ops.rules.predicate import Sign, network

_DEEPEST = 50
OR = "$or"


def parsed(text: str) -> Fields:
    """Return what a pattern's text says; raise PatternError."""
    if len(text) > LONGEST:
        raise PatternError(f"the pattern has {len(text):,} characters; at most {LONGEST:,} may be")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise PatternError(f"this is no JSON: {error.msg}", text, error.pos) from error
    except RecursionError as error:
        raise PatternError("the pattern lies too deep") from error
    return read(found)


def read(pattern: Any) -> Fields:
    """Return what a pattern says; raise PatternError that names the field."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError("an event pattern is an object with at least one field")
    found = _fields(pattern, "", 0)
    if found.combinations > COMBINATIONS:
        raise PatternError(
            f"its $or make {found.combinations:,} combinations; at most {COMBINATIONS:,} may be"
        )
    return found


def written(pattern: Mapping[str, Any]) -> str:
    """Return a pattern's text as short as it can be: white space counts, too."""
    return json.dumps(pattern, separators=(",", ":"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    for key, _ in pairs if len(found) < len(pairs) else ():
        if sum(one == key for one, _ in pairs) > 1:
            raise PatternError(f"{key!r} stands twice in one object")
    return found


def _fields(pattern: Mapping[str, Any], path: str, depth: int) -> Fields:
    if depth > _DEEPEST:
        raise PatternError(f"{path}: the pattern lies deeper than {_DEEPEST}")
    fields = tuple((key, _field(value, _joined(path, key), depth))
                   for key, value in pattern.items() if key != OR)  # fmt: skip
    if OR not in pattern:
        return Fields(fields)
    either = pattern[OR]
    objects = isinstance(either, list) and all(isinstance(one, Mapping) and one for one in either)
    if not objects or len(either) < 2:
        raise _wrong(_joined(path, OR), "takes a list of at least two objects with fields")
    return Fields(fields, tuple(_fields(one, path, depth + 1) for one in either))


def _field(value: Any, path: str, depth: int) -> Fields | Tests:
    if isinstance(value, Mapping) and value:
        return _fields(value, path, depth + 1)
    if not isinstance(value, list) or not value:
        raise _wrong(path, "takes a list of values, or an object with fields",
                     hint=f"a single value stands in a list, too: [{json.dumps(value)}]")  # fmt: skip
    tests = tuple(_test(one, f"{path}[{nth}]") for nth, one in enumerate(value))
    return Tests(tests, json.dumps(value, ensure_ascii=False))


def _test(value: Any, path: str) -> Test:
    if not isinstance(value, Mapping):
        return _exact(value, path)
    if len(value) != 1:
        raise _wrong(path, "an operator is an object with one key")
    [(name, given)] = value.items()
    if name not in _OPERATORS:
        raise _wrong(
            path, f"there is no operator {name!r}", hint=f"there are {', '.join(_OPERATORS)}"
        )
    return _OPERATORS[name](given, f"{path}.{name}")


def _exact(value: Any, path: str) -> Exact:
    if isinstance(value, list):
        raise _wrong(path, "a list cannot stand in a list of values")
    return Exact(value)


def _affix(end: str) -> Callable[[Any, str], Test]:
    def made(given: Any, path: str) -> Test:
        cased = not isinstance(given, Mapping)
        text = given if cased else _only(given, "equals-ignore-case", path)
        return Affix("prefix" if end == "prefix" else "suffix", _text(text, path), cased)

    return made


def _same(given: Any, path: str) -> Test:
    return Same(_text(given, path))


def _wildcard(given: Any, path: str) -> Test:
    return Wildcard(_gaps(_text(given, path), path))


def _gaps(text: str, path: str) -> glob.Glob:
    found: list[str | glob.Gap] = []
    chars = iter(text)
    for char in chars:
        if char == "\\":
            char = next(chars, "")  # noqa: PLW2901  # what the backslash takes the meaning from
            if char not in ("*", "\\"):
                raise _wrong(path, "a backslash stands before * or another backslash only")
            found.append(char)
        elif char != "*":
            found.append(char)
        elif found and found[-1] is glob.Gap.RUN:
            raise _wrong(path, "two * cannot follow each other")
        else:
            found.append(glob.Gap.RUN)
    return tuple(found)


def _numeric(given: Any, path: str) -> Test:
    if not isinstance(given, list) or len(given) not in (2, 4):
        raise _wrong(path, 'takes one comparison or two: [">", 0, "<=", 5]')
    bounds: list[tuple[Sign, float]] = []
    for sign, number in zip(given[::2], given[1::2], strict=True):
        known = next((one for one in get_args(Sign) if one == sign), None)
        if known is None:
            raise _wrong(path, f"{sign!r} is none of {' '.join(get_args(Sign))}")
        bounds.append((known, _number(number, path)))
    return Numeric(tuple(bounds))


def _cidr(given: Any, path: str) -> Test:
    try:
        network(_text(given, path))
    except PatternError as error:
        raise _wrong(path, error.problem) from error
    return Cidr(given)


def _exists(given: Any, path: str) -> Test:
    if not isinstance(given, bool):
        raise _wrong(path, "takes true or false")
    return Exists(given)


def _anything_but(given: Any, path: str) -> Test:
    if isinstance(given, Mapping):
        if len(given) != 1 or (name := next(iter(given))) not in _BUT:
            raise _wrong(path, f"takes texts, numbers, or one of {', '.join(_BUT)}")
        return AnythingBut(
            tuple(_OPERATORS[name](_text(one, path), path) for one in _listed(given[name], path))
        )
    values = _listed(given, path)
    if not all(isinstance(one, str) for one in values):
        return AnythingBut(tuple(Numeric((("=", _number(one, path)),)) for one in values))
    return AnythingBut(tuple(Exact(one) for one in values))


def _listed(given: Any, path: str) -> list[Any]:
    if given == []:
        raise _wrong(path, "the list is empty")
    return given if isinstance(given, list) else [given]


def _only(given: Mapping[str, Any], name: str, path: str) -> Any:
    if list(given) != [name]:
        raise _wrong(path, f"takes a text, or an object whose one key is {name!r}")
    return given[name]


def _text(given: Any, path: str) -> str:
    if not isinstance(given, str):
        raise _wrong(path, f"takes a text, not {json.dumps(given)}")
    return given


def _number(given: Any, path: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _wrong(path, f"takes a number, not {json.dumps(given)}")
    if abs(given) > LARGEST:
        raise _wrong(path, f"{given} lies outside ±{LARGEST:g}")
    return given


_OPERATORS: Mapping[str, Callable[[Any, str], Test]] = {
    "prefix": _affix("prefix"), "suffix": _affix("suffix"), "equals-ignore-case": _same,
    "wildcard": _wildcard, "numeric": _numeric, "cidr": _cidr, "exists": _exists,
    "anything-but": _anything_but,
}  # fmt: skip
_BUT = ("prefix", "suffix", "equals-ignore-case", "wildcard")
"""The operators that anything-but takes."""


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _wrong(path: str, problem: str, *, hint: str = "") -> PatternError:
    return PatternError(f"{path}: {problem}", hint=hint)
