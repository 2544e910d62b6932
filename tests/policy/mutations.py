"""Every way to weaken, widen or break a policy by one step."""

import copy
from collections.abc import Iterator
from typing import Any

from .conditions import listed
from .evaluator import Document

Mutant = tuple[str, dict[str, Any]]


def mutants(policy: Document, reaches: str | None) -> Iterator[Mutant]:
    """Yield every one-step change of a policy with a line that names it."""
    for place, statement in enumerate(policy["Statement"]):
        sid = statement["Sid"]
        yield f"{sid} is missing", _with(policy, place, None)
        for change, changed in _changes(statement, reaches):
            yield f"{sid}: {change}", _with(policy, place, changed)


def _with(policy: Document, place: int, statement: dict[str, Any] | None) -> dict[str, Any]:
    made = copy.deepcopy(dict(policy))
    made["Statement"][place : place + 1] = [] if statement is None else [statement]
    return made


def _changes(statement: dict[str, Any], reaches: str | None) -> Iterator[Mutant]:
    flipped = {"Allow": "Deny", "Deny": "Allow"}[statement["Effect"]]
    yield f"is {flipped}", {**statement, "Effect": flipped}
    yield from _principals(statement)
    yield from _listed(statement, "Action", _wide_action)
    if "Resource" in statement:
        yield from _listed(statement, "Resource", lambda entry: _wide_resource(entry, reaches))
    yield from _conditions(statement)


def _principals(statement: dict[str, Any]) -> Iterator[Mutant]:
    principal = statement.get("Principal", "*")
    if principal in ("*", {"AWS": ["*"]}):
        return
    yield "is for everyone", {**statement, "Principal": "*"}
    for kind, names in principal.items():
        for name in listed(names):
            rest = [other for other in listed(names) if other != name]
            if rest:
                yield f"forgets {name}", {**statement, "Principal": {**principal, kind: rest}}


def _listed(statement: dict[str, Any], element: str, wide: Any) -> Iterator[Mutant]:
    entries = listed(statement[element])
    for place, entry in enumerate(entries):
        others = [*entries[:place], *entries[place + 1 :]]
        if others:
            yield f"forgets {entry}", {**statement, element: others}
        wider = wide(entry)
        if wider not in entries:
            yield f"{entry} becomes {wider}", {**statement, element: [*others, wider]}


def _wide_action(action: str) -> str:
    return f"{action.partition(':')[0]}:*"


def _wide_resource(resource: str, reaches: str | None) -> str:
    if reaches is None:
        return resource
    if reaches == "*":
        return "*"
    # Of one bucket's policy: every object is the widest that objects can get.
    return f"{reaches}/*" if "/" in resource else resource


def _conditions(statement: dict[str, Any]) -> Iterator[Mutant]:
    condition = statement.get("Condition", {})
    for operator, keys in condition.items():
        for key, values in keys.items():
            fewer = {other: value for other, value in keys.items() if other != key}
            rest = {name: value for name, value in condition.items() if name != operator}
            yield (
                f"asks nothing of {key} ({operator})",
                {**statement, "Condition": {**rest, **({operator: fewer} if fewer else {})}},
            )
            for change, made in _values(operator, key, listed(values)):
                kept = {operator: fewer} if fewer and operator not in made else {}
                merged = {**rest, **kept, **made}
                if operator in made:
                    merged[operator] = {**fewer, **made[operator]}
                yield change, {**statement, "Condition": merged}


def _values(operator: str, key: str, values: list[str]) -> Iterator[Mutant]:
    for value in values:
        others = [other for other in values if other != value]
        if others:
            yield f"forgets {value} of {key}", {operator: {key: others}}
    if operator.endswith("IfExists"):
        strict = operator.removesuffix("IfExists")
        yield f"{operator} of {key} becomes {strict}", {strict: {key: values}}
    if "*" in "".join(values):
        wild = [":".join(["*"] * 6)] if "arn" in values[0] else ["*"]
        yield f"{key} may be anything", {operator: {key: wild}}
