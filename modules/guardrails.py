"""Guardrails: organisation policies that keep members off the trail and the archive.

They never bind the management account (AWS Organizations User Guide, "SCPs don't
affect users or roles in the management account"): there only IAM and the alarms
stand guard.
"""

from collections.abc import Iterable
from typing import Any

from modules import guardrail_policies
from modules.cdk import Construct, aws
from ops import names
from ops.config import LandingZone


class Guardrail(Construct):
    """One organisation policy and what it is attached to."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        kind: str,
        description: str,
        document: dict[str, Any],
        targets: Iterable[str],
    ) -> None:
        super().__init__(scope, id)
        policy = aws.organizations_policy.OrganizationsPolicy(
            self,
            "policy",
            name=name,
            type=kind,
            description=description,
            content=guardrail_policies.check_size(document),
        )
        for target in targets:
            aws.organizations_policy_attachment.OrganizationsPolicyAttachment(
                self, target, policy_id=policy.id, target_id=target
            )


class Guardrails(Construct):
    """The trail's policy on the config's targets, the archive's on its account."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone) -> None:
        super().__init__(scope, id)
        if zone.guardrails.targets:
            Guardrail(
                self,
                "trail",
                name=f"{names.stem(zone)}-trail",
                kind="SERVICE_CONTROL_POLICY",
                description="Nobody stops, changes or leaves the organisation trail",
                document=guardrail_policies.trail_scp(zone),
                targets=zone.guardrails.targets,
            )
        if zone.guardrails.protect_archive:
            self._protect_archive(zone)

    def _protect_archive(self, zone: LandingZone) -> None:
        archive_account = [zone.organization.log_archive_account]
        Guardrail(
            self,
            "archive",
            name=f"{names.stem(zone)}-archive",
            kind="SERVICE_CONTROL_POLICY",
            description="Nobody deletes or opens the CloudTrail archive",
            document=guardrail_policies.archive_scp(zone),
            targets=archive_account,
        )
        Guardrail(
            self,
            "archive-resources",
            name=f"{names.stem(zone)}-archive-resources",
            kind="RESOURCE_CONTROL_POLICY",
            description="Nobody outside the organisation reaches the CloudTrail archive",
            document=guardrail_policies.archive_rcp(zone),
            targets=archive_account,
        )


def wanted(zone: LandingZone) -> bool:
    """Whether the config asks for any guardrail."""
    return bool(zone.guardrails.targets) or zone.guardrails.protect_archive
