"""What a judgement is: a status, the reason in words, and the resources it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.deploy.check.estate import Estate


class Status(StrEnum):
    """How a control stands."""

    PASS = "pass"  # noqa: S105 (no password)
    FAIL = "fail"
    MANUAL = "manual"
    """A plan cannot show it; the reason says where to look."""
    ACCEPTED = "accepted"
    """It fails, and the config says why that is right here."""
    NOT_APPLICABLE = "not-applicable"
    """Nothing in the plan is of the kind the control judges."""


class Framework(StrEnum):
    """Who prescribes a control; the values begin the names in `accepted`."""

    CIS_1_2 = "cis-1.2"
    CIS_3_0 = "cis-3.0"
    CIS_5_0 = "cis-5.0"
    SECURITYHUB = "securityhub"
    PROWLER = "prowler"
    CHECKOV = "checkov"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What looking at the plan has shown about one fact."""

    status: Status
    reason: str
    resources: tuple[str, ...] = ()
    """STACK:ADDRESS of what it rests on: the failing resources if it fails."""


Fact = Callable[["Estate"], Judgement]
"""One question about the whole plan; frameworks that ask the same share it."""


@dataclass(frozen=True, slots=True)
class Control:
    """One framework's control and the fact that decides it."""

    framework: Framework
    id: str
    title: str
    fact: Fact

    @property
    def name(self) -> str:
        """FRAMEWORK:CONTROL, as the config's `accepted` names it."""
        return f"{self.framework}:{self.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """One control, judged."""

    control: Control
    status: Status
    reason: str
    resources: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """Return it as `ops deploy check --format json` shows it."""
        return {
            "framework": self.control.framework.value,
            "control": self.control.id,
            "status": self.status.value,
            "reason": self.reason,
            "resources": list(self.resources),
        }
