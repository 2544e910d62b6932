"""The events beside a rule, `<name>.events.jsonl`: which it must find, and which it must not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import RuleError
from ops.rules.predicate import Record

SUFFIX = ".events.jsonl"
LISTS: Mapping[str, tuple[str, ...]] = {
    "archive_buckets": ("example-archive-logs",),
    "own_accounts": ("111122223333", "444455556666"),
}
"""What the site's lists hold where rules are tried on their events."""
_EXPECTED = {"match": True, "no_match": False}
_KEYS = {"expect", "why", "event", "events", "near"}
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Example:
    """A line: records, and whether a rule finds something in them."""

    line: int
    """From 1."""
    expected: bool
    why: str
    near: bool
    """Whether it differs from a match in one thing only."""
    records: tuple[Record, ...] = field(hash=False)


def beside(rule: Path) -> tuple[Example, ...]:
    """Return the examples beside a rule's file, none if there are none; raise RuleError."""
    path = rule.with_name(rule.name.removesuffix(rule.suffix) + SUFFIX)
    if not path.exists():
        return ()
    try:
        if path.stat().st_size > _LARGEST:
            raise RuleError(f"is larger than {_LARGEST:,} bytes", path.name)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError(f"cannot be read: {error.strerror}", path.name) from error
    except UnicodeDecodeError as error:
        raise RuleError(f"byte {error.start + 1} is not UTF-8", path.name) from error
    return tuple(_read(line, path.name, number)
                 for number, line in enumerate(text.split("\n"), 1) if line.strip())  # fmt: skip


def _read(text: str, file: str, number: int) -> Example:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RuleError(f"is no JSON: {error}", file, number) from error
    if not isinstance(found, Mapping) or not {*found} <= _KEYS:
        raise RuleError(f"must be an object with {', '.join(sorted(_KEYS))}", file, number)
    if found.get("expect") not in _EXPECTED:
        raise RuleError("expect must be match or no_match", file, number)
    why, near = found.get("why"), found.get("near", False)
    if not isinstance(why, str) or not why.strip() or not isinstance(near, bool):
        raise RuleError("why must be a text, and near true or false", file, number)
    return Example(number, _EXPECTED[found["expect"]], why, near, _records(found, file, number))


def _records(found: Mapping[str, Any], file: str, number: int) -> tuple[Record, ...]:
    records = found["events"] if "events" in found else [found.get("event")]
    right = isinstance(records, list) and all(isinstance(one, dict) and one for one in records)
    if not right or ("event" in found) == ("events" in found):
        raise RuleError("event must be a record, or events a list of records", file, number)
    return tuple(records)
