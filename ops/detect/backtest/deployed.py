"""The filters of a log group as they are deployed, and the alarms on their metrics."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ops.detect.backtest import deployment
from ops.detect.backtest.deployment import ALARM, FILTER, Resource
from ops.detect.backtest.subject import Found
from ops.errors import UsageError

_ALARM_ARGUMENTS = {
    "alarm_name": "AlarmName", "namespace": "Namespace", "metric_name": "MetricName",
    "period": "Period", "threshold": "Threshold", "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm", "treat_missing_data": "TreatMissingData",
    "comparison_operator": "ComparisonOperator", "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic", "threshold_metric_id": "ThresholdMetricId",
    "metric_query": "Metrics",
}  # fmt: skip
"""Terraform's names of what CloudWatch's API answers."""


class Caller(Protocol):
    """Calls AWS; see `ops.aws`."""

    def pages(
        self, service: str, operation: str, *, region: str | None = None, **arguments: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield every page of a call; raise AwsError."""


def read(caller: Caller, group: str, *, region: str | None = None) -> Found:
    """Return what is deployed on a log group; raise AwsError, or UsageError if that is nothing."""
    filters = [
        one
        for page in caller.pages("logs", "describe_metric_filters", region=region, logGroupName=group)
        for one in page.get("metricFilters", ())
    ]  # fmt: skip
    if not filters:
        raise UsageError(
            f"The log group {group} has no metric filter.",
            hint="is it the right one, and --region?",
        )
    metrics = {
        (str(given["metricNamespace"]), str(given["metricName"])): None
        for one in filters
        for given in one.get("metricTransformations", ())
    }
    alarms = [
        _alarm(one)
        for namespace, name in metrics
        for page in caller.pages("cloudwatch", "describe_alarms_for_metric", region=region,
                                 Namespace=namespace, MetricName=name)
        for one in page.get("MetricAlarms", ())
    ]  # fmt: skip
    return deployment.found([*map(_filter, filters), *alarms])


def _filter(one: Mapping[str, Any]) -> Resource:
    given = [
        {
            "namespace": each.get("metricNamespace"),
            "name": each.get("metricName"),
            "value": each.get("metricValue"),
            "default_value": each.get("defaultValue"),
            "dimensions": each.get("dimensions"),
        }
        for each in one.get("metricTransformations", ())
    ]
    values = {"pattern": one.get("filterPattern"), "metric_transformation": given}
    return Resource(FILTER, str(one.get("filterName")), values)


def _alarm(one: Mapping[str, Any]) -> Resource:
    values = {name: one.get(theirs) for name, theirs in _ALARM_ARGUMENTS.items()}
    return Resource(ALARM, str(one.get("AlarmName")), values)
