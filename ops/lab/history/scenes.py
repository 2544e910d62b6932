"""The attack's records, scene by scene; `ops.lab.history.attack` says what they mean."""

from collections.abc import Iterator

from ops import names
from ops.lab.history import acts_attacking as acts
from ops.lab.history import routine
from ops.lab.history.acts_reading import ASSUME_ROLE, IDENTITY, INVENTORY
from ops.lab.history.attack import ADDRESSES, BACKDOOR, SCANNER, TOOLS, Planted, Stage
from ops.lab.history.dice import Dice, fixed, principal_id
from ops.lab.history.families import INSIGHT, insight_act
from ops.lab.history.identity import (
    BROWSER,
    CLI,
    Role,
    Seat,
    assumed,
    caller,
    iam_user,
    office,
    service,
    service_seat,
)  # fmt: skip
from ops.lab.history.record import Act, Caller

Scene = Iterator[Planted]


class Cast:
    """Who acts on the stage, in any account's region."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.plan, self.facts = stage, stage.plan, stage.facts

    def key_holder(self, region: str, seat: Seat) -> Caller:
        """Return whoever uses the leaked key."""
        account = self.facts.victim
        user = iam_user(self.plan, account, "build-agent", self.facts.leaked_key)
        return caller(self.stage.place(account, region), user, seat, self.plan)

    def backdoor(self, region: str, seat: Seat, *, signing_in: bool = False) -> Caller:
        """Return the user that the attacker made."""
        account = self.facts.victim
        key = None if signing_in else self.facts.backdoor_key
        user = iam_user(self.plan, account, BACKDOOR, key)
        return caller(self.stage.place(account, region), user, seat, self.plan)

    def session(self, which: int, region: str) -> Caller:
        """Return the first (0) or second (1) role's session."""
        role = (self.facts.first_role, self.facts.second_role)[which]
        begun = self.stage.at(70 + 3 * which)
        user = assumed(self.plan, role, begun, self.facts.session_keys[which])
        return caller(
            self.stage.place(role.account, region), user, Seat(ADDRESSES[1], TOOLS), self.plan
        )

    def root(self, region: str, *, known: bool = True) -> Caller:
        """Return the root user of the victim."""
        account = self.facts.victim
        user = {"type": "Root", "principalId": account, "arn": self.plan.arn("iam", account, "root"),
                "accountId": account}  # fmt: skip
        if known:
            user["accessKeyId"] = ""
        return caller(
            self.stage.place(account, region), user, Seat(ADDRESSES[2], BROWSER), self.plan
        )


def all_of(stage: Stage) -> Scene:
    """Yield every record of the story."""
    cast = Cast(stage)
    for scene in (_leak, _recon, _persistence, _escalation, _console, _hop, _secrets, _exfiltration,
                  _sharing, _foothold, _evasion, _tampering, _leaving, _ransom, _root, _aftermath):  # fmt: skip
        yield from scene(stage, cast)


def _run(
    stage: Stage, step: str, start: float, who: Caller, calls: tuple[Act, ...], **slots: str
) -> Scene:
    """Yield calls of one session, a few seconds apart."""
    for nth, act in enumerate(calls):
        yield stage.told(step, start + nth * 0.3, act, who, **slots)


def _leak(stage: Stage, cast: Cast) -> Scene:
    home, seat = stage.plan.zone.regions.home, Seat(ADDRESSES[0], SCANNER)
    who = cast.key_holder(home, seat)
    yield from _run(stage, "leaked-key", 0, who, (IDENTITY, IDENTITY))


def _recon(stage: Stage, cast: Cast) -> Scene:
    seat = Seat(ADDRESSES[0], TOOLS)
    plan = stage.plan
    looks = cast.key_holder(plan.global_region, seat)
    yield from _run(stage, "recon", 6, looks, acts.LOOK_AROUND)
    for nth, region in enumerate(plan.regions):
        who = cast.key_holder(region, seat)
        yield stage.told("recon", 9 + nth, INVENTORY[0][1], who)
        yield from _run(stage, "recon", 12 + nth * 3, who, acts.DENIED)
    shared = Dice(plan.seed, "insight").uuid()
    for state, minute in (("Start", 13.0), ("End", 24.0)):
        act = insight_act(
            state, "ApiErrorRateInsight", "secretsmanager", "ListSecrets", "AccessDenied"
        )
        who = cast.key_holder(plan.zone.regions.home, seat)
        yield stage.told("recon", minute, act, who, family=INSIGHT, shared=shared)


