"""What the reader role, the log role and the log group's key allow, and to whom."""

from modules import policies
from ops import names
from ops.config import LandingZone

from .archive_cases import key_arn, log_key, trails
from .cases import Subject, Table, as_identity_policy, as_resource_policy
from .evaluator import Caller
from .zones import (
    ARCHIVE,
    AUDIT,
    CLOUDTRAIL,
    CONFIG,
    EVENTBRIDGE,
    MANAGEMENT,
    MEMBER,
    ORGANIZATION,
    REGIONS,
    Cast,
)


def reader_trust_subject(zone: LandingZone) -> Subject:
    table, cast = Table(ARCHIVE), Cast(zone)
    role, assume = names.reader_role_arn(zone), "sts:AssumeRole"
    table.only(
        {
            "the auditor": cast.role(AUDIT, "auditor"),
            "any role of a reading account": cast.role(MEMBER),
        },
        {
            "another role of the audit account": cast.role(AUDIT, "intern"),
            "the archive's administrator": cast.admin(),
            "a stranger": cast.outsider(),
            "a service": CONFIG,
        },
        [(assume, role)],
    )
    table.may_not("the auditor", cast.role(AUDIT, "auditor"), "sts:SetSourceIdentity", role)
    policy = policies.reader_trust(zone)
    return Subject("reader trust", policy, as_resource_policy, tuple(table.cases), None)


def reader_policy_subject(zone: LandingZone) -> Subject:
    table, reader = Table(ARCHIVE), Cast(zone).role(ARCHIVE, names.reader_role(zone))
    bucket, key = names.bucket_arn(zone), key_arn(zone)
    for owner in trails(zone):
        for action in ("s3:GetObject", "s3:GetObjectVersion"):
            table.may(f"of {owner}", reader, action, log_key(zone, owner))
        for action in ("s3:PutObject", "s3:DeleteObject", "s3:BypassGovernanceRetention"):
            table.may_not(f"of {owner}", reader, action, log_key(zone, owner))
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        table.may("the reader", reader, action, bucket)
        table.may_not("the reader", reader, action, f"{bucket}-other")
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        table.may_not("the reader", reader, action, f"{bucket}/notes.txt")
        table.may_not(
            "the reader", reader, action, log_key(zone, MANAGEMENT).replace(bucket, f"{bucket}x")
        )
    table.may_not("the reader", reader, "s3:PutBucketPolicy", bucket)
    through_s3(table, zone, reader, key, "kms:Decrypt")
    for action in ("cloudtrail:ListPublicKeys", "cloudtrail:LookupEvents",
                   "organizations:DescribeOrganization", "organizations:ListAccounts"):  # fmt: skip
        table.may("the reader", reader, action, "*")
    for action in (
        "cloudtrail:StopLogging",
        "organizations:LeaveOrganization",
        "s3:ListAllMyBuckets",
    ):
        table.may_not("the reader", reader, action, "*")
    policy = policies.reader_policy(zone, key)
    return Subject("reader", policy, as_identity_policy, tuple(table.cases))


def through_s3(table: Table, zone: LandingZone, caller: Caller, key: str, *actions: str) -> None:
    """Add that a key may be used by way of S3 of the home region, and in no other way."""
    home, other = REGIONS[zone.partition]
    services = [f"s3.{home}.amazonaws.com"]
    if zone.partition == "aws-cn":
        services.append(f"s3.{home}.amazonaws.com.cn")
    elsewhere = {"kms:ViaService": f"s3.{other}.amazonaws.com"}
    for action in actions:
        for name in services:
            through = {"kms:ViaService": name}
            table.may("the role, through S3,", caller, action, key, context=through)
            table.may_not("the role, through S3,", caller, action, f"{key}-other", context=through)
            table.may_not("the role, through S3,", caller, "kms:Encrypt", key, context=through)
        table.may_not("the role, elsewhere,", caller, action, key, context=elsewhere)
        table.may_not("the role, directly,", caller, action, key)


