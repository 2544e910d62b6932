"""The landing zone: what one file says about one organisation's CloudTrail.

Values only. `ops.config.coherence` checks what concerns more than one field, and
`ops.config` reads the file.
"""

from pydantic import Field

from ops.config import settings
from ops.config.analytics import Analytics
from ops.config.events import Trail
from ops.config.forms import ListName, PrincipalArn, Slug, TagKey, TagValue, Text
from ops.config.rules import Alarms, Reactions
from ops.partition import PARTITIONS, Partition, PartitionName


class LandingZone(settings.Section):
    """Everything Atalaya knows of one organisation's CloudTrail."""

    name: Slug = Field(description="The landing zone's name; part of resource names.")
    partition: PartitionName = Field("aws", description="The AWS partition.")
    organization: settings.Organization = Field(description="The organisation and its accounts.")
    regions: settings.Regions = Field(description="The regions in use.")
    standalone_accounts: list[settings.StandaloneAccount] = Field(
        default_factory=list, description="Accounts outside the organisation, same archive."
    )
    trail: Trail = Field(description="The organisation trail and what it records.")
    archive: settings.Archive = Field(
        default_factory=settings.Archive, description="The bucket and key that keep the logs."
    )
    log_group: settings.LogGroup = Field(
        default_factory=settings.LogGroup, description="The log group the alarms watch."
    )
    alarms: Alarms = Field(
        default_factory=Alarms, description="Metric filters, their alarms and the heartbeat."
    )
    reactions: Reactions = Field(
        default_factory=Reactions, description="EventBridge rules, which act within seconds."
    )
    readers: list[PrincipalArn] = Field(
        default_factory=list,
        description="Principals that may assume the reader role of verifiers and auditors.",
    )
    analytics: Analytics = Field(
        default_factory=Analytics, description="Athena over the archive, in the audit account."
    )
    guardrails: settings.Guardrails = Field(
        default_factory=settings.Guardrails, description="Policies against tampering."
    )
    deploy: settings.Deploy = Field(
        default_factory=settings.Deploy, description="How Terraform reaches the accounts."
    )
    accepted: list[settings.Accepted] = Field(
        default_factory=list, description="Failed controls that are justified, with reasons."
    )
    lists: dict[ListName, list[Text]] = Field(
        default_factory=dict,
        description="Lists of yours that runbooks, queries and rules compare with, "
        "as `site_list('NAME')`.",
    )
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict,
        max_length=49,  # AWS allows 50, and the stacks add one
        description="Tags of every resource that can carry some; `managed-by` is added.",
    )

    @property
    def where(self) -> Partition:
        """The partition this landing zone lies in."""
        return PARTITIONS[self.partition]
