"""What analysts may ask and read, who may be one, and who reaches what they were answered."""

from modules import policies
from ops import names
from ops.config import LandingZone

from .archive_cases import key_arn, log_key, trails
from .cases import Subject, Table, as_identity_policy, as_resource_policy
from .evaluator import Caller
from .role_cases import through_s3
from .zones import (
    ANYBODY,
    ARCHIVE,
    AUDIT,
    CONFIG,
    MANAGEMENT,
    MEMBER,
    Cast,
)


def results_key(zone: LandingZone) -> str:
    return f"arn:{zone.partition}:kms:{zone.regions.home}:{AUDIT}:key/results"


def results_bucket_subject(zone: LandingZone) -> Subject:
    table, cast = Table(AUDIT), Cast(zone)
    bucket = f"arn:{zone.partition}:s3:::acme-athena-{AUDIT}-{zone.regions.home}"
    calls = [("s3:GetObject", f"{bucket}/results/1.csv"), ("s3:ListBucket", bucket)]
    for action, resource in calls:
        for story, caller in {
            "the analyst": cast.analyst(), "an administrator": cast.role(AUDIT),
        }.items():  # fmt: skip
            plain = {"aws:SecureTransport": "false"}
            table.may(story, caller, action, resource)
            table.may_not(f"{story} over plain HTTP", caller, action, resource, context=plain)
        for story, caller in {
            "the management account": cast.role(MANAGEMENT), "a member": cast.role(MEMBER),
            "a stranger": cast.outsider(), "an anonymous caller": ANYBODY,
        }.items():  # fmt: skip
            table.may_not(f"{story}, let in by mistake,", caller, action, resource, careless=True)
            table.may_not(story, caller, action, resource)
        table.may("a service, let in,", CONFIG, action, resource, careless=True)
    policy = policies.results_bucket_policy(zone)
    return Subject("results bucket", policy, as_resource_policy, tuple(table.cases), bucket)


def analytics_key_subject(zone: LandingZone) -> Subject:
    table, cast, key = Table(AUDIT), Cast(zone), results_key(zone)
    for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy"):
        table.may("what the audit account lets do it", cast.role(AUDIT), action, key)
        table.may_not("nobody the audit account lets do nothing", cast.role(AUDIT), action, key,
                      nothing_else=True)  # fmt: skip
        for story, caller in {
            "a member": cast.role(MEMBER), "a stranger": cast.outsider(), "a service": CONFIG,
        }.items():  # fmt: skip
            table.may_not(story, caller, action, key)
    policy = policies.analytics_key_policy(zone)
    return Subject("analytics key", policy, as_resource_policy, tuple(table.cases), None)


def analyst_trust_subject(zone: LandingZone) -> Subject:
    table, cast, role = Table(AUDIT), Cast(zone), names.analyst_role_arn(zone)
    table.only(
        {
            "the responder": cast.role(AUDIT, "responder"),
            "any role of an analysing account": cast.role(MEMBER),
        },
        {
            "another role of the audit account": cast.role(AUDIT, "intern"),
            "the archive's administrator": cast.admin(),
            "a stranger": cast.outsider(),
            "a service": CONFIG,
        },
        [("sts:AssumeRole", role)],
    )
    table.may_not("a role of an analysing account", cast.role(MEMBER), "sts:TagSession", role)
    policy = policies.analyst_trust(zone)
    return Subject("analyst trust", policy, as_resource_policy, tuple(table.cases), None)


def analyst_subject(zone: LandingZone) -> Subject:
    table, analyst = Table(ARCHIVE), Cast(zone).analyst()
    _questions(table, zone, analyst)
    _catalog(table, zone, analyst)
    _logs(table, zone, analyst)
    _results(table, zone, analyst)
    _store(table, zone, analyst)
    policy = policies.analyst_policy(zone, key_arn(zone), results_key(zone))
    return Subject("analyst", policy, as_identity_policy, tuple(table.cases))


def _all(table: Table, who: Caller, service: str, actions: str, *resources: str) -> None:
    """Add that the analyst may do each action on each resource."""
    for action in actions.split():
        for resource in resources:
            table.may("the analyst", who, f"{service}:{action}", resource)


def _none(table: Table, who: Caller, service: str, actions: str, *resources: str) -> None:
    """Add that the analyst may do none of it."""
    for action in actions.split():
        for resource in resources:
            table.may_not("the analyst", who, f"{service}:{action}", resource)


def _here(zone: LandingZone, service: str, resource: str) -> str:
    return f"arn:{zone.partition}:{service}:{zone.regions.home}:{AUDIT}:{resource}"


