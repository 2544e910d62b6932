"""Which events a filter or a rule gets to see at all.

Sources: CloudTrail User Guide, "Monitoring CloudTrail log files with Amazon CloudWatch Logs"
and "Quotas"; EventBridge User Guide, "AWS service events delivered via AWS CloudTrail" and
"Receiving read-only management events from AWS services".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST = 256 * 1024
"""Bytes of an event that CloudTrail sends to CloudWatch Logs, and that EventBridge takes."""
_READING = ("Describe", "Get", "List")
_STS = "sts.amazonaws.com"
_CHANGING = {(_STS, "GetFederationToken"), (_STS, "GetSessionToken")}
_UTF8 = 4
"""Bytes that a character may take."""


def too_large(raw: str) -> bool:
    """Whether an event is larger than is delivered."""
    return len(raw) * _UTF8 > LARGEST and len(raw.encode("utf-8", "replace")) > LARGEST


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an event rule stands; what is None is anywhere, each place by itself."""

    account: str | None = None
    region: str | None = None
    all_management: bool = False
    """Whether rules see read-only management events, whatever their own state says."""

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether the event is of this account and region."""
        return (self.account in (None, record.get("recipientAccountId"))) and (
            self.region in (None, record.get("awsRegion"))
        )


def only_reads(record: Mapping[str, Any]) -> bool:
    """Whether a rule does not see it by default: a management event that only reads.

    AWS tells these by their names; a few calls that are named so count as changes.
    """
    if record.get("eventCategory", "Management") != "Management":
        return False
    name = str(record.get("eventName"))
    return name.startswith(_READING) and (record.get("eventSource"), name) not in _CHANGING
