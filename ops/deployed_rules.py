"""What a landing zone deploys of the rules it names: metric filters, alarms and event patterns.

    names, profiles, tags, own directories ─► rules ─► texts ─► within AWS's quotas?

Everything that is wrong is told at once, as the config's problems are. Nothing is dropped: a
rule that a target cannot express is a problem, and stays one until the config leaves it out.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ops import names
from ops.config import LandingZone
from ops.config.problem import Place, Problem
from ops.config.rules import Alarms, Reactions
from ops.errors import ConfigError, PatternError, Refusal, UsageError
from ops.query import lists
from ops.rules import catalogue, cloudwatch, targets
from ops.rules.eventbridge import delivery
from ops.rules.model import Vantage
from ops.rules.rule import Alarm, Detection, Rule, Said, Target
from ops.rules.sql import Columns
from ops.rules.targets import Renderer

FILTERS = 100
"""Metric filters of a log group. Source: CloudWatch Logs User Guide, "CloudWatch Logs quotas";
cannot be raised."""
EXPRESSIONS = 5
"""Filters of a log group that hold regular expressions. Source: as above; cannot be raised."""
RULES = 300
"""Rules of an event bus. Source: EventBridge User Guide, "Amazon EventBridge quotas"."""
_LONGEST_RULE_NAME = 64
_LONGEST_ALARM_NAME = 255
_MINUTE, _DAY = 60, 86_400
_NAME = re.compile(r"[A-Za-z0-9_-]+")
HEARTBEAT = "heartbeat"
"""The name of the alarm that rings when there is no event at all."""
_HINT = "`ops rules list` names the rules and their profiles; `without` leaves single rules out"


@dataclass(frozen=True, slots=True)
class Metric:
    """A rule as filters on one metric, and the alarm on it."""

    said: Said
    filters: Mapping[str, str] = field(hash=False)
    """The pattern by the name that tells a filter from the others of the metric."""
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class Reaction:
    """A rule as an event pattern, to stand at its vantages."""

    said: Said
    pattern: str
    """JSON."""
    reads: bool
    """Whether it needs the calls that only read."""


@dataclass(frozen=True, slots=True)
class DeployedRules:
    """The rules of a landing zone, in the order of the catalogue."""

    metrics: tuple[Metric, ...]
    reactions: tuple[Reaction, ...]


def of(zone: LandingZone, source: str = "the landing zone") -> DeployedRules:
    """Return what is deployed; raise ConfigError with every problem, `source` names the file."""
    metrics, reactions = _Metrics(zone), _Reactions(zone)
    problems = [*metrics.problems, *reactions.problems]
    if problems:
        raise ConfigError(source, [str(problem) for problem in problems], hint=_HINT)
    return DeployedRules(tuple(metrics.made), tuple(reactions.made))


class _Chosen:
    """The rules that a section of the config names, each with the place that does."""

    def __init__(self, zone: LandingZone, part: str, section: Alarms | Reactions) -> None:
        self.zone, self.part, self.section = zone, part, section
        self.problems: list[Problem] = []
        self.rules: dict[str, tuple[Place, Detection]] = {}
        self._lists = lists.of_rules(zone)
        if section.rules:
            self._choose(section.rules)
        self._leave_out(section.without)
        if section.directory is not None:
            self._own(Path(section.directory))

    def _choose(self, wanted: Sequence[str]) -> None:
        known = catalogue.shipped(self._lists, mentioning=wanted).rules
        for index, word in enumerate(wanted):
            place: Place = (self.part, "rules", index)
            found = [one for one in known if _is_called(one, word)]
            for one in found:
                self.rules.setdefault(one.said.name, (place, one))
            if not found:
                words = f"is no rule, profile or tag of the catalogue{_near(word)}"
                self.problems.append(Problem(place, words, word))

    def _leave_out(self, unwanted: Sequence[str]) -> None:
        for index, name in enumerate(unwanted):
            if self.rules.pop(name, None) is None:
                words = f"is none of the rules that {self.part}.rules names"
                self.problems.append(Problem((self.part, "without", index), words, name))

    def _own(self, directory: Path) -> None:
        place: Place = (self.part, "directory")
        try:
            found = catalogue.opened(directory, self._lists)
        except UsageError as error:
            self.problems.append(Problem(place, str(error).removesuffix(".")))
            return
        self.problems += [Problem(place, one.reason, one.file) for one in found.refused]
        for one in found.rules:
            name = one.said.name
            if not _NAME.fullmatch(name):
                words = f"the name of {one.said.file} must be letters, digits, '_' and '-'"
                self.problems.append(Problem(place, words, name))
            elif name in self.rules or name == HEARTBEAT:
                words = f"the name of {one.said.file} is another's, too"
                self.problems.append(Problem(place, words, name))
            else:
                self.rules[name] = (place, one)

    def wrong(self, name: str, words: str) -> None:
        """Note what is wrong with a rule, at the place that names it."""
        self.problems.append(Problem(self.rules[name][0], f"rule {name}: {words}"))

    def too_long(self, name: str, most: int) -> None:
        """Note a rule whose resources' names would be longer than AWS takes."""
        if len(whole := names.rule(self.zone, name)) > most:
            self.wrong(name, f"{whole} is longer than {most} characters")


