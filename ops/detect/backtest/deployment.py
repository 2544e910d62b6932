"""Filters, alarms and event rules as Terraform names their arguments, put together.

Filters belong together that feed one metric, whose alarms look at their sum. Whatever
cannot be replayed is told, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.detect.backtest.alarm import Alarm, Missing
from ops.detect.backtest.pattern import read
from ops.detect.backtest.subject import Found, Source, Subject, Unread, value
from ops.errors import UsageError

FILTER = "aws_cloudwatch_log_metric_filter"
ALARM = "aws_cloudwatch_metric_alarm"
RULE = "aws_cloudwatch_event_rule"
_ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
Values = Mapping[str, Any]
Metric = tuple[str, str]
"""A metric's namespace and name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a plan, a stack or an account."""

    type: str
    label: str
    values: Values


class _Deployment:
    def __init__(self) -> None:
        self.sources: dict[Metric, list[Source]] = {}
        self.defaults: dict[Metric, float] = {}
        self.alarms: dict[Metric, list[Alarm]] = {}
        self.rules: list[Subject] = []
        self.unread: list[Unread] = []

    def add(self, one: Resource) -> None:
        """Take a resource in; raise UsageError if it cannot be replayed."""
        if one.type == FILTER:
            self._filter(one.values)
        elif one.type == ALARM:
            metric = (_text(one.values, "namespace"), _text(one.values, "metric_name"))
            self.alarms.setdefault(metric, []).append(_alarm(one.values))
        elif one.type == RULE:
            self._rule(one)

    def _filter(self, values: Values) -> None:
        source_pattern = read(_text(values, "pattern"))
        [given] = _blocks(values, "metric_transformation")
        if given.get("dimensions"):
            raise UsageError(
                "Its metric has dimensions: each value of them is a metric of its own."
            )
        metric = (_text(given, "namespace"), _text(given, "name"))
        source = Source(source_pattern, value(str(given.get("value") or "1")))
        self.sources.setdefault(metric, []).append(source)
        default = given.get("default_value")
        if default not in (None, ""):
            self.defaults[metric] = float(str(default))

    def _rule(self, one: Resource) -> None:
        values = one.values
        if not values.get("event_pattern"):
            return  # a schedule
        state = str(values.get("state") or "ENABLED")
        if state == "DISABLED" or values.get("is_enabled") is False:
            raise UsageError("It is disabled.")
        bus = str(values.get("event_bus_name") or "default")
        if bus.rpartition("/")[2] != "default":
            raise UsageError(f"It is on the event bus {bus}; CloudTrail's events are on default.")
        pattern = read(_text(values, "event_pattern"))
        name = str(values.get("name") or one.label)
        self.rules.append(Subject(name, (Source(pattern),), all_management=state == _ALL))

    def subjects(self) -> Iterator[Subject]:
        """Yield what can be replayed."""
        for metric, sources in self.sources.items():
            alarms = tuple(self.alarms.get(metric, ()))
            yield Subject(metric[1], tuple(sources), alarms, self.defaults.get(metric))
        yield from self.rules

    def elsewhere(self) -> Iterator[Unread]:
        """Yield the alarms on other metrics than those of the filters."""
        for metric, alarms in self.alarms.items():
            if metric not in self.sources:
                reason = f"no filter here feeds its metric, {metric[0]} {metric[1]}"
                yield from (Unread(one.name, reason) for one in alarms)


def found(resources: Iterable[Resource]) -> Found:
    """Return what resources would do with events, and what cannot be replayed."""
    all_of = _Deployment()
    for one in resources:
        try:
            all_of.add(one)
        except UsageError as error:
            all_of.unread.append(Unread(one.label, str(error)))
    return Found(tuple(all_of.subjects()), (*all_of.unread, *all_of.elsewhere()))


def _alarm(values: Values) -> Alarm:
    for name, what in (("metric_query", "metric math"), ("threshold_metric_id", "a band"),
                       ("extended_statistic", "a percentile")):  # fmt: skip
        if values.get(name):
            raise UsageError(f"It looks at {what}.")
    missing = str(values.get("treat_missing_data") or Missing.MISSING)
    if missing not in tuple(Missing):
        raise UsageError(f"Missing data cannot be treated as {missing!r}.")
    points = values.get("datapoints_to_alarm")
    return Alarm(
        period=int(_number(values, "period")),
        threshold=_number(values, "threshold"),
        evaluation_periods=int(_number(values, "evaluation_periods")),
        datapoints_to_alarm=int(points) if points else None,
        missing=Missing(missing),
        comparison=_text(values, "comparison_operator"),
        statistic=_text(values, "statistic"),
        name=_text(values, "alarm_name"),
    )


def _blocks(values: Values, name: str) -> list[Values]:
    given = values.get(name)
    blocks = [one for one in (given if isinstance(given, list) else [given])
              if isinstance(one, Mapping)]  # fmt: skip
    if len(blocks) != 1:
        raise UsageError(f"It has no {name}, or several.")
    return blocks


def _text(values: Values, name: str) -> str:
    text = values.get(name)
    if not isinstance(text, str) or not text:
        raise UsageError(f"Its {name} is not known before it is applied.")
    if "${" in text:
        raise UsageError(f"Its {name} refers to what is known only when it is applied: {text}")
    return text


def _number(values: Values, name: str) -> float:
    try:
        return float(str(values.get(name)))
    except ValueError as error:
        raise UsageError(f"Its {name} is no number that is known.") from error
