"""From the text of records to the values of their columns: one decoding, no dictionaries.

A decoder made from `schema.COLUMNS` reads only the fields that are columns and walks
over the rest. A record in which one of them is of another type takes the slow way,
which reads everything and leaves that column null.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import astuple

from ops.history.schema import COLUMNS

Values = Sequence[Any]
"""One column of some records."""
_TYPES: dict[str, Any] = {"text": str, "time": str, "flag": bool}


@dataclass(frozen=True, slots=True)
class _Shape:
    """An object of a record, as far as it is read: its fields in the order of the struct."""

    struct: type[msgspec.Struct]
    fields: tuple[tuple[str, "_Shape | type", int], ...]
    """The name of each, what it is, and of a value the number of its path."""
    nothing: msgspec.Struct
    """Such an object without any field."""


def _tree() -> dict[str, Any]:
    """Return the fields that are read: a type, or the fields inside one."""
    root: dict[str, Any] = {}
    for column in COLUMNS:
        for path in column.paths:
            *parents, last = path.split(".")
            place = root
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = _TYPES[column.kind]
    return root


def _shape(path: str, tree: dict[str, Any]) -> _Shape:
    fields = tuple(
        (name, _shape(f"{path}{name}.", kind), -1)
        if isinstance(kind, dict)
        else (name, kind, _PATHS.index(f"{path}{name}"))
        for name, kind in tree.items()
    )
    made = [
        (name, (kind.struct if isinstance(kind, _Shape) else kind) | None, None)
        for name, kind, _ in fields
    ]
    struct = msgspec.defstruct(path.title().replace(".", "") or "Event", made, gc=False)
    return _Shape(struct, fields, struct())


_PATHS = tuple(dict.fromkeys(path for column in COLUMNS for path in column.paths))
_COLUMNS = tuple(tuple(map(_PATHS.index, column.paths)) for column in COLUMNS)
"""The numbers of each column's paths."""
_EVENT = _shape("", _tree())
decode: Callable[[bytes], msgspec.Struct] = msgspec.json.Decoder(_EVENT.struct).decode
"""Return the fields of one record; raise ValidationError if one is of another type."""


def typed(record: bytes) -> msgspec.Struct | None:
    """Return the fields of a sound record that are of their type; None if it is no object."""
    found = msgspec.json.decode(record)
    return _fitting(_EVENT, found) if isinstance(found, dict) else None


def _fitting(shape: _Shape, found: dict[str, Any]) -> msgspec.Struct:
    values: dict[str, Any] = {}
    for name, kind, _ in shape.fields:
        value = found.get(name)
        if isinstance(kind, _Shape):
            values[name] = _fitting(kind, value) if isinstance(value, dict) else None
        else:
            values[name] = value if isinstance(value, kind) else None
    return shape.struct(**values)


def columns(events: Sequence[msgspec.Struct]) -> list[Values]:
    """Return the values of some records, a list for each of `schema.COLUMNS`."""
    nothing: Values = (None,) * len(events)
    found = [nothing] * len(_PATHS)
    if events:
        _collect(_EVENT, events, found)
    return [
        found[first] if not others or None not in found[first] else _either(first, others, found)
        for first, *others in _COLUMNS
    ]


def _collect(shape: _Shape, held: Sequence[msgspec.Struct], found: list[Values]) -> None:
    """Put the values at every path below some structs where they belong."""
    for (_, kind, number), values in zip(shape.fields, zip(*map(astuple, held)), strict=True):  # noqa: B905  # structs of one kind
        if number >= 0:
            found[number] = values
        elif any(values) and isinstance(kind, _Shape):
            nothing = kind.nothing
            _collect(kind, [one or nothing for one in values], found)


def _either(first: int, others: Sequence[int], found: Sequence[Values]) -> Values:
    """Return the values of one path, and where it holds none, those of the others."""
    values = found[first]
    for number in others:
        values = [b if a is None else a for a, b in zip(values, found[number], strict=True)]
    return values
