"""What the landing-zone file becomes, stack by stack."""

import json
import os
import re
import subprocess
import sys

import pytest

import main
from ops import deployed_rules
from ops.config import load
from ops.rules.controls import controls
from tests.conftest import ROOT, ZONES
from tests.modules.conftest import VARIANTS, read_stacks

pytestmark = pytest.mark.xdist_group("cdk")

GOLDEN = ROOT / "tests" / "golden"


def resources(stack, kind):
    return list(stack["resource"].get(kind, {}).values())


def only(stack, kind):
    (resource,) = resources(stack, kind)
    return resource


@pytest.mark.golden
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_landing_zone_becomes_exactly_its_golden_stacks(variant, synthesize, golden):
    directory = GOLDEN / variant
    stacks = synthesize(variant)
    if golden:
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob("*.tf.json"):
            old.unlink()
        for name, stack in stacks.items():
            text = json.dumps(stack, indent=1, sort_keys=True)
            (directory / f"{name}.tf.json").write_text(text + "\n")
    written = {file.name.removesuffix(".tf.json"): json.loads(file.read_text())
               for file in directory.glob("*.tf.json")}  # fmt: skip
    assert stacks == written


def test_cdktn_gives_the_same_stacks_as_cdktf(synthesize, tmp_path):
    variant = "everything"
    environment = os.environ | {
        "ATALAYA_CDK": "cdktn",
        "ATALAYA_CONFIG": str(ZONES / f"{variant}.yaml"),
        "ATALAYA_HOME": str(tmp_path),
        "CDKTF_OUTDIR": str(tmp_path / variant / "cdktf.out"),
    }
    subprocess.run(
        [sys.executable, "main.py"], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    assert read_stacks(tmp_path / variant / "cdktf.out") == synthesize(variant)


def test_a_wrong_file_fails_before_the_cdk_loads(tmp_path):
    wrong = tmp_path / "zone.yaml"
    wrong.write_text("name: x\n")
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "main.py"],
        cwd=ROOT,
        check=False,
        env=os.environ | {"ATALAYA_CONFIG": str(wrong)},
        capture_output=True,
        text=True,
    )
    assert run.returncode != 0
    assert "organization" in run.stderr
    assert "cdktf" not in {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}


def test_only_the_services_in_use_are_imported(synthesize):
    synthesize("minimal")
    loaded = {name.split(".")[1] for name in sys.modules
              if name.startswith("cdktf_cdktf_provider_aws.")}  # fmt: skip
    assert len(loaded) < 40


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_provider_names_the_one_account_it_may_touch(variant, synthesize):
    for stack in synthesize(variant).values():
        for provider in stack["provider"]["aws"]:
            assert len(provider["allowed_account_ids"]) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_names_another_partition(variant, synthesize):
    partition = load(ZONES / f"{variant}.yaml").partition
    text = json.dumps(synthesize(variant))
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_trail_is_encrypted_with_a_key_never_with_an_alias(variant, synthesize):
    # The emulator hides it, but on AWS an alias here differs at every plan.
    trails = [
        one for stack in synthesize(variant).values() for one in resources(stack, "aws_cloudtrail")
    ]
    assert trails
    for trail in trails:
        assert trail["kms_key_id"] == "${var.archive_key_arn}" or ":key/" in trail["kms_key_id"]
        assert trail["enable_log_file_validation"]
        assert trail["is_multi_region_trail"]
        assert trail["include_global_service_events"]


def test_every_cis_control_has_a_filter_per_text_and_one_alarm_with_the_topic(synthesize):
    trail = synthesize("minimal")["trail"]
    filters = resources(trail, "aws_cloudwatch_log_metric_filter")
    alarms = {one["metric_name"]: one for one in resources(trail, "aws_cloudwatch_metric_alarm")}
    for rule in controls():
        metric = f"atalaya-minimal-{rule.said.name}"
        patterns = {one["pattern"] for one in filters
                    if one["metric_transformation"]["name"] == metric}  # fmt: skip
        assert patterns == set(rule.said.prescribed.values())
        assert alarms[metric]["alarm_actions"] == ["${aws_sns_topic.alarm-topic_topic.arn}"]


