"""What stands under `atalaya:` in a rule: what Sigma has no keys for."""

from collections.abc import Mapping
from typing import Any

from ops.rules.model import Dialect, Vantage
from ops.rules.rule import Alarm, Difference, Next, Target
from ops.rules.sigma.values import Fields

_VANTAGES = {one.name.lower().replace("_", "-"): one for one in Vantage}
KEYS: Mapping[str, str] = {
    "profiles": "Sets of rules that a landing-zone file can name",
    "cis": "The control's number in the CIS benchmark, by its version",
    "securityhub": "The control of Security Hub",
    "prowler": "The check of prowler",
    "prescribed": "Exact texts of metric filters, by who prescribes them: " + ", ".join(Dialect),
    "differences": "Events of the events file of which a target says something else than the rule: "
    "a list of {target, event, why}",
    "refuses": "Targets that cannot express the rule, and words of the reason",
    "vantages": "Where it is deployed as a reaction: " + ", ".join(_VANTAGES),
    "alarm": "{period, threshold} where not 300 seconds and 1",
    "next": "Runbooks to run then: a list of {runbook, params: {parameter: field}}",
}
"""The keys and what each is for."""


def said(fields: Fields) -> dict[str, Any]:
    """Return the fields of `Said` that these keys fill; raise RuleError."""
    fields.known(frozenset(KEYS))
    for key in ("prescribed", "refuses"):
        allowed = tuple(Dialect) if key == "prescribed" else tuple(Target)
        for target in fields.pairs(key):
            if target not in allowed:
                raise fields.wrong(
                    "no such target", key, target, hint=f"one of {', '.join(allowed)}"
                )
    return {
        "profiles": fields.texts("profiles"),
        "cis": fields.pairs("cis"),
        "securityhub": fields.text("securityhub"),
        "prowler": fields.text("prowler"),
        "prescribed": {Dialect(name): text for name, text in fields.pairs("prescribed").items()},
        "differences": tuple(map(_difference, _each(fields, "differences"))),
        "refuses": fields.pairs("refuses"),
        "vantages": tuple(_vantage(fields, one) for one in fields.texts("vantages")),
        "alarm": _alarm(fields.inside("alarm")) if "alarm" in fields.data else Alarm(),
        "next": tuple(map(_next, _each(fields, "next"))),
    }


def _each(fields: Fields, key: str) -> list[Fields]:
    """Return the mappings in a list."""
    value = fields.data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise fields.wrong("must be a list of mappings", key)
    return [type(fields)(fields.file, one, (*fields.path, key), fields.root) for one in value]


def _difference(fields: Fields) -> Difference:
    fields.known(frozenset({"target", "event", "why"}))
    return Difference(fields.text("target", required=True, one_of=tuple(Target)), fields.whole("event", 0),
                      fields.text("why", required=True))  # fmt: skip


def _next(fields: Fields) -> Next:
    fields.known(frozenset({"runbook", "params"}))
    return Next(fields.text("runbook", required=True), fields.pairs("params"))


def _alarm(fields: Fields) -> Alarm:
    fields.known(frozenset({"period", "threshold"}))
    plain = Alarm()
    return Alarm(fields.whole("period", plain.period), fields.whole("threshold", plain.threshold))


def _vantage(fields: Fields, name: str) -> Vantage:
    if name not in _VANTAGES:
        raise fields.wrong(
            f"no such place: {name!r}", "vantages", hint=f"one of {', '.join(_VANTAGES)}"
        )
    return _VANTAGES[name]
