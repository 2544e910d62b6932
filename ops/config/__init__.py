"""The landing-zone file, read and checked whole.

A file is wrong as a whole or right as a whole: every problem found is
reported in the order of the file, with field, value and the allowed form. The
fields are in `ops.config.settings` and `ops.config.landing_zone`, their forms in
`ops.config.forms`, and what must fit together in `ops.config.coherence`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ops import strict_yaml
from ops.config import coherence
from ops.config.forms import one_of
from ops.config.landing_zone import LandingZone
from ops.config.problem import Place, Problem, in_file_order
from ops.config.selectors import advanced_conditions
from ops.errors import ConfigError

__all__ = ["LandingZone", "advanced_conditions", "load", "parse"]

_HINT = "config/example.yaml shows every field with its meaning"
_MOST = 100
"""Problems listed; a file with more of them is of another kind."""
_UNION = ("deploy", "state")
"""Where pydantic puts the chosen alternative's name into a place; no field has it."""


def load(path: Path) -> LandingZone:
    """Read and check one landing-zone file; raise ConfigError with every problem."""
    try:
        data = strict_yaml.read(path)
    except OSError as error:
        raise ConfigError(
            str(path),
            [f"cannot be read: {error.strerror}"],
            hint="name the landing-zone file with --config; config/example.yaml shows one",
        ) from error
    except strict_yaml.NotYaml as error:
        raise ConfigError(
            str(path), [f"is not a landing-zone file: {error}"], hint=_HINT
        ) from error
    return _placed(parse(data, source=str(path)), path.parent)


def _placed(zone: LandingZone, beside: Path) -> LandingZone:
    """Return it with directories that are relative to the file, found from anywhere."""
    placed = {
        name: section.model_copy(update={"directory": str(beside.absolute() / section.directory)})
        for name, section in (("alarms", zone.alarms), ("reactions", zone.reactions))
        if section.directory is not None
    }
    return zone.model_copy(update=placed) if placed else zone


def parse(data: object, *, source: str) -> LandingZone:
    """Check a landing zone given as plain data; `source` names it in errors."""
    if data is None:
        raise ConfigError(source, ["is empty: must be a mapping of fields to values"], hint=_HINT)
    try:
        zone = LandingZone.model_validate(data)
        problems = list(_incoherences(zone))
    except ValidationError as error:
        problems = [_problem(found) for found in error.errors(include_url=False)]
        if isinstance(data, Mapping):
            problems += _incoherences(_sound_part(data, problems))
    if problems:
        raise ConfigError(source, _lines(in_file_order(problems, data)), hint=_HINT)
    return zone


def _lines(problems: list[Problem]) -> list[str]:
    lines = [str(problem) for problem in problems[:_MOST]]
    if len(problems) > _MOST:
        lines.append(f"and {len(problems) - _MOST} problems more")
    return lines


def _problem(error: Mapping[str, Any]) -> Problem:
    place: Place = error["loc"]
    if place[: len(_UNION)] == _UNION and len(place) > len(_UNION):
        place = _UNION + place[len(_UNION) + 1 :]
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        place = (*place, "backend")
    if kind in ("missing", "union_tag_not_found"):
        return Problem(place, "is required")
    if kind == "extra_forbidden":
        return Problem(place, "no such field")
    if kind == "union_tag_invalid":
        return Problem(place, "must be local or s3", context["tag"])
    if place[-1:] == ("[key]",):
        place = place[:-2]
    return Problem(place, _allowed(kind, context), error["input"])


_FORMS = {
    "form": "must be {words}",
    "model_type": "must be a mapping of fields to values",
    "model_attributes_type": "must be a mapping of fields to values",
    "dict_type": "must be a mapping of keys to texts",
    "list_type": "must be a list",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "invalid_key": "must be the name of a field",
}
"""Pydantic's kinds of errors that the landing zone's types can raise, in our words."""


def _allowed(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "literal_error":
        choices = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return f"must be {one_of(choices)}"
    return _FORMS[kind].format(**context)


class _SoundPart(LandingZone):
    """A landing zone of whose sections some are wrong and must not be looked at."""

    def __getattr__(self, name: str) -> Any:
        """Stop the check that wants a section which is not there."""
        raise _Unsound(name)


class _Unsound(Exception):
    """A check needs a section that is wrong itself."""


def _sound_part(data: Mapping[Any, Any], problems: list[Problem]) -> LandingZone:
    """Return a landing zone that holds only the sections nothing is wrong with."""
    wrong = {str(problem.place[0]) for problem in problems if problem.place}
    values: dict[str, Any] = {
        name: _form(field).validate_python(data[name])
        for name, field in LandingZone.model_fields.items()
        if name in data and name not in wrong
    }
    zone = _SoundPart.model_construct(**values)
    for name in wrong:
        zone.__dict__.pop(name, None)
    return zone


def _form(field: FieldInfo) -> TypeAdapter[Any]:
    form: Any = field.annotation
    return TypeAdapter(Annotated[form, field])


def _incoherences(zone: LandingZone) -> Iterator[Problem]:
    for check in coherence.CHECKS:
        try:
            yield from check(zone)
        except _Unsound:
            continue
