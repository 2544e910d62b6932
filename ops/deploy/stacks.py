"""The synthesized stacks: what the JSON says of each, and the order they need.

The manifest and the stacks' own JSON are all the runner knows. A variable of a
stack takes the output of the same name of a stack that it depends on.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from ops.errors import DeployError, UsageError


@dataclass(frozen=True, slots=True)
class Stack:
    """One synthesized stack."""

    name: str
    directory: Path
    """Where its cdk.tf.json lies and Terraform runs."""
    account: str
    """The one account its providers may touch."""
    region: str
    needs: tuple[str, ...]
    """Every stack that must stand before it, directly or not, first things first."""
    variables: tuple[str, ...]
    """The variables that have no default."""
    outputs: tuple[str, ...]
    addresses: tuple[str, ...]
    """The addresses of its resources."""
    settings: str
    """Its `terraform` block: what `init` depends on."""
    state: Path | None
    """Its state file, with the local backend."""


def read(directory: Path) -> tuple[Stack, ...]:
    """Return the stacks synthesized into a directory, each after those it needs."""
    manifest = _json(directory / "manifest.json")
    try:
        found = {name: tuple(one["dependencies"]) for name, one in manifest["stacks"].items()}
        order = list(TopologicalSorter(found).static_order())
        return tuple(
            _stack(directory / manifest["stacks"][name]["synthesizedStackPath"], name,
                   _all_needs(name, found, order))
            for name in order
        )  # fmt: skip
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        raise DeployError(f"The stacks need each other in a circle: {cycle}.") from error
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise DeployError(
            f"{directory} does not hold synthesized stacks as expected: {error!r}."
        ) from error


def select(stacks: Sequence[Stack], wanted: Iterable[str]) -> tuple[Stack, ...]:
    """Return the wanted stacks in order, all of them if none is named; raise UsageError."""
    names = set(wanted)
    known = [stack.name for stack in stacks]
    if unknown := sorted(names - {*known}):
        raise UsageError(
            f"No stack is called {', '.join(unknown)}.", hint=f"there are: {', '.join(known)}"
        )
    return tuple(stack for stack in stacks if not names or stack.name in names)


def needed_by(stacks: Sequence[Stack]) -> dict[str, list[str]]:
    """Return for each stack which of the others need it."""
    return {one.name: [other.name for other in stacks if one.name in other.needs] for one in stacks}


def _stack(path: Path, name: str, needs: tuple[str, ...]) -> Stack:
    document = _json(path)
    provider = _default_provider(document["provider"]["aws"])
    backend = document["terraform"]["backend"].get("local")
    variables: Mapping[str, Mapping[str, Any]] = document.get("variable", {})
    return Stack(
        name=name,
        directory=path.parent,
        account=provider["allowed_account_ids"][0],
        region=provider["region"],
        needs=needs,
        variables=tuple(key for key, one in variables.items() if "default" not in one),
        outputs=tuple(document.get("output", {})),
        addresses=tuple(
            f"{kind}.{one}" for kind, group in document.get("resource", {}).items() for one in group
        ),
        settings=json.dumps(document["terraform"], sort_keys=True),
        state=(path.parent / backend["path"]).resolve() if backend else None,
    )


def _default_provider(providers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((one for one in providers if "alias" not in one), providers[0])


def _all_needs(
    name: str, direct: Mapping[str, Iterable[str]], order: Iterable[str]
) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = [*direct[name]]
    while waiting:
        need = waiting.pop()
        if need not in found:
            found.add(need)
            waiting += direct[need]
    return tuple(one for one in order if one in found)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DeployError(f"{path} cannot be read: {error}.") from error
