"""The landing-zone file: every field of every section."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.pages.markdown import NOTE, cell
from ops.config import LandingZone
from ops.config.forms import Form, Words


def page() -> str:
    """Return the reference of the landing-zone file: every field of every section."""
    parts = [
        "# The landing-zone file",
        NOTE,
        "One YAML file describes one landing zone: an organisation, the accounts that hold trail "
        "and archive, and what is recorded. `config/example.yaml` shows every field in place; "
        "`config/lab.yaml` is the one `make demo` deploys.",
        "A file is checked as a whole before anything is done with it. Every problem is "
        "reported, in the order of the file, with the field, the value and the allowed form. "
        "Account ids and versions stand in quotes. A key may stand once, an alias may stand for "
        "a single value only, and tags such as `!!int` are refused.",
        "In the tables below, a field of a list's items is written with `[]`.",
        *_section(LandingZone, ""),
    ]
    return "\n\n".join(parts) + "\n"


def _section(section: type[BaseModel], path: str) -> Iterator[str]:
    if path:
        yield f"## `{path}`"
        yield str(section.__doc__)
    rows = [
        f"| `{_dotted(path, name)}` | {cell(_form(field))} | {cell(_default(field))} "
        f"| {cell(str(field.description))} |"
        for name, field in section.model_fields.items()
    ]
    yield "\n".join(["| field | form | default | meaning |", "|---|---|---|---|", *rows])
    for name, field in section.model_fields.items():
        listed = "[]" if get_origin(field.annotation) is list else ""
        inner = sections(field.annotation)
        for one in inner:
            head, *rest = _section(one, f"{_dotted(path, name)}{listed}")
            yield f"{head} with {_backend(one)}" if len(inner) > 1 else head
            yield from rest


def _backend(state: type[BaseModel]) -> str:
    [chosen] = get_args(state.model_fields["backend"].annotation)
    return f"`backend: {chosen}`"


def sections(annotation: Any) -> list[type[BaseModel]]:
    """Return the sections in a field's type: itself, or inside a list or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for inner in get_args(annotation) for one in sections(inner)]


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _form(field: FieldInfo) -> str:
    words = _words(field.annotation, tuple(field.metadata))
    limits = [_limit(extra) for extra in field.metadata]
    return ", ".join(filter(None, [words, *limits]))


def _words(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    named = next((extra.words for extra in metadata if isinstance(extra, Form | Words)), None)
    if named is not None:
        return str(named)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a mapping, below"
    plain = {
        int: "a whole number",
        float: "a number",
        bool: "`true` or `false`",
        type(None): "`null`",
    }
    return plain.get(annotation) or _composed(get_origin(annotation), get_args(annotation))


def _composed(origin: Any, inner: tuple[Any, ...]) -> str:
    if origin is Annotated:
        return _words(inner[0], inner[1:])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    words = [_words(one) for one in inner]
    if origin is list:
        return f"a list, each {words[0]}"
    if origin is dict:
        return f"a mapping of {words[0]} to {words[1]}"
    return ", or ".join(dict.fromkeys(words))


def _limit(extra: Any) -> str:
    match extra:
        case annotated_types.Ge():
            return f"at least {extra.ge}"
        case annotated_types.Le():
            return f"at most {extra.le}"
        case annotated_types.MultipleOf():
            return f"a multiple of {extra.multiple_of}"
        case annotated_types.MinLen():
            return f"at least {extra.min_length}"
        case annotated_types.MaxLen():
            return f"at most {extra.max_length}"
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "the defaults below"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value is None:
        return "none"
    return f"`{value}`" if value or isinstance(value, int) else "empty"
