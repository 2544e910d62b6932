"""Rules of a catalogue as they would be deployed: as filters with an alarm, and as event rules."""

from collections.abc import Iterable, Iterator

from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.pattern import Pattern, read
from ops.detect.backtest.subject import Found, Source, Subject, Unread
from ops.detect.columns import COLUMNS
from ops.errors import PatternError, Refusal
from ops.rules import targets
from ops.rules.catalogue import RefusedRule
from ops.rules.rule import Detection, Target


def deployed(rules: Iterable[Detection], refused: Iterable[RefusedRule] = ()) -> Found:
    """Return what rules would be deployed as, and those that could not be, with the reason."""
    subjects: list[Subject] = []
    unread = [Unread(one.title or one.file, one.reason) for one in refused]
    for rule in rules:
        for kind in (_filters, _event_rule):
            try:
                subjects += kind(rule)
            except (Refusal, PatternError) as error:
                unread.append(Unread(rule.said.name, str(error)))
    return Found(tuple(subjects), tuple(unread))


def _filters(rule: Detection) -> Iterator[Subject]:
    """Yield the filters on a rule's metric: every prescribed text, else its own."""
    texts = [*dict.fromkeys(rule.said.prescribed.values())]
    patterns = [read(text) for text in texts] or [_rendered(rule, Target.CLOUDWATCH)]
    own = targets.alarm(rule)
    alarm = Alarm(period=own.period, threshold=own.threshold, name=rule.said.name)
    yield Subject(rule.said.name, tuple(map(Source, patterns)), (alarm,))


def _event_rule(rule: Detection) -> Iterator[Subject]:
    """Yield the event rule, if the rule is deployed as a reaction."""
    if rule.said.vantages:
        yield Subject(rule.said.name, (Source(_rendered(rule, Target.EVENTBRIDGE)),))


def _rendered(rule: Detection, target: Target) -> Pattern:
    return read(targets.Renderer(COLUMNS).text(rule, target))
