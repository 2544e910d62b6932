"""Facts about roles: who may assume them, and what they may do.

Source: checkov 3.3.30, terraform checks.
"""

import re

from ops.deploy.check import statements
from ops.deploy.check.estate import Resource
from ops.deploy.check.facts import every

ROLE = "aws_iam_role"
ROLE_POLICY = "aws_iam_role_policy"
_WHOLE_ACCOUNT = re.compile(r"\d{12}|arn:aws:iam::\d{12}:root")


def _trusted(role: Resource) -> list[str]:
    return [
        who
        for one in statements.of(role, "assume_role_policy")
        if one.get("Effect") == "Allow"
        for who in statements.principals(one)
    ]


def _allowed(policy: Resource) -> list[statements.Statement]:
    return [one for one in statements.of(policy) if one.get("Effect", "Allow") == "Allow"]


TRUST_NOT_PUBLIC = every(
    ROLE,
    lambda _, role: "*" not in _trusted(role),
    good="no role trusts everyone",
    bad="roles that trust everyone",
)
TRUST_NO_ACCOUNT = every(
    ROLE,
    lambda _, role: not any(map(_WHOLE_ACCOUNT.match, _trusted(role))),
    good="no role trusts an account as a whole",
    bad="roles that trust an account as a whole; name its roles in `readers` instead",
)
NO_ADMINISTRATOR = every(
    ROLE_POLICY,
    lambda _, policy: (
        not any(
            "*" in statements.actions(one) and "*" in statements.as_list(one.get("Resource", []))
            for one in _allowed(policy)
        )
    ),
    good="no role policy allows everything",
    bad="role policies that allow everything",
)
NO_EVERY_ACTION = every(
    ROLE_POLICY,
    lambda _, policy: not any("*" in statements.actions(one) for one in _allowed(policy)),
    good="no role policy allows every action",
    bad="role policies that allow every action",
)
