"""Facts about buckets.

Sources: prowler 5.46.0, services/s3; checkov 3.3.30, terraform checks; CIS AWS
Foundations Benchmark v5.0, section 2.1; Security Hub User Guide, CloudTrail.6
and CloudTrail.7.
"""

from collections.abc import Callable

from ops.deploy.check import statements
from ops.deploy.check.estate import Estate, Resource, points
from ops.deploy.check.facts import Test, every
from ops.deploy.check.model import Fact

BUCKET = "aws_s3_bucket"
_SWITCHES = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
READING = ("public-read", "public-read-write", "authenticated-read")
_WRITING = ("public-read-write",)
"""Canned ACLs that let everyone in."""
_ACCESS_BLOCK = "aws_s3_bucket_public_access_block"
_VERSIONING = "aws_s3_bucket_versioning"
_SHADOWED = ("aws-glue-assets-", "sagemaker-", "aws-emr-studio-", "aws-codestar-")
"""How the names begin that AWS services would guess."""


def _blocks_public(*switches: str) -> Test:
    def test(estate: Estate, bucket: Resource) -> bool:
        block = estate.setting(bucket, _ACCESS_BLOCK)
        return block is not None and all(block.value(one) is True for one in switches)

    return test


def _statements(estate: Estate, bucket: Resource) -> list[statements.Statement]:
    return statements.of(estate.setting(bucket, "aws_s3_bucket_policy"))


_PROWLER_BLOCKED = _blocks_public("ignore_public_acls", "restrict_public_buckets")


def _either(one: Test, other: Test) -> Test:
    return lambda estate, bucket: one(estate, bucket) or other(estate, bucket)


def no_public_acl(*public: str) -> Test:
    """Return the test that no canned ACL of these is set on a bucket."""

    def test(estate: Estate, bucket: Resource) -> bool:
        found = estate.pointing("aws_s3_bucket_acl", "bucket", bucket)
        return not any(one.value("acl") in public for one in found)

    return test


def _no_anyone(estate: Estate, bucket: Resource) -> bool:
    return not any(map(statements.allows_everyone, _statements(estate, bucket)))


def not_public(estate: Estate, bucket: Resource) -> bool:
    """Whether public access is blocked in all ways and the policy lets in nobody unnamed."""
    return _blocks_public(*_SWITCHES)(estate, bucket) and _no_anyone(estate, bucket)


def _denies_plain_http(estate: Estate, bucket: Resource) -> bool:
    return any(map(statements.denies_plain_http, _statements(estate, bucket)))


def _no_strangers(estate: Estate, bucket: Resource) -> bool:
    return not any(
        statements.allows_strangers(one, bucket.account) for one in _statements(estate, bucket)
    )


def is_logged(estate: Estate, bucket: Resource) -> bool:
    """Whether a bucket logs its accesses."""
    return estate.setting(bucket, "aws_s3_bucket_logging") is not None


def _touches_logging(estate: Estate, bucket: Resource) -> bool:
    """Checkov draws a line from the logging to both buckets it names, and asks for a line."""
    return is_logged(estate, bucket) or any(
        points(one, "target_bucket", bucket) for one in estate.of("aws_s3_bucket_logging")
    )


def _algorithm(estate: Estate, bucket: Resource) -> str:
    setting = estate.setting(bucket, "aws_s3_bucket_server_side_encryption_configuration")
    if setting is None:
        return "AES256"  # what S3 does by itself since 2023
    default = setting.block("rule", "apply_server_side_encryption_by_default")
    return str(default.get("sse_algorithm"))


def _versioned(estate: Estate, bucket: Resource) -> bool:
    setting = estate.setting(bucket, _VERSIONING)
    return setting is not None and _enabled(setting, "status")


def asks_for_mfa(estate: Estate, bucket: Resource) -> bool:
    """Whether MFA Delete is on."""
    setting = estate.setting(bucket, _VERSIONING)
    return setting is not None and _enabled(setting, "mfa_delete")


def _enabled(versioning: Resource, switch: str) -> bool:
    return versioning.block("versioning_configuration").get(switch) == "Enabled"


def _expires(estate: Estate, bucket: Resource) -> bool:
    setting = estate.setting(bucket, "aws_s3_bucket_lifecycle_configuration")
    return setting is not None and any(
        rule.get("status") == "Enabled" for rule in setting.blocks("rule")
    )


def _owner_enforced(estate: Estate, bucket: Resource) -> bool:
    setting = estate.setting(bucket, "aws_s3_bucket_ownership_controls")
    return (
        setting is not None
        and setting.block("rule").get("object_ownership") == "BucketOwnerEnforced"
    )


def _replicates(estate: Estate, bucket: Resource) -> bool:
    setting = estate.setting(bucket, "aws_s3_bucket_replication_configuration")
    return setting is not None and any(
        rule.get("status") == "Enabled" for rule in setting.blocks("rule")
    )


def _has(kind: str) -> Test:
    return lambda estate, bucket: estate.setting(bucket, kind) is not None


def _facts(test: Test, good: str, bad: str) -> Fact:
    return every(BUCKET, test, good=good, bad=bad)


