"""Rules: what each sees, and in which targets."""

from docs.pages.markdown import NOTE, cell
from ops import errors
from ops.detect.columns import COLUMNS
from ops.rules import catalogue, examples
from ops.rules.rule import Correlation, Detection, Dialect, Kind, Target
from ops.rules.targets import Renderer


def page() -> str:
    """Return the reference of the rules: what each is for, what sees it, and what it misses."""
    found = [(rule, renderer.texts(rule)) for renderer in [Renderer(COLUMNS)]
             for rule in catalogue.shipped(examples.LISTS).rules]  # fmt: skip
    parts = [
        "# Rules",
        NOTE,
        "A rule is a [Sigma](https://sigmahq.io) file with the events beside it that show what it "
        "finds and what it does not. `ops rules show NAME` explains one, with its text for every "
        "target; `ops rules test` tries all of them. [How to write one](../how-to/write-a-rule.md) is "
        "a page of its own.",
        "A *filter pattern* of CloudWatch Logs reads the trail's log group and sees every account "
        "and region of the organisation, within minutes. An *event pattern* of EventBridge sees the "
        "account and region it stands in, and no other, within seconds. *SQL* sees whatever the "
        "history holds, and every rule has it.",
        "CIS controls are one metric with one alarm each. Where scanners prescribe texts that "
        "differ, each text is a filter of its own on that metric "
        "([decision 4](../decisions/0004-union-filters.md)).",
        "| rule | level | what it reports | profiles | besides SQL |\n|---|---|---|---|---|\n"
        + "\n".join(_rule_row(rule, texts) for rule, texts in found),
        *(_rule(rule, texts) for rule, texts in found),
    ]
    return "\n\n".join(parts) + "\n"


Texts = dict[Target, str | errors.Refusal]
_PATTERNS = {Target.CLOUDWATCH: "filter pattern", Target.EVENTBRIDGE: "event pattern"}
_PRESCRIBERS = {
    Dialect.SECURITYHUB: "Security Hub",
    Dialect.CIS: "CIS 5.0",
    Dialect.PROWLER: "prowler",
}


def _rule_row(rule: Detection, texts: Texts) -> str:
    said = rule.said
    also = [words for target, words in _PATTERNS.items() if isinstance(texts[target], str)]
    return (
        f"| [`{said.name}`](#{said.name}) | {said.level} | {cell(said.title)} "
        f"| {', '.join(said.profiles)} | {', '.join(also)} |"
    )


def _rule(rule: Detection, texts: Texts) -> str:
    said = rule.said
    facts = [f"- Level: {said.level}; {', '.join(f'`{tag}`' for tag in said.tags)}"]
    facts += [f"- Control: {one}" for one in _controls(rule)]
    facts += [f"- Counts: {_counts(rule)}"] if isinstance(rule, Correlation) else []
    facts += [f"- A reaction in: {'; '.join(said.vantages)}"] if said.vantages else []
    facts += [f"- No {words}: {text.reason}" for target, words in _PATTERNS.items()
              if isinstance(text := texts[target], errors.Refusal)]  # fmt: skip
    facts += [f"- Differs on {one.target}: {one.why}" for one in said.differences]
    facts += [f"- Also found: {one}" for one in said.falsepositives]
    facts += [
        f"- Next: {', '.join(f'[`{one.runbook}`](runbooks.md#{one.runbook})' for one in said.next)}"
    ]
    facts += [f"- See: {', '.join(f'<{one}>' for one in said.references)}"]
    prescribed = [f"As {_PRESCRIBERS[dialect]} prescribes:\n\n```text\n{text}\n```"
                  for dialect, text in said.prescribed.items()]  # fmt: skip
    head = [f"### `{said.name}`", f"{said.title}.", said.description]
    return "\n\n".join([*head, "\n".join(facts), *prescribed])


def _controls(rule: Detection) -> list[str]:
    said = rule.said
    numbers = [f"CIS {version}: {number}" for version, number in said.cis.items()]
    names = [f"Security Hub {said.securityhub}"] if said.securityhub else []
    names += [f"prowler `{said.prowler}`"] if said.prowler else []
    return [", ".join([*numbers, *names])] if numbers or names else []


def _counts(rule: Correlation) -> str:
    what = {
        Kind.EVENT_COUNT: "events",
        Kind.VALUE_COUNT: "different values of a field",
        Kind.TEMPORAL: "of its steps together",
        Kind.TEMPORAL_ORDERED: "steps in their order",
    }[rule.kind]
    by = [f"`{name}`" for name, _ in rule.group_by]
    same = f", with the same {', '.join(by)}" if by else ""
    return f"{rule.count.sign} {rule.count.number} {what} within {rule.seconds} seconds{same}"
