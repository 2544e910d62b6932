"""What became of a deployment: stack by stack, and as an exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ops.deploy.plan import StackPlan
from ops.deploy.stacks import Stack
from ops.errors import Exit


class Status(Enum):
    """What became of one stack."""

    PLANNED = "planned"
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    DRIFTED = "drifted"
    """It was applied, and a plan right after would change it again."""
    DESTROYED = "destroyed"
    FAILED = "failed"
    STOPPED = "stopped"
    """Ctrl-C ended it, or came before it began."""
    DECLINED = "declined"
    REFUSED = "refused"
    SKIPPED = "skipped"
    """A stack it needs did not come to stand."""

    @property
    def stands(self) -> bool:
        """Whether stacks that need this one may go on."""
        return self in _GOOD


_GOOD = (
    Status.PLANNED,
    Status.APPLIED,
    Status.UNCHANGED,
    Status.DRIFTED,
    Status.DESTROYED,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one stack."""

    stack: str
    account: str
    region: str
    status: Status
    plan: StackPlan | None = None
    changed: tuple[str, ...] = ()
    """The addresses of the resources that were created, updated or deleted."""
    reason: str = ""
    """Why it does not stand."""
    hint: str = ""

    def row(self) -> dict[str, Any]:
        """Return it as `ops deploy apply --format json` shows it."""
        return {
            "stack": self.stack,
            "account": self.account,
            "region": self.region,
            "status": self.status.value,
            "changed": list(self.changed),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all of them."""

    results: tuple[Result, ...]
    drift: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per stack, what a plan right after the apply would change again."""
    unchecked: tuple[Result, ...] = ()
    """Stacks that could not be planned again after the apply, and why."""

    @property
    def stands(self) -> bool:
        """Whether every stack came to stand."""
        return all(result.status.stands for result in self.results)

    @property
    def exit_code(self) -> Exit:
        """0 all stand, 1 drift, 2 a destruction was refused, 3 something did not come to stand."""
        found = {result.status for result in (*self.results, *self.unchecked)}
        if found & {Status.FAILED, Status.STOPPED, Status.DECLINED}:
            return Exit.INCOMPLETE
        if Status.REFUSED in found:
            return Exit.USAGE
        if Status.SKIPPED in found:
            return Exit.INCOMPLETE
        return Exit.FINDINGS if any(self.drift.values()) else Exit.OK

    @property
    def plans(self) -> tuple[StackPlan, ...]:
        """The plans that could be made, in order."""
        return tuple(result.plan for result in self.results if result.plan is not None)

    def rows(self) -> list[dict[str, Any]]:
        """Return it as `--format json` shows it, with each stack's drift."""
        return [{**one.row(), "drift": list(self.drift.get(one.stack, ()))} for one in self.results]


def bare(stack: Stack, status: Status) -> Result:
    """Return the result of a stack that has no plan."""
    return Result(stack.name, stack.account, stack.region, status)


def planned(plan: StackPlan) -> Result:
    """Return the result of a stack that has been planned."""
    return Result(plan.stack, plan.account, plan.region, Status.PLANNED, plan=plan)


def skipped(stack: Stack, broken: Sequence[str]) -> Result:
    """Return the result of a stack that needs others which do not stand."""
    reason = f"needs {', '.join(broken)}"
    return Result(stack.name, stack.account, stack.region, Status.SKIPPED, reason=reason)
