"""The reader role: what verifiers and auditors may do, and nothing else."""

from modules import policies
from modules.cdk import Construct
from modules.role import Role
from ops import names
from ops.config import LandingZone


class Reader(Role):
    """A role of the log-archive account that the config's readers may assume."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone, key_arn: str) -> None:
        super().__init__(
            scope,
            id,
            name=names.reader_role(zone),
            description="Reads and verifies the CloudTrail archive",
            trust=policies.reader_trust(zone),
            may="read-archive",
            policy=policies.reader_policy(zone, key_arn),
        )
