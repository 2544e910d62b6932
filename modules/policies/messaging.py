"""What alarms and reactions travel over: topics, their key, the event bus, the roles.

EventBridge sends none of the condition keys against confused deputies when it
publishes to a topic, so its statements carry none: with one, every reaction
would be dropped without a trace. No other account profits: across accounts
EventBridge publishes with a role of the sender, not as the service.

Sources: SNS Developer Guide, "Key management" (aws:SourceAccount, aws:SourceArn
and aws:SourceOrgID "not supported for EventBridge-to-encrypted topics");
EventBridge User Guide, "Troubleshooting" (no Condition in SNS topic policies)
and "Sending events to an AWS service in another account".
"""

from collections.abc import Sequence
from typing import Any

from modules.policies.parties import CLOUDTRAIL, root_delegation
from modules.policies.statement import (
    Document,
    Statement,
    accounts,
    allow,
    assume,
    document,
    service,
)
from ops import names
from ops.config import LandingZone

EVENTS = service("events.amazonaws.com")
CLOUDWATCH = service("cloudwatch.amazonaws.com")
_USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey*")


def topic_key_policy(zone: LandingZone, region: str | None = None) -> Document:
    """Return the policy of the topics' key in one region; the home region without one.

    A customer key, because the AWS-managed one does not let CloudWatch publish.
    Outside the home region only reactions publish.
    """
    account = zone.organization.management_account
    reactions = _use_key("AllowEventBridge", EVENTS)
    if not _is_home(zone, region):
        return document(root_delegation(zone, account), reactions)
    return document(
        root_delegation(zone, account),
        _use_key("AllowCloudTrail", CLOUDTRAIL, {"aws:SourceArn": names.trail_arn(zone)}),
        _use_key("AllowAlarms", CLOUDWATCH, {"aws:SourceAccount": account}),
        reactions,
    )


def alarm_topic_policy(zone: LandingZone, region: str | None = None) -> Document:
    """Return the alarm topic's policy in one region; the home region without one.

    Alarms are published by the service itself, so nothing about a principal's
    organisation could be asked; the alarm's own ARN can.
    """
    topic = names.topic_arn(zone, names.alarm_topic(zone), region)
    reactions = allow("AllowEventBridge", "sns:Publish", topic, principal=EVENTS)
    if not _is_home(zone, region):
        return document(reactions)
    alarms = allow(
        "AllowAlarms",
        "sns:Publish",
        topic,
        principal=CLOUDWATCH,
        condition={
            "ArnLike": {"aws:SourceArn": names.alarm_arns(zone)},
            "StringEquals": {"aws:SourceAccount": zone.organization.management_account},
        },
    )
    return document(alarms, reactions)


def delivery_topic_policy(zone: LandingZone) -> Document:
    """Return the log-delivery topic's policy: the organisation trail, nobody else."""
    return document(
        allow(
            "AWSCloudTrailSNSPolicy20131101",
            "sns:Publish",
            names.topic_arn(zone, names.delivery_topic(zone)),
            principal=CLOUDTRAIL,
            condition={"StringEquals": {"aws:SourceArn": names.trail_arn(zone)}},
        )
    )


def bus_policy(zone: LandingZone, senders: Sequence[str]) -> Document:
    """Return the bus's policy: the forward roles of these accounts, and of no others.

    The accounts are the principals and a condition names the role: a role
    named directly would have to exist before the bus. ValueError without senders.
    """
    if not senders:
        raise ValueError("an event bus policy needs at least one sending account")
    role = names.role_arn(zone, "*", names.forward_role(zone))
    return document(
        allow(
            "AllowForwardRoles",
            "events:PutEvents",
            names.event_bus_arn(zone),
            principal=accounts(*(names.root_arn(zone, account) for account in senders)),
            condition={"ArnLike": {"aws:PrincipalArn": role}},
        )
    )


def forward_role_trust(account: str) -> Document:
    """Return the forward role's trust policy: EventBridge, for rules of its own account."""
    condition = {"StringEquals": {"aws:SourceAccount": account}}
    return document(assume("AllowEventBridge", EVENTS, condition))


def forward_role_policy(zone: LandingZone) -> Document:
    """Return what the forward role may do: put events on the one bus."""
    return document(allow("ForwardEvents", "events:PutEvents", names.event_bus_arn(zone)))


def _is_home(zone: LandingZone, region: str | None) -> bool:
    return region is None or region == zone.regions.home


def _use_key(
    sid: str, principal: dict[str, Any], equals: dict[str, str] | None = None
) -> Statement:
    condition = {"StringEquals": equals} if equals else None
    return allow(sid, _USE_KEY, "*", principal=principal, condition=condition)
