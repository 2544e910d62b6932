"""From one document of a Sigma file to what is said in it; every mistake names its line.

Source: the Sigma specification, "Sigma Rules" and "Sigma Correlation Rules", version 2.1.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ops.errors import RuleError
from ops.rules.rule import Level, Said
from ops.rules.sigma import own
from ops.rules.sigma.values import Fields, wrong

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
