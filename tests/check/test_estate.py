"""How plans are read: known values, unknown ones, and what points to what."""

import json

import pytest

from ops.deploy.check import estate
from ops.deploy.check.estate import points, read
from ops.errors import DeployError

PROVIDER = {
    "aws": {
        "expressions": {
            "region": {"constant_value": "eu-west-1"},
            "allowed_account_ids": {"constant_value": ["111111111111"]},
        }
    }
}


def a_plan(*resources):
    """Build a plan from (kind, name, known values, expressions)."""
    planned, configured = [], []
    for kind, name, values, expressions in resources:
        head = {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name}
        planned.append({**head, "values": values})
        configured.append({**head, "provider_config_key": "aws", "expressions": expressions})
    return {
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {"provider_config": PROVIDER, "root_module": {"resources": configured}},
    }


def resources(stack, *given):
    return list(estate.resources(stack, a_plan(*given)))


def a_topic(name, arn=None):
    return ("aws_sns_topic", name, {"name": name} | ({"arn": arn} if arn else {}), {})


def an_alarm(**alarm):
    return ("aws_cloudwatch_metric_alarm", "alarm", alarm.get("values", {}), alarm["said"])


REFERENCE = {
    "constant_value": ["${aws_sns_topic.a.arn}"],
    "references": ["aws_sns_topic.a.arn", "aws_sns_topic.a"],
}


def test_account_and_region_are_those_of_the_resources_own_provider():
    (topic,) = resources("trail", a_topic("a"))
    assert (topic.account, topic.region) == ("111111111111", "eu-west-1")
    assert topic.label == "trail:aws_sns_topic.a"


def test_before_apply_an_alarm_points_to_the_topic_it_refers_to():
    topic, other, alarm = resources(
        "trail", a_topic("a"), a_topic("b"), an_alarm(said={"alarm_actions": REFERENCE})
    )
    assert points(alarm, "alarm_actions", topic)
    assert not points(alarm, "alarm_actions", other)


def test_after_apply_an_alarm_points_to_the_topic_whose_arn_it_holds():
    topic, other, alarm = resources(
        "trail",
        a_topic("a", arn="arn:aws:sns:eu-west-1:111111111111:a"),
        a_topic("b", arn="arn:aws:sns:eu-west-1:111111111111:b"),
        an_alarm(said={}, values={"alarm_actions": ["arn:aws:sns:eu-west-1:111111111111:a"]}),
    )
    assert points(alarm, "alarm_actions", topic)
    assert not points(alarm, "alarm_actions", other)


def test_the_same_address_in_another_stack_is_another_resource():
    (topic,) = resources("reactions", a_topic("a"))
    (alarm,) = resources("trail", an_alarm(said={"alarm_actions": REFERENCE}))
    assert not points(alarm, "alarm_actions", topic)


def test_nothing_points_to_a_resource_without_a_name():
    nameless, alarm = resources(
        "trail", ("aws_sns_topic", "a", {}, {}), an_alarm(said={}, values={"alarm_actions": []})
    )
    assert not points(alarm, "alarm_actions", nameless)


def test_a_value_unknown_before_apply_is_taken_from_the_configuration():
    text = '{"Statement": [{"Resource": "${aws_kms_key.key.arn}"}]}'
    (policy,) = resources(
        "log-archive", ("aws_s3_bucket_policy", "p", {}, {"policy": {"constant_value": text}})
    )
    assert policy.value("policy") == text
    assert policy.sets("policy")


def test_what_is_neither_planned_nor_configured_is_not_set():
    (topic,) = resources("trail", a_topic("a"))
    assert not topic.sets("kms_master_key_id")
    assert topic.value("kms_master_key_id") is None


def test_false_is_a_value():
    (key,) = resources("trail", ("aws_kms_key", "k", {"enable_key_rotation": False}, {}))
    assert key.value("enable_key_rotation") is False


def test_data_sources_are_no_resources():
    plan = a_plan(a_topic("a"))
    plan["planned_values"]["root_module"]["resources"][0]["mode"] = "data"
    assert list(estate.resources("trail", plan)) == []


@pytest.mark.parametrize("text", ["", "[]", '{"configuration": {}}', "not json"])
def test_what_is_no_plan_is_an_error_that_names_stack_and_file(tmp_path, text):
    path = tmp_path / "trail.json"
    path.write_text(text)
    with pytest.raises(DeployError, match=r"trail: the plan in .*trail\.json"):
        read({"trail": path})


def test_a_plan_without_resources_is_read_as_an_empty_estate(tmp_path):
    path = tmp_path / "trail.json"
    path.write_text(json.dumps(a_plan()))
    assert read({"trail": path}).resources == ()
