"""Facts about topics and their subscriptions.

Sources: prowler 5.46.0, services/sns; checkov 3.3.30, terraform checks.
"""

from ops.deploy.check import statements
from ops.deploy.check.estate import Resource
from ops.deploy.check.facts import every

TOPIC = "aws_sns_topic"
TOPIC_POLICY = "aws_sns_topic_policy"
SUBSCRIPTION = "aws_sns_topic_subscription"


def _named_strangers(policy: Resource) -> bool:
    """Whether a statement names an IAM principal without any condition (CKV_AWS_385)."""
    return any(
        one.get("Effect") == "Allow"
        and any(who.startswith("arn:aws:iam::") for who in statements.principals(one))
        and not one.get("Condition")
        for one in statements.of(policy)
    )


ENCRYPTED = every(
    TOPIC,
    lambda _, topic: topic.sets("kms_master_key_id"),
    good="topics are encrypted",
    bad="topics that are not encrypted (kms_master_key_id)",
)
NOT_PUBLIC = every(
    TOPIC_POLICY,
    lambda _, policy: not any(map(statements.allows_everyone, statements.of(policy))),
    good="no topic policy lets in everyone",
    bad="topic policies that let in everyone",
)
NO_STRANGERS = every(
    TOPIC_POLICY,
    lambda _, policy: not _named_strangers(policy),
    good="no topic policy names an IAM principal without a condition",
    bad="topic policies that name an IAM principal without a condition",
)
NO_HTTP_SUBSCRIPTION = every(
    SUBSCRIPTION,
    lambda _, one: one.value("protocol") != "http",
    good="no subscription uses plain HTTP",
    bad="subscriptions over plain HTTP",
)
