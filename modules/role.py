"""A role with one policy of its own."""

import json

from modules.cdk import Construct, aws
from modules.policies.statement import Document


class Role(Construct):
    """Who may assume it, and what it may do then; `may` names the policy."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        trust: Document,
        may: str,
        policy: Document,
    ) -> None:
        super().__init__(scope, id)
        role = aws.iam_role.IamRole(
            self,
            "role",
            name=name,
            description=description,
            assume_role_policy=json.dumps(trust),
        )
        self.policy = aws.iam_role_policy.IamRolePolicy(
            self, "policy", name=may, role=role.id, policy=json.dumps(policy)
        )
        self.arn = str(role.arn)