def log_role_trust_subject(zone: LandingZone) -> Subject:
    table = Table(MANAGEMENT)
    role = names.role_arn(zone, MANAGEMENT, names.log_role(zone))
    table.only(
        {"CloudTrail": CLOUDTRAIL},
        {
            "EventBridge": EVENTBRIDGE,
            "a member": Cast(zone).role(MEMBER),
            "a stranger": Cast(zone).outsider(),
        },
        [("sts:AssumeRole", role)],
    )
    table.may_not("CloudTrail", CLOUDTRAIL, "sts:TagSession", role)
    policy = policies.log_role_trust()
    return Subject("log role trust", policy, as_resource_policy, tuple(table.cases), None)


def log_role_subject(zone: LandingZone) -> Subject:
    table = Table(MANAGEMENT)
    role = Cast(zone).role(MANAGEMENT, names.log_role(zone))
    home, other = REGIONS[zone.partition]
    group = f"arn:{zone.partition}:logs:{home}:{MANAGEMENT}:log-group:/atalaya-acme/cloudtrail"
    streams = [f"{MANAGEMENT}_CloudTrail_{home}", f"{MANAGEMENT}_CloudTrail_{home}_2",
               f"{ORGANIZATION}_{MEMBER}_CloudTrail_{home}"]  # fmt: skip
    strange = [f"{MANAGEMENT}_CloudTrail_{other}", "o-strangers1_CloudTrail", "notes"]
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        for stream in streams:
            table.may("CloudTrail", role, action, f"{group}:log-stream:{stream}")
        for stream in strange:
            table.may_not("CloudTrail", role, action, f"{group}:log-stream:{stream}")
        table.may_not("CloudTrail", role, action, f"{group}-other:log-stream:{streams[0]}")
    for action in ("logs:DeleteLogStream", "logs:GetLogEvents"):
        table.may_not("CloudTrail", role, action, f"{group}:log-stream:{streams[0]}")
    policy = policies.log_role_policy(zone)
    return Subject("log role", policy, as_identity_policy, tuple(table.cases))


def log_group_key_subject(zone: LandingZone) -> Subject:
    table, cast = Table(MANAGEMENT), Cast(zone)
    home, other = REGIONS[zone.partition]
    suffix = "amazonaws.com.cn" if zone.partition == "aws-cn" else "amazonaws.com"
    logs, elsewhere = (Caller(service=f"logs.{region}.{suffix}") for region in (home, other))
    key = f"arn:{zone.partition}:kms:{home}:{MANAGEMENT}:key/1"
    group = f"arn:{zone.partition}:logs:{home}:{MANAGEMENT}:log-group:/atalaya-acme/cloudtrail"
    name = "kms:EncryptionContext:aws:logs:arn"
    uses = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey")
    for action in uses:
        table.may("Logs", logs, action, key, context={name: group})
        table.may_not("Logs for another group", logs, action, key, context={name: f"{group}-x"})
        table.may_not("Logs for no group", logs, action, key)
        table.may_not("Logs of another region", elsewhere, action, key, context={name: group})
        table.may_not("CloudTrail", CLOUDTRAIL, action, key, context={name: group})
    table.may("Logs", logs, "kms:DescribeKey", key)
    table.may_not("Logs of another region", elsewhere, "kms:DescribeKey", key)
    table.may_not("Logs", logs, "kms:ScheduleKeyDeletion", key, context={name: group})
    table.may("the management account", cast.role(MANAGEMENT), "kms:PutKeyPolicy", key)
    table.may_not("a member", cast.role(MEMBER), "kms:Decrypt", key, context={name: group})
    policy = policies.log_group_key_policy(zone)
    return Subject("log group key", policy, as_resource_policy, tuple(table.cases), None)


SUBJECTS = (
    reader_trust_subject,
    reader_policy_subject,
    log_role_trust_subject,
    log_role_subject,
    log_group_key_subject,
)
