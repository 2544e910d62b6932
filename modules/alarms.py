"""Alarms: the CIS metric filters, and one that rings when no event arrives at all."""

from modules.cdk import Construct, aws
from ops import names
from ops.config import LandingZone
from ops.rules import cis
from ops.rules.model import MetricRule

PERIOD_SECONDS = 300
"""How often an alarm looks. CloudTrail delivers to a log group within minutes."""


class DetectionAlarms(Construct):
    """Metric filters and alarms of the CIS monitoring controls.

    Scanners prescribe texts that differ by a term. Each text becomes a filter
    of its own on the rule's one metric, so that one alarm satisfies them all.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        log_group_name: str,
        topic_arn: str,
    ) -> None:
        super().__init__(scope, id)
        self._zone = zone
        self._group = log_group_name
        self._topic_arn = topic_arn
        for rule in cis.RULES:
            self._filters(rule)
            self._alarm(rule)
        self._heartbeat()

    def _metric(self, rule: MetricRule) -> str:
        return f"{names.stem(self._zone)}-{rule.name}"

    def _filters(self, rule: MetricRule) -> None:
        for dialect, pattern in rule.patterns.items():
            aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter(
                self,
                f"{rule.name}-{dialect}",
                name=f"{self._metric(rule)}-{dialect}",
                log_group_name=self._group,
                pattern=pattern,
                metric_transformation={
                    "name": self._metric(rule),
                    "namespace": names.metric_namespace(self._zone),
                    "value": "1",
                },
            )

    def _alarm(self, rule: MetricRule) -> None:
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            f"{rule.name}-alarm",
            alarm_name=self._metric(rule),
            alarm_description=f"CIS {rule.cis_v3_v5}: {rule.title}",
            namespace=names.metric_namespace(self._zone),
            metric_name=self._metric(rule),
            statistic="Sum",
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
        )

    def _heartbeat(self) -> None:
        # Every other alarm is quiet when nothing arrives; this one is not.
        minutes = self._zone.alarms.heartbeat_minutes
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            "heartbeat",
            alarm_name=f"{names.stem(self._zone)}-heartbeat",
            alarm_description=f"No CloudTrail event has arrived for {minutes} minutes",
            namespace="AWS/Logs",
            metric_name="IncomingLogEvents",
            dimensions={"LogGroupName": self._group},
            statistic="Sum",
            period=PERIOD_SECONDS,
            evaluation_periods=minutes * 60 // PERIOD_SECONDS,
            comparison_operator="LessThanThreshold",
            threshold=1,
            treat_missing_data="breaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
