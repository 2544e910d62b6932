"""Who works in an organisation, where, when and at what.

An `Actor` is at work in some accounts, regions and hours. In each hour it has
one session; the event by which the session began carries the access key that
the session's later events use, so that chains of roles can be followed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops.lab.history import acts_reading as reading
from ops.lab.history import acts_working as working
from ops.lab.history.dice import Dice
from ops.lab.history.identity import (
    BOTO,
    BROWSER,
    CLI,
    NAT,
    TERRAFORM,
    Role,
    Seat,
    assumed,
    caller,
    iam_user,
    office,
    service,
    service_seat,
    user_key,
)  # fmt: skip
from ops.lab.history.plan import Part, Place, Plan
from ops.lab.history.record import Caller

PEOPLE = ("alice", "bruno", "chen", "dagny", "emeka", "farah", "goran", "hana")
SHARE_DEPLOYING = 0.2
"""The share of working hours in which the pipeline deploys to an account."""
CHAIN_DELAY = timedelta(seconds=2)
"""How long after the hour the first session of a chain begins."""
ANSWER_TIME = "%b %d, %Y, %I:%M:%S %p"
"""How STS spells times inside a response."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """An actor at work in one account, region and hour."""

    weight: float
    caller: Caller
    acts: reading.Weighted
    began: "tuple[Opening, ...]" = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """The event by which a session begins, as the assuming account sees it."""

    moment: datetime
    by: Caller
    role: Role
    key: str
    shared: str
    """sharedEventID: the same in both accounts' records."""


Work = Callable[[Plan, Place, datetime], Lane | None]


def lanes(plan: Plan, place: Place, hour: datetime) -> Iterator[Lane]:
    """Yield everybody at work in one account, region and hour."""
    for work in _WORK[plan.part(place.account)]:
        lane = work(plan, place, hour)
        if lane is not None:
            yield lane


def on_duty(hour: datetime) -> bool:
    """Whether people are at work: weekdays from 07:00 to 18:59 UTC."""
    return hour.weekday() < 5 and 7 <= hour.hour < 19


def _opened(plan: Plan, place: Place, hour: datetime, role: Role, by: Caller) -> Opening:
    dice = Dice(plan.seed, "opening", role.account, role.name, place.region, hour.isoformat())
    moment = hour + timedelta(seconds=dice.randrange(4, 50))
    return Opening(moment, by, role, role.key(plan, place.region, moment), dice.uuid())


def _assumed_by_service(
    weight: float,
    name: str,
    principal: str,
    seat: Seat,
    acts: reading.Weighted,
    *,
    delivery: str | None = None,
) -> Work:
    """Return an actor whose role a service of AWS assumes for it, every hour."""

    def work(plan: Plan, place: Place, hour: datetime) -> Lane:
        session = "i-0a7c41e9d03b58f62" if delivery else Dice(name, place.account).hex(32)
        role = Role(place.account, name, session)
        by = caller(place, dict(service(principal)), service_seat(principal), plan)
        opening = _opened(plan, place, hour, role, by)
        user = assumed(plan, role, opening.moment, opening.key, delivery=delivery)
        return Lane(weight, caller(place, user, seat, plan), acts, (opening,))

    return work


def _linked(weight: float, name: str, principal: str, acts: reading.Weighted) -> Work:
    """Return a service at work through its service-linked role."""

    def work(plan: Plan, place: Place, hour: datetime) -> Lane:
        path = f"aws-service-role/{principal}.amazonaws.com/"
        role = Role(place.account, name, "session", path)
        by = caller(place, dict(service(principal)), service_seat(principal), plan)
        opening = _opened(plan, place, hour, role, by)
        host = f"{principal}.amazonaws.com"
        user = assumed(plan, role, opening.moment, opening.key, invoked_by=host)
        return Lane(weight, caller(place, user, service_seat(principal), plan), acts, (opening,))

    return work


def _service(weight: float, name: str, acts: reading.Weighted) -> Work:
    """Return a service of AWS that calls in its own name."""

    def work(plan: Plan, place: Place, hour: datetime) -> Lane:  # noqa: ARG001 (all hours are alike)
        return Lane(weight, caller(place, dict(service(name)), service_seat(name), plan), acts)

    return work


def build_agent(plan: Plan, place: Place) -> Caller:
    """Return the build server of a workload account, with its long-term key."""
    user = iam_user(
        plan, place.account, "build-agent", user_key(plan, place.account, "build-agent")
    )
    return caller(place, user, Seat(office("build", place.account), CLI), plan)


def _build(plan: Plan, place: Place, hour: datetime) -> Lane | None:
    if place.region != plan.zone.regions.home:
        return None
    return Lane(4.0 if on_duty(hour) else 0.8, build_agent(plan, place), working.BUILD)


