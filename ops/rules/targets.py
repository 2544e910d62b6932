"""From a rule to the text of a target, or the reason why there is none.

What a target cannot express it refuses; nothing is weakened to make it fit, but for the case
of letters, and that only if it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.errors import PatternError, Refusal
from ops.rules import bursts, cloudwatch, eventbridge, sql
from ops.rules.model import Dialect
from ops.rules.predicate import And, Leaf, Not, Or, Predicate, Text
from ops.rules.rule import Alarm, Correlation, Detection, Kind, Rule, Target
from ops.rules.sql import Columns

_NAMES: Mapping[Target, str] = {
    Target.CLOUDWATCH: cloudwatch.TARGET,
    Target.SECURITYHUB: "Security Hub",
    Target.CIS: "the CIS benchmark",
    Target.PROWLER: "prowler",
    Target.EVENTBRIDGE: eventbridge.TARGET,
    Target.DUCKDB: sql.TARGET,
    Target.ATHENA: sql.TARGET,
}
_FOUND = (
    "event_time, recipient_account_id, aws_region, event_source, event_name, user_arn, "
    "source_ip_address, event_id"
)
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders rules; knows which columns the SQL may ask."""

    columns: Columns
    narrow_case: bool = False
    """Whether a text meant in any case becomes one in the case it is written in, for CloudWatch."""

    def text(self, rule: Detection, target: Target) -> str:
        """Return a rule's text for a target; raise Refusal with the reason.

        SQL is that of the runbooks, which both engines are given in their own spelling.
        """
        match target:
            case Target.CLOUDWATCH:
                tree = _counted(rule, target) if isinstance(rule, Correlation) else rule.predicate
                pattern = cloudwatch.compiled(_placed(tree, target), narrow_case=self.narrow_case)
                return cloudwatch.written(pattern)
            case Target.SECURITYHUB | Target.CIS | Target.PROWLER:
                prescribed = rule.said.prescribed.get(Dialect(target))
                if prescribed is None:
                    raise _no(target, "it prescribes no text for this rule")
                return prescribed
            case Target.EVENTBRIDGE:
                if isinstance(rule, Correlation):
                    raise _no(target, "it sees one event at a time, and this counts several")
                return eventbridge.written(eventbridge.compiled(_placed(rule.predicate, target)))
            case Target.DUCKDB | Target.ATHENA:
                return self.sql(rule)

    def sql(self, rule: Detection, *, only: str = "true") -> str:
        """Return the SELECT of what a rule finds, in the runbooks' language; raise Refusal.

        `only` is a condition on the events that are looked at.
        """
        if isinstance(rule, Correlation):
            return bursts.text(rule, self.columns, only=only)
        condition = sql.condition(rule.predicate, self.columns)
        condition = condition if only == "true" else f"{condition} AND {only}"
        return f"SELECT {_FOUND}\nFROM events\nWHERE {condition}\nORDER BY event_time, event_id"

    def texts(self, rule: Detection) -> dict[Target, str | Refusal]:
        """Return for each target the text, or the refusal."""
        return {target: self._text_or_refusal(rule, target) for target in Target}

    def _text_or_refusal(self, rule: Detection, target: Target) -> str | Refusal:
        try:
            return self.text(rule, target)
        except Refusal as refusal:
            return refusal
        except PatternError as error:
            return _no(target, error.problem)


def alarm(rule: Detection) -> Alarm:
    """Return when the alarm on a rule's metric is raised; raise Refusal if there can be none."""
    if isinstance(rule, Rule):
        return rule.said.alarm
    _counted(rule, Target.CLOUDWATCH)
    more = 1 if rule.count.sign == ">" else 0
    return Alarm(rule.seconds, rule.count.number + more)


def narrowed(rule: Detection) -> tuple[str, ...]:
    """Return the texts of a rule that are meant in any case and would be narrowed to one."""
    trees = [rule.predicate] if isinstance(rule, Rule) else [one.predicate for one in rule.rules]
    texts = [one.test.value for tree in trees for one in leaves(tree)
             if isinstance(one.test, Text) and not one.test.cased]  # fmt: skip
    return tuple(dict.fromkeys(texts))


def leaves(tree: Predicate) -> list[Leaf]:
    """Return every test of a tree, left to right."""
    match tree:
        case Leaf():
            return [tree]
        case Not():
            return leaves(tree.part)
        case And() | Or():
            return [leaf for one in tree.parts for leaf in leaves(one)]


def _no(target: Target, reason: str) -> Refusal:
    return Refusal(_NAMES[target], reason)


def _placed(tree: Predicate, target: Target) -> Predicate:
    """Return a tree every test of which is of a field; raise Refusal for any other."""
    if tree == Or(()):
        raise _no(target, "it never holds: a list of the site that it looks for is empty")
    if not all(one.path for one in leaves(tree)):
        raise _no(target, "it looks at fields, and cannot look for words anywhere in a record")
    return tree


def _counted(rule: Correlation, target: Target) -> Predicate:
    """Return what an alarm would count; raise Refusal unless an alarm's threshold says the same."""
    if rule.kind is not Kind.EVENT_COUNT or rule.group_by:
        raise _no(
            target, "an alarm counts all events of a filter together, and this tells them apart"
        )
    if rule.count.sign not in (">=", ">") or rule.seconds % _MINUTE:
        raise _no(target, "an alarm is raised when there are enough events in whole minutes")
    if len(rule.rules) == 1:
        return rule.rules[0].predicate
    return Or(tuple(one.predicate for one in rule.rules))
