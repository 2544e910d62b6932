"""Who may and may not reach the archive's buckets."""

from collections.abc import Iterator

from modules import policies
from ops import layout, names
from ops.config import LandingZone

from .cases import Subject, Table, as_resource_policy
from .evaluator import Caller
from .zones import (
    ANYBODY,
    ARCHIVE,
    AUDIT,
    CLOUDTRAIL,
    CONFIG,
    LAWYER,
    MANAGEMENT,
    MEMBER,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    PARTNER,
    REGIONS,
    S3_LOGGING,
    SIEM,
    SUBSIDIARY,
    Cast,
)

KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"
DESTRUCTIVE_ON_BUCKET = (
    "DeleteBucket", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketLogging",
    "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy",
    "PutBucketPublicAccessBlock", "PutBucketVersioning", "PutEncryptionConfiguration",
    "PutLifecycleConfiguration", "PutReplicationConfiguration",
)  # fmt: skip
DESTRUCTIVE_ON_OBJECT = (
    "BypassGovernanceRetention", "DeleteObject", "DeleteObjectVersion", "PutObjectLegalHold",
    "PutObjectRetention",
)  # fmt: skip


def key_arn(zone: LandingZone) -> str:
    return f"arn:{zone.partition}:kms:{zone.regions.home}:{ARCHIVE}:key/1234-abcd"


def trails(zone: LandingZone) -> dict[str, str]:
    """Return the trail that writes under each owner: account, organisation, standalone."""
    p, home, other = zone.partition, *REGIONS[zone.partition]
    ours = f"arn:{p}:cloudtrail:{home}:{MANAGEMENT}:trail/org-trail"
    found = {MANAGEMENT: ours, ORGANIZATION: ours}
    if zone.standalone_accounts:
        found[SUBSIDIARY] = f"arn:{p}:cloudtrail:{home}:{SUBSIDIARY}:trail/org-trail"
        found[PARTNER] = f"arn:{p}:cloudtrail:{other}:{PARTNER}:trail/partner-trail"
    return found


def foreign_trails(zone: LandingZone) -> dict[str, str]:
    """Return trails that are none of ours, each wrong in one way only."""
    p, home, other = zone.partition, *REGIONS[zone.partition]
    return {
        "another trail": f"arn:{p}:cloudtrail:{home}:{MANAGEMENT}:trail/other",
        "a trail of another region": f"arn:{p}:cloudtrail:{other}:{MANAGEMENT}:trail/org-trail",
        "a trail of another account": f"arn:{p}:cloudtrail:{home}:{MEMBER}:trail/org-trail",
    }


def log_key(zone: LandingZone, owner: str) -> str:
    prefix = layout.delivery_prefix(owner, prefix=zone.trail.prefix)
    return f"{names.bucket_arn(zone)}/{prefix}CloudTrail/x/2026/01/01/log.json.gz"