def _persistence(stage: Stage, cast: Cast) -> Scene:
    plan, facts = stage.plan, stage.facts
    who = cast.key_holder(plan.global_region, Seat(ADDRESSES[0], TOOLS))
    made = stage.at(36).strftime("%b %d, %Y, %I:%M:%S %p")
    slots = {
        "user": who.slots["user"],
        "newkey": facts.backdoor_key,
        "newid": facts.backdoor_id,
        "made": made,
    }
    yield from _run(stage, "persistence", 35, who, acts.PERSISTENCE, **slots)


def _escalation(stage: Stage, cast: Cast) -> Scene:
    region = stage.plan.global_region
    who = cast.key_holder(region, Seat(ADDRESSES[0], TOOLS))
    yield from _run(stage, "escalation", 42, who, acts.ESCALATION)


def _console(stage: Stage, cast: Cast) -> Scene:
    plan, victim = stage.plan, stage.facts.victim
    region, seat = plan.global_region, Seat(ADDRESSES[1], BROWSER)
    for nth, name in enumerate(
        ("admin", "administrator", "build-agent", "ops", "root-admin", "support")
    ):
        user = {"type": "IAMUser", "accountId": victim, "accessKeyId": "", "userName": name}
        if nth % 2:
            user["userName"] = "HIDDEN_DUE_TO_SECURITY_REASONS"
        who = caller(stage.place(victim, region), user, seat, plan)
        yield stage.told("console", 55 + nth * 0.2, acts.SIGN_IN_UNKNOWN, who)
    who = cast.backdoor(region, seat, signing_in=True)
    yield stage.told("console", 58, routine.SIGN_IN_NO_MFA, who)


def _hop(stage: Stage, cast: Cast) -> Scene:
    plan, facts = stage.plan, stage.facts
    home, shared = plan.zone.regions.home, Dice(plan.seed, "hop").uuid()
    slots = routine.given(facts.first_role, facts.session_keys[0], plan, stage.at(70))
    who = cast.backdoor(home, Seat(ADDRESSES[1], TOOLS))
    yield stage.told("hop", 70, ASSUME_ROLE, who, shared=shared, **slots)
    if facts.second != facts.victim:
        stranger = {
            "type": "AWSAccount",
            "principalId": facts.backdoor_id,
            "accountId": facts.victim,
        }
        seen = caller(stage.place(facts.second, home), stranger, Seat(ADDRESSES[1], TOOLS), plan)
        yield stage.told("hop", 70, ASSUME_ROLE, seen, shared=shared, **slots)
    slots = routine.given(facts.second_role, facts.session_keys[1], plan, stage.at(73))
    yield stage.told("hop", 73, acts.ASSUME_NEXT, cast.session(0, home), **slots)


def _secrets(stage: Stage, cast: Cast) -> Scene:
    home = stage.plan.zone.regions.home
    who = cast.session(1, home)
    yield from _run(stage, "secrets", 80, who, acts.SECRETS)


def _exfiltration(stage: Stage, cast: Cast) -> Scene:
    home, facts = stage.plan.zone.regions.home, stage.facts
    who = cast.session(1, home)
    yield stage.told("exfiltration", 95, acts.LIST, who, bucket=facts.bucket)
    for nth in range(160):
        size = str(60_000_000 + int(fixed(6, stage.plan.seed, nth), 16))
        yield stage.told("exfiltration", 96 + nth * 0.12, acts.GET, who, bucket=facts.bucket,
            object=f"exports/customers-{nth:03d}.parquet", bytes=size,
        )  # fmt: skip


