"""Cases: a policy, what may and may not happen under it, and how it is judged."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from .evaluator import Caller, Decision, Document, Request, decide

ADMIN: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
"""What the callers' own accounts grant them: everything, so that the policy alone decides."""
CARELESS = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
"""A statement somebody may add one day: everyone may do everything."""


OPEN: Document = {"Version": "2012-10-17", "Statement": [CARELESS]}


@dataclass(frozen=True)
class Case:
    """One request and what must come of it."""

    story: str
    allowed: bool
    request: Request
    careless: bool = False
    """Whether somebody has added a careless Allow to the resource's policy."""
    nothing_else: bool = False
    """Whether the caller's own account grants nothing."""

    def __str__(self) -> str:
        return f"{self.story} {'may' if self.allowed else 'may not'}"


Judge = Callable[[Document, Case], Decision]


def as_resource_policy(policy: Document, case: Case) -> Decision:
    """Judge a policy attached to the resource that is asked for."""
    if case.careless:
        policy = {**policy, "Statement": [*policy["Statement"], CARELESS]}
    identity = () if case.nothing_else else (ADMIN,)
    return decide(case.request, resource_policy=policy, identity=identity)


def as_identity_policy(policy: Document, case: Case) -> Decision:
    """Judge a policy attached to the caller; the resource leaves it to the caller's account."""
    return decide(
        case.request, identity=(policy,), resource_policy=_left_to(case.request.caller.account)
    )


def as_service_control_policy(policy: Document, case: Case) -> Decision:
    """Judge a policy attached to the caller's account, whose administrators may do everything."""
    leave = _left_to(case.request.caller.account)
    return decide(case.request, identity=(ADMIN,), resource_policy=leave, scps=(policy,))


@cache
def _left_to(account: str | None) -> Document:
    """Return a resource's policy that leaves everything to one account's own policies."""
    statement = {**CARELESS, "Principal": {"AWS": [account]}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def as_resource_control_policy(policy: Document, case: Case) -> Decision:
    """Judge a policy attached to the resource's account, where all resources stand open."""
    return decide(case.request, identity=(ADMIN,), resource_policy=OPEN, rcps=(policy,))


@dataclass(frozen=True)
class Subject:
    """A policy under test: how it is made, attached, and what must hold under it."""

    name: str
    policy: Document
    judge: Judge
    cases: tuple[Case, ...]
    reaches: str | None = "*"
    """The widest Resource that makes sense in it; None if there is but one resource."""

    def allowed(self, policy: Document, case: Case) -> bool:
        return self.judge(policy, case) is Decision.ALLOW


@dataclass
class Table:
    """Collects cases about resources of one account."""

    owner: str
    cases: list[Case] = field(default_factory=list)

    def may(self, story: str, caller: Caller, action: str, resource: str, **more: Any) -> None:
        """Add a request that must be allowed."""
        self._add(story, Request(caller, action, resource, self.owner), more, allowed=True)

    def may_not(self, story: str, caller: Caller, action: str, resource: str, **more: Any) -> None:
        """Add a request that must not be allowed."""
        self._add(story, Request(caller, action, resource, self.owner), more, allowed=False)

    def only(
        self,
        right: Mapping[str, Caller],
        wrong: Mapping[str, Caller],
        calls: Iterable[tuple[str, str]],
        **more: Any,
    ) -> None:
        """Add that some callers may and others may not do each action on its resource."""
        for action, resource in calls:
            for name, caller in right.items():
                self.may(f"{name}: {action}", caller, action, resource, **more)
            for name, caller in wrong.items():
                self.may_not(f"{name}: {action}", caller, action, resource, **more)

    def _add(self, story: str, request: Request, more: dict[str, Any], *, allowed: bool) -> None:
        request = replace(request, context=more.pop("context", {}))
        self.cases.append(Case(story, allowed, request, **more))
