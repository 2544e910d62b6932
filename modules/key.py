"""A customer-managed KMS key and its alias."""

import json
from typing import Any

from modules.cdk import Construct, aws


class Key(Construct):
    """One symmetric key: rotated every year, 30 days to change one's mind about deletion.

    The alias is for people; resources are given the key's own ARN, because a
    trail stores that and an alias would differ at every plan.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        alias: str,
        description: str,
        policy: dict[str, Any],
        provider: Any = None,
    ) -> None:
        super().__init__(scope, id)
        self.resource = aws.kms_key.KmsKey(
            self,
            "key",
            description=description,
            policy=json.dumps(policy),
            enable_key_rotation=True,
            deletion_window_in_days=30,
            provider=provider,
        )
        aws.kms_alias.KmsAlias(
            self,
            "alias",
            name=f"alias/{alias}",
            target_key_id=self.resource.key_id,
            provider=provider,
        )

    @property
    def arn(self) -> str:
        """The key's ARN, known after apply."""
        return str(self.resource.arn)
