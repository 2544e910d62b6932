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


def matches(pattern: Fields, event: Mapping[str, Any]) -> bool:
    """Whether a pattern matches an event."""
    return explain(pattern, event).matches


def explain(pattern: Fields, event: Mapping[str, Any]) -> Verdict:
    """Return whether a pattern matches an event, and which fields decided that."""
    return _object(pattern, event, "")


def _object(pattern: Fields, found: Mapping[str, Any], path: str) -> Verdict:
    parts = [_field(inner, found, key, path) for key, inner in pattern.fields]
    if pattern.either:
        parts.append(reason.some([_object(one, found, path) for one in pattern.either]))
    return reason.every(parts)


def _field(inner: Fields | Tests, found: Mapping[str, Any], key: str, path: str) -> Verdict:
    path = f"{path}.{key}" if path else key
    flat = list(_elements(found[key])) if key in found else []
    if isinstance(inner, Fields):
        objects = [one for one in flat if isinstance(one, Mapping)]
        return reason.some([_object(inner, one, path) for one in objects or [{}]])
    leaves = [one for one in flat if not isinstance(one, Mapping)]
    because = f"{path} is {reason.shown(found[key])}" if key in found else f"{path} is absent"
    return Verdict(inner.hold(leaves), (Reason(f"{path}: {inner.text}", because),))


def _elements(value: Any) -> Iterator[Any]:
    """Yield a value, or what is in its lists, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _elements(one)
    else:
        yield value
