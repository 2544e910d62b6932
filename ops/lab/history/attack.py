"""The attack that every history holds unless asked not to: one leaked access key.

`STEPS` is the one description of it: tests, runbooks and rules take from here
what there is to be found, and `story.Story` says where exactly it lies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from ops.lab.history.dice import Dice, fixed, principal_id
from ops.lab.history.identity import TIME, Role, bucket, user_key
from ops.lab.history.plan import Place, Plan
from ops.lab.history.record import Act, Caller, fill

FOREIGN_ACCOUNT = "666666666666"
"""The attacker's own account: not of the organisation."""
ADDRESSES = ("192.0.2.77", "192.0.2.140", "2001:db8:bad::1")
"""Where the attacker sits. Nothing ordinary comes from 192.0.2.0/24."""
SCANNER, TOOLS = "TruffleHog", "Boto3/1.26.3 Python/3.9.2 Linux/6.6.9-kali Botocore/1.29.165"
BACKDOOR = "support-svc"
DURATION = timedelta(minutes=240)
_PLACED = 0.4
"""Where in the history it begins, as a share of its length."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the attack, and what should find it."""

    name: str
    minute: float
    """Minutes after the story's beginning."""
    title: str
    technique: str
    """MITRE ATT&CK technique; empty where the defenders act."""
    runbooks: tuple[int, ...]
    """The numbers of the canonical runbooks that must see it."""


STEPS = (
    Step("leaked-key", 0, "A scanner tries a leaked key of the build server", "T1078.004", (12, 15)),
    Step("recon", 6, "The key's owner looks around, in every region, and is often denied", "T1580", (1, 12, 15)),
    Step("persistence", 35, "A user with its own key and password is made; a role trusts a stranger", "T1136.003", (17, 22)),
    Step("escalation", 42, "The new user becomes administrator; a policy allows everything", "T1098.003", (20, 21)),
    Step("console", 55, "Passwords are sprayed; the new user signs in without MFA", "T1110.003", (3, 4, 5)),
    Step("hop", 70, "A role in another account is assumed, and from it a second one", "T1550.001", (7, 8)),
    Step("secrets", 80, "Secrets and parameters are read in bulk", "T1555.006", (19, 33)),
    Step("exfiltration", 95, "A bucket of customer data is downloaded", "T1530", (29,)),
    Step("sharing", 118, "Snapshots and a bucket are opened to outsiders", "T1537", (27, 31)),
    Step("foothold", 125, "SSH is opened to the world and large machines are started far away", "T1578.002", (25, 39)),
    Step("evasion", 135, "Detection is switched off", "T1562.001", (36,)),
    Step("trail-tampering", 142, "Trail, log bucket and log key are attacked in vain", "T1562.008", (35,)),
    Step("leave-organization", 150, "The account tries to leave the organisation's guardrails", "T1666", (37,)),
    Step("ransom", 155, "Versions are suspended, objects deleted, a key is scheduled for deletion", "T1486", (32, 33)),
    Step("root", 168, "The root user's password is recovered; root signs in without MFA", "T1078.004", (2, 3, 4)),
    Step("quarantine", 200, "AWS attaches its quarantine policy to the leaked key's user", "", (16,)),
    Step("response", 220, "The defenders break the glass and disable what was made", "", (49,)),
)  # fmt: skip
"""The attack, step by step."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One record of the story and where it lies."""

    step: str
    place: Place
    moment: datetime
    family: str
    """Empty for the ordinary logs."""
    event_id: str
    name: str
    text: str


@dataclass(frozen=True)
class Facts:
    """The names of things in the story: what an investigation should come up with."""

    plan: Plan

    @cached_property
    def victim(self) -> str:
        """The account whose key leaked."""
        return self.plan.workloads[0]

    @cached_property
    def second(self) -> str:
        """The account the attacker went to from there; the same one if there is no other."""
        return self.plan.workloads[1 % len(self.plan.workloads)]

    @cached_property
    def leaked_key(self) -> str:
        """The access key that leaked: the build server's, used by it all the time."""
        return user_key(self.plan, self.victim, "build-agent")

    @cached_property
    def backdoor_key(self) -> str:
        """The access key of the user the attacker made."""
        return user_key(self.plan, self.victim, BACKDOOR)

    @cached_property
    def first_role(self) -> Role:
        """The role assumed across accounts."""
        return Role(self.second, "partner-sync", "sync")

    @cached_property
    def second_role(self) -> Role:
        """The role assumed from the first one."""
        return Role(self.second, "data-export", "nightly")

    @cached_property
    def session_keys(self) -> tuple[str, str]:
        """The temporary keys of the two roles' sessions."""
        return self.first_role.key(self.plan, "story"), self.second_role.key(self.plan, "story")

    @cached_property
    def bucket(self) -> str:
        """The bucket that was downloaded."""
        return bucket(self.plan, self.second, "customer-exports")

    @cached_property
    def snapshot(self) -> str:
        """The snapshot that was shared."""
        return f"snap-{fixed(17, self.plan.seed, 'stolen')}"

    @cached_property
    def group(self) -> str:
        """The security group that was opened."""
        return f"sg-{fixed(17, self.plan.seed, 'opened')}"

    @cached_property
    def key(self) -> str:
        """The ARN of the KMS key that was scheduled for deletion."""
        name = Dice(self.plan.seed, "doomed key").uuid()
        return self.plan.arn("kms", self.second, f"key/{name}", self.plan.zone.regions.home)

    @cached_property
    def backdoor_id(self) -> str:
        """The unique id of the user the attacker made."""
        return principal_id("AIDA", self.victim, BACKDOOR)

    @cached_property
    def far_region(self) -> str:
        """The region where machines were started: the last of the config's."""
        return self.plan.regions[-1]


class Stage:
    """Where and when the attack of one plan is played."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.facts = Facts(plan)
        length = plan.end - plan.begin
        self.begin = (plan.begin + length * _PLACED).replace(microsecond=0)
        # In a very short history everything goes faster.
        self._pace = min(1.0, (plan.end - self.begin) / (DURATION * 1.1))
        self._places = {(one.account, one.region): one for one in plan.places}

    def at(self, minute: float) -> datetime:
        """Return the time a number of minutes into the story, in whole seconds."""
        return self.begin + timedelta(seconds=int(minute * 60 * self._pace))

    def place(self, account: str, region: str) -> Place:
        """Return the place of an account and region."""
        return self._places[account, region]

    def told(
        self, step: str, minute: float, act: Act, who: Caller, *, family: str = "", **slots: str
    ) -> Planted:
        """Return one planted record, in the account and region of its caller."""
        account, region = who.slots["account"], who.slots["region"]
        moment = self.at(minute)
        dice = Dice(self.plan.seed, "story", step, account, region, minute, act.name, slots)
        event = dice.uuid()
        text = fill(act, who, moment.strftime(TIME), dice, event=event, **slots)
        return Planted(step, self.place(account, region), moment, family, event, act.name, text)
