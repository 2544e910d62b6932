"""Whom the organisation's policies bind, and whom they spare."""

from modules import guardrail_policies
from ops import names
from ops.config import LandingZone

from .archive_cases import (
    DESTRUCTIVE_ON_BUCKET,
    DESTRUCTIVE_ON_OBJECT,
    delivery,
    key_arn,
    log_key,
    trails,
)
from .cases import Subject, Table, as_resource_control_policy, as_service_control_policy
from .evaluator import Caller
from .key_cases import DESTRUCTIVE_ON_KEY
from .zones import (
    ANYBODY,
    ARCHIVE,
    AUDIT,
    CLOUDTRAIL,
    LAWYER,
    MANAGEMENT,
    MEMBER,
    S3_LOGGING,
    SIEM,
    Cast,
)

Calls = list[tuple[str, str]]


def _calls(service: str, actions: str, *resources: str) -> Calls:
    return [
        (f"{service}:{action}", resource) for action in actions.split() for resource in resources
    ]


def _shared(zone: LandingZone, account: str) -> tuple[Calls, Calls]:
    """Return what both service control policies forbid, and what they leave alone."""
    arn, home = f"arn:{zone.partition}", zone.regions.home
    here = f"{home}:{account}"
    rules = [f"{arn}:events:{here}:rule/atalaya-acme-trail", f"{arn}:events:{here}:rule/shop"]
    groups = [
        f"{arn}:logs:{here}:log-group:{name}" for name in ("/atalaya-acme/cloudtrail:*", "/shop")
    ]
    alarms = [f"{arn}:cloudwatch:{here}:alarm:{name}" for name in ("atalaya-acme-root", "shop")]
    topics = [f"{arn}:sns:{here}:{name}" for name in ("atalaya-acme-alarms", "shop")]
    roles = [names.role_arn(zone, account, name)
             for name in (zone.guardrails.break_glass_role, zone.deploy.role_name, "Shop")]  # fmt: skip
    events, logs = (
        "DeleteRule DisableRule PutRule PutTargets RemoveTargets",
        (
            "AssociateKmsKey DeleteLogGroup DeleteLogStream DeleteMetricFilter DeleteRetentionPolicy "
            "DisassociateKmsKey PutMetricFilter PutRetentionPolicy"
        ),
    )
    alarm = "DeleteAlarms DisableAlarmActions PutMetricAlarm SetAlarmState"
    topic = "DeleteTopic SetTopicAttributes Unsubscribe"
    role = (
        "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy "
        "DetachRolePolicy PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy UpdateRole"
    )
    forbidden, left = [], []
    for service, actions, (ours, theirs) in (
        ("events", events, rules), ("logs", logs, groups), ("cloudwatch", alarm, alarms),
        ("sns", topic, topics),
    ):  # fmt: skip
        forbidden += _calls(service, actions, ours)
        left += _calls(service, actions, theirs)
        left += _calls(service, "Describe", ours)
    forbidden += _calls("iam", role, *roles[:2]) + _calls("organizations", "LeaveOrganization", "*")
    left += _calls("iam", role, roles[2]) + _calls("iam", "GetRole", *roles)
    left += _calls("organizations", "DescribeOrganization", "*")
    return forbidden, left


def _bound(zone: LandingZone, account: str, calls: tuple[Calls, Calls]) -> tuple:
    """Return the cases of a service control policy attached to one account."""
    cast, table, (forbidden, left) = Cast(zone), Table(account), calls
    root = Caller(arn=f"arn:{zone.partition}:iam::{account}:root")
    linked = cast.role(account, "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig")
    table.only(
        {"break-glass": cast.break_glass(account), "Terraform": cast.deployer(account),
         "the management account": cast.role(MANAGEMENT), "a service-linked role": linked},
        {"an administrator": cast.role(account), "the root user": root,
         "a role with a name like break-glass": cast.role(account, "x/BreakGlass")},
        forbidden,
    )  # fmt: skip
    for action, resource in left:
        table.may("an administrator", cast.role(account), action, resource)
    # The management account's calls go to resources of its own.
    return tuple(
        case for case in table.cases
        if not (case.request.caller.management and case.request.owner != MANAGEMENT)
    )  # fmt: skip


