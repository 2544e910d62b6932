"""What the organisation itself must have enabled before the first stack.

The organisation is never a Terraform resource: `aws_organizations_organization`
owns every setting of it and fails on one that exists. So trusted access and
policy types are enabled here, one call each, and only what is missing.

Sources: AWS Organizations User Guide, "AWS CloudTrail and AWS Organizations" and
"Enabling a policy type".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ops.aws import Aws
from ops.config import LandingZone
from ops.deploy.plan import Action, Change, StackPlan
from ops.errors import AwsError, DeployError

NAME = "organisation set-up"
CLOUDTRAIL = "cloudtrail.amazonaws.com"
_PATIENCE = 30
_PAUSE_SECONDS = 2.0


class Call(Enum):
    """The two calls of AWS Organizations that enable something."""

    TRUSTED_ACCESS = "EnableAWSServiceAccess"
    POLICY_TYPE = "EnablePolicyType"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to enable."""

    call: Call
    subject: str
    """A service principal, or a policy type."""

    def __str__(self) -> str:
        """Return it as a plan shows it."""
        return f"{self.call.value} {self.subject}"


class OrganizationSetup:
    """Finds and enables what the organisation lacks, in the management account."""

    def __init__(
        self, zone: LandingZone, aws: Aws, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.account = zone.organization.management_account
        self._zone = zone
        self._aws = aws
        self._sleep = sleep

    def plan(self) -> StackPlan | None:
        """Return what would be enabled, as a plan of its own; None if nothing is missing."""
        if not (steps := self.missing()):
            return None
        changes = tuple(Change(str(step), step.call.value, Action.ADD) for step in steps)
        region = self._zone.regions.home
        return StackPlan(NAME, self.account, region, changes, changed=True)

    def apply(self) -> tuple[str, ...]:
        """Enable what is missing; return it as the plan shows it."""
        steps = self.missing()
        for step in steps:
            self.enable(step)
        return tuple(str(step) for step in steps)

    def missing(self) -> tuple[Step, ...]:
        """Return what the landing zone needs and the organisation has not enabled."""
        services = self._services()
        types = self._policy_types()
        return tuple(
            step
            for step in wanted(self._zone)
            if step.subject not in services and types.get(step.subject) != "ENABLED"
        )

    def enable(self, step: Step) -> None:
        """Enable one thing, and wait until it is."""
        try:
            if step.call is Call.TRUSTED_ACCESS:
                self._call("enable_aws_service_access", ServicePrincipal=step.subject)
            else:
                self._enable_policy_type(step.subject)
        except AwsError as error:
            raise AwsError(str(error), hint=self._hint(step)) from error

    def _enable_policy_type(self, policy_type: str) -> None:
        root = self._zone.organization.root_id
        if self._policy_types().get(policy_type) != "PENDING_ENABLE":
            self._call("enable_policy_type", RootId=root, PolicyType=policy_type)
        for _ in range(_PATIENCE):
            if self._policy_types().get(policy_type) == "ENABLED":
                return
            self._sleep(_PAUSE_SECONDS)
        raise DeployError(
            f"Policy type {policy_type} is still not enabled in root {root} after "
            f"{_PATIENCE * _PAUSE_SECONDS:.0f} s.",
            hint="wait a little and apply again",
        )

    def _services(self) -> set[str]:
        return {
            one["ServicePrincipal"]
            for page in self._pages("list_aws_service_access_for_organization")
            for one in page["EnabledServicePrincipals"]
        }

    def _policy_types(self) -> dict[str, str]:
        root_id = self._zone.organization.root_id
        roots = {root["Id"]: root for page in self._pages("list_roots") for root in page["Roots"]}
        if root_id not in roots:
            raise DeployError(
                f"The organisation has no root {root_id}; it has {', '.join(roots)}.",
                hint="correct organization.root_id in the config",
            )
        return {one["Type"]: one["Status"] for one in roots[root_id].get("PolicyTypes", ())}

    def _call(self, operation: str, **arguments: str) -> None:
        self._aws.call(self.account, "organizations", operation, **arguments)

    def _pages(self, operation: str) -> list[dict[str, Any]]:
        return list(self._aws.pages(self.account, "organizations", operation))

    def _hint(self, step: Step) -> str:
        if step.call is Call.TRUSTED_ACCESS:
            return (
                "your role needs organizations:EnableAWSServiceAccess, or let an administrator run "
                f"`aws organizations enable-aws-service-access --service-principal {step.subject}` "
                "in the management account"
            )
        return (
            "your role needs organizations:EnablePolicyType, or let an administrator run "
            f"`aws organizations enable-policy-type --policy-type {step.subject} --root-id "
            f"{self._zone.organization.root_id}` in the management account"
        )


def wanted(zone: LandingZone) -> tuple[Step, ...]:
    """Return everything a landing zone needs enabled, whether it is or not.

    Trusted access lets CloudTrail put the trail into member accounts; a policy
    type must be enabled before a guardrail of it can be attached.
    """
    steps = [Step(Call.TRUSTED_ACCESS, CLOUDTRAIL)]
    guardrails = zone.guardrails
    if guardrails.targets or guardrails.protect_archive:
        steps.append(Step(Call.POLICY_TYPE, "SERVICE_CONTROL_POLICY"))
    if guardrails.protect_archive:
        steps.append(Step(Call.POLICY_TYPE, "RESOURCE_CONTROL_POLICY"))
    return tuple(steps)
