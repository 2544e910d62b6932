"""From the text of records to the values of their columns: one decoding, no dictionaries.

A decoder made from `schema.COLUMNS` reads only the fields that are columns and walks
over the rest. A record in which one of them is of another type takes the slow way,
which reads everything and leaves that column null.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import astuple

from ops.history.schema import COLUMNS, Column

Values = Sequence[Any]
"""One column of some records."""
_TYPES: dict[str, Any] = {"text": str, "time": str, "flag": bool}


@dataclass(frozen=True, slots=True)
class _Shape:
    """An object of a record, as far as it is read."""

    struct: type[msgspec.Struct]
    fields: dict[str, "_Shape | type"]
    """In the order of the struct."""
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


def _shape(name: str, tree: dict[str, Any]) -> _Shape:
    fields = {
        key: _shape(key, kind) if isinstance(kind, dict) else kind for key, kind in tree.items()
    }
    made = [
        (key, (kind.struct if isinstance(kind, _Shape) else kind) | None, None)
        for key, kind in fields.items()
    ]
    struct = msgspec.defstruct(name, made, gc=False)
    return _Shape(struct, fields, struct())


_EVENT = _shape("Event", _tree())
decode: Callable[[bytes], msgspec.Struct] = msgspec.json.Decoder(_EVENT.struct).decode
"""Return the fields of one record; raise ValidationError if one is of another type."""


def typed(record: bytes) -> msgspec.Struct | None:
    """Return the fields of a sound record that are of their type; None if it is no object."""
    found = msgspec.json.decode(record)
    return _fitting(_EVENT, found) if isinstance(found, dict) else None


def _fitting(shape: _Shape, found: dict[str, Any]) -> msgspec.Struct:
    values: dict[str, Any] = {}
    for name, kind in shape.fields.items():
        value = found.get(name)
        if isinstance(kind, _Shape):
            values[name] = _fitting(kind, value) if isinstance(value, dict) else None
        else:
            values[name] = value if isinstance(value, kind) else None
    return shape.struct(**values)


def columns(events: Sequence[msgspec.Struct]) -> list[Values]:
    """Return the values of some records, a list for each of `schema.COLUMNS`."""
    if not events:
        return [() for _ in COLUMNS]
    leaves = dict(_leaves(_EVENT, "", events))
    return [_first(column, leaves) for column in COLUMNS]


def _leaves(
    shape: _Shape, path: str, held: Sequence[msgspec.Struct]
) -> Iterator[tuple[str, Values]]:
    """Yield the values at every path below some structs."""
    found = zip(*map(astuple, held), strict=True)
    for (name, kind), values in zip(shape.fields.items(), found, strict=True):
        if isinstance(kind, _Shape):
            below = [one or kind.nothing for one in values]
            yield from _leaves(kind, f"{path}{name}.", below)
        else:
            yield f"{path}{name}", values


def _first(column: Column, leaves: dict[str, Values]) -> Values:
    """Return a column's values: where the first path holds none, the next one's."""
    values = leaves[column.paths[0]]
    for path in column.paths[1:]:
        if None in values:
            values = [b if a is None else a for a, b in zip(values, leaves[path], strict=True)]
    return values
