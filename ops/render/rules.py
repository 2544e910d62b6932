"""Detection rules as a list, one explained, and how they did on their events."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.errors import Refusal
from ops.render.text import clean
from ops.rules.catalogue import RefusedRule
from ops.rules.examples import Example
from ops.rules.rule import Correlation, Detection, Target
from ops.rules.trial import TRIED, Flaw, Result, Status, Trial

Texts = Mapping[Target, str | Refusal]
_SHORT = {Status.AGREES: "ok", Status.DECLARED: "declared", Status.REFUSED: "refused",
          Status.ABSENT: "", Status.FAILED: "FAILED"}  # fmt: skip


def listed(rules: Sequence[tuple[Detection, Texts]]) -> RenderableType:
    """Return the rules, a line each."""
    table = _grid("rule", "level", "tactics", "profiles", "targets")
    for rule, texts in rules:
        said = rule.said
        row = (said.name, said.level, ", ".join(said.tactics), ", ".join(said.profiles),
               ", ".join(_expressing(texts)))  # fmt: skip
        table.add_row(*(Text(clean(one)) for one in row))
    return table


def refused(found: Sequence[RefusedRule]) -> list[str]:
    """Return a line for each document that did not become a rule."""
    return [clean(f"refused: {one.reason}") for one in found]


def data(rule: Detection, texts: Texts) -> dict[str, Any]:
    """Return a rule as plain data."""
    said = rule.said
    return {
        "name": said.name, "id": said.id, "title": said.title, "level": said.level.value,
        "status": said.status, "description": said.description, "file": said.file,
        "references": list(said.references), "date": said.date, "tags": list(said.tags),
        "tactics": list(said.tactics), "profiles": list(said.profiles), "cis": dict(said.cis),
        "securityhub": said.securityhub or None, "prowler": said.prowler or None,
        "falsepositives": list(said.falsepositives),
        "vantages": [one.value for one in said.vantages],
        "alarm": {"period": said.alarm.period, "threshold": said.alarm.threshold},
        "next": [{"runbook": one.runbook, "params": dict(one.params)} for one in said.next],
        "differences": [{"target": one.target, "event": one.event, "why": one.why}
                        for one in said.differences],
        "counts": _counts(rule) if isinstance(rule, Correlation) else None,
        "targets": _expressing(texts),
        "refusals": {target.value: one.reason for target, one in texts.items()
                     if isinstance(one, Refusal)},
    }  # fmt: skip


def whole(rule: Detection, texts: Texts, examples: Sequence[Example]) -> dict[str, Any]:
    """Return a rule as plain data, with its texts and events."""
    return {
        **data(rule, texts),
        "texts": {target.value: one for target, one in texts.items() if isinstance(one, str)},
        "events": [{"line": one.line, "expect": "match" if one.expected else "no_match",
                    "why": one.why, "near": one.near} for one in examples],
    }  # fmt: skip


def _counts(rule: Correlation) -> dict[str, Any]:
    return {
        "type": rule.kind.value,
        "rules": [one.said.name for one in rule.rules],
        "group_by": [name for name, _ in rule.group_by],
        "seconds": rule.seconds,
        "condition": f"{rule.count.sign} {rule.count.number}",
        "field": ".".join(rule.counted[0]) if rule.counted else None,
    }


def _expressing(texts: Texts) -> list[str]:
    return [target.value for target, one in texts.items() if isinstance(one, str)]


def explained(rule: Detection, texts: Texts, examples: Sequence[Example]) -> RenderableType:
    """Return everything about a rule, its texts included."""
    said = rule.said
    facts = {
        "level": said.level, "tags": ", ".join(said.tags), "profiles": ", ".join(said.profiles),
        "CIS": ", ".join(f"{version}: {number}" for version, number in said.cis.items()),
        "Security Hub": said.securityhub, "prowler": said.prowler,
        "counts": _in_words(rule) if isinstance(rule, Correlation) else "",
        "false positives": "; ".join(said.falsepositives),
        "reaction in": "; ".join(said.vantages), "references": "  ".join(said.references),
    }  # fmt: skip
    parts: list[RenderableType] = [
        Text.assemble((clean(said.name), "bold"), f"  {clean(said.title)}"), Text(),
        Text(clean(said.description)), Text(),
        _pairs([(name, value) for name, value in facts.items() if value]),
    ]  # fmt: skip
    events = [
        (f"{one.line}", f"{'match' if one.expected else 'no match'}: {one.why}") for one in examples
    ]
    leads = [(f"ops run {one.runbook}", " ".join(f"-p {name}=<{path}>" for name, path in one.params.items()))
             for one in said.next]  # fmt: skip
    differ = [(f"{one.target}, event {one.event}", one.why) for one in said.differences]
    for title, rows in (("Events", events), ("Differences", differ), ("Leads to", leads)):
        if rows:
            parts += [Text(), Text(title, style="bold"), _pairs(rows)]
    for target, text in texts.items():
        parts += [Text(), Text(target.value, style="bold")]
        shown = f"  none: {text.reason}" if isinstance(text, Refusal) else text
        parts.append(Text(clean(shown), style="dim"))
    return Group(*parts)


def _in_words(rule: Correlation) -> str:
    counted = f" different {'.'.join(rule.counted[0])}" if rule.counted else ""
    by = f", by {', '.join(name for name, _ in rule.group_by)}" if rule.group_by else ""
    rules = ", ".join(one.said.name for one in rule.rules)
    return (f"{rule.kind} {rule.count.sign} {rule.count.number}{counted} of {rules} "
            f"within {rule.seconds} s{by}")  # fmt: skip


def tested(trials: Sequence[Trial]) -> RenderableType:
    """Return how rules did, a line each, and below what is wrong."""
    targets = [one for one in TRIED if any(_of(trial, one) for trial in trials)]
    table = _grid("rule", "events", *targets)
    for trial in trials:
        cells = [_cell(_of(trial, target)) for target in targets]
        name = Text(clean(trial.rule.said.name), style="" if trial.passed else "bold")
        table.add_row(name, Text(str(trial.examples)), *cells)
    wrong = [
        Text(f"{clean(trial.rule.said.name)}: {clean(words)}")
        for trial in trials
        for words in _wrong(trial)
    ]
    return Group(table, *([Text(), *wrong] if wrong else []))


def _of(trial: Trial, target: str) -> Result | None:
    return next((one for one in trial.results if one.target == target and one.status is not Status.ABSENT), None)  # fmt: skip


def _cell(result: Result | None) -> Text:
    if result is None:
        return Text()
    return Text(_SHORT[result.status], style="bold red" if result.status is Status.FAILED else "")


def _wrong(trial: Trial) -> list[str]:
    return ([trial.missing] if trial.missing else []) + [
        f"{result.target}: {_fault(fault)}" for result in trial.results for fault in result.faults
    ]


def _fault(fault: Flaw) -> str:
    return f"event {fault.line} {fault.words}" if fault.line else fault.words


def trial_data(trial: Trial) -> dict[str, Any]:
    """Return how a rule did as plain data."""
    return {
        "rule": trial.rule.said.name,
        "events": trial.examples,
        "passed": trial.passed,
        "targets": {one.target: {"status": one.status.value, "reason": one.reason or None}
                    for one in trial.results},
        "faults": _wrong(trial),
    }  # fmt: skip


def _grid(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for name in names:
        table.add_column(name, no_wrap=name == "rule")
    return table


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in rows:
        table.add_row(Text(f"  {clean(name)}", style="cyan"), Text(clean(str(value))))
    return table