def delivery(owner: str, trail: str) -> dict[str, str]:
    """Return the condition keys of a delivery by CloudTrail for an organisation trail or another."""
    own = {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"}
    organisation = trail.split(":")[4] == MANAGEMENT
    return {**own, "aws:SourceOrgID": ORGANIZATION} if organisation else own


def without(context: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in context.items() if name != key}


def bucket_subject(zone: LandingZone) -> Subject:
    table = Table(ARCHIVE)
    _acl_checks(table, zone)
    _deliveries(table, zone)
    _encryption(table, zone)
    _transport(table, zone)
    _destruction(table, zone)
    _readers(table, zone)
    _analysts(table, zone)
    _outsiders(table, zone)
    policy = policies.bucket_policy(zone, key_arn(zone))
    return Subject(
        "archive bucket", policy, as_resource_policy, tuple(table.cases), names.bucket_arn(zone)
    )


def _acl_checks(table: Table, zone: LandingZone) -> None:
    bucket = names.bucket_arn(zone)
    for owner, trail in trails(zone).items():
        context = {"aws:SourceArn": trail}
        table.may(f"the trail of {owner}", CLOUDTRAIL, "s3:GetBucketAcl", bucket, context=context)
        table.may_not("our trail", CLOUDTRAIL, "s3:ListBucket", bucket, context=context)
        table.may_not("another service", CONFIG, "s3:GetBucketAcl", bucket, context=context)
    for story, trail in foreign_trails(zone).items():
        context = {"aws:SourceArn": trail}
        table.may_not(story, CLOUDTRAIL, "s3:GetBucketAcl", bucket, context=context)
    table.may_not("CloudTrail for no trail", CLOUDTRAIL, "s3:GetBucketAcl", bucket)


def _deliveries(table: Table, zone: LandingZone) -> None:
    put, ours = "s3:PutObject", trails(zone)
    for owner, trail in ours.items():
        key, context = log_key(zone, owner), delivery(owner, trail)
        table.may(f"the trail of {owner}", CLOUDTRAIL, put, key, context=context)
        table.may_not(f"{owner}'s trail", CLOUDTRAIL, "s3:GetObject", key, context=context)
        elsewhere = f"{names.bucket_arn(zone)}/elsewhere/{owner}.json.gz"
        table.may_not("a trail elsewhere", CLOUDTRAIL, put, elsewhere, context=context)
        table.may_not("another service", CONFIG, put, key, context=context)
        table.may_not("an outsider who claims to be a trail", Cast(zone).outsider(), put, key,
                      context=context)  # fmt: skip
        for missing in ("aws:SourceArn", "s3:x-amz-acl"):
            less = without(context, missing)
            table.may_not(f"a delivery without {missing}", CLOUDTRAIL, put, key, context=less)
        for story, foreign in foreign_trails(zone).items():
            claims = {**context, "aws:SourceArn": foreign}
            table.may_not(story, CLOUDTRAIL, put, key, context=claims)
        for other in ours.keys() - {owner}:
            if ours[other] != trail:
                crossed = {**delivery(other, ours[other])}
                table.may_not(f"{other}'s trail among {owner}'s logs", CLOUDTRAIL, put, key,
                              context=crossed)  # fmt: skip
    member = log_key(zone, ORGANIZATION)
    context = delivery(ORGANIZATION, ours[ORGANIZATION])
    strange = {**context, "aws:SourceOrgID": OTHER_ORGANIZATION}
    table.may_not("a trail of another organisation", CLOUDTRAIL, put, member, context=strange)


def _encryption(table: Table, zone: LandingZone) -> None:
    for owner, trail in trails(zone).items():
        key, context = log_key(zone, owner), delivery(owner, trail)
        right = {**context, KEY_HEADER: key_arn(zone)}
        wrong = {**context, KEY_HEADER: f"{key_arn(zone)}-other"}
        table.may("a log under our key", CLOUDTRAIL, "s3:PutObject", key, context=right)
        table.may_not("a log under another key", CLOUDTRAIL, "s3:PutObject", key, context=wrong)
    admin, other_key = Cast(zone).admin(), {KEY_HEADER: f"{key_arn(zone)}-other"}
    note = f"{names.bucket_arn(zone)}/notes.txt"
    table.may("another file under another key", admin, "s3:PutObject", note, context=other_key)
    table.may("a read that names a key", admin, "s3:GetObject", log_key(zone, MANAGEMENT),
              context=other_key)  # fmt: skip


def _transport(table: Table, zone: LandingZone) -> None:
    plain = {"aws:SecureTransport": "false"}
    bucket, key = names.bucket_arn(zone), log_key(zone, ORGANIZATION)
    for caller in (Cast(zone).admin(), Cast(zone).break_glass(), Cast(zone).root_user):
        table.may_not("anyone over plain HTTP", caller, "s3:GetObject", key, context=plain)
        table.may_not("anyone over plain HTTP", caller, "s3:ListBucket", bucket, context=plain)
    context = {**delivery(ORGANIZATION, trails(zone)[ORGANIZATION]), **plain}
    table.may_not("CloudTrail over plain HTTP", CLOUDTRAIL, "s3:PutObject", key, context=context)


def _destruction(table: Table, zone: LandingZone) -> None:
    cast = Cast(zone)
    bucket, key = names.bucket_arn(zone), log_key(zone, ORGANIZATION)
    destructive = [(f"s3:{action}", bucket) for action in DESTRUCTIVE_ON_BUCKET]
    destructive += [(f"s3:{action}", key) for action in DESTRUCTIVE_ON_OBJECT]
    table.only(
        {"break-glass": cast.break_glass(), "Terraform": cast.deployer()},
        {"the archive's administrator": cast.admin(), "its root user": cast.root_user},
        destructive,
    )
    table.may_not("break-glass of another account", cast.break_glass(MEMBER), "s3:DeleteObject",
                  key, careless=True)  # fmt: skip
    for action, resource in (
        ("s3:GetObject", key), ("s3:PutObjectTagging", key), ("s3:ListBucket", bucket),
        ("s3:GetBucketPolicy", bucket),
    ):  # fmt: skip
        table.may("the archive's administrator", cast.admin(), action, resource)


def external_readers(zone: LandingZone) -> dict[str, Caller]:
    if not zone.guardrails.external_readers:
        return {}
    cast = Cast(zone)
    return {
        "the SIEM": cast.outsider(SIEM, "siem"),
        "a role of the lawyers": cast.outsider(LAWYER, "any"),
    }


def _reads(zone: LandingZone) -> Iterator[tuple[str, str]]:
    for owner in trails(zone):
        yield "s3:GetObject", log_key(zone, owner)
        yield "s3:GetObjectVersion", log_key(zone, owner)
    yield "s3:ListBucket", names.bucket_arn(zone)
    yield "s3:ListBucketVersions", names.bucket_arn(zone)


def _readers(table: Table, zone: LandingZone) -> None:
    cast = Cast(zone)
    strangers = {
        "a member's administrator": cast.role(MEMBER),
        "another role of the SIEM's account": cast.outsider(SIEM, "intern"),
        "a stranger": cast.outsider(),
    }
    table.only(external_readers(zone), strangers, list(_reads(zone)))
    bucket, key = names.bucket_arn(zone), log_key(zone, ORGANIZATION)
    for story, caller in external_readers(zone).items():
        table.may_not(story, caller, "s3:PutObject", key)
        table.may_not(story, caller, "s3:GetObject", f"{bucket}/notes.txt")
        table.may_not(story, caller, "s3:GetBucketPolicy", bucket)
    reader = cast.role(ARCHIVE, names.reader_role(zone))
    table.may("the reader role", reader, "s3:GetObject", key)


def _analysts(table: Table, zone: LandingZone) -> None:
    cast, bucket = Cast(zone), names.bucket_arn(zone)
    key = log_key(zone, ORGANIZATION)
    right = {"the analyst": cast.analyst()} if zone.analytics.enabled else {}
    wrong = {
        "another role of the audit account": cast.role(AUDIT),
        "a role of that name elsewhere": cast.role(MEMBER, names.analyst_role(zone)),
        "a role of that name outside": cast.outsider(name=names.analyst_role(zone)),
    }
    reads = [("s3:GetObject", log_key(zone, owner)) for owner in trails(zone)]
    reads += [("s3:ListBucket", bucket), ("s3:GetBucketLocation", bucket)]
    table.only(right, wrong, reads)
    for action, resource in (
        ("s3:PutObject", key), ("s3:DeleteObject", key), ("s3:GetObjectVersion", key),
        ("s3:GetObject", f"{bucket}/notes.txt"), ("s3:GetBucketPolicy", bucket),
    ):  # fmt: skip
        table.may_not("the analyst", cast.analyst(), action, resource)


def _outsiders(table: Table, zone: LandingZone) -> None:
    cast = Cast(zone)
    bucket, key = names.bucket_arn(zone), log_key(zone, ORGANIZATION)
    for action, resource in (("s3:GetObject", key), ("s3:ListBucket", bucket)):
        stories = {"a stranger": cast.outsider(), "an anonymous caller": ANYBODY,
                   "the SIEM's intern": cast.outsider(SIEM, "intern"),
                   "the administrator of an archive that left": cast.expelled}  # fmt: skip
        for story, caller in stories.items():
            table.may_not(f"{story}, let in by mistake,", caller, action, resource, careless=True)
        table.may_not("a stranger", cast.outsider(), action, resource)
        table.may_not("an anonymous caller", ANYBODY, action, resource)
        table.may("a member, let in by mistake,", cast.role(MEMBER), action, resource,
                  careless=True)  # fmt: skip


def access_logs(
    zone: LandingZone, name: str, policy: dict, *, source: str, owner: str, bucket: str
) -> Subject:
    """Return the cases of a bucket that takes the access logs of one other."""
    table, administrator = Table(owner), Cast(zone).role(owner)
    key, put = f"{bucket}/archive/2026-01-01-00-00-00-ABC", "s3:PutObject"
    right = {"aws:SourceArn": source, "aws:SourceAccount": owner}
    table.may("S3 logging of the bucket", S3_LOGGING, put, key, context=right)
    table.may_not("S3 logging", S3_LOGGING, "s3:GetObject", key, context=right)
    table.may_not("another service", CONFIG, put, key, context=right)
    wrong = {
        "S3 logging of another bucket": {**right, "aws:SourceArn": f"{source}x"},
        "S3 logging for another account": {**right, "aws:SourceAccount": MEMBER},
        "S3 logging over plain HTTP": {**right, "aws:SecureTransport": "false"},
    }
    for story, context in wrong.items():
        table.may_not(story, S3_LOGGING, put, key, context=context)
    plain = {"aws:SecureTransport": "false"}
    for action, resource in (("s3:GetObject", key), ("s3:ListBucket", bucket)):
        table.may("the account's administrator", administrator, action, resource)
        table.may_not("anyone over plain HTTP", administrator, action, resource, context=plain)
        table.may_not("a stranger", Cast(zone).outsider(), action, resource)
    return Subject(name, policy, as_resource_policy, tuple(table.cases), bucket)


def access_log_subject(zone: LandingZone) -> Subject:
    return access_logs(
        zone, "access-log bucket", policies.access_log_bucket_policy(zone),
        source=names.bucket_arn(zone), owner=ARCHIVE, bucket=names.access_log_bucket_arn(zone),
    )  # fmt: skip


def results_access_log_subject(zone: LandingZone) -> Subject:
    return access_logs(
        zone, "access logs of results", policies.results_access_log_bucket_policy(zone),
        source=names.results_bucket_arn(zone), owner=AUDIT,
        bucket=names.results_access_log_bucket_arn(zone),
    )  # fmt: skip


SUBJECTS = (bucket_subject, access_log_subject, results_access_log_subject)
