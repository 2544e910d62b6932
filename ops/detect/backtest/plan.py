"""What a Terraform plan, or a stack that the CDK has synthesized, would deploy.

Source: Terraform internals, "JSON Output Format" (planned_values); "JSON Configuration Syntax".
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.detect.backtest import deployment
from ops.detect.backtest.deployment import Resource
from ops.detect.backtest.subject import Found
from ops.errors import UsageError

_HINT = "terraform show -json PLANFILE writes a plan; the CDK writes cdktf.out/stacks/*/cdk.tf.json"


def read(path: Path) -> Found:
    """Return the filters, alarms and rules of a file; raise UsageError if it is neither kind."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint=_HINT) from error
    if not isinstance(told, dict):
        raise UsageError(f"{path} is no plan and no stack.", hint=_HINT)
    if isinstance(told.get("planned_values"), dict):
        return deployment.found(_planned(told["planned_values"].get("root_module") or {}))
    if isinstance(told.get("resource"), dict):
        return deployment.found(_stack(told["resource"]))
    raise UsageError(f"{path} has neither planned_values nor resource.", hint=_HINT)


def _planned(module: Mapping[str, Any]) -> Iterator[Resource]:
    for one in module.get("resources") or ():
        if one.get("mode", "managed") == "managed":
            yield Resource(str(one.get("type")), str(one.get("address")), one.get("values") or {})
    for inner in module.get("child_modules") or ():
        yield from _planned(inner)


def _stack(resources: Mapping[str, Any]) -> Iterator[Resource]:
    for kind, named in resources.items():
        for name, values in named.items() if isinstance(named, dict) else ():
            if isinstance(values, dict):
                yield Resource(kind, f"{kind}.{name}", values)
