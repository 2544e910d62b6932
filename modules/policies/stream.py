"""The log group's key, and the role with which CloudTrail writes to the group.

Sources: CloudTrail User Guide, "Role policy document for CloudTrail to use
CloudWatch Logs for monitoring"; CloudWatch Logs User Guide, "Encrypt log data
in CloudWatch Logs using AWS KMS".
"""

from modules.policies.parties import CLOUDTRAIL, root_delegation
from modules.policies.statement import Document, allow, assume, document, service
from ops import names
from ops.config import LandingZone


def log_group_key_policy(zone: LandingZone) -> Document:
    """Return the policy of the log group's key: CloudWatch Logs, for this one group."""
    # In China the principals of CloudWatch Logs, unlike most, end in .cn.
    suffix = "amazonaws.com.cn" if zone.partition == "aws-cn" else "amazonaws.com"
    logs = service(f"logs.{zone.regions.home}.{suffix}")
    context = "kms:EncryptionContext:aws:logs:arn"
    return document(
        root_delegation(zone, zone.organization.management_account),
        allow(
            "AllowLogGroup",
            ("kms:Decrypt*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
            "*",
            principal=logs,
            condition={"ArnEquals": {context: names.log_group_arn(zone)}},
        ),
        # Describing a key carries no encryption context to compare.
        allow("AllowLogsToDescribeKey", "kms:Describe*", "*", principal=logs),
    )


def log_role_trust() -> Document:
    """Return the trust policy: CloudTrail may assume the role.

    No conditions: CloudTrail documents that aws:SourceArn and aws:SourceAccount
    do not apply to its CloudWatch Logs role.
    """
    return document(assume("AllowCloudTrail", CLOUDTRAIL))


def log_role_policy(zone: LandingZone) -> Document:
    """Return what CloudTrail may do with the role: write to its own streams.

    An organisation trail names them by the management account, and by the
    organisation for the members' events.
    """
    group, organization = names.log_group_arn(zone), zone.organization
    own = f"{organization.management_account}_CloudTrail_{zone.regions.home}*"
    streams = [f"{group}:log-stream:{own}", f"{group}:log-stream:{organization.id}_*"]
    return document(
        allow("AWSCloudTrailCreateLogStream", "logs:CreateLogStream", streams),
        allow("AWSCloudTrailPutLogEvents", "logs:PutLogEvents", streams),
    )
