"""Conformance: what CIS, Security Hub, prowler and checkov would say, from the plan.

    plan JSON of every stack ─► Estate ─► facts ─► controls of each framework ─► Matrix

`estate` reads plans; `trails`, `buckets`, `keys`, `topics`, `alarms`, `athena` and
`monitoring` hold the facts; `cis`, `securityhub`, `prowler` and `checkov` are
tables that name the fact which decides a control. A fact is judged once and
shared. Nothing here talks to AWS: it judges what will stand, before and after
the first apply alike.

A stack that waits for another's output is planned with a stand-in for it: the
archive key's ARN, of which only the presence matters here.
"""

from ops.config import LandingZone
from ops.deploy.check.estate import Estate, read
from ops.deploy.check.matrix import Matrix, judge
from ops.deploy.runner import Deployment

__all__ = ["Estate", "Matrix", "judge", "planned", "read", "stand_ins"]


def planned(zone: LandingZone, deployment: Deployment) -> Estate:
    """Plan all stacks of a landing zone and return what they add up to.

    Raises DeployError if a stack cannot be planned.
    """
    return read(deployment.documents(stand_ins=stand_ins(zone)))


def stand_ins(zone: LandingZone) -> dict[str, str]:
    """Return a value for each variable that no stack may have put out yet."""
    key = "00000000-0000-0000-0000-000000000000"
    account = zone.organization.log_archive_account
    return {"archive_key_arn": f"arn:{zone.partition}:kms:{zone.regions.home}:{account}:key/{key}"}
