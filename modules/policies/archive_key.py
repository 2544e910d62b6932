"""The policy of the key that encrypts the archive.

Source: CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail".
"""

from collections.abc import Iterator

from modules.policies.parties import (
    CLOUDTRAIL,
    analyst,
    archive_roles,
    root_delegation,
    via_s3,
)
from modules.policies.statement import (
    EVERYONE,
    Document,
    Statement,
    accounts,
    allow,
    deny,
    document,
)
from ops import names
from ops.config import LandingZone

KEY_DESTRUCTIVE = (
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
)
"""What would make every log unreadable, or give the key away."""


def archive_key_policy(zone: LandingZone) -> Document:
    """Return the policy of the key that encrypts the archive.

    The reader role is not named: it is of the key's own account, where the
    first statement makes its own policy count. Naming a role in a key policy
    needs the role to exist first, and breaks when the role is made anew.
    """
    return document(
        root_delegation(zone, zone.organization.log_archive_account),
        *_trail_key_uses(zone),
        *_external_decrypts(zone),
        *_analyst_decrypts(zone),
        deny(
            "DenyDestruction",
            KEY_DESTRUCTIVE,
            "*",
            principal=accounts(EVERYONE),
            condition={"ArnNotLike": {"aws:PrincipalArn": archive_roles(zone)}},
        ),
    )


def _trail_key_uses(zone: LandingZone) -> Iterator[Statement]:
    sources = {"aws:SourceArn": names.trail_arns(zone)}
    owners = [zone.organization.management_account]
    owners += [account.id for account in zone.standalone_accounts]
    yield allow(
        "AllowCloudTrailToEncrypt",
        "kms:GenerateDataKey*",
        "*",
        principal=CLOUDTRAIL,
        condition={
            "StringEquals": sources,
            "StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn": [
                    f"arn:{zone.partition}:cloudtrail:*:{owner}:trail/*" for owner in owners
                ]
            },
        },
    )
    # With an S3 Bucket Key the context is the bucket, so no trail context here.
    yield allow(
        "AllowCloudTrailToDecryptForBucketKey",
        "kms:Decrypt",
        "*",
        principal=CLOUDTRAIL,
        condition={"StringEquals": sources},
    )
    yield allow(
        "AllowCloudTrailToDescribeKey",
        "kms:DescribeKey",
        "*",
        principal=CLOUDTRAIL,
        condition={"StringEquals": sources},
    )


def _external_decrypts(zone: LandingZone) -> Iterator[Statement]:
    if zone.guardrails.external_readers:
        yield allow(
            "ExternalDecrypt",
            "kms:Decrypt",
            "*",
            principal=accounts(*zone.guardrails.external_readers),
            condition=via_s3(zone),
        )


def _analyst_decrypts(zone: LandingZone) -> Iterator[Statement]:
    if not zone.analytics.enabled:
        return
    principal, condition = analyst(zone)
    yield allow(
        "AnalystDecrypt",
        "kms:Decrypt",
        "*",
        principal=principal,
        condition={**condition, **via_s3(zone)},
    )
