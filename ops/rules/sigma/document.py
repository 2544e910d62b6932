"""From one document of a Sigma file to what is said in it; every mistake names its line.

Source: the Sigma specification, "Sigma Rules" and "Sigma Correlation Rules", version 2.1.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ops.errors import RuleError
from ops.rules.rule import Level, Said
from ops.rules.sigma import own
from ops.rules.sigma.written import line

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = frozenset({
    "title", "id", "name", "related", "status", "description", "license", "author", "references",
    "date", "modified", "tags", "logsource", "detection", "correlation", "fields", "falsepositives",
    "level", "taxonomy", "scope", "generate", "atalaya",
})  # fmt: skip
"""What a document may hold. A stranger's may hold more, as Sigma lets anyone add keys."""
_STATUS = ("stable", "test", "experimental", "deprecated", "unsupported")
_SOURCES = (("aws", "cloudtrail"), ("aws", ""), ("", "cloudtrail"))
"""Product and service; old rules name one of them."""
_LONGEST_TITLE = 256


@dataclass(frozen=True, slots=True)
class Document:
    """One rule of a file, of which detection or correlation has not been read yet."""

    file: str
    data: Mapping[Any, Any]
    said: Said

    @property
    def correlates(self) -> bool:
        """Whether it is a correlation."""
        return "correlation" in self.data

    def wrong(self, problem: str, *keys: Any, hint: str = "") -> RuleError:
        """Return the error about what stands at some keys, each inside the one before."""
        return wrong(self.file, self.data, problem, *keys, hint=hint)


def wrong(file: str, data: Any, problem: str, *keys: Any, hint: str = "") -> RuleError:
    """Return the error about what stands at some keys of a document."""
    number = None
    for key in keys:
        if not isinstance(data, Mapping):
            break
        number = line(data, key) or number
        data = data.get(key)
    where = ".".join(map(str, keys))
    return RuleError(f"{where}: {problem}" if where else problem, file, number, hint=hint)


def read(data: object, file: str, stem: str, *, strict: bool) -> Document:
    """Return what a document says; raise RuleError. `stem` names a rule without a name."""
    if not isinstance(data, Mapping):
        raise wrong(file, data, "a rule is a mapping of keys to values",
                    hint="docs/how-to/write-a-rule.md shows one")  # fmt: skip
    for key in data if strict else ():
        if key not in _KEYS:
            raise wrong(
                file, data, "no such key", key, hint=f"there are {', '.join(sorted(_KEYS))}"
            )
    fields = Fields(file, data)
    if ("detection" in data) == ("correlation" in data):
        raise fields.wrong("a rule has either a detection or a correlation")
    _checked_source(fields)
    said = Said(
        title=fields.text("title", required=True, longest=_LONGEST_TITLE),
        id=_uuid(fields),
        name=_name(fields, stem, strict=strict),
        file=file,
        level=fields.choice("level", Level, Level.MEDIUM if not strict else None),
        status=fields.text("status", one_of=_STATUS),
        description=" ".join(fields.text("description").split()),
        references=fields.texts("references"),
        date=_date(fields),
        tags=fields.texts("tags"),
        falsepositives=fields.texts("falsepositives"),
        **own.said(fields.inside("atalaya")) if "atalaya" in data else {},
    )
    return Document(file, data, said)


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of a mapping, each of the type it must be; mistakes are RuleErrors."""

    file: str
    data: Mapping[Any, Any]
    path: tuple[str, ...] = ()
    root: Any = None

    def wrong(self, problem: str, *keys: str, hint: str = "") -> RuleError:
        """Return the error about some key."""
        root = self.data if self.root is None else self.root
        return wrong(self.file, root, problem, *self.path, *keys, hint=hint)

    def inside(self, key: str) -> "Fields":
        """Return the mapping at a key."""
        value = self.data[key]
        if not isinstance(value, Mapping):
            raise self.wrong("must be a mapping of keys to values", key)
        root = self.data if self.root is None else self.root
        return Fields(self.file, value, (*self.path, key), root)

    def known(self, keys: frozenset[str]) -> None:
        """Raise RuleError for a key that is none of some."""
        for key in self.data:
            if key not in keys:
                raise self.wrong(
                    "no such key", str(key), hint=f"there are {', '.join(sorted(keys))}"
                )

    def text(self, key: str, *, required: bool = False, longest: int = 20_000,
             one_of: tuple[str, ...] = ()) -> str:  # fmt: skip
        """Return a text; empty if there is none and none is required."""
        value = self.data.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip():
            raise self.wrong("is required" if key not in self.data else "must be a text", key)
        if len(value) > longest:
            raise self.wrong(f"must have at most {longest:,} characters", key)
        if one_of and value not in one_of:
            raise self.wrong(f"must be one of {', '.join(one_of)}, not {value!r}", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single one stands for a list of it."""
        value = self.data.get(key)
        values = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) for one in values):
            raise self.wrong("must be a list of texts", key)
        return tuple(values)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number above 0."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong("must be a whole number above 0", key)
        return int(value)

    def pairs(self, key: str) -> dict[str, str]:
        """Return a mapping of texts to texts."""
        value = self.data.get(key, {})
        if not isinstance(value, Mapping) or not all(
            isinstance(one, str) for pair in value.items() for one in pair
        ):
            raise self.wrong("must be a mapping of texts to texts", key,
                             hint="a number stands in quotes")  # fmt: skip
        return dict(value)

    def choice(self, key: str, of: Callable[[Any], Any], default: Any) -> Any:
        """Return a member of an enumeration."""
        if key not in self.data and default is not None:
            return default
        value = self.data.get(key)
        try:
            return of(value)
        except ValueError as error:
            choices = ", ".join(str(one) for one in of)  # type: ignore[attr-defined]
            problem = "is required" if key not in self.data else f"must not be {str(value)[:60]!r}"
            raise self.wrong(problem, key, hint=f"one of {choices}") from error


def _uuid(fields: Fields) -> str:
    value = fields.text("id")
    try:
        return str(UUID(value)) if value else ""
    except ValueError as error:
        raise fields.wrong(f"must be a UUID, not {value[:60]!r}", "id") from error


def _name(fields: Fields, stem: str, *, strict: bool) -> str:
    name = fields.text("name", required=strict)
    if strict and not SLUG.fullmatch(name):
        raise fields.wrong("must be small letters and digits with '-' between", "name")
    return name or stem


def _date(fields: Fields) -> str:
    value = fields.data.get("date")
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    return fields.text("date")


def _checked_source(fields: Fields) -> None:
    """Raise RuleError for a rule that is about other logs."""
    if "correlation" in fields.data:
        return
    if "logsource" not in fields.data:
        raise fields.wrong("is required", "logsource", hint="{product: aws, service: cloudtrail}")
    source = fields.inside("logsource")
    named = {key: source.text(key) for key in ("product", "service", "category")}
    right = (named["product"], named["service"]) in _SOURCES
    if not right or named["category"]:
        words = ", ".join(f"{key} {value}" for key, value in named.items() if value) or "nothing"
        raise fields.wrong(f"it is about {words}; here are the logs of product aws, "
                           "service cloudtrail", "logsource")  # fmt: skip