def test_an_alarm_tells_what_was_seen_what_it_means_and_what_to_run(synthesize):
    alarms = resources(synthesize("minimal")["trail"], "aws_cloudwatch_metric_alarm")
    (one,) = [one for one in alarms if one["alarm_name"].endswith("cloudtrail-changes")]
    assert one["alarm_description"].startswith("CIS 4.5: CloudTrail configuration changes. A trail")
    assert "ops run key-activity -p key=<userIdentity.accessKeyId>" in one["alarm_description"]
    (one,) = [one for one in alarms if one["alarm_name"].endswith("organizations-changes")]
    assert "The prescribed filter differs: The text lacks CloseAccount" in one["alarm_description"]
    assert all(len(one["alarm_description"]) <= 1024 for one in alarms)


OWN = r"""
title: "Secrets ${read} %{here}"
name: own
logsource: {product: aws, service: cloudtrail}
level: high
description: "Line one.\n  Line\a two. LONG"
detection: {s: {eventName|cased: GetSecretValue, userAgent|cased|startswith: '${x}'}, condition: s}
atalaya: {vantages: [management-home], alarm: {period: 600, threshold: 5}}
"""


@pytest.fixture(scope="module")
def with_own_rules(tmp_path_factory):
    from modules import stacks

    home = tmp_path_factory.mktemp("own")
    (home / "own.yml").write_text(OWN.replace("LONG", "More. " * 200), encoding="utf-8")
    zone = load(ZONES / "minimal.yaml")
    alarms = zone.alarms.model_copy(update={"rules": ["root-usage"], "directory": str(home)})
    reactions = zone.reactions.model_copy(update={"rules": [], "directory": str(home)})
    regions = zone.regions.model_copy(update={"home": "eu-central-1"})
    zone = zone.model_copy(update={"alarms": alarms, "reactions": reactions, "regions": regions})
    stacks.synthesize(zone, deployed_rules.of(zone), home / "out")
    return read_stacks(home / "out")


def test_rules_of_ones_own_become_filters_and_alarms_as_they_say(with_own_rules):
    trail = with_own_rules["trail"]["resource"]
    assert set(trail["aws_cloudwatch_log_metric_filter"]) == {
        "alarms_root-usage-securityhub",
        "alarms_own-cloudwatch",
    }
    alarm = trail["aws_cloudwatch_metric_alarm"]["alarms_own-alarm"]
    assert (alarm["period"], alarm["threshold"]) == (600, 5)


def test_terraform_fills_nothing_into_the_words_of_a_rule(with_own_rules):
    trail = with_own_rules["trail"]["resource"]
    pattern = trail["aws_cloudwatch_log_metric_filter"]["alarms_own-cloudwatch"]["pattern"]
    assert '"$${x}*"' in pattern
    alarm = trail["aws_cloudwatch_metric_alarm"]["alarms_own-alarm"]
    assert alarm["alarm_description"].startswith("Secrets $${read} %%{here}. Line one. Line two. M")
    rules = with_own_rules["reactions-management"]["resource"]["aws_cloudwatch_event_rule"]
    assert rules["home_own"]["description"] == "Secrets $${read} %%{here}"
    assert rules["home_own"]["event_pattern"]["json"]["detail"]["userAgent"] == [
        {"prefix": "$${x}"}
    ]


def test_an_alarm_tells_what_fits_in_a_description(with_own_rules):
    alarms = with_own_rules["trail"]["resource"]["aws_cloudwatch_metric_alarm"]
    shown = alarms["alarms_own-alarm"]["alarm_description"].replace("$$", "$").replace("%%", "%")
    assert len(shown) == 1024
    assert shown.endswith("…")


def test_a_rule_that_looks_for_reading_is_given_it_there_and_on_the_bus(with_own_rules, synthesize):
    rules = with_own_rules["reactions-management"]["resource"]["aws_cloudwatch_event_rule"]
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert {name: one["state"] for name, one in rules.items()} == {
        "home_own": state,
        "bus_notify": state,
    }
    usual = synthesize("minimal")["reactions-management"]["resource"]["aws_cloudwatch_event_rule"]
    assert not any("state" in one for one in usual.values())


