"""LookupEvents answers with the management events that were delivered in the last 90 days.

The emulator does not implement it.

Source: CloudTrail API Reference, "LookupEvents"; User Guide, "Working with
CloudTrail event history" (one account and region, management events, 90 days).
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from ops.lab import event_history
from ops.lab.graft import graft, parameter
from ops.lab.patches.public_keys import moment

PAGE = 50
KEPT = timedelta(days=90)
ATTRIBUTES = (
    "EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName",
    "EventSource", "AccessKeyId",
)  # fmt: skip


def apply(directory: Path) -> None:
    """Add the operation; `directory` holds the event history."""

    def lookup_events(self: CloudTrailResponse) -> str:
        now = datetime.now(UTC)
        since = max(moment(self, "StartTime") or now - KEPT, now - KEPT)
        until = moment(self, "EndTime") or now
        if since > until:
            raise JsonRESTError(
                "InvalidTimeRangeException", "The start time must not be after the end time."
            )
        wanted = _attribute(parameter(self, "LookupAttributes") or [])
        found = [
            event
            for record, text in event_history.remembered(
                directory, self.current_account, self.region
            )
            if since <= datetime.fromisoformat(record["eventTime"]) <= until
            and _fits(event := _event(record, text), wanted)
        ]
        return _page(self, found)

    graft(CloudTrailResponse, "lookup_events", lookup_events)


def _attribute(attributes: list[dict[str, str]]) -> tuple[str, str] | None:
    if not attributes:
        return None
    [first, *more] = attributes
    key = first.get("AttributeKey", "")
    if more or key not in ATTRIBUTES:
        raise JsonRESTError(
            "InvalidLookupAttributesException",
            f"Exactly one lookup attribute is allowed, one of {', '.join(ATTRIBUTES)}.",
        )
    return key, first.get("AttributeValue", "")


def _event(record: dict[str, Any], text: str) -> dict[str, Any]:
    user = record.get("userIdentity") or {}
    event = {
        "EventId": record["eventID"],
        "EventName": record.get("eventName"),
        "ReadOnly": str(record.get("readOnly", False)).lower(),
        "AccessKeyId": user.get("accessKeyId"),
        "EventTime": datetime.fromisoformat(record["eventTime"]).timestamp(),
        "EventSource": record.get("eventSource"),
        "Username": _username(user),
        "Resources": [
            {"ResourceType": one.get("type"), "ResourceName": one.get("ARN")}
            for one in record.get("resources") or []
        ],
        "CloudTrailEvent": text,
    }
    return {key: value for key, value in event.items() if value is not None}


def _username(user: dict[str, Any]) -> str | None:
    """Return a user's name, the name of a role's session, or `root`."""
    if user.get("type") == "Root":
        return "root"
    session = str(user.get("principalId", "")).partition(":")[2]
    return user.get("userName") or session or None


def _fits(event: dict[str, Any], wanted: tuple[str, str] | None) -> bool:
    if wanted is None:
        return True
    key, value = wanted
    if key in ("ResourceType", "ResourceName"):
        return any(one[key] == value for one in event["Resources"])
    return bool(event.get(key) == value)


def _page(response: CloudTrailResponse, found: list[dict[str, Any]]) -> str:
    size = int(parameter(response, "MaxResults") or PAGE)
    if not 1 <= size <= PAGE:
        raise JsonRESTError("InvalidMaxResultsException", f"MaxResults is from 1 to {PAGE}.")
    token = parameter(response, "NextToken") or "0"
    if not token.isdigit():
        raise JsonRESTError("InvalidNextTokenException", f"The token {token!r} is not valid.")
    first = int(token)
    answer: dict[str, Any] = {"Events": found[first : first + size]}
    if first + size < len(found):
        answer["NextToken"] = str(first + size)
    return json.dumps(answer)
