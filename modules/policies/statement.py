"""The building blocks of a policy document: statements, principals, the document.

Plain dictionaries in, plain dictionaries out. Knows IAM's JSON; knows neither
accounts nor resources. Source: IAM User Guide, "IAM JSON policy element reference".
"""

from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]
"""A policy document, ready for `json.dumps`."""
Statement = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]

EVERYONE = "*"
"""Everyone, AWS services included. Stands in Deny statements only."""


def document(*statements: Statement) -> Document:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def accounts(*arns: str) -> dict[str, list[str]]:
    """Return a principal of accounts, roles or users."""
    return {"AWS": list(arns)}


def service(name: str) -> dict[str, str]:
    """Return the principal of one AWS service, such as cloudtrail.amazonaws.com."""
    return {"Service": name}


def allow(
    sid: str,
    action: str | Sequence[str],
    resource: str | Sequence[str],
    *,
    principal: str | Mapping[str, Any] | None = None,
    condition: Condition | None = None,
) -> Statement:
    """Return a statement that allows; without a principal, for identity policies."""
    return {
        **_head(sid, "Allow", principal),
        "Action": _plain(action),
        "Resource": _plain(resource),
        **_tail(condition),
    }


def deny(
    sid: str,
    action: str | Sequence[str],
    resource: str | Sequence[str],
    *,
    principal: str | Mapping[str, Any] | None = None,
    condition: Condition | None = None,
) -> Statement:
    """Return a statement that denies, whatever else allows."""
    made = allow(sid, action, resource, principal=principal, condition=condition)
    return {**made, "Effect": "Deny"}


def assume(sid: str, principal: Mapping[str, Any], condition: Condition | None = None) -> Statement:
    """Return a statement of a role's trust policy, which has no Resource: the role is meant."""
    return {**_head(sid, "Allow", principal), "Action": "sts:AssumeRole", **_tail(condition)}


def _head(sid: str, effect: str, principal: str | Mapping[str, Any] | None) -> Statement:
    made: Statement = {"Sid": sid, "Effect": effect}
    return made if principal is None else {**made, "Principal": principal}


def _tail(condition: Condition | None) -> Statement:
    if not condition:
        return {}
    return {
        "Condition": {
            operator: {key: _plain(values) for key, values in keys.items()}
            for operator, keys in condition.items()
        }
    }


def _plain(values: str | Sequence[str]) -> str | list[str]:
    # One value stands alone, as in AWS's own examples.
    if isinstance(values, str):
        return values
    return values[0] if len(values) == 1 else list(values)