def test_where_no_rule_stands_nothing_is_made_for_reactions(with_own_rules):
    assert [name for name in with_own_rules if name.startswith("reactions")] == [
        "reactions-management"
    ]
    providers = with_own_rules["reactions-management"]["provider"]["aws"]
    assert [one["region"] for one in providers] == ["eu-central-1"]


def test_silence_itself_rings_an_alarm(synthesize):
    alarms = resources(synthesize("everything")["trail"], "aws_cloudwatch_metric_alarm")
    (heartbeat,) = [one for one in alarms if one["alarm_name"].endswith("heartbeat")]
    assert heartbeat["treat_missing_data"] == "breaching"
    assert heartbeat["period"] * heartbeat["evaluation_periods"] == 30 * 60
    assert heartbeat["dimensions"] == {
        "LogGroupName": "${aws_cloudwatch_log_group.stream_group.name}"
    }


def test_the_trail_waits_for_what_cloudtrail_tries_at_creation(synthesize):
    trail = only(synthesize("minimal")["trail"], "aws_cloudtrail")
    assert set(trail["depends_on"]) == {
        "aws_iam_role_policy.stream_role-policy",
        "aws_sns_topic_policy.delivery-topic_policy",
    }


def test_data_events_of_all_buckets_leave_the_archive_out(synthesize):
    trail = only(synthesize("everything")["trail"], "aws_cloudtrail")
    objects = trail["advanced_event_selector"][1]["field_selector"]
    (arns,) = [one for one in objects if one["field"] == "resources.ARN"]
    assert arns["not_starts_with"] == ["arn:aws:s3:::everything-archive/"]


def test_management_events_stay_recorded_beside_other_advanced_selectors(synthesize):
    trail = only(synthesize("everything")["trail"], "aws_cloudtrail")
    first = trail["advanced_event_selector"][0]
    assert first == {
        "name": "Management events selector",
        "field_selector": [{"field": "eventCategory", "equals": ["Management"]}],
    }


def test_basic_selectors_record_management_events_once(synthesize):
    trail = only(synthesize("standalone")["trail"], "aws_cloudtrail")
    assert [one["include_management_events"] for one in trail["event_selector"]] == [
        True,
        False,
        False,
    ]
    assert trail["event_selector"][2]["data_resource"][0]["values"] == ["arn:aws:lambda"]


def test_an_existing_bucket_is_given_a_policy_and_nothing_else(synthesize):
    stack = synthesize("existing")["log-archive"]
    assert set(stack["resource"]) == {"aws_s3_bucket_policy"}
    assert "output" not in stack


def test_state_lies_beside_the_output_never_in_it(synthesize):
    backend = synthesize("minimal")["trail"]["terraform"]["backend"]
    assert backend == {"local": {"path": "../../../lab/state/trail.tfstate"}}


def test_state_in_s3_is_encrypted_and_locked_by_a_file(synthesize):
    backend = synthesize("existing")["trail"]["terraform"]["backend"]["s3"]
    assert backend["encrypt"] is True
    assert backend["use_lockfile"] is True
    assert backend["key"] == "atalaya/existing/trail.tfstate"


def test_the_version_asked_for_lies_within_the_declared_range(synthesize):
    terraform = synthesize("minimal")["trail"]["terraform"]
    assert terraform["required_providers"]["aws"] == {
        "source": "hashicorp/aws",
        "version": ">= 5.100.0, < 7.0.0, 5.100.0",
    }


def test_reactions_stand_in_each_account_and_region_their_events_arise_in(synthesize):
    stacks = synthesize("everything")
    management = stacks["reactions-management"]
    assert [one["region"] for one in management["provider"]["aws"]] == ["eu-west-1", "us-east-1"]
    rules = management["resource"]["aws_cloudwatch_event_rule"]
    assert rules["global_root-sign-in"]["provider"] == "aws.global"
    assert "provider" not in rules["home_trail-tampering"]
    delegated = stacks["reactions-delegated-administrator"]
    assert list(delegated["resource"]["aws_cloudwatch_event_rule"]) == ["home_trail-tampering"]


