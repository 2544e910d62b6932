"""Resource policies as scanners read them: whom a statement lets in.

Source: prowler 5.46.0, iam/lib/policy.py (`is_policy_public`), restated for the
policies this landing zone can hold.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ops.deploy.check.estate import Resource

Statement = Mapping[str, Any]

_BOUND = frozenset(
    key.lower()
    for key in (
        "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
        "aws:ResourceAccount", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID",
        "aws:SourceOrgPaths", "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpce",
        "kms:CallerAccount", "kms:ViaService", "s3:DataAccessPointAccount",
    )
)  # fmt: skip
"""Conditions that bind a statement to someone known."""
_POSITIVE = ("StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnEquals", "ArnLike")
_NETWORK = frozenset(("aws:sourcevpc", "aws:sourcevpce"))
"""Keys that prowler takes for bound whatever their value: networks have no account."""


def of(resource: Resource | None, argument: str = "policy") -> list[Statement]:
    """Return the statements of a resource's policy; none if it has none or it cannot be read."""
    text = resource.value(argument) if resource else None
    try:
        document = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return []
    found = document.get("Statement", []) if isinstance(document, dict) else []
    return found if isinstance(found, list) else [found]


def principals(statement: Statement) -> list[str]:
    """Return the AWS principals of a statement; `*` is everyone."""
    principal = statement.get("Principal", {})
    if isinstance(principal, str):
        return [principal]
    return as_list(principal.get("AWS", []))


def actions(statement: Statement) -> list[str]:
    """Return the actions of a statement."""
    return as_list(statement.get("Action", []))


def allows_everyone(statement: Statement) -> bool:
    """Whether a statement lets in anybody at all, bound by no condition."""
    return _allows(statement) and "*" in principals(statement) and not is_bound(statement)


def allows_strangers(statement: Statement, account: str) -> bool:
    """Whether a statement lets in principals of another account.

    A condition binds it only to this account, to the organisation or to a network.
    """
    foreign = [one for one in principals(statement) if one == "*" or account not in one]
    return _allows(statement) and bool(foreign) and not _is_bound_to(statement, account)


def is_bound(statement: Statement) -> bool:
    """Whether a condition binds a statement to a known account, organisation or resource."""
    return any(
        operator.split(":")[-1].removesuffix("IfExists") in _POSITIVE and key.lower() in _BOUND
        for operator, key in condition_keys(statement)
    )


def _is_bound_to(statement: Statement, account: str) -> bool:
    return any(
        _binds_to(key.lower(), as_list(values), account)
        for operator, keys in statement.get("Condition", {}).items()
        if operator in _POSITIVE
        for key, values in keys.items()
    )


def _binds_to(key: str, values: list[str], account: str) -> bool:
    if key == "aws:principalorgid":
        return not any("*" in value for value in values)
    return key in _NETWORK or (key in _BOUND and all(account in value for value in values))


def denies_plain_http(statement: Statement) -> bool:
    """Whether a statement denies requests without TLS, in the one form prowler knows."""
    bool_condition = statement.get("Condition", {}).get("Bool", {})
    return (
        statement.get("Effect") == "Deny"
        and bool({"s3:*", "*", "s3:PutObject"} & {*actions(statement)})
        and bool_condition.get("aws:SecureTransport") == "false"
    )


def condition_keys(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the operator and key of each condition."""
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            yield operator, key


def as_list(value: Any) -> list[str]:
    """Return one or many texts as a list."""
    return [value] if isinstance(value, str) else list(value)


def _allows(statement: Statement) -> bool:
    return statement.get("Effect") == "Allow"
