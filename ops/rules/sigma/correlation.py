"""From the `correlation` of a Sigma rule to what must come together.

Source: the Sigma specification, "Sigma Correlation Rules", version 2.1.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ops.errors import RuleError
from ops.rules.predicate import Path
from ops.rules.rule import Correlation, Count, Kind, Rule
from ops.rules.sigma import fields
from ops.rules.sigma.document import Document
from ops.rules.sigma.values import Fields

_KEYS = frozenset({"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"})
_SIGNS = {"gte": ">=", "gt": ">", "eq": "=", "lte": "<=", "lt": "<"}
_SPAN = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 31 * 86_400
_MOST_RULES = 20
_TEMPORAL = (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED)


def references(document: Document) -> tuple[str, ...]:
    """Return the names or ids of the rules that a correlation counts."""
    return _fields(document).texts("rules")


def generates(document: Document) -> bool:
    """Whether the rules it counts count on their own, too."""
    return _fields(document).data.get("generate") is True


def read(document: Document, rules: Sequence[Rule]) -> Correlation:
    """Return a correlation of rules, which stand in the order of its references."""
    found = _fields(document)
    found.known(_KEYS)
    kind = found.choice("type", Kind, None)
    if not 1 <= len(rules) <= _MOST_RULES:
        raise found.wrong(f"names between 1 and {_MOST_RULES} rules", "rules")
    if kind in _TEMPORAL and len(rules) < 2:
        raise found.wrong(f"{kind} needs at least two rules", "rules")
    aliases = _aliases(found)
    by = found.texts("group-by")
    return Correlation(
        said=document.said,
        kind=kind,
        rules=tuple(rules),
        group_by=tuple((name, _paths(found, name, rules, aliases, "group-by")) for name in by),
        seconds=_seconds(found),
        count=_count(found, kind, len(rules)),
        counted=_counted(found, kind, rules, aliases),
    )


def _fields(document: Document) -> Fields:
    return Fields(document.file, document.data).inside("correlation")


def _seconds(found: Fields) -> int:
    text = found.text("timespan", required=True)
    span = _SPAN.fullmatch(text)
    seconds = int(span[1]) * _SECONDS[span[2]] if span else 0
    if not 1 <= seconds <= _LONGEST:
        raise found.wrong(f"must be a number and s, m, h, d or w, up to 31 days, not {text[:40]!r}",
                          "timespan", hint="such as 10m")  # fmt: skip
    return seconds


def _count(found: Fields, kind: Kind, rules: int) -> Count:
    if "condition" not in found.data and kind in _TEMPORAL:
        return Count(">=", rules)
    if isinstance(found.data.get("condition"), str):
        raise found.wrong("conditions with words between rules are not taken here", "condition",
                          hint="say how many: {gte: 3}")  # fmt: skip
    if "condition" not in found.data:
        raise found.wrong("is required", "condition", hint="say how many: {gte: 3}")
    condition = found.inside("condition")
    condition.known(frozenset({*_SIGNS, "field"}))
    signs = [one for one in _SIGNS if one in condition.data]
    if len(signs) != 1:
        raise condition.wrong(f"must hold one of {', '.join(_SIGNS)}")
    number = condition.data[signs[0]]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 1_000_000:
        raise condition.wrong("must be a whole number", signs[0])
    if kind is Kind.TEMPORAL_ORDERED:
        raise condition.wrong("temporal_ordered has none: every rule must hold, in order")
    return Count(_SIGNS[signs[0]], int(number))


def _counted(
    found: Fields, kind: Kind, rules: Sequence[Rule], aliases: "_Aliases"
) -> tuple[Path, ...]:
    condition: Any = found.data.get("condition")
    name = condition.get("field") if isinstance(condition, Mapping) else None
    if (kind is Kind.VALUE_COUNT) != (name is not None):
        raise found.wrong("value_count, and nothing else, names the field whose values it counts",
                          "condition", hint="{gte: 5, field: userIdentity.arn}")  # fmt: skip
    if name is None:
        return ()
    if not isinstance(name, str):
        raise found.wrong("field must be the name of one field", "condition")
    return _paths(found, name, rules, aliases, "condition")


_Aliases = Mapping[str, Mapping[str, str]]


def _aliases(found: Fields) -> _Aliases:
    if "aliases" not in found.data:
        return {}
    inside = found.inside("aliases")
    return {str(name): inside.pairs(name) for name in inside.data}


def _paths(
    found: Fields, name: str, rules: Sequence[Rule], aliases: _Aliases, key: str
) -> tuple[Path, ...]:
    """Return where a field, or what an alias stands for, lies in the records of each rule."""
    paths = []
    for rule in rules:
        alias = aliases.get(name)
        named = name if alias is None else alias.get(rule.said.name, alias.get(rule.said.id))
        if named is None:
            raise found.wrong(f"the alias {name} says nothing of {rule.said.name}", "aliases")
        try:
            path = fields.path(named)
        except RuleError as error:
            raise found.wrong(error.problem, key, hint=error.hint) from error
        if fields.many(path):
            raise found.wrong(f"{named} leads through a list, and one value is needed", key)
        paths.append(path)
    return tuple(paths)