ACCESS_BLOCKED = _facts(
    _blocks_public(*_SWITCHES),
    "public access is blocked in all four ways",
    "public access is not blocked in all four ways",
)
PROWLER_ACCESS_BLOCKED = _facts(
    _PROWLER_BLOCKED,
    "public ACLs are ignored and public policies restricted",
    "public ACLs are not ignored or public policies not restricted",
)
CHECKOV_ACCESS_BLOCKED = _facts(
    _blocks_public("block_public_acls", "block_public_policy"),
    "public ACLs and policies are blocked",
    "public ACLs or policies are not blocked",
)
DENIES_PLAIN_HTTP = _facts(
    _denies_plain_http,
    "the policy denies requests without TLS",
    "the policy does not deny requests without TLS",
)
NO_STRANGERS = _facts(
    _no_strangers,
    "no policy lets in another account unconditionally",
    "the policy lets in another account",
)
LOGGED = _facts(is_logged, "server access logging is on", "server access logging is off")
TOUCHES_LOGGING = _facts(
    _touches_logging, "access logging is configured", "access logging is not configured"
)
ENCRYPTED = _facts(
    lambda estate, bucket: _algorithm(estate, bucket) in ("AES256", "aws:kms", "aws:kms:dsse"),
    "objects are encrypted by default",
    "objects are not encrypted by default",
)
KMS_ENCRYPTED = _facts(
    lambda estate, bucket: _algorithm(estate, bucket) in ("aws:kms", "aws:kms:dsse"),
    "objects are encrypted with KMS by default",
    "objects are not encrypted with KMS by default",
)
VERSIONED = _facts(
    _versioned,
    "versioning is on",
    "versioning is off",
)
MFA_DELETE = _facts(
    asks_for_mfa,
    "MFA Delete is on",
    "MFA Delete is off; only the root user can turn it on, and never beside a lifecycle",
)
EXPIRES = _facts(_expires, "a lifecycle is enabled", "no lifecycle is enabled")
LOCKED = _facts(
    lambda _, bucket: bucket.value("object_lock_enabled") is True,
    "Object Lock is on",
    "Object Lock is off",
)
NO_ACLS = _facts(_owner_enforced, "ACLs are disabled", "ACLs are enabled (object_ownership)")
NO_READ_ACL = _facts(
    no_public_acl(*READING),
    "no ACL lets everyone read",
    "an ACL lets everyone read (aws_s3_bucket_acl)",
)
NO_WRITE_ACL = _facts(
    no_public_acl(*_WRITING),
    "no ACL lets everyone write",
    "an ACL lets everyone write (aws_s3_bucket_acl)",
)
PROWLER_NO_READ_ACL = _facts(
    _either(_PROWLER_BLOCKED, no_public_acl(*READING)),
    "no ACL that counts lets everyone list",
    "an ACL lets everyone list",
)
PROWLER_NO_WRITE_ACL = _facts(
    _either(_PROWLER_BLOCKED, no_public_acl(*_WRITING)),
    "no ACL that counts lets everyone write",
    "an ACL lets everyone write",
)
PROWLER_NOT_PUBLIC = _facts(
    _either(
        _PROWLER_BLOCKED,
        lambda estate, bucket: (
            no_public_acl(*READING)(estate, bucket) and _no_anyone(estate, bucket)
        ),
    ),
    "neither ACL nor policy opens the bucket",
    "an ACL or the policy opens the bucket",
)
PROWLER_NO_PUBLIC_WRITE = _facts(
    _either(_blocks_public("restrict_public_buckets"), _no_anyone),
    "no policy that counts lets in everyone",
    "the policy lets in everyone",
)
NOTIFIES = _facts(
    _has("aws_s3_bucket_notification"),
    "event notifications are sent",
    "no event notifications are sent",
)
REPLICATED = _facts(_replicates, "objects are replicated", "objects are not replicated")
HAS_LIFECYCLE = _facts(
    _has("aws_s3_bucket_lifecycle_configuration"), "there is a lifecycle", "there is no lifecycle"
)
NOT_SHADOWED = _facts(
    lambda _, bucket: not str(bucket.value("bucket")).startswith(_SHADOWED),
    "no name is one that an AWS service would guess",
    "the name is one that an AWS service would guess",
)


def _policies(is_bad: Callable[[statements.Statement], bool], *, good: str, bad: str) -> Fact:
    """Return the fact that no statement of any bucket policy is bad."""
    return every(
        "aws_s3_bucket_policy",
        lambda _, policy: not any(map(is_bad, statements.of(policy))),
        good=good,
        bad=bad,
    )


def _locks_out(statement: statements.Statement) -> bool:
    """Whether a statement denies everyone the right to change the policy again (CKV_AWS_93)."""
    changing = {"s3:PutBucketPolicy", "s3:*BucketPolicy", "s3:Put*", "s3:*", "*"}
    return (
        statement.get("Effect") == "Deny"
        and not statement.get("Condition")
        and "*" in statements.principals(statement)
        and bool(changing & {*statements.actions(statement)})
    )


NOBODY_LOCKED_OUT = _policies(
    _locks_out,
    good="no bucket policy locks everyone out",
    bad="bucket policies that nobody could change again",
)
POLICY_NO_ANYONE = _policies(
    statements.allows_everyone,
    good="no bucket policy lets in everyone",
    bad="bucket policies that let in everyone",
)


def access_block(switch: str) -> Fact:
    """Return the fact that one switch of every public access block is on."""
    return every(
        "aws_s3_bucket_public_access_block",
        lambda _, one: one.value(switch) is True,
        good=f"{switch} is on",
        bad=f"{switch} is off",
    )


ABORTS_UPLOADS = every(
    "aws_s3_bucket_lifecycle_configuration",
    lambda _, lifecycle: any(
        rule.get("status") == "Enabled" and rule.get("abort_incomplete_multipart_upload")
        for rule in lifecycle.blocks("rule")
    ),
    good="unfinished uploads are aborted",
    bad="lifecycles that never abort unfinished uploads",
)
OWNERSHIP_ENFORCED = every(
    "aws_s3_bucket_ownership_controls",
    lambda _, one: one.block("rule").get("object_ownership") == "BucketOwnerEnforced",
    good="ACLs are disabled",
    bad="ACLs are enabled (object_ownership)",
)
