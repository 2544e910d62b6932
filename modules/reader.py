"""The reader role: what verifiers and auditors may do, and nothing else."""

import json

from modules import policies
from modules.cdk import Construct, aws
from ops import names
from ops.config import LandingZone


class Reader(Construct):
    """A role of the log-archive account that the config's readers may assume."""

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone, key_arn: str) -> None:
        super().__init__(scope, id)
        self.role = aws.iam_role.IamRole(
            self,
            "role",
            name=names.reader_role(zone),
            description="Reads and verifies the CloudTrail archive",
            assume_role_policy=json.dumps(policies.reader_trust(zone)),
        )
        aws.iam_role_policy.IamRolePolicy(
            self,
            "policy",
            name="read-archive",
            role=self.role.id,
            policy=json.dumps(policies.reader_policy(zone, key_arn)),
        )
