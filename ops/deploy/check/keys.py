"""Facts about keys.

Sources: prowler 5.46.0, services/kms; checkov 3.3.30, terraform checks; CIS AWS
Foundations Benchmark v5.0, 3.6.
"""

from ops.deploy.check import statements
from ops.deploy.check.estate import Resource
from ops.deploy.check.facts import every

KEY = "aws_kms_key"


def _unconditional_wildcard(key: Resource) -> bool:
    """Whether a statement names everyone without any condition at all (CKV_AWS_33)."""
    return any(
        one.get("Effect") == "Allow"
        and "*" in statements.principals(one)
        and not one.get("Condition")
        for one in statements.of(key)
    )


ROTATED = every(
    KEY,
    lambda _, key: (
        key.value("enable_key_rotation") is True
        or key.value("customer_master_key_spec") not in (None, "SYMMETRIC_DEFAULT")
    ),
    good="customer keys rotate every year",
    bad="keys that do not rotate (enable_key_rotation)",
)
ENABLED = every(
    KEY,
    lambda _, key: key.values.get("is_enabled") is not False,
    good="every key is enabled",
    bad="disabled keys (is_enabled)",
)
ONE_REGION = every(
    KEY,
    lambda _, key: key.value("multi_region") is not True,
    good="keys belong to one region",
    bad="multi-region keys",
)
HAS_POLICY = every(
    KEY,
    lambda _, key: key.sets("policy"),
    good="every key has a policy of its own",
    bad="keys with the default policy",
)
NO_WILDCARD = every(
    KEY,
    lambda _, key: not _unconditional_wildcard(key),
    good="no key policy names everyone",
    bad="key policies that name everyone without a condition",
)
NOT_PUBLIC = every(
    KEY,
    lambda _, key: not any(map(statements.allows_everyone, statements.of(key))),
    good="no key policy lets in everyone",
    bad="key policies that let in everyone",
)
