"""Near-real-time reactions: EventBridge patterns for tampering and root sign-in.

An EventBridge rule sees the calls of its own account and region within seconds;
a metric filter sees the whole organisation within minutes. Patterns match the
mutating management events that EventBridge receives without special state.
Source: EventBridge User Guide, "AWS service events delivered via CloudTrail".
"""

from collections.abc import Mapping
from typing import Any

from ops.rules.model import EventRule, Vantage

_API_CALL = "AWS API Call via CloudTrail"
_SIGN_IN = "AWS Console Sign In via CloudTrail"


def _calls(*events: str, source: str) -> Mapping[str, Any]:
    return {
        "detail-type": [_API_CALL],
        "detail": {"eventSource": [source], "eventName": list(events)},
    }


TRAIL_TAMPERING = EventRule(
    "trail-tampering",
    "The trail was stopped, deleted or changed",
    (Vantage.MANAGEMENT_HOME, Vantage.DELEGATED_ADMINISTRATOR),
    _calls(
        "DeleteTrail", "DeregisterOrganizationDelegatedAdmin", "PutEventSelectors",
        "PutInsightSelectors", "RegisterOrganizationDelegatedAdmin", "StopLogging", "UpdateTrail",
        source="cloudtrail.amazonaws.com",
    ),
)  # fmt: skip

ALARM_TAMPERING = EventRule(
    "alarm-tampering",
    "An alarm was deleted, silenced or overruled",
    (Vantage.MANAGEMENT_HOME,),
    _calls("DeleteAlarms", "DisableAlarmActions", "SetAlarmState",
           source="monitoring.amazonaws.com"),
)  # fmt: skip

LOG_GROUP_TAMPERING = EventRule(
    "log-group-tampering",
    "A log group, its retention, key or metric filters were changed",
    (Vantage.MANAGEMENT_HOME,),
    _calls("AssociateKmsKey", "DeleteLogGroup", "DeleteLogStream", "DeleteMetricFilter",
           "DeleteRetentionPolicy", "DisassociateKmsKey", "PutRetentionPolicy",
           source="logs.amazonaws.com"),
)  # fmt: skip

ORGANIZATION_TAMPERING = EventRule(
    "organization-tampering",
    "A guardrail was detached, or trusted access or a policy type was switched off",
    (Vantage.MANAGEMENT_GLOBAL,),
    _calls("DeletePolicy", "DeregisterDelegatedAdministrator", "DetachPolicy",
           "DisableAWSServiceAccess", "DisablePolicyType", "RemoveAccountFromOrganization",
           "UpdatePolicy", source="organizations.amazonaws.com"),
)  # fmt: skip

ROOT_SIGN_IN = EventRule(
    "root-sign-in",
    "The root user of the management account signed in to the console",
    (Vantage.MANAGEMENT_GLOBAL,),
    {
        "detail-type": [_SIGN_IN],
        "detail": {"userIdentity": {"type": ["Root"]}, "eventName": ["ConsoleLogin"]},
    },
)

ARCHIVE_KEY_TAMPERING = EventRule(
    "archive-key-tampering",
    "A key of the log-archive account was disabled, scheduled for deletion or opened",
    (Vantage.LOG_ARCHIVE,),
    _calls("CreateGrant", "DisableKey", "DisableKeyRotation", "PutKeyPolicy",
           "ScheduleKeyDeletion", source="kms.amazonaws.com"),
)  # fmt: skip

_BUCKET_EVENTS = (
    "DeleteBucket", "DeleteBucketEncryption", "DeleteBucketLifecycle",
    "DeleteBucketOwnershipControls", "DeleteBucketPolicy", "DeleteBucketPublicAccessBlock",
    "PutBucketAcl", "PutBucketEncryption", "PutBucketLifecycle", "PutBucketLogging",
    "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy",
    "PutBucketPublicAccessBlock", "PutBucketReplication", "PutBucketVersioning",
)  # fmt: skip


def archive_bucket_tampering(bucket: str) -> EventRule:
    """Return the rule that watches the settings of one bucket, the archive."""
    pattern = {
        "detail-type": [_API_CALL],
        "detail": {
            "eventSource": ["s3.amazonaws.com"],
            "eventName": list(_BUCKET_EVENTS),
            "requestParameters": {"bucketName": [bucket]},
        },
    }
    return EventRule(
        "archive-bucket-tampering",
        "The archive bucket's settings were changed",
        (Vantage.LOG_ARCHIVE,),
        pattern,
    )


def rules(bucket: str) -> tuple[EventRule, ...]:
    """Return every reaction of a landing zone whose archive is `bucket`."""
    return (
        TRAIL_TAMPERING,
        ALARM_TAMPERING,
        LOG_GROUP_TAMPERING,
        ORGANIZATION_TAMPERING,
        ROOT_SIGN_IN,
        ARCHIVE_KEY_TAMPERING,
        archive_bucket_tampering(bucket),
    )
