"""Findings about what is no resource of the landing zone, and why each kind is let be.

Only what stands here is let be; a finding of another kind fails the run.
"""

import re
from dataclasses import dataclass

from ops.config import LandingZone
from ops.rules.controls import controls
from tests.conformance.finding import Finding, Said


@dataclass(frozen=True, slots=True)
class Outside:
    """A kind of finding about something else."""

    checks: str
    """A regular expression that the whole id of the check matches."""
    reason: str
    in_management: bool = True
    """Whether it holds in the trail's own account, too."""


KINDS = (
    Outside(
        "|".join(rule.said.prowler for rule in controls()),
        "the trail's log group, filters and alarms stand in the management account, and prowler "
        "takes those of the account it looks at only",
        in_management=False,
    ),
    Outside(
        "s3_account_level_public_access_blocks",
        "a setting of the account, which whoever owns the account sets; the landing zone's "
        "buckets block public access themselves",
    ),
    Outside(
        "kms_key_enclave_.*",
        "about Nitro Enclaves in the account; no key of the landing zone belongs to one",
    ),
)


def reason(finding: Finding, zone: LandingZone) -> str | None:
    """Return why a finding is no concern of the landing zone; None if it is one."""
    if finding.is_ours or finding.said is Said.PASS:
        return None
    in_management = finding.account == zone.organization.management_account
    for kind in KINDS:
        if in_management and not kind.in_management:
            continue
        if re.fullmatch(kind.checks, finding.check):
            return kind.reason
    return None
