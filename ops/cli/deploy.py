"""`ops deploy`: plan, apply and destroy with Terraform; check."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ops.cli import Lazy, LazyGroup
from ops.cli.options import View, config_option, output_options
from ops.errors import Exit, Refused
from ops.render.text import clean

if TYPE_CHECKING:
    from ops.deploy.outcome import Outcome
    from ops.deploy.plan import StackPlan
    from ops.deploy.runner import Approve
    from ops.deploy.session import Session
    from ops.render.progress import Talk

_SHOWN = 10
"""Of what was done before a failure, how many resources are named."""

stacks_argument = click.argument("stacks", nargs=-1, metavar="[STACK]...")
approve_option = click.option(
    "--auto-approve", is_flag=True, help="Do not ask; independent stacks run side by side."
)
allow_option = click.option(
    "--allow-destroy",
    "allowed",
    multiple=True,
    metavar="[STACK:]ADDRESS",
    help="Let this archive bucket, key or trail be destroyed or replaced. Repeatable.",
)


@click.group(
    cls=LazyGroup,
    lazy={"check": Lazy("ops.cli.check:check", "Judge the plan by CIS, Security Hub, scanners.")},
    no_args_is_help=True,
)
def deploy() -> None:
    """Plan, apply, destroy and check the landing zone.

    STACK is the name of a stack, as `ops deploy plan` lists them; without any,
    all stacks are meant.
    """


@deploy.command(short_help="Show what apply would do, per stack.")
@stacks_argument
@config_option
@click.option("--detailed", is_flag=True, help="List every change; exit 1 if there is any.")
@output_options
def plan(*, stacks: tuple[str, ...], config: Path, detailed: bool, view: View) -> Exit:
    """Show what apply would do, per stack. Nothing is changed.

    A stack that needs the output of another that was never applied waits for
    it; its resources are listed as they were synthesized.

    \b
    Exit status: 0 with or without changes (--detailed: 1 if there are any),
    2 usage, 3 a stack could not be planned.

    \b
    Example:
        ops deploy plan --config config/lab.yaml
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.deploy import session
    from ops.render import deploy as views

    with _talk() as talk, session.opened(config, listen=talk.listen) as opened:
        outcome = opened.deployment.plan(stacks)
    shown = views.changes if detailed else views.plans
    view.show([one.row() for one in outcome.plans], lambda: shown(outcome.plans))
    _explain(outcome)
    if outcome.exit_code is Exit.OK and detailed and any(one.changed for one in outcome.plans):
        return Exit.FINDINGS
    return outcome.exit_code


@deploy.command(short_help="Apply the stacks in order, then look for drift.")
@stacks_argument
@config_option
@approve_option
@allow_option
@output_options
def apply(
    *,
    stacks: tuple[str, ...],
    config: Path,
    auto_approve: bool,
    allowed: tuple[str, ...],
    view: View,
) -> Exit:
    """Apply the stacks in order, each in its account, then look for drift.

    Every stack's plan is shown and asked about before it is applied. A stack
    that fails stops the ones that need it; run the command again to go on.

    \b
    Exit status: 0 all stand, 1 drift, 2 usage or a refused destruction,
    3 a stack failed, was skipped, declined or stopped.

    \b
    Example:
        ops deploy apply --config config/lab.yaml --auto-approve
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.deploy import session

    _need_someone_to_ask(auto_approve=auto_approve)
    with _talk() as talk, session.opened(config, listen=talk.listen) as opened:
        approve = None if auto_approve else _asking(talk, "Apply this plan?")
        outcome = opened.deployment.apply(stacks, approve=approve, allowed=allowed)
    ended = _ended(view, outcome)
    if ended is Exit.OK and view.format == "table":
        _show_what_stands(opened)
    return ended


@deploy.command(short_help="Destroy the stacks, last things first.")
@stacks_argument
@config_option
@approve_option
@allow_option
@output_options
def destroy(
    *,
    stacks: tuple[str, ...],
    config: Path,
    auto_approve: bool,
    allowed: tuple[str, ...],
    view: View,
) -> Exit:
    """Destroy the stacks, the ones that need others first.

    Everything is planned and shown before anything is touched. The archive's
    buckets and key and every trail are spared unless --allow-destroy names
    them: without it the command refuses and lists the options to add. Trusted
    access and policy types of the organisation stay enabled.

    \b
    Exit status: 0 all gone, 2 usage or a refused destruction,
    3 a stack failed, was skipped, declined or stopped.

    \b
    Example:
        ops deploy destroy trail --allow-destroy trail:aws_cloudtrail.trail
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.deploy import session

    _need_someone_to_ask(auto_approve=auto_approve)
    with _talk() as talk, session.opened(config, listen=talk.listen) as opened:
        approve = None if auto_approve else _asking(talk, "Destroy all of this?")
        outcome = opened.deployment.destroy(stacks, approve=approve, allowed=allowed)
    return _ended(view, outcome)


def _need_someone_to_ask(*, auto_approve: bool) -> None:
    if not auto_approve and not sys.stdin.isatty():
        raise Refused(
            "There is no terminal to ask on, so nothing was begun.",
            hint="add --auto-approve if nobody needs to see the plans first",
        )


def _talk() -> "Talk":
    from ops.render import screen
    from ops.render.progress import Talk

    return Talk(screen.err())


def _asking(talk: "Talk", question: str) -> "Approve":
    from ops.render import deploy as views

    def approve(plans: "Sequence[StackPlan]") -> bool:
        with talk.paused():
            talk.console.print(views.changes(plans))
            try:
                return click.confirm(question, default=False, err=True)
            except click.Abort:
                return False  # Ctrl-C or the end of input is no yes

    return approve


def _ended(view: View, outcome: "Outcome") -> Exit:
    from ops.render import deploy as views

    view.show(outcome.rows(), lambda: views.outcome(outcome))
    _explain(outcome)
    return outcome.exit_code


def _show_what_stands(opened: "Session") -> None:
    from ops.render import landscape, screen

    zone = opened.zone
    accounts = {one.id: one.name for one in zone.organization.accounts}
    accounts |= {one.id: one.name for one in zone.standalone_accounts}
    screen.out().print(landscape.tree(zone.name, opened.deployment.stacks, accounts))


def _explain(outcome: "Outcome") -> None:
    """Say of every stack that does not stand why, and what to do."""
    from ops.render import deploy as views

    for result in views.troubles(outcome):
        reason = result.reason.removeprefix(f"{result.stack}: ")
        why = f": {clean(reason)}" if reason else ""
        click.echo(f"ops: {clean(result.stack)} {result.status.value}{why}", err=True)
        for address in result.changed[:_SHOWN]:
            click.echo(f"     done before that: {clean(address)}", err=True)
        if (more := len(result.changed) - _SHOWN) > 0:
            click.echo(f"     done before that: {more} more; the log names them", err=True)
        if result.hint:
            click.echo(f"  → {clean(result.hint)}", err=True)
