"""The way from an event to a person: trail, log group, filter, metric, alarm, topic.

Every CIS monitoring control asks whether that way is whole for one kind of
event. The frameworks differ in the filter's text and in how far they follow it:
prowler stops at the alarm; Security Hub and CIS ask for a subscriber.

Sources: Security Hub User Guide, CloudWatch.1 to CloudWatch.14; CIS AWS
Foundations Benchmark v5.0, section 4; prowler 5.46.0,
services/cloudwatch/lib/metric_filters.py.
"""

import re
from collections.abc import Callable

from ops.deploy.check import filters, selectors, trails
from ops.deploy.check.alarms import ALARM, GROUP
from ops.deploy.check.estate import Estate, Resource, points
from ops.deploy.check.facts import labels, listed
from ops.deploy.check.model import Fact, Judgement, Status
from ops.deploy.check.topics import SUBSCRIPTION, TOPIC
from ops.rules.controls import number
from ops.rules.model import Dialect
from ops.rules.rule import Rule

FILTER = "aws_cloudwatch_log_metric_filter"
_OUTSIDE_QUOTES = re.compile(r'("[^"]*")|\s+')


def exact(rule: Rule, *dialects: Dialect) -> Fact:
    """Return the fact that a text of one of the dialects reaches a subscriber.

    A text is compared exactly but for white space outside quotes.
    """
    prescribed = rule.said.prescribed
    texts = {squeezed(prescribed[one]) for one in dialects if one in prescribed}
    return _whole_way(lambda text: squeezed(text) in texts, "the prescribed text")


def cis(rule: Rule) -> Fact:
    """Return the fact that CIS's text, or one that says no less, reaches a subscriber."""
    return exact(rule, *([Dialect.CIS] if Dialect.CIS in rule.said.prescribed else Dialect))


def prowler(rule: Rule) -> Fact:
    """Return the fact that an alarm watches a filter whose text prowler takes."""

    def fact(estate: Estate) -> Judgement:
        groups = [
            group
            for trail in estate.of(trails.TRAIL)
            for group in _groups(estate, trail)
            if group.account == trail.account
        ]
        found = _filters(estate, groups, lambda text: filters.prowler_takes(number(rule), text))
        return _alarmed(estate, found, "a text prowler takes")[1]

    return fact


def squeezed(text: str) -> str:
    """Return a filter's text without the white space outside quotes."""
    return _OUTSIDE_QUOTES.sub(lambda found: found.group(1) or "", text)


def _whole_way(takes: Callable[[str], bool], what: str) -> Fact:
    def fact(estate: Estate) -> Judgement:
        logging = [
            trail
            for trail in estate.of(trails.TRAIL)
            if trails.logs_everywhere(estate, trail) and selectors.records_management(trail)
        ]
        groups = [group for trail in logging for group in _groups(estate, trail)]
        if not groups:
            return Judgement(
                Status.FAIL,
                "no multi-region trail sends all management events to a log group of the plan",
                labels(estate.of(trails.TRAIL)),
            )
        alarms, judgement = _alarmed(estate, _filters(estate, groups, takes), what)
        return _subscribed(estate, alarms, judgement) if alarms else judgement

    return fact


def _groups(estate: Estate, trail: Resource) -> list[Resource]:
    return [
        group for group in estate.of(GROUP) if points(trail, "cloud_watch_logs_group_arn", group)
    ]


def _filters(
    estate: Estate, groups: list[Resource], takes: Callable[[str], bool]
) -> list[Resource]:
    return [
        one
        for group in groups
        for one in estate.pointing(FILTER, "log_group_name", group)
        if takes(str(one.value("pattern")))
    ]


def _alarmed(estate: Estate, found: list[Resource], what: str) -> tuple[list[Resource], Judgement]:
    """Return the alarms on the filters' metrics, and how the way stands so far."""
    if not found:
        return [], Judgement(Status.FAIL, f"no filter on a trail's log group has {what}")
    alarms = [alarm for alarm in estate.of(ALARM) if any(_watches(alarm, one) for one in found)]
    if not alarms:
        return [], Judgement(
            Status.FAIL, f"no alarm watches the metric of {listed(found)}", labels(found)
        )
    return alarms, Judgement(
        Status.PASS, f"{listed(alarms)} watches {listed(found)}", labels([*found, *alarms])
    )


def _watches(alarm: Resource, one: Resource) -> bool:
    metric = one.block("metric_transformation")
    return (
        (alarm.account, alarm.region) == (one.account, one.region)
        and alarm.value("metric_name") == metric.get("name")
        and alarm.value("namespace") == metric.get("namespace")
    )


def _subscribed(estate: Estate, alarms: list[Resource], so_far: Judgement) -> Judgement:
    """Follow alarms to their topics, and those to a subscriber."""
    heard = [alarm for alarm in alarms if alarm.values.get("actions_enabled") is not False]
    topics = [
        topic
        for topic in estate.of(TOPIC)
        if any(points(alarm, "alarm_actions", topic) for alarm in heard)
    ]
    if not topics:
        return Judgement(
            Status.FAIL,
            f"{listed(alarms)} publishes to no topic of the plan (alarm_actions)",
            labels(alarms),
        )
    people = [one for topic in topics for one in estate.pointing(SUBSCRIPTION, "topic_arn", topic)]
    if not people:
        return Judgement(
            Status.FAIL,
            f"nobody subscribes to {listed(topics)} (alarms.recipients in the config)",
            labels(topics),
        )
    return Judgement(Status.PASS, f"{so_far.reason}; {listed(people)} is told", so_far.resources)
