"""Which rules of the catalogue a landing zone deploys, and whom their alarms reach.

What the names stand for is looked up in `ops.deployed_rules`: the config knows no rules.
"""

from typing import Any

from pydantic import Field

from ops.config.forms import RuleChoice, RuleName, Text
from ops.config.settings import Recipient, Section

_WITHOUT: Any = Field(
    default_factory=list, description="Rules among those that are left out, by name."
)
_DIRECTORY: Any = Field(
    None,
    description="A directory of Sigma rules of your own, relative to this file; "
    "every rule in it is deployed, too.",
)


class Tuned(Section):
    """When the alarm of one rule rings, if not as the rule says."""

    rule: RuleName = Field(description="The rule's name.")
    period_seconds: int | None = Field(
        None,
        ge=60,
        le=86400,
        multiple_of=60,
        description="Seconds over which events are counted; the rule's own period without one.",
    )
    threshold: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="Events in one period at which it rings; the rule's own number without one.",
    )


class Alarms(Section):
    """Which rules become metric filters with alarms, whom they reach, and when silence is one."""

    rules: list[RuleChoice] = Field(
        default_factory=lambda: ["cis-5.0"],
        description="The shipped rules to deploy: names of rules, profiles or tags.",
    )
    without: list[RuleName] = _WITHOUT
    directory: Text | None = _DIRECTORY
    narrow_case: bool = Field(
        default=False,
        description="Whether rules that mean a text in any case may become filters that know "
        "only the case it is written in; without it they are refused.",
    )
    tuned: list[Tuned] = Field(
        default_factory=list, description="Rules whose alarms ring otherwise than they say."
    )
    recipients: list[Recipient] = Field(
        default_factory=list, description="Subscribers of the alarm topic."
    )
    heartbeat_minutes: int = Field(
        60,
        ge=5,
        le=1440,
        multiple_of=5,
        description="Minutes without a single event until the heartbeat alarm rings.",
    )


class Reactions(Section):
    """Which rules become EventBridge rules, where the events they look for arise."""

    rules: list[RuleChoice] = Field(
        default_factory=lambda: ["tamper"],
        description="The shipped rules to deploy: names of rules, profiles or tags. "
        "Each must say where it stands (`vantages`).",
    )
    without: list[RuleName] = _WITHOUT
    directory: Text | None = _DIRECTORY
    pattern_quota: int = Field(
        2048,
        ge=2048,
        le=4096,
        description="Characters of an event pattern that your accounts may use. AWS gives 2,048, "
        "and on request at most 4,096.",
    )
