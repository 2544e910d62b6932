"""Reactions: EventBridge rules where the events arise, one bus, one message."""

import json
from collections.abc import Iterable
from typing import Any

from modules import policies
from modules.cdk import Construct, aws
from modules.role import Role
from ops import names
from ops.config import LandingZone
from ops.rules.model import EventRule

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
        rules: Iterable[EventRule],
        target: dict[str, Any],
        provider: Any = None,
    ) -> None:
        super().__init__(scope, id)
        for rule in rules:
            resource = aws.cloudwatch_event_rule.CloudwatchEventRule(
                self,
                rule.name,
                name=f"{names.stem(zone)}-{rule.name}",
                description=rule.title,
                event_pattern=json.dumps(rule.pattern),
                provider=provider,
            )
            aws.cloudwatch_event_target.CloudwatchEventTarget(
                self,
                f"{rule.name}-target",
                rule=resource.name,
                target_id="atalaya",
                provider=provider,
                **target,
            )
