"""Terraform's plan as values: what would become of every resource.

Source: Terraform internals, "JSON Output Format" (`terraform show -json`),
resource_changes[].change.actions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ops.deploy.stacks import Stack
from ops.errors import DeployError


class Action(Enum):
    """What a plan does to a resource."""

    ADD = "add"
    CHANGE = "change"
    REPLACE = "replace"
    DESTROY = "destroy"


_ACTIONS: dict[tuple[str, ...], Action | None] = {
    ("no-op",): None,
    ("read",): None,
    ("create",): Action.ADD,
    ("update",): Action.CHANGE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("delete",): Action.DESTROY,
    # What Terraform forgets lives on, but nothing here would look after it.
    ("forget",): Action.DESTROY,
    ("create", "forget"): Action.REPLACE,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one resource."""

    address: str
    type: str
    action: Action


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The plan of one stack."""

    stack: str
    account: str
    region: str
    changes: tuple[Change, ...] = ()
    waits_for: tuple[str, ...] = ()
    """Stacks that must be applied before this one can be planned; its changes are
    then the resources it holds, all to be added."""
    changed: bool = False
    """Whether applying it would do anything: outputs may change alone."""
    document: Path | None = None
    """Where Terraform's plan lies as JSON; None if there is nothing to do."""

    def addresses(self, action: Action) -> tuple[str, ...]:
        """Return the addresses of the resources it does this to."""
        return tuple(one.address for one in self.changes if one.action is action)

    def row(self) -> dict[str, Any]:
        """Return it as `ops deploy plan --format json` shows it."""
        by_action = {action.value: list(self.addresses(action)) for action in Action}
        return {
            "stack": self.stack,
            "account": self.account,
            "region": self.region,
            **{name: len(addresses) for name, addresses in by_action.items()},
            "addresses": by_action,
            "waits_for": list(self.waits_for),
        }


def changes(document: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes in a plan's JSON; reading data and doing nothing are none."""
    found: list[Change] = []
    for one in document.get("resource_changes", ()):
        actions = tuple(one["change"]["actions"])
        if actions not in _ACTIONS:
            # A plan that cannot be judged must not be applied.
            raise DeployError(
                f"Terraform plans {'+'.join(actions)} for {one['address']}, which ops does not know."
            )
        if action := _ACTIONS[actions]:
            found.append(Change(one["address"], one["type"], action))
    return tuple(found)


def waiting(stack: Stack, absent: tuple[str, ...]) -> StackPlan:
    """Return the plan of a stack that cannot be planned yet: all it holds, to be added."""
    found = tuple(
        Change(address, address.partition(".")[0], Action.ADD) for address in stack.addresses
    )
    return StackPlan(stack.name, stack.account, stack.region, found, waits_for=absent, changed=True)
