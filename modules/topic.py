"""An encrypted SNS topic with a policy that names its publishers."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from modules.cdk import Construct, aws
from ops.config.settings import Recipient


class Topic(Construct):
    """One topic, encrypted with a customer key: the AWS-managed one locks alarms out.

    Subscriptions by e-mail wait for the recipient's confirmation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        key_arn: str,
        policy: dict[str, Any],
        recipients: Sequence[Recipient] = (),
        provider: Any = None,
    ) -> None:
        super().__init__(scope, id)
        self.resource = aws.sns_topic.SnsTopic(
            self, "topic", name=name, kms_master_key_id=key_arn, provider=provider
        )
        self.policy = aws.sns_topic_policy.SnsTopicPolicy(
            self,
            "policy",
            arn=self.resource.arn,
            policy=json.dumps(policy),
            provider=provider,
        )
        for recipient in recipients:
            self._subscribe(recipient, provider)

    @property
    def arn(self) -> str:
        """The topic's ARN."""
        return str(self.resource.arn)

    def _subscribe(self, recipient: Recipient, provider: Any) -> None:
        # Named by its content: reordering the list must not replace subscriptions.
        digest = hashlib.sha256(recipient.endpoint.encode()).hexdigest()[:8]
        aws.sns_topic_subscription.SnsTopicSubscription(
            self,
            f"{recipient.protocol}-{digest}",
            topic_arn=self.resource.arn,
            protocol=recipient.protocol,
            endpoint=recipient.endpoint,
            provider=provider,
        )