def _questions(table: Table, zone: LandingZone, analyst: Caller) -> None:
    ours, primary = (_here(zone, "athena", f"workgroup/{name}")
                     for name in ("atalaya-acme", "primary"))  # fmt: skip
    asking = (
        "BatchGetQueryExecution GetNamedQuery GetQueryExecution GetQueryResults GetWorkGroup "
        "ListNamedQueries ListQueryExecutions StartQueryExecution StopQueryExecution"
    )
    _all(table, analyst, "athena", asking, ours)
    _none(table, analyst, "athena", asking, primary)
    changing = "UpdateWorkGroup DeleteWorkGroup CreateNamedQuery DeleteNamedQuery"
    _none(table, analyst, "athena", changing, ours)


def _catalog(table: Table, zone: LandingZone, analyst: Caller) -> None:
    catalog, default = _here(zone, "glue", "catalog"), _here(zone, "glue", "database/default")
    ours = [_here(zone, "glue", f"{kind}/atalaya_acme{rest}")
            for kind, rest in (("database", ""), ("table", "/events"))]  # fmt: skip
    other = [one.replace("atalaya_acme", "payroll") for one in ours]
    reading = "GetDatabase GetPartition GetPartitions GetTable GetTables"
    _all(table, analyst, "glue", reading, catalog, *ours)
    _none(table, analyst, "glue", reading, *other)
    _none(table, analyst, "glue", "CreateTable UpdateTable DeleteTable", catalog, *ours)
    _all(table, analyst, "glue", "CreateDatabase GetDatabase", catalog, default)
    _none(table, analyst, "glue", "CreateDatabase", ours[0], other[0])
    _none(table, analyst, "glue", "DeleteDatabase UpdateDatabase GetTable", default)
    _none(table, analyst, "glue", "DeleteDatabase", catalog)


def _logs(table: Table, zone: LandingZone, analyst: Caller) -> None:
    bucket = names.bucket_arn(zone)
    for owner in trails(zone):
        key = log_key(zone, owner)
        _all(table, analyst, "s3", "GetObject", key)
        _none(table, analyst, "s3", "PutObject DeleteObject GetObjectVersion", key)
    _none(table, analyst, "s3", "GetObject", f"{bucket}/notes.txt", f"{bucket}x/notes.txt")
    _all(table, analyst, "s3", "GetBucketLocation ListBucket", bucket)
    _none(table, analyst, "s3", "GetBucketLocation ListBucket", f"{bucket}x")
    _none(table, analyst, "s3", "PutBucketPolicy", bucket)
    through_s3(table, zone, analyst, key_arn(zone), "kms:Decrypt")


def _results(table: Table, zone: LandingZone, analyst: Caller) -> None:
    bucket = names.results_bucket_arn(zone)
    keeping = "AbortMultipartUpload GetObject ListMultipartUploadParts PutObject"
    _all(table, analyst, "s3", keeping, f"{bucket}/results/1.csv")
    _none(table, analyst, "s3", keeping, f"{bucket}x/results/1.csv")
    _none(table, analyst, "s3", "DeleteObject PutObjectAcl", f"{bucket}/results/1.csv")
    finding = "GetBucketLocation ListBucket ListBucketMultipartUploads"
    _all(table, analyst, "s3", finding, bucket)
    _none(table, analyst, "s3", "ListBucketMultipartUploads", names.bucket_arn(zone))
    _none(table, analyst, "s3", "PutBucketPolicy", bucket)
    through_s3(table, zone, analyst, results_key(zone), "kms:Decrypt", "kms:GenerateDataKey")


def _store(table: Table, zone: LandingZone, analyst: Caller) -> None:
    bucket = f"arn:{zone.partition}:s3:::history"
    file = f"{bucket}/organisation/day=2026-11-01/1.parquet"
    if zone.analytics.store is None:
        _none(table, analyst, "s3", "GetObject", file)
        return
    _all(table, analyst, "s3", "GetObject", file)
    _none(table, analyst, "s3", "PutObject", file)
    _none(table, analyst, "s3", "GetObject", f"{bucket}/other/1.parquet")
    _all(table, analyst, "s3", "GetBucketLocation ListBucket", bucket)
    _none(table, analyst, "s3", "PutBucketPolicy", bucket)
    through_s3(table, zone, analyst, str(zone.analytics.store_key_arn), "kms:Decrypt")


SUBJECTS = (
    results_bucket_subject,
    analytics_key_subject,
    analyst_trust_subject,
    analyst_subject,
)
