"""Views of a deployment: plans, what became of the stacks, and the progress."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.deploy.outcome import Outcome, Result, Status
from ops.deploy.plan import Action, Change, StackPlan
from ops.render.text import clean

_SIGNS = {
    Action.ADD: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.REPLACE: ("-/+", "magenta"),
    Action.DESTROY: ("-", "red"),
}
_STYLES = {
    Status.APPLIED: "green",
    Status.DESTROYED: "green",
    Status.UNCHANGED: "dim",
    Status.FAILED: "red",
    Status.STOPPED: "red",
    Status.REFUSED: "red",
}


def plans(found: Sequence[StackPlan]) -> RenderableType:
    """Return the plans as a table, then every resource that would be lost, by address."""
    table = _table("stack", "account")
    for action in Action:
        table.add_column(action.value, justify="right", no_wrap=True)
    for plan in found:
        table.add_row(_stack(plan), plan.account, *(_count(plan, action) for action in Action))
    lost = [
        (plan, change)
        for plan in found
        for change in plan.changes
        if change.action in (Action.REPLACE, Action.DESTROY)
    ]
    return Group(table, Text(), _list(lost), Text(_sum(found)))


def changes(found: Sequence[StackPlan]) -> RenderableType:
    """Return every change of the plans, one a line."""
    return Group(
        _list([(plan, change) for plan in found for change in plan.changes]), Text(_sum(found))
    )


def outcome(found: Outcome) -> RenderableType:
    """Return what became of every stack."""
    table = _table("stack", "account", "result")
    table.add_column("changed", justify="right", no_wrap=True)
    table.add_column("drift", justify="right", no_wrap=True)
    for result in found.results:
        drift = str(len(found.drift[result.stack])) if result.stack in found.drift else ""
        table.add_row(
            Text(clean(result.stack), overflow="fold"),
            result.account,
            Text(result.status.value, style=_STYLES.get(result.status, "")),
            str(len(result.changed)),
            drift,
        )
    return Group(table, Text(), *_drift(found))


def troubles(found: Outcome) -> list[Result]:
    """Return the results a person must read about, skipped stacks last."""
    bad = [one for one in (*found.results, *found.unchecked) if not one.status.stands]
    return sorted(bad, key=lambda one: one.status is Status.SKIPPED)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 0), show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name == "account")
    return table


def _stack(plan: StackPlan) -> Text:
    text = Text(clean(plan.stack), overflow="fold")
    if plan.waits_for:
        text.append(f"\nwaits for {', '.join(plan.waits_for)}", style="dim")
    elif plan.changed and not plan.changes:
        text.append("\noutputs only", style="dim")
    return text


def _count(plan: StackPlan, action: Action) -> Text:
    number = len(plan.addresses(action))
    return Text(str(number), style=_SIGNS[action][1] if number else "dim")


def _list(found: Iterable[tuple[StackPlan, Change]]) -> RenderableType:
    lines = Table.grid(padding=(0, 1))
    lines.add_column(justify="right", no_wrap=True)
    lines.add_column(overflow="fold")
    for plan, change in found:
        sign, style = _SIGNS[change.action]
        lines.add_row(sign, Text(f"{clean(plan.stack)}:{clean(change.address)}"), style=style)
    return lines


def _sum(found: Sequence[StackPlan]) -> str:
    counts = {action: sum(len(plan.addresses(action)) for plan in found) for action in Action}
    words = ", ".join(f"{count} to {action.value}" for action, count in counts.items())
    return f"{words}, in {len(found)} {'stack' if len(found) == 1 else 'stacks'}"


def _drift(found: Outcome) -> list[Text]:
    if not found.drift:
        return []
    lines = [
        Text(f"  ! {clean(stack)}:{clean(address)}", style="red", overflow="fold")
        for stack, addresses in found.drift.items()
        for address in addresses
    ]
    if not lines and not found.unchecked:
        return [Text("Planned again: no drift.", style="green")]
    return [*lines, Text(f"Planned again: {len(lines)} to change again.")]
