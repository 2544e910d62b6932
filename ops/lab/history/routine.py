"""What happens by the calendar, whatever the scale: sign-ins, changes, rotations.

These events are few and the same at every scale, so that what a rule finds in an
ordinary month does not depend on how much noise surrounds it.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from ops import names
from ops.lab.history import cast
from ops.lab.history.acts_changing import CHANGES, Change
from ops.lab.history.dice import Dice, principal_id
from ops.lab.history.identity import (
    BROWSER,
    CLI,
    TERRAFORM,
    TIME,
    Role,
    Seat,
    assumed,
    caller,
    iam_user,
    office,
    service_seat,
    user_key,
)  # fmt: skip
from ops.lab.history.plan import Part, Place, Plan
from ops.lab.history.record import Act, Caller, fill

Event = tuple[datetime, str]
ADMIN = "it-admin"
"""The one IAM user of the management account; signs in with MFA."""
_CONSOLE = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No"}


def _sign_in(mfa: str, outcome: str, **more: object) -> Act:
    return Act(
        "signin", "ConsoleLogin", None, {"ConsoleLogin": outcome}, read=False,
        extra={**_CONSOLE, "MFAUsed": mfa},
        more={"eventType": "AwsConsoleSignIn", "requestID": None, **more},
    )  # fmt: skip


SIGN_IN_FEDERATED = _sign_in("No", "Success")
"""An identity provider checks the second factor, so AWS says MFAUsed No."""
SIGN_IN_MFA = _sign_in("Yes", "Success")
SIGN_IN_NO_MFA = _sign_in("No", "Success")
SIGN_IN_FAILED = _sign_in("Yes", "Failure", errorMessage="Failed authentication")
SAML = Act(
    "sts", "AssumeRoleWithSAML",
    {"roleArn": "<role>", "durationSeconds": 43200, "principalArn": "arn:<partition>:iam::<account>:saml-provider/AWSSSO_DO_NOT_DELETE"},
    {"credentials": {"accessKeyId": "<newkey>", "expiration": "<expires>", "sessionToken": "<token>"},
     "subject": "<session>", "subjectType": "persistent",
     "assumedRoleUser": {"assumedRoleId": "<newid>:<session>", "arn": "<newarn>"}},
)  # fmt: skip
WEB_IDENTITY = Act(
    "sts", "AssumeRoleWithWebIdentity",
    {"roleArn": "<role>", "roleSessionName": "<session>", "durationSeconds": 3600},
    {"credentials": {"accessKeyId": "<newkey>", "expiration": "<expires>", "sessionToken": "<token>"},
     "subjectFromWebIdentityToken": "repo:example/platform:ref:refs/heads/main",
     "assumedRoleUser": {"assumedRoleId": "<newid>:<session>", "arn": "<newarn>"},
     "provider": "arn:<partition>:iam::<account>:oidc-provider/token.actions.githubusercontent.com"},
)  # fmt: skip
FEDERATE = Act(
    "sso", "Federate", None, None, read=False,
    more={"eventType": "AwsServiceEvent", "serviceEventDetails": {
        "relayId": "<uuid>", "account_id": "<account>", "role_name": "PowerUser"}},
)  # fmt: skip
START = (
    Act("cloudtrail", "CreateTrail", {"name": "<trail>", "s3BucketName": "<archive>", "isMultiRegionTrail": True,
        "isOrganizationTrail": True, "enableLogFileValidation": True}, {"trailARN": "<trailarn>"}, read=False),
    Act("cloudtrail", "StartLogging", {"name": "<trailarn>"}, read=False),
)  # fmt: skip


def events(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    """Yield what the calendar has for one account, region and hour."""
    if place.region == place.home_region:
        yield from _beginning(plan, place, hour)
        yield from _people(plan, place, hour)
        yield from _admin(plan, place, hour)
    yield from _changes(plan, place, hour)


def _beginning(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    """Yield the trail's creation: what explains that nothing is older."""
    if place.account != plan.zone.organization.management_account or hour != plan.first_hour:
        return
    dice = Dice(plan.seed, "beginning")
    user = iam_user(plan, place.account, ADMIN, user_key(plan, place.account, ADMIN))
    who = caller(place, user, Seat(office(ADMIN), TERRAFORM), plan)
    slots = {"trail": plan.zone.trail.name, "archive": names.bucket(plan.zone)}
    for nth, act in enumerate(START):
        moment = plan.begin + timedelta(seconds=nth)
        yield moment, fill(act, who, moment.strftime(TIME), dice, **slots)