def _sharing(stage: Stage, cast: Cast) -> Scene:
    home, facts = stage.plan.zone.regions.home, stage.facts
    slots = {"bucket": facts.bucket, "snapshot": facts.snapshot}
    yield from _run(stage, "sharing", 118, cast.session(1, home), acts.SHARING, **slots)


def _foothold(stage: Stage, cast: Cast) -> Scene:
    far, facts = stage.facts.far_region, stage.facts
    who = cast.backdoor(far, Seat(ADDRESSES[1], TOOLS))
    yield from _run(stage, "foothold", 125, who, acts.FOOTHOLD, group=facts.group)


def _evasion(stage: Stage, cast: Cast) -> Scene:
    home = stage.plan.zone.regions.home
    who = cast.backdoor(home, Seat(ADDRESSES[1], TOOLS))
    yield from _run(stage, "evasion", 135, who, acts.EVASION)


def _tampering(stage: Stage, cast: Cast) -> Scene:
    plan, home = stage.plan, stage.plan.zone.regions.home
    who = cast.backdoor(home, Seat(ADDRESSES[1], TOOLS))
    slots = {"bucket": names.bucket(plan.zone), "archivekey": names.archive_key_arns(plan.zone)}
    slots["archivekey"] = slots["archivekey"].replace("*", Dice(plan.seed, "archive key").uuid())
    yield from _run(stage, "trail-tampering", 142, who, acts.TAMPERING, **slots)


def _leaving(stage: Stage, cast: Cast) -> Scene:
    region = stage.plan.global_region
    who = cast.backdoor(region, Seat(ADDRESSES[1], TOOLS))
    yield from _run(stage, "leave-organization", 150, who, acts.LEAVING)


def _ransom(stage: Stage, cast: Cast) -> Scene:
    home, facts = stage.plan.zone.regions.home, stage.facts
    who = cast.session(1, home)
    slots = {"bucket": facts.bucket, "doomed": facts.key}
    yield from _run(stage, "ransom", 155, who, acts.RANSOM, **slots)
    for nth in range(40):
        yield stage.told("ransom", 158 + nth * 0.05, acts.DELETE, who, bucket=facts.bucket,
            object=f"exports/customers-{nth:03d}.parquet",
        )  # fmt: skip


def _root(stage: Stage, cast: Cast) -> Scene:
    region = stage.plan.global_region
    nobody = cast.root(region)
    yield stage.told("root", 168, acts.PASSWORD_RECOVERY, nobody)
    yield stage.told("root", 171, acts.ROOT_FAILED, nobody)
    yield stage.told("root", 172, routine.SIGN_IN_NO_MFA, cast.root(region, known=False))
    yield stage.told("root", 174, acts.ROOT_KEYS, cast.root(region))


def _aftermath(stage: Stage, cast: Cast) -> Scene:
    plan, facts = cast.plan, cast.facts
    region = plan.global_region
    place = stage.place(facts.victim, region)
    aws = caller(place, dict(service("support")), service_seat("support"), plan)
    yield stage.told("quarantine", 200, acts.QUARANTINE, aws)
    role = Role(facts.victim, plan.zone.guardrails.break_glass_role, "incident")
    shared = Dice(plan.seed, "response").uuid()
    given = routine.given(role, role.key(plan, "story"), plan, stage.at(220))
    managed = stage.place(plan.zone.organization.management_account, region)
    admin = routine.admin(plan, managed)
    yield stage.told("response", 220, ASSUME_ROLE, admin, shared=shared, **given)
    stranger = {"type": "AWSAccount", "accountId": managed.account,
                "principalId": principal_id("AIDA", managed.account, routine.ADMIN)}  # fmt: skip
    seen = caller(place, stranger, Seat(office(routine.ADMIN), CLI), plan)
    yield stage.told("response", 220, ASSUME_ROLE, seen, shared=shared, **given)
    user = assumed(plan, role, stage.at(220), role.key(plan, "story"), mfa=True)
    responder = caller(place, user, Seat(office(routine.ADMIN), CLI), plan)
    keys = {"leaked": facts.leaked_key, "newkey": facts.backdoor_key}
    yield from _run(stage, "response", 222, responder, acts.RESPONSE, **keys)
