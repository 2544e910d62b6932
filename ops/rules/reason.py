"""Why a pattern matched a record, or why it did not."""

import json
from dataclasses import dataclass
from typing import Any

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition, and what the record has there."""

    condition: str
    because: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a pattern matches, and the conditions that decided it."""

    matches: bool
    reasons: tuple[Reason, ...]


def every(parts: list[Verdict]) -> Verdict:
    """Return the verdict where all must hold: those that failed decide, else all do."""
    failed = [one for one in parts if not one.matches]
    return Verdict(not failed, _joined(failed or parts))


def some(parts: list[Verdict]) -> Verdict:
    """Return the verdict where one must hold: those that hold decide, else all do."""
    held = [one for one in parts if one.matches]
    return Verdict(bool(held), _joined(held or parts))


def shown(value: Any) -> str:
    """Return a value as JSON, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "too deep to show"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _joined(parts: list[Verdict]) -> tuple[Reason, ...]:
    return tuple(reason for one in parts for reason in one.reasons)
