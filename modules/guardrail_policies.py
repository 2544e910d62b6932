"""Service and resource control policies: what no administrator of a member may do.

A service control policy binds every principal of the accounts it is attached
to, except those of the management account and service-linked roles: there only
IAM and the alarms stand guard. A resource control policy binds everyone who
reaches a resource, from inside or outside the organisation.

Two roles are spared, by name, in every account: the break-glass role, and the
deploy role, because Terraform must stay able to change what it made, and to
make the break-glass role. What is spared by name must be protected by name too:
else an administrator would make a role of that name and be free.

Source: Organizations User Guide, "Service control policies" and "Resource
control policies"; each may hold 5,120 characters ("Quotas").
"""

import json

from modules.policies.archive_key import KEY_DESTRUCTIVE
from modules.policies.bucket import DESTRUCTIVE
from modules.policies.parties import outside
from modules.policies.statement import EVERYONE, Document, Statement, deny, document
from ops import names
from ops.config import LandingZone
from ops.errors import ConfigError

MAX_CHARACTERS = 5120
"""The longest document of a service or resource control policy."""


def trail_scp(zone: LandingZone) -> Document:
    """Return the policy for members: hands off the trail, and stay in the organisation.

    A member cannot change an organisation trail anyway; CloudTrail's delegated
    administrator, a member too, could. CloudTrail Lake's stores of a bound
    account are frozen with it.
    """
    arn = f"arn:{zone.partition}"
    return document(
        _deny(
            zone,
            "ProtectTrail",
            [
                "cloudtrail:DeleteTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:PutInsightSelectors",
                "cloudtrail:RemoveTags",
                "cloudtrail:StopLogging",
                "cloudtrail:UpdateTrail",
            ],
            [f"{arn}:cloudtrail:*:*:trail/{zone.trail.name}"],
        ),
        _deny(
            zone,
            "ProtectEventDataStores",
            [
                "cloudtrail:DeleteEventDataStore",
                "cloudtrail:StopEventDataStoreIngestion",
                "cloudtrail:UpdateEventDataStore",
            ],
            [f"{arn}:cloudtrail:*:*:eventdatastore/*"],
        ),
        _deny(
            zone,
            "ProtectServiceLinkedRole",
            ["iam:DeleteServiceLinkedRole"],
            [
                f"{arn}:iam::*:role/aws-service-role/cloudtrail.amazonaws.com"
                "/AWSServiceRoleForCloudTrail"
            ],
        ),
        _deny(
            zone,
            "ProtectMembership",
            ["cloudtrail:DeregisterOrganizationDelegatedAdmin", "organizations:LeaveOrganization"],
            ["*"],
        ),
        _detection(zone),
        _spared_roles(zone),
    )


def archive_scp(zone: LandingZone) -> Document:
    """Return the policy for the log-archive account: nobody there removes or opens the logs."""
    buckets = [names.bucket_arn(zone), names.access_log_bucket_arn(zone)]
    return document(
        _deny(
            zone,
            "ProtectArchive",
            list(DESTRUCTIVE),
            [resource for bucket in buckets for resource in (bucket, f"{bucket}/*")],
        ),
        _deny(zone, "ProtectKey", list(KEY_DESTRUCTIVE), [names.archive_key_arns(zone)]),
        _deny(
            zone,
            "ProtectAccount",
            [
                "account:CloseAccount",
                "organizations:LeaveOrganization",
                "s3:PutAccountPublicAccessBlock",
            ],
            ["*"],
        ),
        _detection(zone),
        _spared_roles(zone),
    )


def archive_rcp(zone: LandingZone) -> Document:
    """Return the resource policy for the log-archive account: nobody from outside.

    AWS services are let through, the trails of standalone accounts write as
    one; so are the config's external readers. What these may do is for the
    bucket and key policies to say.
    """
    buckets = [names.bucket_arn(zone), names.access_log_bucket_arn(zone)]
    resources = [resource for bucket in buckets for resource in (bucket, f"{bucket}/*")]
    return document(
        deny(
            "DenyOutsideOrganization",
            ("kms:*", "s3:*"),
            [*resources, names.archive_key_arns(zone)],
            principal=EVERYONE,
            condition=outside(zone),
        )
    )


def check_size(policy: Document) -> str:
    """Return the policy as its shortest JSON; raise ConfigError if it is too long for AWS."""
    text = json.dumps(policy, separators=(",", ":"))
    if len(text) <= MAX_CHARACTERS:
        return text
    sids = ", ".join(statement["Sid"] for statement in policy["Statement"])
    problem = (
        f"the organisation policy with the statements {sids} has {len(text)} characters: "
        f"must be at most {MAX_CHARACTERS}, or AWS Organizations refuses it"
    )
    raise ConfigError(
        "guardrails",
        [problem],
        hint="name fewer guardrails.external_readers (an account's root stands for all its "
        "roles), or shorter roles, trail and bucket",
    )


def _detection(zone: LandingZone) -> Statement:
    """Deny silencing what this landing zone named: log group, alarms, topics, rules."""
    arn, stem = f"arn:{zone.partition}", names.stem(zone)
    return _deny(
        zone,
        "ProtectDetection",
        [
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:SetAlarmState",
            "events:DeleteRule",
            "events:DisableRule",
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "logs:AssociateKmsKey",
            "logs:DeleteLogGroup",
            "logs:DeleteLogStream",
            "logs:DeleteMetricFilter",
            "logs:DeleteRetentionPolicy",
            "logs:DisassociateKmsKey",
            "logs:PutMetricFilter",
            "logs:PutRetentionPolicy",
            "sns:DeleteTopic",
            "sns:SetTopicAttributes",
            "sns:Unsubscribe",
        ],
        [
            f"{arn}:cloudwatch:*:*:alarm:{stem}-*",
            f"{arn}:events:*:*:rule/{stem}-*",
            f"{arn}:logs:*:*:log-group:/{stem}/*",
            f"{arn}:sns:*:*:{stem}-*",
        ],
    )


def _spared_roles(zone: LandingZone) -> Statement:
    return _deny(
        zone,
        "ProtectSparedRoles",
        [
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ],
        _spared(zone),
    )


def _spared(zone: LandingZone) -> list[str]:
    roles = (zone.guardrails.break_glass_role, zone.deploy.role_name)
    return [names.role_arn(zone, "*", role) for role in roles]


def _deny(zone: LandingZone, sid: str, actions: list[str], resources: list[str]) -> Statement:
    condition = {"ArnNotLike": {"aws:PrincipalArn": _spared(zone)}}
    return deny(sid, actions, resources, condition=condition)
