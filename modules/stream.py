"""The log stream: an encrypted log group, and the role CloudTrail writes to it with."""

import json

from modules import policies
from modules.cdk import Construct, aws
from modules.key import Key
from ops import names
from ops.config import LandingZone


class LogStream(Construct):
    """Where the metric filters look. Events over 256 KB never arrive here.

    The group has a key of its own: a log group's key must lie in its account
    and region, and the archive's key lies in another account.
    """

    def __init__(self, scope: Construct, id: str, *, zone: LandingZone) -> None:
        super().__init__(scope, id)
        key = Key(
            self,
            "key",
            alias=f"{names.stem(zone)}-log-group",
            description=f"Encrypts the log group {names.log_group(zone)}",
            policy=policies.log_group_key_policy(zone),
        )
        self.group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "group",
            name=names.log_group(zone),
            retention_in_days=zone.log_group.retention_days,
            kms_key_id=key.arn,
        )
        self.role = aws.iam_role.IamRole(
            self,
            "role",
            name=names.log_role(zone),
            description="Lets CloudTrail write events to the log group",
            assume_role_policy=json.dumps(policies.log_role_trust()),
        )
        self.role_policy = aws.iam_role_policy.IamRolePolicy(
            self,
            "role-policy",
            name="write-events",
            role=self.role.id,
            policy=json.dumps(policies.log_role_policy(zone)),
        )
