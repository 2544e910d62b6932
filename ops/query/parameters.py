"""The values a runbook asks for: their types, and texts checked and made into them.

A value is checked here and then bound or quoted, so its type is no defence
against injection but against mistakes: an access key where an account is meant.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from ops import timerange
from ops.errors import UsageError
from ops.query.model import Value

Type = Literal["string", "int", "time", "account", "arn", "ip", "key", "list"]
TYPES: tuple[Type, ...] = get_args(Type)
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
ALWAYS = ("since", "until")
"""Parameters that every runbook has, of type time."""
_LONGEST = 1000
_MOST = 200
"""Items of a list."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something a runbook must be told."""

    name: str
    type: Type
    meaning: str = ""
    required: bool = False
    default: str | None = None
    """As text, as a user would give it."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the texts of a type are read, and the words an error uses for them."""

    read: Callable[[str, datetime], Value]
    words: str


def value(parameter: Parameter, text: str, now: datetime) -> Value:
    """Return what a text means; raise UsageError if it does not fit the parameter's type."""
    form = FORMS[parameter.type]
    if len(text) > _LONGEST:
        raise UsageError(
            f"{parameter.name}={text[:40]!r}… has {len(text):,} characters: a value has at most "
            f"{_LONGEST:,}."
        )
    try:
        if not text or not text.isprintable():
            raise ValueError(text)
        return form.read(text, now)
    except (ValueError, UsageError) as error:
        raise UsageError(
            f"{parameter.name}={text[:80]!r} does not fit: it must be {form.words}."
        ) from error


def values(
    parameters: tuple[Parameter, ...], given: Mapping[str, str], now: datetime
) -> dict[str, Value]:
    """Return a value for each parameter, None where there is none.

    Raises UsageError for a text that does not fit, a name nobody asks for, or a
    required parameter that is missing.
    """
    names = {one.name for one in parameters}
    strange = sorted(set(given) - names)
    if strange:
        raise UsageError(
            f"There is no parameter {strange[0]!r}.",
            hint=f"parameters: {', '.join(sorted(names)) or 'none'}; times are --since and --until",
        )
    absent = missing(parameters, given)
    if absent:
        raise UsageError(
            f"The parameter {absent[0].name} is missing: {absent[0].meaning or absent[0].type}.",
            hint=f"give it with -p {absent[0].name}=VALUE",
        )
    texts = {one.name: given.get(one.name, one.default) for one in parameters}
    return {
        one.name: None if (text := texts[one.name]) is None else value(one, text, now)
        for one in parameters
    }


def missing(parameters: tuple[Parameter, ...], given: Mapping[str, str]) -> list[Parameter]:
    """Return the required parameters that nobody gave and that have no default."""
    return [one for one in parameters
            if one.required and one.default is None and one.name not in given]  # fmt: skip


def _matching(pattern: str) -> Callable[[str, datetime], Value]:
    form = re.compile(pattern, re.ASCII)

    def read(text: str, _now: datetime) -> Value:
        if form.fullmatch(text) is None:
            raise ValueError(text)
        return text

    return read


def _any(text: str, _now: datetime) -> Value:
    return text


def _number(text: str, _now: datetime) -> Value:
    if re.fullmatch(r"-?[0-9]{1,15}", text) is None:
        raise ValueError(text)
    return int(text)


def _address(text: str, _now: datetime) -> Value:
    return str(ipaddress.ip_address(text))


def _items(text: str, _now: datetime) -> Value:
    items = tuple(one.strip() for one in text.split(",") if one.strip())
    if len(items) > _MOST:
        raise ValueError(text)
    return items


FORMS: dict[Type, Form] = {
    "string": Form(_any, "a text in one line, of characters that can be seen"),
    "int": Form(_number, "a whole number"),
    "time": Form(timerange.moment, "a time: 2026-01-31, 2026-01-31T18:00:00+01:00, 7d or 36h"),
    "account": Form(_matching("[0-9]{12}"), "an account id, twelve digits"),
    "arn": Form(_matching(r"arn:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9-]*:[0-9a-z]*:[!-~]+"), "an ARN"),
    "ip": Form(_address, "an IPv4 or IPv6 address"),
    "key": Form(_matching("[A-Z0-9]{16,128}"), "an access key id: AKIA… or ASIA…"),
    "list": Form(_items, f"up to {_MOST} texts with commas between"),
}