def test_one_account_with_two_purposes_reacts_in_one_stack(synthesize):
    stacks = synthesize("existing")
    assert "reactions-delegated-administrator" not in stacks
    rules = stacks["reactions-log-archive"]["resource"]["aws_cloudwatch_event_rule"]
    assert "home_trail-tampering" in rules


@pytest.mark.parametrize("variant", ["govcloud", "china"])
def test_without_cross_region_targets_the_global_region_has_its_own_topic(variant, synthesize):
    stack = synthesize(variant)["reactions-management"]["resource"]
    topic = stack["aws_sns_topic"]["global-topic_topic"]
    assert topic["provider"] == "aws.global"
    target = stack["aws_cloudwatch_event_target"]["global_root-sign-in-target"]
    assert target["arn"] == "${aws_sns_topic.global-topic_topic.arn}"
    assert stack["aws_sns_topic_subscription"]


def test_analytics_stands_in_the_audit_account_after_the_archive(synthesize):
    stacks = synthesize("everything")
    (provider,) = stacks["analytics"]["provider"]["aws"]
    assert provider["allowed_account_ids"] == ["333333333333"]
    assert list(stacks["analytics"]["variable"]) == list(stacks["log-archive"]["output"])
    assert "analytics" not in synthesize("minimal")


def test_no_query_chooses_where_results_go_how_they_are_encrypted_or_how_much_it_reads(synthesize):
    stack = synthesize("everything")["analytics"]
    settings = only(stack, "aws_athena_workgroup")["configuration"]
    assert settings["enforce_workgroup_configuration"] is True
    assert settings["bytes_scanned_cutoff_per_query"] == 50_000_000_000
    bucket = stack["resource"]["aws_s3_bucket"]["results_bucket"]["bucket"]
    results = settings["result_configuration"]
    assert results["output_location"] == f"s3://{bucket}/results/"
    assert results["expected_bucket_owner"] == "333333333333"
    assert results["encryption_configuration"] == {
        "encryption_option": "SSE_KMS",
        "kms_key_arn": "${aws_kms_key.results_key_key.arn}",
    }


def test_what_stands_in_braces_is_left_to_athena(synthesize):
    tables = synthesize("everything")["analytics"]["resource"]["aws_glue_catalog_table"]
    templates = [one["parameters"].get("storage.location.template", "") for one in tables.values()]
    # Terraform reads `$${` as `${` and would fill in `${` itself.
    assert sum("$${" in one for one in templates) == 2
    assert not any(re.search(r"(?<!\$)\$\{", one) for one in templates)


def test_queries_are_saved_only_where_the_config_asks(tmp_path):
    from modules import stacks

    zone = load(ZONES / "everything.yaml")
    quiet = zone.analytics.model_copy(update={"named_queries": False, "store": None})
    changed = zone.model_copy(update={"analytics": quiet})
    stacks.synthesize(changed, deployed_rules.of(changed), tmp_path)
    found = read_stacks(tmp_path)["analytics"]["resource"]
    assert "aws_athena_named_query" not in found
    assert list(found["aws_glue_catalog_table"]) == ["catalog_cloudtrail"]


def test_no_resource_name_is_longer_than_aws_allows(synthesize):
    limits = {"aws_iam_role": 64, "aws_s3_bucket": 63, "aws_cloudwatch_event_rule": 64}
    for stack in synthesize("everything").values():
        for kind, limit in limits.items():
            for one in resources(stack, kind):
                assert len(one.get("name") or one.get("bucket")) <= limit


def test_the_output_directory_may_lie_anywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ATALAYA_CONFIG", str(ZONES / "minimal.yaml"))
    monkeypatch.setenv("ATALAYA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "elsewhere"))
    main.main()
    backend = read_stacks(tmp_path / "elsewhere")["trail"]["terraform"]["backend"]["local"]
    reached = (tmp_path / "elsewhere" / "stacks" / "trail" / backend["path"]).resolve()
    assert reached == (tmp_path / "home" / "minimal" / "lab" / "state" / "trail.tfstate").resolve()
