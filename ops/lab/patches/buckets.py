"""Buckets: versioning and locks as AWS has them, no access logs, no wrong denials.

The emulator suspends a locked bucket's versioning and then refuses the lock's
own calls; it refuses them for a bucket with objects too. It also writes an
access log object at every request; AWS does so hours later, if at all, and the
lab never does.

The emulator takes every Deny of a bucket policy for a Deny to everybody: it reads
no conditions. Deciding nothing is nearer to AWS than deciding wrongly; the lab
evaluates no other policies either.

Sources: S3 User Guide, "Object Lock considerations" (enabling it on existing
buckets; versioning); "Logging requests with server access logging" (best effort);
"Amazon S3 condition key examples".
"""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import FakeBucket, S3Backend

from ops.lab.graft import before, graft


def apply() -> None:
    """Put all four right."""
    before(S3Backend, "put_bucket_versioning", _not_locked)
    graft(S3Backend, "put_object_lock_configuration", _lock)
    graft(S3Backend, "log_incoming_request", _write_nothing)
    graft(FakeBucket, "get_permission", _decide_nothing)


def _not_locked(self: S3Backend, bucket_name: str, status: str) -> None:
    if status != "Enabled" and self.get_bucket(bucket_name).object_lock_enabled:
        raise InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state "
            "cannot be changed."
        )


def _lock(  # noqa: PLR0917 (the emulator's signature)
    self: S3Backend,
    bucket_name: str,
    lock_enabled: bool,  # noqa: FBT001 (likewise)
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a lock.")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode = mode
    bucket.default_lock_days = days
    bucket.default_lock_years = years


def _write_nothing(self: S3Backend, request: Any, bucket_name: str) -> None:
    """Deliver no access log."""


def _decide_nothing(self: FakeBucket, action: str, resource: str) -> PermissionResult:  # noqa: ARG001
    """Neither permit nor deny; the signature is the emulator's."""
    return PermissionResult.NEUTRAL
