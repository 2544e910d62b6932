"""IAM's decision, in small: who asks for what, and what all policies together say.

Source: IAM User Guide, "Policy evaluation logic". Identity policies, resource
policies, service control policies and resource control policies are combined;
an explicit Deny anywhere wins. What is not implemented (NotPrincipal,
permissions boundaries, policy variables) is refused, never guessed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from .conditions import Context, UnsupportedError, arn_like, holds, like, listed, parse

Document = Mapping[str, Any]
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource",
             "Condition"}  # fmt: skip
_POLICY_NEEDED = ("kms:", "sts:assumerole")
"""Where an account's identity policies count only if the resource's policy says so."""


class Decision(Enum):
    """What comes out."""

    ALLOW = "allow"
    IMPLICIT_DENY = "nobody allows it"
    EXPLICIT_DENY = "a statement denies it"


@dataclass(frozen=True)
class Caller:
    """Who asks: an IAM principal, an AWS service, or nobody known.

    `arn` is what aws:PrincipalArn says: of a role's session, the role.
    """

    arn: str | None = None
    organization: str | None = None
    service: str | None = None
    management: bool = False
    """Of an organisation's management account, which no service control policy binds."""

    @property
    def account(self) -> str | None:
        return self.arn.split(":")[4] if self.arn else None

    @property
    def service_linked(self) -> bool:
        return self.arn is not None and ":role/aws-service-role/" in self.arn

    @property
    def root(self) -> bool:
        return self.arn is not None and self.arn.endswith(":root")

    def context(self) -> dict[str, str]:
        """Return the condition keys AWS sets for such a caller."""
        if self.service:
            return {
                "aws:PrincipalIsAWSService": "true",
                "aws:PrincipalServiceName": self.service,
            }
        if self.arn is None or self.account is None:
            return {}
        keys = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalIsAWSService": "false",
        }
        return {**keys, "aws:PrincipalOrgID": self.organization} if self.organization else keys


@dataclass(frozen=True)
class Request:
    """One call: `owner` is the account the resource belongs to."""

    caller: Caller
    action: str
    resource: str
    owner: str
    context: Context = field(default_factory=dict)

    @cached_property
    def keys(self) -> Context:
        """Every condition key of the request, in lower case; over TLS unless it says otherwise."""
        known = {"aws:SecureTransport": "true", **self.caller.context(), **self.context}
        return {key.lower(): value for key, value in known.items()}


class _Match(Enum):
    """How a statement's Principal means a caller."""

    NO = 0
    BY_ACCOUNT = 1
    """It names the caller's account: that account's own policies decide further."""
    DIRECTLY = 2


def decide(
    request: Request,
    *,
    resource_policy: Document | None = None,
    identity: Sequence[Document] = (),
    scps: Sequence[Document] = (),
    rcps: Sequence[Document] = (),
) -> Decision:
    """Return what AWS decides about a request under all these policies."""
    caller = request.caller
    bound = caller.arn is not None and not caller.management and not caller.service_linked
    controls = [*(scps if bound else ()), *(() if caller.service_linked else rcps)]
    own = [_effects(policy, request) for policy in (identity if caller.arn else ())]
    by_resource = _effects(resource_policy, request) if resource_policy else []
    found = [*own, by_resource, *(_effects(policy, request) for policy in controls)]
    if any(effect == "Deny" for effects in found for effect, _ in effects):
        return Decision.EXPLICIT_DENY
    granted = caller.root or any(effects for effects in own)
    match = max((match for _, match in by_resource), key=_strength, default=_Match.NO)
    allowed = _allowed(request, granted=granted, by_resource=match)
    return Decision.ALLOW if allowed else Decision.IMPLICIT_DENY


def _strength(match: _Match) -> int:
    return match.value


def _allowed(request: Request, *, granted: bool, by_resource: _Match) -> bool:
    caller = request.caller
    if caller.arn is None:
        return by_resource is _Match.DIRECTLY
    if caller.account != request.owner:
        return by_resource is not _Match.NO and granted
    if request.action.lower().startswith(_POLICY_NEEDED):
        return by_resource is _Match.DIRECTLY or (by_resource is _Match.BY_ACCOUNT and granted)
    return by_resource is _Match.DIRECTLY or granted


def _effects(policy: Document, request: Request) -> list[tuple[str, _Match]]:
    """Return the effect of every statement that applies, and how it means the caller."""
    _refuse_unknown(policy)
    return [
        (statement["Effect"], match)
        for statement in policy["Statement"]
        if _action(statement, request.action)
        and (match := _principal(statement, request.caller)) is not _Match.NO
        and _resource(statement, request.resource)
        and holds(statement.get("Condition", {}), request.keys)
    ]


_known: dict[int, Document] = {}
"""Policies found sound, by identity; kept, so that no other takes their place in memory."""


def _refuse_unknown(policy: Document) -> None:
    """Raise UnsupportedError for what stands anywhere in a policy, applicable or not."""
    if _known.get(id(policy)) is policy:
        return
    if policy["Version"] != "2012-10-17":
        raise UnsupportedError(f"policy version {policy['Version']!r}")
    if "${" in json.dumps(policy):
        raise UnsupportedError("policy variable")
    for statement in policy["Statement"]:
        if unknown := statement.keys() - _ELEMENTS:
            raise UnsupportedError(f"statement element {', '.join(sorted(unknown))}")
        principal = statement.get("Principal", "*")
        if principal != "*" and (unknown := principal.keys() - {"AWS", "Service"}):
            raise UnsupportedError(f"principal {', '.join(sorted(unknown))}")
        for operator in statement.get("Condition", {}):
            parse(operator)
    _known[id(policy)] = policy


def _principal(statement: Mapping[str, Any], caller: Caller) -> _Match:
    principal = statement.get("Principal", "*")
    if principal == "*":
        return _Match.DIRECTLY
    if caller.service in listed(principal.get("Service", ())):
        return _Match.DIRECTLY
    named = (_named(name, caller) for name in listed(principal.get("AWS", ())))
    return max(named, key=_strength, default=_Match.NO)


def _named(name: str, caller: Caller) -> _Match:
    if name == "*" or (caller.arn and name == caller.arn):
        return _Match.DIRECTLY
    if caller.account and (name == caller.account or name.endswith(f"::{caller.account}:root")):
        return _Match.BY_ACCOUNT
    return _Match.NO


def _action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_action(statement["NotAction"], action)
    return _any_action(statement["Action"], action)


def _any_action(patterns: Any, action: str) -> bool:
    return any(like(pattern.lower(), action.lower()) for pattern in listed(patterns))


def _resource(statement: Mapping[str, Any], resource: str) -> bool:
    if "NotResource" in statement:
        return not _any_resource(statement["NotResource"], resource)
    # A trust policy has no Resource: it means the role it belongs to.
    return _any_resource(statement.get("Resource", "*"), resource)


def _any_resource(patterns: Any, resource: str) -> bool:
    return any(pattern == "*" or arn_like(pattern, resource) for pattern in listed(patterns))
