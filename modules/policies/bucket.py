"""The buckets of logs and of what was asked of them: who may write, read and change them.

Two layers. Allow statements let in exactly the trails and readers of the
config. Deny statements hold even when somebody later adds a careless Allow;
they spare AWS's own delivery and the two roles that must stay able to act: the
break-glass role, and the deploy role, without which Terraform could neither
update nor destroy what it made.

Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
"""

from collections.abc import Iterator

from modules.policies.parties import CLOUDTRAIL, analyst, archive_roles, outside
from modules.policies.statement import (
    EVERYONE,
    Document,
    Statement,
    accounts,
    allow,
    deny,
    document,
    service,
)
from ops import layout, names
from ops.config import LandingZone

DESTRUCTIVE = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutReplicationConfiguration",
)
"""What could remove, open or redirect logs. None of it is CloudTrail's or S3 logging's."""
READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
LIST_BUCKET = ("s3:ListBucket", "s3:ListBucketVersions")
FIND_OBJECTS = ("s3:GetBucketLocation", "s3:ListBucket")
"""What Athena asks of a bucket whose objects it reads."""


def bucket_policy(zone: LandingZone, key_arn: str) -> Document:
    """Return the archive bucket's policy; `key_arn` is the key its logs are encrypted with."""
    bucket = names.bucket_arn(zone)
    whole = [bucket, f"{bucket}/*"]
    return document(
        allow(
            "AWSCloudTrailAclCheck20150319",
            "s3:GetBucketAcl",
            bucket,
            principal=CLOUDTRAIL,
            condition={"StringEquals": {"aws:SourceArn": names.trail_arns(zone)}},
        ),
        *_trail_writes(zone),
        *_external_reads(zone),
        *_analyst_reads(zone),
        _only_tls(whole),
        _only_this_key(zone, key_arn),
        _only_this_organization(zone, whole),
        deny(
            "DenyDestruction",
            DESTRUCTIVE,
            whole,
            principal=EVERYONE,
            condition={"ArnNotLike": {"aws:PrincipalArn": archive_roles(zone)}},
        ),
    )


def access_log_bucket_policy(zone: LandingZone) -> Document:
    """Return the policy of the bucket S3 writes the archive's access logs to."""
    account = zone.organization.log_archive_account
    return _logged_to(names.access_log_bucket_arn(zone), names.bucket_arn(zone), account)


def results_access_log_bucket_policy(zone: LandingZone) -> Document:
    """Return the policy of the bucket S3 writes the results' access logs to."""
    account = zone.organization.audit_account
    bucket = names.results_access_log_bucket_arn(zone)
    return _logged_to(bucket, names.results_bucket_arn(zone), account)


def _logged_to(bucket: str, source: str, account: str) -> Document:
    """Return the policy of a bucket that takes one other's access logs.

    Source: S3 User Guide, "Enabling Amazon S3 server access logging".
    """
    return document(
        allow(
            "S3ServerAccessLogsPolicy",
            "s3:PutObject",
            f"{bucket}/*",
            principal=service("logging.s3.amazonaws.com"),
            condition={
                "ArnLike": {"aws:SourceArn": source},
                "StringEquals": {"aws:SourceAccount": account},
            },
        ),
        _only_tls([bucket, f"{bucket}/*"]),
    )


def results_bucket_policy(zone: LandingZone) -> Document:
    """Return the policy of the bucket Athena writes results to: they are parts of the logs."""
    bucket = names.results_bucket_arn(zone)
    whole = [bucket, f"{bucket}/*"]
    return document(
        _only_tls(whole),
        deny(
            "DenyOtherAccounts",
            "s3:*",
            whole,
            principal=EVERYONE,
            condition={
                "StringNotEquals": {"aws:PrincipalAccount": zone.organization.audit_account},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    )


def delivered_objects(zone: LandingZone) -> list[str]:
    """Return the ARN patterns of every object the trails deliver: logs and digests."""
    return [_objects(zone, owner) for owner in _owners(zone)]


def _owners(zone: LandingZone) -> list[str]:
    organization = zone.organization
    standalone = [account.id for account in zone.standalone_accounts]
    return [organization.management_account, organization.id, *standalone]


def _objects(zone: LandingZone, owner: str) -> str:
    prefix = layout.delivery_prefix(owner, prefix=zone.trail.prefix)
    return f"{names.bucket_arn(zone)}/{prefix}*"


def _trail_writes(zone: LandingZone) -> Iterator[Statement]:
    """Yield a statement per prefix: each trail may write under its own owner only.

    One statement for all would let a standalone account's trail, by a prefix of
    its choosing, write among another owner's logs.
    """
    organization, trail = zone.organization, names.trail_arn(zone)
    # CreateTrail tries the management account's own path, organisation or not.
    yield _write("AWSCloudTrailWrite20150319", zone, organization.management_account, trail)
    yield _write(
        "AWSCloudTrailOrganizationWrite20150319",
        zone,
        organization.id,
        trail,
        {"aws:SourceOrgID": organization.id},
    )
    for account in zone.standalone_accounts:
        arn = names.standalone_trail_arn(zone, account)
        yield _write(f"AWSCloudTrailWrite{account.id}", zone, account.id, arn)


def _write(
    sid: str, zone: LandingZone, owner: str, trail: str, more: dict[str, str] | None = None
) -> Statement:
    equals = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": trail}
    return allow(
        sid,
        "s3:PutObject",
        _objects(zone, owner),
        principal=CLOUDTRAIL,
        condition={"StringEquals": {**equals, **(more or {})}},
    )


def _external_reads(zone: LandingZone) -> Iterator[Statement]:
    # The reader role needs none of this: in the bucket's own account its policy is enough.
    if not zone.guardrails.external_readers:
        return
    readers = accounts(*zone.guardrails.external_readers)
    yield allow("ExternalRead", READ_OBJECTS, delivered_objects(zone), principal=readers)
    # No s3:prefix condition: with one, S3 says 403 instead of 404 for a missing
    # object, and a verifier could not tell a lost file from a forbidden one.
    yield allow("ExternalList", LIST_BUCKET, names.bucket_arn(zone), principal=readers)


def _analyst_reads(zone: LandingZone) -> Iterator[Statement]:
    if not zone.analytics.enabled:
        return
    principal, condition = analyst(zone)
    yield allow(
        "AnalystRead",
        "s3:GetObject",
        delivered_objects(zone),
        principal=principal,
        condition=condition,
    )
    yield allow(
        "AnalystFind",
        FIND_OBJECTS,
        names.bucket_arn(zone),
        principal=principal,
        condition=condition,
    )


def _only_tls(resources: list[str]) -> Statement:
    return deny(
        "DenyInsecureTransport",
        "s3:*",
        resources,
        principal=EVERYONE,
        condition={"Bool": {"aws:SecureTransport": "false"}},
    )


def _only_this_key(zone: LandingZone, key_arn: str) -> Statement:
    """Deny logs encrypted with another key; a request that names none is not touched.

    Null, not IfExists: a negated operator with IfExists matches an absent key
    too, and would deny the bucket's default encryption (IAM User Guide, "IAM
    JSON policy elements: Condition operators").
    """
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return deny(
        "DenyOtherKeys",
        "s3:PutObject",
        delivered_objects(zone),
        principal=EVERYONE,
        condition={"StringNotEquals": {header: key_arn}, "Null": {header: "false"}},
    )


def _only_this_organization(zone: LandingZone, resources: list[str]) -> Statement:
    return deny(
        "DenyOutsideOrganization",
        "s3:*",
        resources,
        principal=EVERYONE,
        condition=outside(zone),
    )
