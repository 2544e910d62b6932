"""The archive: where every account's logs and digests are kept, and cannot be changed."""

import json
from typing import Any

from modules import policies
from modules.cdk import Construct, aws, block
from ops import names
from ops.config import LandingZone


class Bucket(Construct):
    """A private, versioned bucket whose objects belong to its owner.

    An archive is created with Object Lock and never destroyed with anything in
    it. Others (the access logs, which S3 goes on writing until the end, and the
    results of queries) are emptied when they are destroyed.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, archive: bool = True) -> None:
        super().__init__(scope, id)
        self.resource = aws.s3_bucket.S3Bucket(
            self,
            "bucket",
            bucket=name,
            object_lock_enabled=archive,
            force_destroy=not archive,
        )
        self.public_access = aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "public-access",
            bucket=self.resource.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        self.versioning = aws.s3_bucket_versioning.S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.resource.id,
            versioning_configuration={"status": "Enabled"},
        )
        aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.resource.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            # S3 refuses two settings of one bucket at once.
            depends_on=[self.public_access],
        )

    def encrypt(self, *, key_arn: str | None) -> None:
        """Encrypt by default: with a KMS key and a bucket key, or with S3's own key.

        S3 cannot write access logs to a bucket encrypted with a customer key.
        """
        algorithm = "aws:kms" if key_arn else "AES256"
        default = block(sse_algorithm=algorithm, kms_master_key_id=key_arn)
        encryption = aws.s3_bucket_server_side_encryption_configuration
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.resource.id,
            rule=[
                block(
                    apply_server_side_encryption_by_default=default,
                    bucket_key_enabled=key_arn is not None,
                )
            ],
        )

    def allow(self, policy: dict[str, Any]) -> None:
        """Set the bucket's policy, once public access is blocked."""
        self.policy = aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "policy",
            bucket=self.resource.id,
            policy=json.dumps(policy),
            depends_on=[self.public_access],
        )

    def expire(self, rules: list[dict[str, Any]], *, varying_minimum: bool = False) -> None:
        """Set the bucket's lifecycle, which S3 takes a minute to confirm."""
        aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=self.resource.id,
            rule=rules,
            transition_default_minimum_object_size="varies_by_storage_class"
            if varying_minimum
            else None,
            depends_on=[self.versioning],
        )

    def log_to(self, target: "Bucket", prefix: str) -> None:
        """Log every access to another bucket of the account and region."""
        aws.s3_bucket_logging.S3BucketLoggingA(
            self,
            "logging",
            bucket=self.resource.id,
            target_bucket=target.resource.id,
            target_prefix=prefix,
            # S3 refuses a target that does not let it write yet.
            depends_on=[target.policy],
        )


class AccessLogBucket(Bucket):
    """Another bucket's access logs: no Object Lock and no KMS, or S3 could not write."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, policy: dict[str, Any], days: int
    ) -> None:
        super().__init__(scope, id, name=name, archive=False)
        self.encrypt(key_arn=None)
        self.allow(policy)
        self.expire([lifecycle_rule("expire", days, 30)])


class LogArchive(Bucket):
    """The archive bucket: locked, encrypted, logged, and written to by its trails only."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone, key_arn: str) -> None:
        super().__init__(scope, id, name=names.bucket(zone))
        lock = zone.archive.object_lock
        aws.s3_bucket_object_lock_configuration.S3BucketObjectLockConfigurationA(
            self,
            "object-lock",
            bucket=self.resource.id,
            rule={"default_retention": {"mode": lock.mode, "days": lock.days}},
            depends_on=[self.versioning],
        )
        self.encrypt(key_arn=key_arn)
        self.allow(policies.bucket_policy(zone, key_arn))
        self._set_lifecycle(zone)
        access_logs = AccessLogBucket(
            self,
            "access-logs",
            name=names.access_log_bucket(zone),
            policy=policies.access_log_bucket_policy(zone),
            days=zone.archive.access_log_days,
        )
        self.log_to(access_logs, "archive/")

    def _set_lifecycle(self, zone: LandingZone) -> None:
        archive = zone.archive
        moves = archive.transition
        rule = lifecycle_rule(
            "keep",
            archive.expire_days,
            archive.object_lock.days,
            transition=[block(days=moves.days, storage_class=moves.storage_class)]
            if moves
            else None,
        )
        # Most log files are below 128 KB, which S3 would else never move.
        self.expire([rule], varying_minimum=moves is not None)


def lifecycle_rule(
    id: str, days: int | None, noncurrent_days: int, *, transition: list[Any] | None = None
) -> dict[str, Any]:
    """Return a rule for all of a bucket: when objects, and older versions of them, expire."""
    return block(
        id=id,
        status="Enabled",
        filter=[block(prefix="")],
        abort_incomplete_multipart_upload=[block(days_after_initiation=7)],
        noncurrent_version_expiration=[block(noncurrent_days=noncurrent_days)],
        expiration=[block(days=days)] if days else None,
        transition=transition,
    )


class ExistingArchive(Construct):
    """A bucket that exists already: only its policy is written."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone, key_arn: str) -> None:
        super().__init__(scope, id)
        aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "policy",
            bucket=names.bucket(zone),
            policy=json.dumps(policies.bucket_policy(zone, key_arn)),
        )
