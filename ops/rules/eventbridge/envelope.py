"""The event that EventBridge makes of a CloudTrail record.

Source: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail".
"""

from collections.abc import Mapping
from typing import Any

API_CALL = "AWS API Call via CloudTrail"
_TYPES = {
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
}
DETAIL_TYPES = (API_CALL, *_TYPES.values())
"""What tells CloudTrail's events from those that services send themselves."""


def enveloped(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event whose detail is a record."""
    source = str(record.get("eventSource", "")).partition(".")[0]
    return {
        "version": "0",
        "id": record.get("eventID"),
        "detail-type": _TYPES.get(str(record.get("eventType")), API_CALL),
        "source": f"aws.{source}",
        "account": record.get("recipientAccountId"),
        "time": record.get("eventTime"),
        "region": record.get("awsRegion"),
        "resources": [],
        "detail": record,
    }