def given(role: Role, key: str, plan: Plan, moment: datetime) -> dict[str, str]:
    """Return the slots of an answer that hands out a session's credentials."""
    ends = moment + timedelta(hours=1)
    return {
        "role": role.arn(plan), "session": role.session, "newkey": key, "newid": role.id,
        "newarn": role.session_arn(plan), "expires": ends.strftime(cast.ANSWER_TIME),
    }  # fmt: skip


def _people(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    if hour.hour != 7 or hour.weekday() > 4:
        return
    dice = Dice(plan.seed, "sign-in", place, hour)
    name, who = cast.person(plan, place, hour)
    begun = hour + timedelta(minutes=1)
    role = Role(
        place.account, "AWSReservedSSO_PowerUser_9f3c1a7be02d4c55", f"{name}@example.org",
        f"aws-reserved/sso.amazonaws.com/{plan.zone.regions.home}/",
    )  # fmt: skip
    user = {
        "type": "SAMLUser", "principalId": f"{principal_id('AIDA', 'saml')}:{name}@example.org",
        "userName": f"{name}@example.org", "identityProvider": "https://portal.sso.example.org/saml",
    }  # fmt: skip
    saml = caller(place, user, Seat(office(name), BROWSER), plan)
    slots = given(role, who.key or "", plan, begun)
    yield begun, fill(SAML, saml, begun.strftime(TIME), dice, **slots)
    after = begun + timedelta(seconds=dice.randrange(1, 9))
    yield after, fill(SIGN_IN_FEDERATED, who, after.strftime(TIME), dice)


def _admin(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    """Yield the administrator's sign-ins: with MFA, now and then mistyped first."""
    if (
        plan.part(place.account) is not Part.MANAGEMENT
        or hour.hour != 9
        or hour.weekday() not in (1, 3)
    ):
        return
    dice = Dice(plan.seed, "admin", place, hour)
    who = admin(plan, place, signing_in=True)
    moment = hour + timedelta(seconds=dice.randrange(60, 1800))
    if dice.happens(0.3):
        yield moment, fill(SIGN_IN_FAILED, who, moment.strftime(TIME), dice)
        moment += timedelta(seconds=21)
    yield moment, fill(SIGN_IN_MFA, who, moment.strftime(TIME), dice)


def admin(plan: Plan, place: Place, *, signing_in: bool = False) -> Caller:
    """Return the administrator of the management account."""
    key = None if signing_in else user_key(plan, place.account, ADMIN)
    user = iam_user(plan, place.account, ADMIN, key)
    return caller(place, user, Seat(office(ADMIN), BROWSER if signing_in else CLI), plan)


def _changes(plan: Plan, place: Place, hour: datetime) -> Iterator[Event]:
    part = plan.part(place.account)
    dice = Dice(plan.seed, "changes", place, hour)
    hours = _hours(plan, place, hour)
    for change in CHANGES:
        where = plan.global_region if change.is_global else place.home_region
        if part in change.parts and place.region == where:
            a_day = hours[change.by if change.by in hours else "service"]
            if dice.happens(change.a_day / a_day):
                yield from _change(change, plan, place, hour, dice)


def _hours(plan: Plan, place: Place, hour: datetime) -> dict[str, float]:
    """Return in how many hours a day each kind of maker is at work; infinity if not now."""
    people = 12.0 if cast.on_duty(hour) else math.inf
    deploying = cast.deploying(plan, place.account, hour)
    return {
        "person": people, "admin": people, "service": 24.0,
        "pipeline": 12 * cast.SHARE_DEPLOYING if deploying else math.inf,
    }  # fmt: skip


def _change(
    change: Change, plan: Plan, place: Place, hour: datetime, dice: Dice
) -> Iterator[Event]:
    moment = hour + timedelta(seconds=dice.randrange(90, 3600))
    who = _maker(change.by, plan, place, hour)
    slots = {
        "audit": plan.zone.organization.audit_account,
        "newkey": principal_id("AKIA", plan.seed, ADMIN, hour.month),
        "expires": moment.strftime(cast.ANSWER_TIME),
        "id8": dice.hex(8),
    }
    yield moment, fill(change.act, who, moment.strftime(TIME), dice, **slots)


def _maker(by: str, plan: Plan, place: Place, hour: datetime) -> Caller:
    match by:
        case "pipeline":
            return cast.deployer(plan, place, hour)[0]
        case "person":
            return cast.person(plan, place, hour)[1]
        case "admin":
            return admin(plan, place)
    role = Role(
        place.account, f"AWSServiceRoleFor{by.title()}", by, f"aws-service-role/{by}.amazonaws.com/"
    )
    key = role.key(plan, hour)
    user = assumed(plan, role, hour, key, invoked_by=f"{by}.amazonaws.com")
    return caller(place, user, service_seat(by), plan)
