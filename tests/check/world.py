"""A landing zone's plans, made from its synthesized stacks, to be broken on purpose.

Terraform would plan the same from the same stacks: `test_real_plans` compares.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ops.deploy.check import estate
from ops.deploy.check.estate import Estate

_MAPS = {"tags", "tags_all", "dimensions", "input_paths"}
"""Arguments that are maps; every other nested object is a block."""
_NOT_ARGUMENTS = {"//", "depends_on", "provider", "lifecycle"}
_REFERENCE = re.compile(r"\$\{([A-Za-z_][\w-]*\.[\w-]+)\.([\w-]+)\}")

Stacks = dict[str, Any]


class World:
    """The synthesized stacks of one landing zone, and ways to change what they hold."""

    def __init__(self, stacks: Mapping[str, Any]) -> None:
        self.stacks: Stacks = copy.deepcopy(dict(stacks))

    def of(self, kind: str, part: str = "") -> list[dict[str, Any]]:
        """Return the resources of a type whose name holds a part; at least one."""
        found = [
            resource
            for stack in self.stacks.values()
            for name, resource in stack.get("resource", {}).get(kind, {}).items()
            if part in name
        ]
        assert found, f"nothing to change: {kind} {part}"
        return found

    def set(self, kind: str, part: str = "", **values: Any) -> None:
        """Set arguments of resources; None removes them."""
        for resource in self.of(kind, part):
            for name, value in values.items():
                resource.pop(name, None)
                if value is not None:
                    resource[name] = value

    def edit(self, kind: str, part: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change resources as a function says."""
        for resource in self.of(kind, part):
            change(resource)

    def remove(self, kind: str, part: str = "") -> None:
        """Take resources away."""
        self.of(kind, part)
        for stack in self.stacks.values():
            group = stack.get("resource", {}).get(kind, {})
            for name in [name for name in group if part in name]:
                del group[name]

    def add(self, stack: str, kind: str, key: str, /, **values: Any) -> None:
        """Put a resource into a stack."""
        self.stacks[stack].setdefault("resource", {}).setdefault(kind, {})[key] = values

    def statements(self, kind: str, part: str, change: Callable[[list[Any]], object]) -> None:
        """Change the statements of policies as a function says."""
        for resource in self.of(kind, part):
            document = json.loads(resource["policy"])
            change(document["Statement"])
            resource["policy"] = json.dumps(document)

    def estate(self) -> Estate:
        """Return what the plans of all stacks would hold."""
        return Estate(
            resource
            for name, stack in self.stacks.items()
            for resource in estate.resources(name, plan(stack))
        )


def plan(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan JSON of a synthesized stack that was never applied."""
    providers = {
        f"aws.{one['alias']}" if "alias" in one else "aws": one for one in stack["provider"]["aws"]
    }
    planned, configured = [], []
    for kind, group in stack.get("resource", {}).items():
        for name, resource in group.items():
            provider = resource.get("provider", "aws")
            head = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
            tags = providers[provider]["default_tags"][0]["tags"]
            arguments = {key: one for key, one in resource.items() if key not in _NOT_ARGUMENTS}
            values = {key: _known(key, one, stack) for key, one in arguments.items()}
            known = {key: one for key, one in values.items() if one is not None}
            planned.append({**head, "values": {"tags_all": tags, **known}})
            expressions = {key: _expression(one) for key, one in arguments.items()}
            configured.append({**head, "provider_config_key": provider, "expressions": expressions})
    return {
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {
            "provider_config": {
                key: {"expressions": {name: {"constant_value": one[name]}
                                      for name in ("region", "allowed_account_ids")}}
                for key, one in providers.items()
            },
            "root_module": {"resources": configured},
        },
    }  # fmt: skip


def _known(key: str, value: Any, stack: Mapping[str, Any]) -> Any:
    """Return what a plan knows of a value: names of other resources, but not what AWS makes."""
    if isinstance(value, dict):
        inner = {name: _known(name, one, stack) for name, one in value.items()}
        inner = {name: one for name, one in inner.items() if one is not None}
        return inner if key in _MAPS else [inner]
    if isinstance(value, list):
        items = [_known("tags" if isinstance(one, dict) else key, one, stack) for one in value]
        return None if None in items else items
    if isinstance(value, str) and "${" in value:
        return _resolved(value, stack)
    return value


def _resolved(text: str, stack: Mapping[str, Any]) -> str | None:
    """Return a text if it only takes in another resource's configured name."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    address, attribute = found.groups()
    kind, name = address.split(".")
    configured = stack["resource"][kind][name].get(attribute)
    return configured if isinstance(configured, str) else None


def _expression(value: Any) -> dict[str, Any]:
    found = {match[0] for match in _REFERENCE.findall(json.dumps(value))}
    expression = {"constant_value": value}
    return {**expression, "references": sorted(found)} if found else expression
