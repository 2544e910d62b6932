"""Reactions: EventBridge rules where the events arise, one bus, one message."""

import json
from collections.abc import Iterable
from typing import Any

from modules import policies
from modules.cdk import Construct, aws, literal
from modules.role import Role
from ops import names
from ops.config import LandingZone
from ops.deployed_rules import Reaction
from ops.rules.eventbridge.delivery import ALL_EVENTS

MESSAGE = {
    "input_paths": {
        "account": "$.account",
        "event": "$.detail.eventName",
        "region": "$.region",
        "source": "$.detail.eventSource",
        "time": "$.time",
        "who": "$.detail.userIdentity.arn",
    },
    "input_template": '"<time>: <event> (<source>) in account <account>, <region>, by <who>"',
}
"""What a subscriber reads. An account root has an ARN too, so `who` is never empty."""


class EventBus(Construct):
    """The bus every reaction forwards to, and the one rule that tells people."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        senders: list[str],
        topic_arn: str,
        reads: bool,
    ) -> None:
        super().__init__(scope, id)
        self.bus = aws.cloudwatch_event_bus.CloudwatchEventBus(
            self, "bus", name=names.event_bus(zone)
        )
        aws.cloudwatch_event_bus_policy.CloudwatchEventBusPolicy(
            self,
            "policy",
            event_bus_name=self.bus.name,
            policy=json.dumps(policies.bus_policy(zone, senders)),
        )
        rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
            self,
            "notify",
            name=names.notify_rule(zone),
            description="Every forwarded event reaches the alarm topic",
            event_bus_name=self.bus.name,
            event_pattern=json.dumps({"account": senders}),
            state=_state(reads),
        )
        aws.cloudwatch_event_target.CloudwatchEventTarget(
            self,
            "topic",
            rule=rule.name,
            event_bus_name=self.bus.name,
            arn=topic_arn,
            target_id="alarm-topic",
            input_transformer=MESSAGE,
        )


class ForwardRole(Role):
    """The role with which one account's rules put events on the bus."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone, account: str) -> None:
        super().__init__(
            scope,
            id,
            name=names.forward_role(zone),
            description="Lets EventBridge forward events to the security bus",
            trust=policies.forward_role_trust(account),
            may="forward-events",
            policy=policies.forward_role_policy(zone),
        )


class Reactions(Construct):
    """The rules of one account and region, and what they send their events to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        rules: Iterable[Reaction],
        target: dict[str, Any],
        provider: Any = None,
    ) -> None:
        super().__init__(scope, id)
        for rule in rules:
            name = rule.said.name
            resource = aws.cloudwatch_event_rule.CloudwatchEventRule(
                self,
                name,
                name=names.rule(zone, name),
                description=literal(rule.said.title),
                event_pattern=literal(rule.pattern),
                state=_state(rule.reads),
                provider=provider,
            )
            aws.cloudwatch_event_target.CloudwatchEventTarget(
                self,
                f"{name}-target",
                rule=resource.name,
                target_id="atalaya",
                provider=provider,
                **target,
            )


def _state(reads: bool) -> str | None:  # noqa: FBT001  # one caller's word for it
    """Return the state of a rule, if it is not the usual one."""
    return ALL_EVENTS if reads else None
