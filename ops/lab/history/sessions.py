"""The events by which sessions begin, in every account that sees them.

A role assumed across accounts is recorded twice: in the caller's account with
the caller's identity, in the role's with no more than the caller's account.
Both records carry the same sharedEventID and different eventIDs.

Source: CloudTrail User Guide, "Shared event ID example".
"""

from collections.abc import Iterator
from datetime import datetime

from ops.lab.history import cast, routine
from ops.lab.history.acts_reading import ASSUME_ROLE
from ops.lab.history.dice import Dice, principal_id
from ops.lab.history.identity import BOTO, NAT, TIME, Role, Seat, caller, service, service_seat
from ops.lab.history.plan import Place, Plan
from ops.lab.history.record import Act, Caller, fill
from ops.lab.history.routine import Event

_WITHIN = Act(
    ASSUME_ROLE.source, ASSUME_ROLE.name, ASSUME_ROLE.params, ASSUME_ROLE.answer,
    resources=ASSUME_ROLE.resources,
)  # fmt: skip
"""An AssumeRole that stays inside one account: no sharedEventID."""


def of(opening: cast.Opening, place: Place, plan: Plan, dice: Dice) -> Event:
    """Return the record of a session's beginning, in the role's account."""
    by = opening.by
    slots = routine.given(opening.role, opening.key, plan, opening.moment)
    if by.slots["account"] == place.account:
        return opening.moment, fill(_WITHIN, by, opening.moment.strftime(TIME), dice, **slots)
    user = {
        "type": "AWSAccount",
        "principalId": principal_id("AROA", by.principal) + ":session",
        "accountId": by.slots["account"],
    }
    stranger = caller(place, user, Seat(by.slots["address"], by.slots["agent"]), plan)
    return opening.moment, _shared(opening, stranger, slots, dice)


def handed_out(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    """Yield the records of roles that sessions of this account assumed in others."""
    dice = Dice(plan.seed, "handed out", place, hour)
    organization = plan.zone.organization
    if place.account == organization.management_account and cast.on_duty(hour):
        yield from _root(plan, place, hour, "ci-runner", dice)
        for other in _others(plan, place):
            if cast.deploying(plan, other.account, hour):
                yield _outward(cast.deployer(plan, other, hour)[1], plan, dice)
    if place.account == organization.audit_account and cast.auditing(hour):
        yield from _root(plan, place, hour, "audit-runner", dice)
        for other in _others(plan, place):
            yield _outward(cast.auditor(plan, other, hour)[1], plan, dice)


def _others(plan: Plan, place: Place) -> Iterator[Place]:
    for other in plan.places:
        if other.region == place.region and other.account != place.account:
            yield other


def _outward(opening: cast.Opening, plan: Plan, dice: Dice) -> Event:
    slots = routine.given(opening.role, opening.key, plan, opening.moment)
    return opening.moment, _shared(opening, opening.by, slots, dice)


def _shared(opening: cast.Opening, who: Caller, slots: dict[str, str], dice: Dice) -> str:
    moment = opening.moment.strftime(TIME)
    return fill(ASSUME_ROLE, who, moment, dice, shared=opening.shared, **slots)


def _root(plan: Plan, place: Place, hour: datetime, name: str, dice: Dice) -> Iterator[Event]:
    """Yield the record by which the first session of a chain begins: once, in the home region."""
    if place.region != place.home_region:
        return
    moment = hour + cast.CHAIN_DELAY
    role = Role(place.account, name, "pipeline" if name == "ci-runner" else "nightly-audit")
    slots = routine.given(role, role.key(plan, moment), plan, moment)
    if name == "audit-runner":
        by, act = caller(place, dict(service("lambda")), service_seat("lambda"), plan), _WITHIN
    else:
        by, act = _workflow(plan, place), routine.WEB_IDENTITY
    yield moment, fill(act, by, moment.strftime(TIME), dice, **slots)


def _workflow(plan: Plan, place: Place) -> Caller:
    """Return the build service outside AWS, known by its web identity."""
    provider = plan.arn("iam", place.account, "oidc-provider/token.actions.githubusercontent.com")
    user = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:repo:example/platform:ref:refs/heads/main",
        "userName": "repo:example/platform:ref:refs/heads/main",
        "identityProvider": provider,
    }
    return caller(place, user, Seat(NAT[1], BOTO), plan)
