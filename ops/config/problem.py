"""One thing wrong with a landing-zone file: where, what stands there, what may."""

import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Place = tuple[str | int, ...]
"""The way to a value from the file's root: keys, and places in lists from 0."""

_LONGEST = 80
_NOTHING = object()
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = _LONGEST


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place; `words` continue "the value …"."""

    place: Place
    words: str
    value: object = _NOTHING

    def __str__(self) -> str:
        """Return it in one line: field, value if there is one, and the allowed form."""
        field = ".".join(_part(part) for part in self.place) or "the file"
        value = "" if self.value is _NOTHING else f"{shown(self.value)}: "
        return f"{field}: {value}{self.words}"


def in_file_order(problems: Iterable[Problem], data: object) -> list[Problem]:
    """Return the problems in the order of the file they were found in."""
    ranks: dict[int, Mapping[str | int, int]] = {}
    return sorted(problems, key=lambda problem: _position(problem.place, data, ranks))


def twice(place: Place, values: Iterable[str]) -> Iterator[Problem]:
    """Yield the values that stand in a list more than once."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Problem((*place, index), "stands twice", value)
        seen.add(value)


def foreign(
    place: Place, arns: Iterable[str], partition: str, *, numbered: bool = True
) -> Iterator[Problem]:
    """Yield the ARNs that are of another partition; `numbered` if the place is their list's."""
    for index, arn in enumerate(arns):
        if not arn.startswith(f"arn:{partition}:"):
            where = (*place, index) if numbered else place
            yield Problem(where, f"must be of partition {partition}", arn)


def shown(value: object) -> str:
    """Return a value as its writer would recognise it, in a short line of plain signs."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _short(str(getattr(value, "text", None) or _SHORT.repr(value)))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]}…{text[-10:]}"


def _part(part: str | int) -> str:
    """Escape what could confuse a terminal in an unknown field's own name."""
    text = str(part)
    return text if text.isprintable() and len(text) <= _LONGEST else _short(repr(text))


def _position(
    place: Place, data: Any, ranks: dict[int, Mapping[str | int, int]]
) -> tuple[int, ...]:
    """Return where a place stands; what is missing comes last in its mapping.

    `ranks` remembers the order of each mapping's keys while `data` lives.
    """
    found: list[int] = []
    for part in place:
        if isinstance(data, Mapping) and part in data:
            if id(data) not in ranks:
                ranks[id(data)] = {key: rank for rank, key in enumerate(data)}
            found.append(ranks[id(data)][part])
            data = data[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            found.append(part)
            data = data[part]
        else:
            found.append(len(data) if isinstance(data, Mapping | list) else 0)
            break
    return tuple(found)
