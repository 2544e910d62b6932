"""What is asked: from when to when, and which attributes an event must have.

LookupEvents takes one attribute. Of several the one that leaves fewest events is
asked for, the others are compared here.

Source: CloudTrail API Reference, "LookupAttribute".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.errors import UsageError
from ops.query.lookup.event import Event

KEPT = timedelta(days=90)
"""How long CloudTrail remembers."""
_SLACK = timedelta(minutes=5)
"""`90d` was 90 days ago when it was typed."""
ATTRIBUTES = (
    "EventId", "AccessKeyId", "ResourceName", "Username", "EventName", "ResourceType",
    "EventSource", "ReadOnly",
)  # fmt: skip
"""All of LookupEvents' own, those first that leave fewest events."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, for every place alike."""

    since: datetime
    until: datetime
    """Exclusive."""
    attributes: Mapping[str, str]

    def asked(self) -> dict[str, str]:
        """Return the attribute that AWS is asked for; empty without any."""
        name = next((one for one in ATTRIBUTES if one in self.attributes), None)
        return {name: self.attributes[name]} if name else {}

    def compared(self) -> dict[str, str]:
        """Return the attributes that are compared here."""
        asked = self.asked()
        return {name: one for name, one in self.attributes.items() if name not in asked}

    def fits(self, event: Event) -> bool:
        """Whether an event that AWS gave is asked for, by time and the other attributes."""
        return self.since <= event.time < self.until and all(
            value in event.attributes[name] for name, value in self.compared().items()
        )


def attributes(texts: Iterable[str]) -> dict[str, str]:
    """Return attributes written as NAME=VALUE; raise UsageError for what is none.

    >>> attributes(["eventname=StopLogging", "Username=alice=admin"])
    {'EventName': 'StopLogging', 'Username': 'alice=admin'}
    """
    known = {one.lower(): one for one in ATTRIBUTES}
    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        name = known.get(key.lower())
        if name is None or not sign or not value:
            raise UsageError(
                f"--attribute {text!r} is not NAME=VALUE with a name LookupEvents knows.",
                hint=f"the names are {', '.join(sorted(ATTRIBUTES))}",
            )
        if name in found:
            raise UsageError(
                f"--attribute {name} is given twice, and an event has one.",
                hint="ask once for each value",
            )
        found[name] = value.lower() if name == "ReadOnly" else value
    return found


def period(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """Return the period asked for, all that is remembered without one; raise UsageError."""
    oldest = now - KEPT
    if since is not None and since < oldest - _SLACK:
        raise UsageError(
            f"The event history reaches back {KEPT.days} days, to {oldest:%Y-%m-%dT%H:%M:%SZ}; "
            f"--since asks for {since:%Y-%m-%dT%H:%M:%SZ}.",
            hint="older events are in the archive, if there was one: collect it, or ask Athena",
        )
    # A second more, so that what happens in this one is asked for.
    end = min(until, now) if until else now + timedelta(seconds=1)
    start = max(since or oldest, oldest)
    if start >= end:
        raise UsageError(
            f"--until {end:%Y-%m-%dT%H:%M:%SZ} is not after {start:%Y-%m-%dT%H:%M:%SZ}.",
            hint=f"the event history reaches back {KEPT.days} days",
        )
    return start, end
