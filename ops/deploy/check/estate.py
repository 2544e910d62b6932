"""What the plans of all stacks add up to: every resource, and what it points to.

A value that is unknown before the first apply is taken from the plan's
configuration part instead: its text, with `${...}` where another resource's
value will stand, and the addresses it refers to. So a judgement is the same
before the first apply and after it.

Source: Terraform internals, "JSON Output Format" (planned_values, configuration).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import DeployError

_ANYWHERE = ("arn", "bucket")
"""What names a resource in all accounts and regions."""
_HERE = ("id", "name")
"""What names it within its account and region."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it will stand once the plan is applied."""

    stack: str
    account: str
    region: str
    address: str
    type: str
    values: Mapping[str, Any] = field(hash=False)
    """What the plan knows."""
    configured: Mapping[str, Any] = field(hash=False)
    """What the stack says, as far as it is text."""
    references: Mapping[str, frozenset[str]] = field(hash=False)
    """The addresses that each argument refers to."""

    @property
    def label(self) -> str:
        """STACK:ADDRESS."""
        return f"{self.stack}:{self.address}"

    def value(self, argument: str) -> Any:
        """Return an argument's planned value, or its configured text while that is unknown."""
        found = self.values.get(argument)
        return self.configured.get(argument) if found in (None, "", []) else found

    def sets(self, argument: str) -> bool:
        """Whether an argument has a value, known or not."""
        return self.value(argument) not in (None, "", [], {}) or bool(self.references.get(argument))

    def block(self, *path: str) -> Mapping[str, Any]:
        """Return the first of the nested blocks at a path; empty if there is none."""
        found: Any = self.values
        for name in path:
            inner = found.get(name) or [{}]
            found = inner[0] if isinstance(inner, list) else inner
        return found if isinstance(found, Mapping) else {}

    def blocks(self, name: str) -> list[Mapping[str, Any]]:
        """Return all nested blocks of a name."""
        return list(self.values.get(name) or [])


class Estate:
    """Everything the plans of a landing zone's stacks hold."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)

    def of(self, kind: str) -> list[Resource]:
        """Return the resources of a type."""
        return [one for one in self.resources if one.type == kind]

    def pointing(self, kind: str, argument: str, target: Resource) -> list[Resource]:
        """Return the resources of a type one of whose arguments means the target."""
        return [one for one in self.of(kind) if points(one, argument, target)]

    def setting(self, bucket: Resource, kind: str) -> Resource | None:
        """Return the resource of a type that sets something of a bucket, if any."""
        return next(iter(self.pointing(kind, "bucket", bucket)), None)

    def bucket_of(self, trail: Resource) -> Resource | None:
        """Return the bucket a trail delivers to, if the plans hold it."""
        return next((one for one in self.of("aws_s3_bucket") if _is_bucket(trail, one)), None)


def points(resource: Resource, argument: str, target: Resource) -> bool:
    """Whether an argument means the target: refers to it, or holds its name."""
    if resource.stack == target.stack and target.address in resource.references.get(argument, ()):
        return True
    near = (resource.account, resource.region) == (target.account, target.region)
    names = {target.values.get(name) for name in (_ANYWHERE + _HERE if near else _ANYWHERE)}
    return bool(names & set(_texts(resource.values.get(argument))))


def read(documents: Mapping[str, Path]) -> Estate:
    """Return what Terraform's plans hold; raise DeployError for what is no plan."""
    return Estate(resource for stack, path in documents.items() for resource in _read(stack, path))


def resources(stack: str, document: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield the resources of one stack's plan, given as `terraform show -json` prints it."""
    configuration = document["configuration"]
    configured = {one["address"]: one for one in configuration["root_module"].get("resources", ())}
    planned = document["planned_values"].get("root_module", {}).get("resources", ())
    for one in planned:
        if one["mode"] != "managed":
            continue
        said = configured[one["address"]]
        provider = configuration["provider_config"][said["provider_config_key"]]["expressions"]
        expressions = said.get("expressions", {})
        yield Resource(
            stack=stack,
            account=provider["allowed_account_ids"]["constant_value"][0],
            region=provider["region"]["constant_value"],
            address=one["address"],
            type=one["type"],
            values=one.get("values", {}),
            configured={name: _constant(said) for name, said in expressions.items()},
            references={name: frozenset(_references(said)) for name, said in expressions.items()},
        )


def _read(stack: str, path: Path) -> list[Resource]:
    try:
        return list(resources(stack, json.loads(path.read_bytes())))
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DeployError(
            f"{stack}: the plan in {path} is not as Terraform writes it: {error!r}.",
            hint="run `ops deploy check` again; it makes the plans anew",
        ) from error


def _is_bucket(trail: Resource, bucket: Resource) -> bool:
    return points(trail, "s3_bucket_name", bucket)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts a value holds; a log group's ARN also without its final `:*`."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one.removesuffix(":*")


def _constant(expression: Any) -> Any:
    if isinstance(expression, list):
        return [_constant(one) for one in expression]
    if not isinstance(expression, Mapping):
        return expression
    if "constant_value" in expression:
        return expression["constant_value"]
    if "references" in expression:
        return None
    return {name: _constant(one) for name, one in expression.items()}


def _references(expression: Any) -> Iterator[str]:
    if isinstance(expression, list):
        for one in expression:
            yield from _references(one)
    elif isinstance(expression, Mapping):
        yield from expression.get("references", ())
        for name, one in expression.items():
            if name not in ("references", "constant_value"):
                yield from _references(one)
