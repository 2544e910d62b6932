"""How one stack's output becomes another's variable.

Names and ARNs are computed from the config, with one exception: the archive
key's ARN. A variable takes the output of the same name of a stack it needs.
"""

from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

from ops.deploy.stacks import Stack
from ops.deploy.terraform import Terraform
from ops.errors import DeployError


class Handover:
    """Reads outputs from the states, each once until it may have changed."""

    def __init__(self, stacks: Sequence[Stack], terraforms: Mapping[str, Terraform]) -> None:
        self._stacks = {stack.name: stack for stack in stacks}
        self._terraforms = terraforms
        self._read: dict[str, dict[str, Any]] = {}
        self._lock = RLock()

    def values(self, stack: Stack) -> dict[str, Any]:
        """Return the values of a stack's variables, as far as they are known."""
        sources = {name: self._source(stack, name) for name in stack.variables}
        found = {name: self._outputs(source) for name, source in sources.items()}
        return {name: outputs[name] for name, outputs in found.items() if name in outputs}

    def all_values(self, stack: Stack) -> dict[str, Any]:
        """Return the values of all of a stack's variables; raise DeployError otherwise."""
        values = self.values(stack)
        if absent := self.waits_for(stack, values):
            needed = ", ".join(absent)
            raise DeployError(
                f"{stack.name}: needs what {needed} puts out, and {needed} has not been applied.",
                hint=f"ops deploy apply {' '.join(absent)} {stack.name}",
            )
        return values

    def waits_for(self, stack: Stack, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the stacks whose outputs a stack's variables still lack."""
        lacking = [name for name in stack.variables if name not in values]
        return tuple(dict.fromkeys(self._source(stack, name) for name in lacking))

    def forget(self, name: str) -> None:
        """Read a stack's outputs anew the next time: it has been applied."""
        with self._lock:
            self._read.pop(name, None)

    def _source(self, stack: Stack, variable: str) -> str:
        for need in stack.needs:
            if need in self._stacks and variable in self._stacks[need].outputs:
                return need
        raise DeployError(
            f"{stack.name}: no stack it needs puts out a value for its variable {variable}."
        )

    def _outputs(self, name: str) -> dict[str, Any]:
        with self._lock:
            if name not in self._read:
                terraform = self._terraforms[name]
                terraform.init()
                self._read[name] = terraform.outputs()
            return self._read[name]
