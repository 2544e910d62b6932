"""Whether an event pattern matches an event, and why.

Where the event has a list, one of its elements must do; if a pattern asks several things
of the objects in a list, the same element must do for all of them (event-ruler, "JSON
array matching").
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.rules import reason
from ops.rules.eventbridge.pattern import Fields, Tests
from ops.rules.reason import Reason, Verdict

_ABSENT: Any = object()


def matches(pattern: Fields, event: Mapping[str, Any]) -> bool:
    """Whether a pattern matches an event."""
    return all(_holds(inner, event.get(key, _ABSENT)) for key, inner in pattern.fields) and (
        not pattern.either or any(matches(one, event) for one in pattern.either)
    )


def explain(pattern: Fields, event: Mapping[str, Any]) -> Verdict:
    """Return whether a pattern matches an event, and which fields decided that."""
    return _object(pattern, event, "")


def _holds(inner: Fields | Tests, value: Any) -> bool:
    if isinstance(inner, Fields):
        return any(matches(inner, one) for one in _objects(value))
    return inner.hold(_leaves(value))


def _object(pattern: Fields, found: Mapping[str, Any], path: str) -> Verdict:
    parts = [_field(inner, found, key, path) for key, inner in pattern.fields]
    if pattern.either:
        parts.append(reason.some([_object(one, found, path) for one in pattern.either]))
    return reason.every(parts)


def _field(inner: Fields | Tests, found: Mapping[str, Any], key: str, path: str) -> Verdict:
    path = f"{path}.{key}" if path else key
    value = found.get(key, _ABSENT)
    if isinstance(inner, Fields):
        return reason.some([_object(inner, one, path) for one in _objects(value)])
    because = f"{path} is {'absent' if value is _ABSENT else reason.shown(value)}"
    return Verdict(inner.hold(_leaves(value)), (Reason(f"{path}: {inner.text}", because),))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects that may be meant; an empty one if there is none."""
    return [one for one in _elements(value) if isinstance(one, Mapping)] or [{}]


def _leaves(value: Any) -> list[Any]:
    """Return the values that may be meant."""
    return [one for one in _elements(value) if not isinstance(one, Mapping)]


def _elements(value: Any) -> Iterator[Any]:
    """Yield a value, or what is in its lists, however deep."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo += reversed(one)
        elif one is not _ABSENT:
            yield one
