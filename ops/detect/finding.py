"""A finding: what a rule found, in which event, and who was behind it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops.query.cells import moment
from ops.rules.rule import Detection

SCHEMA = "atalaya.detect/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One event that a rule is about, or one burst of events. Every text may be an attacker's."""

    id: str
    """The same whenever the same rule finds the same event."""
    rule: Detection
    time: datetime | None
    """When it happened: of a burst, when the rule first held."""
    last_time: datetime | None
    account: str | None
    region: str | None
    actor: str | None
    """The caller's ARN, else what else is known of it."""
    session: str | None
    """The access key that signed the call."""
    address: str | None
    event_source: str | None
    event_name: str | None
    error: str | None
    """The error's code; None where the call did not fail."""
    event_ids: tuple[str, ...]
    source_key: str | None
    """The log file that the event came in."""
    count: int
    """Of a burst the most that its span of time held: events, different values or steps; else 1."""
    key: Mapping[str, str | None]
    """What the events of a burst have in common, by the field's name; empty for one event."""
    next: tuple[str, ...]
    """Commands that tell more, ready for a shell."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = self.rule.said
        return {
            "id": self.id,
            "rule": said.name,
            "rule_id": said.id,
            "title": said.title,
            "level": str(said.level),
            "time": _told(self.time),
            "last_time": _told(self.last_time),
            "account": self.account,
            "region": self.region,
            "actor": self.actor,
            "session": self.session,
            "address": self.address,
            "event_source": self.event_source,
            "event_name": self.event_name,
            "error": self.error,
            "event_ids": list(self.event_ids),
            "source_key": self.source_key,
            "count": self.count,
            "key": dict(self.key),
            "tags": list(said.tags),
            "next": list(self.next),
        }


FIELDS = (
    "id", "rule", "rule_id", "title", "level", "time", "last_time", "account", "region", "actor",
    "session", "address", "event_source", "event_name", "error", "event_ids", "source_key", "count",
    "key", "tags", "next",
)  # fmt: skip
"""The names of a finding's data, in order."""


def identity(rule: Detection, parts: Sequence[str | None]) -> str:
    """Return the id of what a rule found: of one event its id; of a burst its key, too."""
    text = json.dumps([*rule_identity(rule), *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def rule_identity(rule: Detection) -> tuple[str, ...]:
    """Return what tells a rule from others: its id; a stranger's may have none."""
    said = rule.said
    return (said.id,) if said.id else (said.file, said.name, said.title)


def _told(time: datetime | None) -> str | None:
    return None if time is None else moment(time)
