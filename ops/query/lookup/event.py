"""An event as LookupEvents gives it: its record is a text inside, and a row is made of that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the event history."""

    id: str
    time: datetime
    attributes: Mapping[str, frozenset[str]]
    """What LookupEvents could have been asked for, by its own names."""
    text: str
    """The record, as CloudTrail wrote it."""

    def row(self) -> dict[str, Any]:
        """Return it under the names that the store's columns have, the record beside them."""
        record = json.loads(self.text)
        user = record.get("userIdentity") or {}
        return {
            "event_time": f"{self.time:%Y-%m-%dT%H:%M:%SZ}",
            "recipient_account_id": record.get("recipientAccountId") or user.get("accountId"),
            "aws_region": record.get("awsRegion"),
            "event_source": record.get("eventSource"),
            "event_name": record.get("eventName"),
            "user_arn": user.get("arn") or user.get("invokedBy"),
            "user_access_key_id": user.get("accessKeyId"),
            "source_ip_address": record.get("sourceIPAddress"),
            "error_code": record.get("errorCode"),
            "event_id": self.id,
            "record": record,
        }


def read(found: Mapping[str, Any]) -> Event:
    """Return an event from LookupEvents' answer; raise ValueError if it holds no record."""
    text = str(found.get("CloudTrailEvent", ""))
    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError("not an object")
    resources = found.get("Resources") or []
    values = {
        "ResourceName": [one.get("ResourceName") for one in resources],
        "ResourceType": [one.get("ResourceType") for one in resources],
        **{name: [found.get(name)] for name in _PLAIN},
    }
    return Event(
        str(found["EventId"]),
        found["EventTime"].astimezone(UTC),
        {name: frozenset(str(one) for one in many if one) for name, many in values.items()},
        text,
    )


_PLAIN = ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId")