def trail_scp_subject(zone: LandingZone) -> Subject:
    arn, home = f"arn:{zone.partition}", zone.regions.home
    forbidden, left = _shared(zone, AUDIT)
    trail = f"{arn}:cloudtrail:{home}:{MANAGEMENT}:trail/org-trail"
    own = f"{arn}:cloudtrail:{home}:{AUDIT}:trail/own"
    lake = f"{arn}:cloudtrail:{home}:{AUDIT}:eventdatastore/1"
    on_trail = (
        "DeleteTrail PutEventSelectors PutInsightSelectors RemoveTags StopLogging UpdateTrail"
    )
    on_lake = "DeleteEventDataStore StopEventDataStoreIngestion UpdateEventDataStore"
    linked = f"{arn}:iam::{AUDIT}:role/aws-service-role/"
    forbidden += _calls("cloudtrail", on_trail, trail) + _calls("cloudtrail", on_lake, lake)
    forbidden += _calls("cloudtrail", "DeregisterOrganizationDelegatedAdmin", "*")
    forbidden += _calls(
        "iam", "DeleteServiceLinkedRole",
        f"{linked}cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail",
    )  # fmt: skip
    left += _calls("cloudtrail", on_trail, own) + _calls("cloudtrail", on_lake, own)
    left += _calls("cloudtrail", "GetTrailStatus", trail, lake, "*")
    left += _calls("iam", "DeleteServiceLinkedRole", f"{linked}x.amazonaws.com/AWSServiceRoleForX")
    left += _calls(
        "iam", "GetRole", f"{linked}cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail"
    )
    policy = guardrail_policies.trail_scp(zone)
    cases = _bound(zone, AUDIT, (forbidden, left))
    return Subject("trail SCP", policy, as_service_control_policy, cases)


def archive_scp_subject(zone: LandingZone) -> Subject:
    forbidden, left = _shared(zone, ARCHIVE)
    other_key = f"arn:{zone.partition}:kms:xx-east-1:{ARCHIVE}:key/2"
    for bucket in (names.bucket_arn(zone), names.access_log_bucket_arn(zone)):
        forbidden += _calls("s3", " ".join(DESTRUCTIVE_ON_BUCKET), bucket)
        forbidden += _calls("s3", " ".join(DESTRUCTIVE_ON_OBJECT), f"{bucket}/AWSLogs/x")
        left += _calls("s3", "GetObject PutObject", f"{bucket}/x") + _calls(
            "s3", "ListBucket", bucket
        )
    notes = f"arn:{zone.partition}:s3:::notes"
    left += _calls("s3", "DeleteBucket", notes) + _calls("s3", "DeleteObject", f"{notes}/x")
    forbidden += _calls("kms", " ".join(DESTRUCTIVE_ON_KEY), key_arn(zone))
    left += _calls("kms", "EnableKey Decrypt", key_arn(zone))
    left += _calls("kms", " ".join(DESTRUCTIVE_ON_KEY), other_key)
    forbidden += _calls("account", "CloseAccount", "*")
    forbidden += _calls("s3", "PutAccountPublicAccessBlock", "*")
    left += _calls("account", "GetContactInformation", "*") + _calls("s3", "ListAllMyBuckets", "*")
    policy = guardrail_policies.archive_scp(zone)
    cases = _bound(zone, ARCHIVE, (forbidden, left))
    return Subject("archive SCP", policy, as_service_control_policy, cases)


def archive_rcp_subject(zone: LandingZone) -> Subject:
    table, cast = Table(ARCHIVE), Cast(zone)
    calls: Calls = [("kms:Decrypt", key_arn(zone))]
    for bucket in (names.bucket_arn(zone), names.access_log_bucket_arn(zone)):
        calls += [("s3:ListBucket", bucket), ("s3:GetObject", f"{bucket}/AWSLogs/x")]
    inside = {"a member": cast.role(MEMBER), "the management account": cast.role(MANAGEMENT),
              "CloudTrail": CLOUDTRAIL, "S3 logging": S3_LOGGING}  # fmt: skip
    if zone.guardrails.external_readers:
        inside["the SIEM"] = cast.outsider(SIEM, "siem")
        inside["a role of the lawyers"] = cast.outsider(LAWYER, "any")
    outside = {"a stranger": cast.outsider(), "an anonymous caller": ANYBODY,
               "the SIEM's intern": cast.outsider(SIEM, "intern"),
               "an account of no organisation": cast.expelled}  # fmt: skip
    table.only(inside, outside, calls)
    for owner, trail in trails(zone).items():
        table.may(f"the trail of {owner}", CLOUDTRAIL, "s3:PutObject", log_key(zone, owner),
                  context=delivery(owner, trail))  # fmt: skip
    notes, key = f"arn:{zone.partition}:s3:::notes", f"arn:{zone.partition}:kms:xx:{ARCHIVE}:key/2"
    for action, resource in (("s3:ListBucket", notes), ("s3:GetObject", f"{notes}/x"),
                             ("kms:Decrypt", key)):  # fmt: skip
        table.may("a stranger, let into something else,", cast.outsider(), action, resource)
    policy = guardrail_policies.archive_rcp(zone)
    return Subject("archive RCP", policy, as_resource_control_policy, tuple(table.cases))


SUBJECTS = (trail_scp_subject, archive_scp_subject, archive_rcp_subject)
