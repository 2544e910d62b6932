"""The stacks in order: plan, apply, destroy, and what a failure means for the rest.

Each stack is planned after those it needs, judged, approved, and applied from
exactly the plan that was judged and approved. A stack that fails takes along the
ones that need it and no other. Nothing is remembered between runs but Terraform's
state, so running again goes on where the last run ended.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ops.deploy import order, protection
from ops.deploy.handover import Handover
from ops.deploy.interrupt import Interrupt
from ops.deploy.messages import Event, Kind, Listen
from ops.deploy.outcome import Outcome, Result, Status, bare, planned, skipped
from ops.deploy.plan import StackPlan, waiting
from ops.deploy.stacks import Stack, needed_by, select
from ops.deploy.terraform import Terraform
from ops.errors import OpsError, Refused, SetupError, UsageError

TOGETHER = 2
"""Stacks at a time, where nobody is asked: each is a Terraform and a provider."""

Approve = Callable[[Sequence[StackPlan]], bool]
"""Asks a person whether to go on with these plans."""


class Accounts(Protocol):
    """Tells whether an account can be reached."""

    def check(self, account: str) -> None:
        """Raise AwsError if it cannot."""


class Preparation(Protocol):
    """What must be in place before the first stack of an account."""

    account: str
    """The account it is for."""

    def plan(self) -> StackPlan | None:
        """Return what would be done; None if nothing is missing."""

    def apply(self) -> tuple[str, ...]:
        """Do it, and return what was done."""


class Deployment:
    """The stacks of one landing zone, to be planned, applied and destroyed."""

    def __init__(
        self,
        stacks: Sequence[Stack],
        *,
        terraform: Callable[[Stack], Terraform],
        accounts: Accounts,
        preparation: Preparation,
        interrupt: Interrupt,
        listen: Listen,
    ) -> None:
        self.stacks = tuple(stacks)
        self._known = {stack.name: stack for stack in stacks}
        self._terraforms = {stack.name: terraform(stack) for stack in stacks}
        self._handover = Handover(stacks, self._terraforms)
        self._accounts = accounts
        self._preparation = preparation
        self._interrupt = interrupt
        self._listen = listen

    def plan(self, wanted: Iterable[str] = ()) -> Outcome:
        """Plan the wanted stacks, all without any named; nothing is changed."""
        selected = select(self.stacks, wanted)
        first = self._missing(selected)
        results = [planned(first)] if first else []
        results += self._each(selected, self._plan_one)
        return Outcome(tuple(results))

    def documents(
        self, wanted: Iterable[str] = (), *, stand_ins: Mapping[str, str]
    ) -> dict[str, Path]:
        """Plan the wanted stacks and return where each plan lies as JSON.

        Unchanged ones are planned too. `stand_ins` are the values of variables
        whose real ones no stack has put out yet; such a plan cannot be applied.
        """

        def document(name: str, _: Mapping[str, Path]) -> Path:
            stack = self._known[name]
            self._reach(stack)
            stood_in = {one: stand_ins[one] for one in stack.variables if one in stand_ins}
            plan = self._terraforms[name].plan({**stood_in, **self._handover.values(stack)})
            return plan.document or self._terraforms[name].show()

        selected = select(self.stacks, wanted)
        return order.walk({stack.name: () for stack in selected}, document, workers=TOGETHER)

    def apply(
        self, wanted: Iterable[str] = (), *, approve: Approve | None, allowed: Iterable[str] = ()
    ) -> Outcome:
        """Apply the wanted stacks in order, then plan all of them again.

        `approve` is asked for every stack; without it nobody is, and stacks that
        do not need each other run at the same time. `allowed` names the protected
        resources that may be destroyed or replaced.
        """
        selected, named = select(self.stacks, wanted), tuple(allowed)
        prepared = self._prepare(selected, approve)
        if prepared and not prepared.status.stands:
            rest = (skipped(stack, [prepared.stack]) for stack in selected)
            return Outcome((prepared, *rest))
        self._say_what_is_absent(selected)
        results = self._each(
            selected,
            lambda stack: self._apply_one(stack, approve, named),
            needs={stack.name: stack.needs for stack in selected},
            workers=1 if approve else TOGETHER,
        )
        outcome = Outcome((*([prepared] if prepared else []), *results))
        return self._with_drift(outcome, selected) if outcome.stands else outcome

    def destroy(
        self, wanted: Iterable[str] = (), *, approve: Approve | None, allowed: Iterable[str] = ()
    ) -> Outcome:
        """Destroy the wanted stacks, the ones that need others first.

        All of them are planned before the first is touched: a destruction nobody
        allowed raises Refused while everything still stands. What the organisation
        enabled stays enabled; others may rely on it.
        """
        selected = select(self.stacks, wanted)
        self._refuse_if_needed(selected)
        ends = self._each(selected, self._plan_end)
        outcome = Outcome(tuple(ends))
        protection.judge(outcome.plans, allowed)
        if not outcome.stands or not outcome.plans:
            return outcome
        if approve and not self._asked(approve, outcome.plans):
            declined = (replace(one, status=Status.DECLINED) if one.plan else one for one in ends)
            return Outcome(tuple(declined))
        by_name = {one.stack: one for one in ends}
        return Outcome(
            tuple(
                self._each(
                    selected,
                    lambda stack: self._end_one(by_name[stack.name]),
                    needs=needed_by(selected),
                )
            )
        )

    def _each(
        self,
        selected: Sequence[Stack],
        work: Callable[[Stack], Result],
        *,
        needs: Mapping[str, Sequence[str]] | None = None,
        workers: int = TOGETHER,
    ) -> list[Result]:
        """Work on every stack after its needs; skip it if one of those does not stand."""

        def begin(name: str, given: Mapping[str, Result]) -> Result:
            result = attempt(self._known[name], given)
            self._listen(Event(name, Kind.ENDED, result.status.value))
            return result

        def attempt(stack: Stack, given: Mapping[str, Result]) -> Result:
            if broken := [one.stack for one in given.values() if not one.status.stands]:
                return skipped(stack, broken)
            if self._interrupt.requested:
                return replace(bare(stack, Status.STOPPED), reason="not begun")
            try:
                return work(stack)
            except SetupError:
                raise  # no other stack would fare better
            except OpsError as error:
                return self._failed(bare(stack, Status.FAILED), error)

        waits = needs or {}
        found = order.walk(
            {stack.name: waits.get(stack.name, ()) for stack in selected}, begin, workers=workers
        )
        return [found[stack.name] for stack in selected]

    def _plan_one(self, stack: Stack) -> Result:
        values = self._handover.values(stack)
        if absent := self._handover.waits_for(stack, values):
            return planned(waiting(stack, absent))
        self._reach(stack)
        return planned(self._terraforms[stack.name].plan(values))

    def _apply_one(self, stack: Stack, approve: Approve | None, allowed: Sequence[str]) -> Result:
        self._reach(stack)
        plan = self._terraforms[stack.name].plan(self._handover.all_values(stack))
        if not plan.changed:
            return replace(planned(plan), status=Status.UNCHANGED)
        try:
            protection.judge([plan], allowed)
        except Refused as error:
            return replace(planned(plan), status=Status.REFUSED, reason=str(error), hint=error.hint)
        if approve and not self._asked(approve, [plan]):
            return replace(planned(plan), status=Status.DECLINED)
        return self._carried_out(plan, Status.APPLIED)

    def _plan_end(self, stack: Stack) -> Result:
        self._reach(stack)
        if not self._terraforms[stack.name].stands():
            return bare(stack, Status.UNCHANGED)
        values = self._handover.all_values(stack)
        return planned(self._terraforms[stack.name].plan(values, destroy=True))

    def _end_one(self, end: Result) -> Result:
        return self._carried_out(end.plan, Status.DESTROYED) if end.plan else end

    def _carried_out(self, plan: StackPlan, status: Status) -> Result:
        applied = self._terraforms[plan.stack].apply()
        self._handover.forget(plan.stack)
        result = replace(planned(plan), status=status, changed=applied.changed)
        return self._failed(result, applied.failure) if applied.failure else result

    def _with_drift(self, outcome: Outcome, selected: Sequence[Stack]) -> Outcome:
        drift: dict[str, tuple[str, ...]] = {}

        def look(stack: Stack) -> Result:
            values = self._handover.all_values(stack)
            drift[stack.name] = self._terraforms[stack.name].drift(values)
            return bare(stack, Status.DRIFTED if drift[stack.name] else Status.UNCHANGED)

        again = self._each(selected, look)
        unchecked = tuple(one for one in again if not one.status.stands)
        return replace(outcome, drift=drift, unchecked=unchecked)

    def _missing(self, selected: Sequence[Stack]) -> StackPlan | None:
        if all(stack.account != self._preparation.account for stack in selected):
            return None
        return self._preparation.plan()

    def _prepare(self, selected: Sequence[Stack], approve: Approve | None) -> Result | None:
        plan = self._missing(selected)
        if plan is None:
            return None
        if approve and not self._asked(approve, [plan]):
            return replace(planned(plan), status=Status.DECLINED)
        done = self._preparation.apply()
        for step in done:
            self._listen(Event(plan.stack, Kind.NOTICE, step))
        return replace(planned(plan), status=Status.APPLIED, changed=done)

    def _reach(self, stack: Stack) -> None:
        self._accounts.check(stack.account)
        self._terraforms[stack.name].init()

    def _asked(self, approve: Approve, plans: Sequence[StackPlan]) -> bool:
        with self._interrupt.released():
            return approve(plans)

    def _failed(self, result: Result, error: OpsError) -> Result:
        status = Status.STOPPED if self._interrupt.requested else Status.FAILED
        return replace(result, status=status, reason=str(error), hint=error.hint)

    def _say_what_is_absent(self, selected: Sequence[Stack]) -> None:
        """Tell of stacks that are needed, not asked for, and not there."""
        chosen = {stack.name for stack in selected}
        absent = {need for stack in selected for need in stack.needs} - chosen
        for name in sorted(absent):
            self._reach(self._known[name])
            if not self._terraforms[name].stands():
                words = "needed, but not applied yet; what needs it may fail"
                self._listen(Event(name, Kind.NOTICE, words))

    def _refuse_if_needed(self, selected: Sequence[Stack]) -> None:
        """Raise UsageError if a stack that stays needs one that is to go."""
        chosen = {stack.name for stack in selected}
        for stack in self.stacks:
            if stack.name in chosen or not chosen & {*stack.needs}:
                continue
            self._reach(stack)
            if self._terraforms[stack.name].stands():
                needed = ", ".join(one for one in stack.needs if one in chosen)
                raise UsageError(
                    f"{stack.name} still stands and needs {needed}.",
                    hint=f"destroy {stack.name} too: ops deploy destroy {stack.name} "
                    f"{' '.join(sorted(chosen))}",
                )