def person(plan: Plan, place: Place, hour: datetime) -> tuple[str, Caller]:
    """Return who of the people looks after an account on a day, and their session."""
    name = Dice(plan.seed, place.account, hour.date()).choice(PEOPLE)
    role = Role(
        place.account, "AWSReservedSSO_PowerUser_9f3c1a7be02d4c55", f"{name}@example.org",
        f"aws-reserved/sso.amazonaws.com/{plan.zone.regions.home}/",
    )  # fmt: skip
    signed_in = hour.replace(hour=7)
    key = role.key(plan, signed_in)
    user = assumed(plan, role, signed_in + timedelta(minutes=1), key)
    return name, caller(place, user, Seat(office(name), BROWSER), plan)


def _person(plan: Plan, place: Place, hour: datetime) -> Lane | None:
    if not on_duty(hour) or Dice(plan.seed, place, hour.date(), "away").happens(0.3):
        return None
    return Lane(2.0, person(plan, place, hour)[1], reading.OVERVIEW)


def deploying(plan: Plan, account: str, hour: datetime) -> bool:
    """Whether the deployment pipeline is at work in an account in an hour."""
    return on_duty(hour) and Dice(plan.seed, "deploy", account, hour).happens(SHARE_DEPLOYING)


def auditing(hour: datetime) -> bool:
    """Whether the audit account looks at all others in an hour: four times a day."""
    return hour.hour % 6 == 2


def deployer(plan: Plan, place: Place, hour: datetime) -> tuple[Caller, Opening]:
    """Return the deployment pipeline in an account: a role assumed from the management account."""
    home = plan.zone.organization.management_account
    first = Role(home, "ci-runner", "pipeline")
    role = Role(place.account, "deployment", "pipeline")
    return _chained(plan, place, hour, (first, role), Seat(NAT[1], TERRAFORM))


def auditor(plan: Plan, place: Place, hour: datetime) -> tuple[Caller, Opening]:
    """Return the nightly audit in an account: a role assumed from the audit account."""
    home = plan.zone.organization.audit_account
    first = Role(home, "audit-runner", "nightly-audit")
    role = Role(place.account, "SecurityAudit", "nightly-audit")
    return _chained(plan, place, hour, (first, role), Seat(NAT[0], BOTO))


def _deployer(plan: Plan, place: Place, hour: datetime) -> Lane | None:
    if not deploying(plan, place.account, hour):
        return None
    who, opening = deployer(plan, place, hour)
    return Lane(3.0, who, reading.INVENTORY, (opening,))


def _auditor(plan: Plan, place: Place, hour: datetime) -> Lane | None:
    if not auditing(hour):
        return None
    who, opening = auditor(plan, place, hour)
    acts = reading.INVENTORY
    if place.region == plan.global_region:
        acts = (*acts, *reading.IDENTITIES, (2.0, reading.TRAIL_STATUS))
    return Lane(3.0, who, acts, (opening,))


def _chained(
    plan: Plan, place: Place, hour: datetime, roles: tuple[Role, Role], seat: Seat
) -> tuple[Caller, Opening]:
    """Return a session of a role that a session of another role assumed, and how it began."""
    first, role = roles
    base = replace(place, account=first.account)
    started = hour + CHAIN_DELAY
    by = caller(base, assumed(plan, first, started, first.key(plan, started)), seat, plan)
    opening = _opened(plan, place, hour, role, by)
    user = assumed(plan, opening.role, opening.moment, opening.key)
    return caller(place, user, seat, plan), opening


_TASK_SEAT = Seat(NAT[2], BOTO)
_COMMON: tuple[Work, ...] = (
    _linked(6, "AWSServiceRoleForConfig", "config", reading.INVENTORY),
    _auditor,
    _deployer,
    _person,
)
_WORK: dict[Part, tuple[Work, ...]] = {
    Part.MANAGEMENT: _COMMON,
    Part.AUDIT: _COMMON,
    Part.ARCHIVE: (*_COMMON, _service(8, "cloudtrail", working.LOG_DELIVERY)),
    Part.WORKLOAD: (
        *_COMMON,
        _build,
        _assumed_by_service(24, "task-checkout", "ecs-tasks", _TASK_SEAT, working.TASK),
        _assumed_by_service(10, "function-orders", "lambda", Seat(NAT[3], BOTO), working.FUNCTION),
        _assumed_by_service(
            5, "web-server", "ec2", Seat(NAT[4], "aws-sdk-go/1.55.8 (go1.24.9; linux; amd64) amazon-ssm-agent/", "TLSv1.2"),
            working.INSTANCE, delivery="2.0",
        ),
    ),
}  # fmt: skip
