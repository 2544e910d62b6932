"""Alarms: the rules as metric filters, and one that rings when no event arrives at all."""

from collections.abc import Iterable, Mapping

from modules.cdk import Construct, aws, literal
from ops import names
from ops.config import LandingZone
from ops.deployed_rules import HEARTBEAT, Metric

PERIOD_SECONDS = 300
"""How often the heartbeat looks. CloudTrail delivers to a log group within minutes."""
_LONGEST_DESCRIPTION = 1024


class DetectionAlarms(Construct):
    """Metric filters and alarms of the rules.

    Scanners prescribe texts that differ by a term. Each text becomes a filter
    of its own on the rule's one metric, so that one alarm satisfies them all.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        metrics: Iterable[Metric],
        log_group_name: str,
        topic_arn: str,
    ) -> None:
        super().__init__(scope, id)
        self._zone = zone
        self._group = log_group_name
        self._topic_arn = topic_arn
        for metric in metrics:
            self._filters(metric)
            self._alarm(metric)
        self._heartbeat()

    def _filters(self, metric: Metric) -> None:
        name = names.rule(self._zone, metric.said.name)
        for which, pattern in metric.filters.items():
            aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter(
                self,
                f"{metric.said.name}-{which}",
                name=f"{name}-{which}",
                log_group_name=self._group,
                pattern=literal(pattern),
                metric_transformation={
                    "name": name,
                    "namespace": names.metric_namespace(self._zone),
                    "value": "1",
                },
            )

    def _alarm(self, metric: Metric) -> None:
        name = names.rule(self._zone, metric.said.name)
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            f"{metric.said.name}-alarm",
            alarm_name=name,
            alarm_description=literal(_description(metric)),
            namespace=names.metric_namespace(self._zone),
            metric_name=name,
            statistic="Sum",
            period=metric.alarm.period,
            evaluation_periods=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=metric.alarm.threshold,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
        )

    def _heartbeat(self) -> None:
        # Every other alarm is quiet when nothing arrives; this one is not.
        minutes = self._zone.alarms.heartbeat_minutes
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            HEARTBEAT,
            alarm_name=names.rule(self._zone, HEARTBEAT),
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


def _description(metric: Metric) -> str:
    """Return what the alarm tells whom it reaches: what was seen, what it means, what to run."""
    said = metric.said
    control = f"CIS {list(said.cis.values())[-1]}: " if said.cis else ""
    runs = ", ".join(_command(one.runbook, one.params) for one in said.next)
    parts = [f"{control}{said.title}.", said.description, f"Next: {runs}." if runs else "",
             _differences(metric)]  # fmt: skip
    text = " ".join(" ".join(parts).split())
    text = "".join(sign for sign in text if sign.isprintable())
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[: _LONGEST_DESCRIPTION - 1]}…"


def _differences(metric: Metric) -> str:
    """Return where a prescribed text sees something else than the rule means to.

    Of several texts together one sees what another lacks: nothing is said of them.
    """
    whys = [one.why for one in metric.said.differences if [*metric.filters] == [one.target]]
    return f"The prescribed filter differs: {' '.join(dict.fromkeys(whys))}" if whys else ""


def _command(runbook: str, params: Mapping[str, str]) -> str:
    given = "".join(f" -p {name}=<{path}>" for name, path in params.items())
    return f"ops run {runbook}{given}"