class _Metrics(_Chosen):
    """The filters and alarms of the rules named under `alarms`."""

    def __init__(self, zone: LandingZone) -> None:
        super().__init__(zone, "alarms", zone.alarms)
        self._renderer = Renderer(Columns(), narrow_case=zone.alarms.narrow_case)
        self._tuned = {one.rule: one for one in zone.alarms.tuned}
        self.made = [one for name in self.rules if (one := self._metric(name))]
        self.problems += self._untuned()
        self.problems += self._beyond_quotas()

    def _metric(self, name: str) -> Metric | None:
        rule = self.rules[name][1]
        self.too_long(name, _LONGEST_ALARM_NAME)
        try:
            filters = self._filters(rule)
            alarm = self._alarm(rule)
        except (Refusal, PatternError) as error:
            self.wrong(name, _reason(error))
            return None
        if alarm.period % _MINUTE or not _MINUTE <= alarm.period <= _DAY or alarm.threshold < 1:
            self.wrong(
                name,
                f"its alarm counts for {alarm.period} s up to {alarm.threshold}; a period is whole "
                "minutes, at most a day, and the threshold at least 1",
            )
        if alarm.threshold > 1 and len(filters) > 1:
            self.wrong(
                name,
                f"its {len(filters)} prescribed texts count one event {len(filters)} times, so that "
                f"a threshold of {alarm.threshold} is reached too soon; it must be 1",
            )
        return Metric(rule.said, filters, alarm)

    def _filters(self, rule: Detection) -> dict[str, str]:
        """Return the prescribed texts, all of them, or the rule's own pattern without any."""
        texts = {str(dialect): text for dialect, text in rule.said.prescribed.items()}
        texts = texts or {Target.CLOUDWATCH: self._renderer.text(rule, Target.CLOUDWATCH)}
        for text in texts.values():
            cloudwatch.parsed(text)  # raises what CloudWatch would: its length, two expressions
        return texts

    def _alarm(self, rule: Detection) -> Alarm:
        alarm = targets.alarm(rule)
        if one := self._tuned.get(rule.said.name):
            alarm = replace(
                alarm,
                period=one.period_seconds or alarm.period,
                threshold=one.threshold or alarm.threshold,
            )
        return alarm

    def _untuned(self) -> Iterator[Problem]:
        for index, one in enumerate(self.zone.alarms.tuned):
            if one.rule not in self.rules:
                yield Problem(
                    ("alarms", "tuned", index, "rule"), "is no rule with an alarm", one.rule
                )

    def _beyond_quotas(self) -> Iterator[Problem]:
        texts = [text for one in self.made for text in one.filters.values()]
        if len(texts) > FILTERS:
            yield Problem(
                ("alarms", "rules"),
                f"{len(texts)} metric filters; a log group takes {FILTERS}, and AWS does not raise "
                "that: leave some out with `without`",
            )
        expressions = [text for text in texts if cloudwatch.expressions(cloudwatch.parsed(text))]
        if len(expressions) > EXPRESSIONS:
            held = [one.said.name for one in self.made if {*expressions} & {*one.filters.values()}]
            yield Problem(
                ("alarms", "rules"),
                f"{len(expressions)} filters with regular expressions; a log group takes "
                f"{EXPRESSIONS}, and AWS does not raise that: {', '.join(held)}",
            )


class _Reactions(_Chosen):
    """The event patterns of the rules named under `reactions`."""

    def __init__(self, zone: LandingZone) -> None:
        super().__init__(zone, "reactions", zone.reactions)
        self._renderer = Renderer(Columns())
        self._there = {*Vantage}
        if zone.organization.delegated_administrator is None:
            self._there.discard(Vantage.DELEGATED_ADMINISTRATOR)
        self.made = [one for name in self.rules if (one := self._reaction(name))]
        self.problems += self._beyond_quota()

    def _reaction(self, name: str) -> Reaction | None:
        rule = self.rules[name][1]
        self.too_long(name, _LONGEST_RULE_NAME)
        self._check_vantages(name, rule.said)
        try:
            written = self._renderer.text(rule, Target.EVENTBRIDGE)
        except (Refusal, PatternError) as error:
            self.wrong(name, _reason(error))
            return None
        pattern = json.dumps(json.loads(written), separators=(",", ":"))
        quota = self.zone.reactions.pattern_quota
        if len(pattern) > quota:
            self.wrong(
                name,
                f"its event pattern has {len(pattern):,} characters, and {quota:,} are your quota; "
                "AWS raises it to at most 4,096: say so in reactions.pattern_quota then",
            )
        return Reaction(
            rule.said, pattern, isinstance(rule, Rule) and delivery.reads(rule.predicate)
        )

    def _check_vantages(self, name: str, said: Said) -> None:
        if not said.vantages:
            self.wrong(
                name, "says no `vantages` under `atalaya:`, where its EventBridge rule stands"
            )
        elif not self._there & {*said.vantages}:
            self.wrong(name, f"stands in {', '.join(said.vantages)}, and there is none")

    def _beyond_quota(self) -> Iterator[Problem]:
        for vantage in Vantage:
            count = sum(vantage in one.said.vantages for one in self.made)
            if count > RULES:
                yield Problem(
                    ("reactions", "rules"),
                    f"{count} rules in the {vantage}; an event bus takes {RULES}",
                )


def _is_called(rule: Detection, word: str) -> bool:
    return word == rule.said.name or word in rule.said.profiles or word in rule.said.tags


def _near(word: str) -> str:
    every = catalogue.shipped().rules
    known = {name for one in every for name in (one.said.name, *one.said.profiles, *one.said.tags)}
    near = difflib.get_close_matches(word, sorted(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _reason(error: Refusal | PatternError) -> str:
    return str(error) if isinstance(error, Refusal) else error.problem
