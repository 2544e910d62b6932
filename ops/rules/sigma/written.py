"""How a `detection` must be written before pySigma reads it, which takes wrong types unseen."""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.errors import RuleError
from ops.strict_yaml import Keyed, WrittenInt

_LONGEST, _DEEPEST = 4_000, 20
"""Characters of a condition, and how deep its parentheses may lie."""


def check(detection: Mapping[Any, Any]) -> None:
    """Raise RuleError for what is written wrongly in a detection."""
    if "condition" not in detection:
        raise RuleError(
            "detection has no condition",
            hint="say which selections must hold: condition: selection",
        )
    if "timeframe" in detection:
        raise RuleError(
            "timeframe belongs to conditions that count, which Sigma has given up",
            line=line(detection, "timeframe"),
            hint="write a correlation: event_count with a timespan",
        )
    for name, definition in detection.items():
        if not isinstance(name, str):
            raise RuleError(
                f"the name {name!r} in detection must be a text", line=line(detection, name)
            )
        try:
            _condition(definition) if name == "condition" else _definition(definition)
        except RuleError as error:
            raise RuleError(
                f"detection.{name}: {error.problem}",
                line=error.line or line(detection, name), hint=error.hint,
            ) from error  # fmt: skip


def line(mapping: Mapping[Any, Any], key: Any) -> int | None:
    """Return the line in which a key stands, if the mapping knows."""
    return mapping.lines.get(key) if isinstance(mapping, Keyed) else None


def keys(detection: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every field of every selection as it is written, and what it is compared with."""
    todo = [value for name, value in detection.items() if name != "condition"]
    while todo:
        one = todo.pop(0)
        if isinstance(one, Mapping):
            yield from ((str(key), value) for key, value in one.items())
        elif isinstance(one, list):
            todo += [each for each in one if isinstance(each, Mapping)]
            texts = [each for each in one if isinstance(each, str)]
            if texts:
                yield "", texts
        else:
            yield "", one


def plain(value: Any) -> Any:
    """Return a value as pySigma takes it: a number written with zeros before it is a text."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, WrittenInt):
        zeros = len(value.text) > 1 and value.text.startswith("0")
        return value.text if zeros else int(value)
    return value


def _condition(value: Any) -> None:
    for one in value if isinstance(value, list) and value else [value]:
        if not isinstance(one, str) or not one.strip():
            raise RuleError("must be a text, or a list of texts")
        if len(one) > _LONGEST:
            raise RuleError(f"must have at most {_LONGEST:,} characters")
        depth = deepest = 0
        for char in one:
            depth += (char == "(") - (char == ")")
            deepest = max(deepest, depth)
        if deepest > _DEEPEST or one.split().count("not") > 10 * _DEEPEST:
            raise RuleError(f"its parentheses lie deeper than {_DEEPEST}")
        if "|" in one:
            raise RuleError(
                "counts with '|', which Sigma has given up", hint="write a correlation: event_count"
            )


def _definition(value: Any) -> None:
    if isinstance(value, Mapping):
        if not value:
            raise RuleError("is empty")
        for key, one in value.items():
            _item(key, one, line(value, key))
    elif isinstance(value, list):
        if not value:
            raise RuleError("is empty")
        mappings = [one for one in value if isinstance(one, Mapping)]
        if mappings and len(mappings) < len(value):
            raise RuleError("mixes fields and words to look for anywhere; make them two selections")
        for one in value:
            _definition(one) if mappings else _scalar(one, "", None)
        if not mappings and any(one is None for one in value):
            raise RuleError("null is looked for in a field, and none is named")
    elif value is None:
        raise RuleError("is empty")
    else:
        _scalar(value, "", None)


def _item(key: Any, value: Any, number: int | None) -> None:
    if not isinstance(key, str):
        raise RuleError(f"the field {key!r} must be a text", line=number)
    values = value if isinstance(value, list) else [value]
    if not values:
        raise RuleError(f"{key}: the list is empty", line=number, hint="null is the absent field")
    for one in values:
        _scalar(one, key, number)


def _scalar(value: Any, key: str, number: int | None) -> None:
    if not isinstance(value, str | int | float | None):
        kind = "a list" if isinstance(value, list) else (
            "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}")  # fmt: skip
        raise RuleError(
            f"{key or 'an entry'}: a value must be a text, a number, true, false or null, not {kind}",
            line=number, hint="a date or a time stands in quotes",
        )  # fmt: skip
