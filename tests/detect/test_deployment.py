"""What is found in a plan, in a stack of the CDK, and on a log group of an emulated AWS."""

import json

import pytest

from ops.aws import Caller
from ops.detect.backtest import deployed, plan
from ops.detect.backtest.alarm import Alarm, Missing
from ops.detect.backtest.pattern import Kind
from ops.detect.backtest.subject import Value
from ops.endpoint import Access, Endpoint
from ops.errors import UsageError
from ops.rules.controls import controls
from tests.conftest import ROOT
from tests.query.athena.conftest import served

__all__ = ["served"]

REGION = "eu-west-1"
FILTER = {
    "name": "denied", "pattern": '{ $.errorCode = "AccessDenied*" }', "log_group_name": "trail",
    "metric_transformation": [{"name": "Denied", "namespace": "Mine", "value": "1", "default_value": "0"}],
}  # fmt: skip
ALARM = {
    "alarm_name": "too many denied", "namespace": "Mine", "metric_name": "Denied", "statistic": "Sum",
    "period": 60, "threshold": 10, "evaluation_periods": 3, "datapoints_to_alarm": 2,
    "comparison_operator": "GreaterThanThreshold", "treat_missing_data": "ignore",
}  # fmt: skip
RULE = {"name": "tampering", "event_pattern": '{"detail": {"eventName": ["StopLogging"]}}'}
EXPECTED = Alarm(period=60, threshold=10, evaluation_periods=3, datapoints_to_alarm=2,
                 missing=Missing.IGNORE, comparison="GreaterThanThreshold", name="too many denied")  # fmt: skip
TYPES = {"filter": "aws_cloudwatch_log_metric_filter", "alarm": "aws_cloudwatch_metric_alarm",
         "rule": "aws_cloudwatch_event_rule"}  # fmt: skip


def planned(*resources, deep=False):
    listed = [
        {"address": f"{TYPES[kind]}.x", "type": TYPES[kind], "mode": "managed", "values": values}
        for kind, values in resources
    ]
    module = {"child_modules": [{"resources": listed}]} if deep else {"resources": listed}
    return {"format_version": "1.2", "planned_values": {"root_module": module}}


@pytest.fixture
def found(tmp_path):
    def read(told):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(told))
        return plan.read(path)

    return read


@pytest.mark.parametrize("deep", [False, True])
def test_a_plan_gives_filters_with_the_alarms_on_their_metric_and_event_rules(found, deep):
    told = found(planned(("filter", FILTER), ("alarm", ALARM), ("rule", RULE), deep=deep))
    denied, tampering = told.subjects
    assert (denied.name, denied.kind, denied.default) == ("Denied", Kind.FILTER, 0)
    assert [one.text for one in denied.patterns] == [FILTER["pattern"]]
    assert denied.sources[0].value == Value(1)
    assert denied.alarms == (EXPECTED,)
    assert (tampering.name, tampering.kind) == ("tampering", Kind.RULE)
    assert not tampering.all_management
    assert told.unread == ()


def test_an_alarm_without_a_treatment_takes_missing_data_for_missing_as_aws_does(found):
    bare = {name: one for name, one in ALARM.items() if name not in ("treat_missing_data", "datapoints_to_alarm")}  # fmt: skip
    [subject] = found(planned(("filter", FILTER), ("alarm", bare))).subjects
    assert subject.alarms[0].missing is Missing.MISSING
    assert subject.alarms[0].needed == 3


def test_a_rules_state_says_whether_it_sees_what_only_reads(found):
    state = {"state": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
    [rule] = found(planned(("rule", RULE | state))).subjects
    assert rule.all_management


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("rule", {"state": "DISABLED"}, "disabled"),
        ("rule", {"is_enabled": False}, "disabled"),
        ("rule", {"event_bus_name": "mine"}, "event bus mine"),
        ("rule", {"event_pattern": '{"detail": {"x": ["${aws_s3_bucket.a.id}"]}}'}, "refers to"),
        ("filter", {"pattern": "ERROR"}, "begins with '{'"),
        ("filter", {"pattern": None}, "not known"),
        ("filter", {"metric_transformation": []}, "no metric_transformation"),
        ("alarm", {"metric_name": "Other"}, "no filter here feeds its metric"),
        ("alarm", {"metric_query": [{"id": "x"}]}, "metric math"),
        ("alarm", {"extended_statistic": "p99"}, "a percentile"),
        ("alarm", {"threshold": None}, "no number"),
        ("alarm", {"treat_missing_data": "guess"}, "guess"),
    ],
)  # fmt: skip
def test_what_cannot_be_replayed_is_told_with_the_reason(found, kind, change, reason):
    values = {"filter": FILTER, "alarm": ALARM, "rule": RULE} | {}
    values[kind] = values[kind] | change
    told = found(planned(*values.items()))
    assert any(reason in one.reason for one in told.unread)


def test_a_metric_with_dimensions_is_refused(found):
    given = FILTER["metric_transformation"][0] | {"dimensions": {"who": "$.userIdentity.arn"}}
    told = found(planned(("filter", FILTER | {"metric_transformation": [given]})))
    assert (told.subjects, "dimensions" in told.unread[0].reason) == ((), True)


def test_a_stack_of_the_cdk_gives_all_its_filters(found):
    told = plan.read(ROOT / "tests" / "golden" / "standalone" / "trail.tf.json")
    assert len(told.subjects) == len(controls())
    assert all(len(one.alarms) == 1 for one in told.subjects)
    texts = {each.text for one in told.subjects for each in one.patterns}
    assert texts == {text for rule in controls() for text in rule.said.prescribed.values()}
    assert [one.name for one in told.unread] == ["atalaya-standalone-heartbeat"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"planned_values": 5}'])
def test_a_file_that_is_no_plan_is_refused(tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(UsageError):
        plan.read(path)


@pytest.fixture(scope="module")
def caller(served):
    made = Caller(Access(region=REGION, endpoint=Endpoint(served, "mock", "mock")))
    logs, watch = made.client("logs"), made.client("cloudwatch")
    logs.create_log_group(logGroupName="trail")
    for name, pattern in (
        ("one", FILTER["pattern"]),
        ("two", '{ $.errorCode = "*Unauthorized*" }'),
    ):
        logs.put_metric_filter(
            logGroupName="trail", filterName=name, filterPattern=pattern,
            metricTransformations=[{"metricName": "Denied", "metricNamespace": "Mine", "metricValue": "1"}],
        )  # fmt: skip
    watch.put_metric_alarm(
        AlarmName="too many denied", Namespace="Mine", MetricName="Denied", Statistic="Sum", Period=60,
        Threshold=10, EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="ignore",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    return made


def test_what_is_deployed_on_a_log_group_is_read_from_aws(caller):
    [subject] = deployed.read(caller, "trail").subjects
    assert len(subject.sources) == 2
    assert subject.alarms == (EXPECTED,)
    assert subject.default is None


def test_a_log_group_without_filters_is_told(caller):
    caller.client("logs").create_log_group(logGroupName="bare")
    with pytest.raises(UsageError, match="no metric filter"):
        deployed.read(caller, "bare")
