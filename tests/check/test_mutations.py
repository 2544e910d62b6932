"""Every control is seen to pass and to fail, and a fault fails its own controls only."""

import pytest

from ops.deploy.check import judge
from ops.deploy.check.model import Status
from ops.rules import controls as published
from ops.rules.model import Dialect
from tests.check import expected
from tests.check.mutations import (
    ALARM,
    BROKEN,
    BY_PERSON,
    FILTER,
    MENDED,
    MONITORING,
    every_control_of,
    existing,
    one_letter,
    stranger,
)

_GROUPS = {"monitoring": MONITORING, "monitoring-by-person": BY_PERSON}
_ALWAYS = {
    "cis-1.2:2.5", "cis-1.2:2.9", "cis-3.0:2.1.2", "cis-3.0:2.1.3", "cis-3.0:3.3", "cis-3.0:3.7",
    "cis-3.0:4.16", "cis-5.0:2.1.2", "cis-5.0:2.1.3", "cis-5.0:3.3", "cis-5.0:3.7",
    "cis-5.0:4.16", "securityhub:CloudTrail.10",
    "prowler:cloudtrail_threat_detection_enumeration",
    "prowler:cloudtrail_threat_detection_llm_jacking",
    "prowler:cloudtrail_threat_detection_privilege_escalation",
    "prowler:cloudwatch_log_group_agentcore_data_protection_policy_enabled",
    "prowler:cloudwatch_log_group_no_secrets_in_logs",
    "prowler:kms_cmk_not_deleted_unintentionally",
    "prowler:kms_key_enclave_attestation_bypassable_path",
    "prowler:kms_key_enclave_attestation_no_deployment_binding",
    "prowler:kms_key_enclave_attestation_not_enforced",
    "prowler:kms_key_enclave_attestation_pcr_mismatch",
    "prowler:kms_key_enclave_attestation_unknown_image",
    "prowler:kms_key_enclave_debug_attestation_detected",
    "prowler:s3_access_point_public_access_block",
    "prowler:s3_account_level_public_access_blocks", "prowler:s3_bucket_object_public",
    "prowler:s3_multi_region_access_point_public_access_block",
}  # fmt: skip
"""Controls that no plan can decide, or that judge what no landing zone holds."""


def controls(words):
    return {name for word in words.split() for name in _GROUPS.get(word, {word})}


def changed(world, baseline, status):
    """Return the controls that came to a status they did not have before."""
    before = {row.control.name: row.status for row in baseline.rows}
    after = {row.control.name: row.status for row in judge(world.estate()).rows}
    return {name for name, now in after.items() if now is status and before[name] is not status}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_fails_its_own_controls_and_no_other(fault, world, baseline):
    BROKEN[fault](world)
    wanted = controls(expected.FAILING.get(fault, ""))
    assert changed(world, baseline, Status.FAIL) == wanted


@pytest.mark.parametrize("repair", MENDED)
def test_a_repair_passes_its_own_controls_and_no_other(repair, world, baseline):
    MENDED[repair](world)
    assert changed(world, baseline, Status.PASS) == controls(expected.PASSING[repair])


@pytest.mark.parametrize("fault", [stranger, BROKEN["the archive lets in everyone"]])
def test_without_analysts_another_account_in_the_archive_fails_prowler(fault, world):
    MENDED["no analyst reads the archive"](world)
    mended = judge(world.estate())
    fault(world)
    assert "prowler:s3_bucket_cross_account_access" in changed(world, mended, Status.FAIL)


@pytest.mark.parametrize("rule", published.controls(), ids=lambda rule: rule.said.name)
def test_without_its_alarm_a_monitoring_control_fails_everywhere(rule, world, baseline):
    world.remove(ALARM, f"{rule.said.name}-alarm")
    assert changed(world, baseline, Status.FAIL) == every_control_of(published.number(rule))


@pytest.mark.parametrize("rule", published.controls(), ids=lambda rule: rule.said.name)
def test_without_its_filters_a_monitoring_control_fails_everywhere(rule, world, baseline):
    world.remove(FILTER, f"alarms_{rule.said.name}")
    assert changed(world, baseline, Status.FAIL) == every_control_of(published.number(rule))


@pytest.mark.parametrize("rule", published.controls(), ids=lambda rule: rule.said.name)
def test_an_alarm_on_another_metric_watches_nothing(rule, world, baseline):
    world.set(ALARM, f"{rule.said.name}-alarm", namespace="Another")
    assert changed(world, baseline, Status.FAIL) == every_control_of(published.number(rule))


@pytest.mark.parametrize(
    "rule",
    [one for one in published.controls() if one.said.securityhub],
    ids=lambda rule: rule.said.name,
)
def test_one_letter_of_security_hubs_text_fails_security_hub_and_cis_1_2(rule, world, baseline):
    one_letter(f"{rule.said.name}-{Dialect.SECURITYHUB}")(world)
    failed = changed(world, baseline, Status.FAIL)
    assert {f"securityhub:{rule.said.securityhub}", f"cis-1.2:{rule.said.cis['1.2']}"} <= failed
    assert failed <= every_control_of(published.number(rule))


@pytest.mark.parametrize("name", ["route-table-changes", "organizations-changes"])
def test_one_letter_of_prowlers_text_fails_prowler(name, world, baseline):
    said = next(one.said for one in published.controls() if one.said.name == name)
    one_letter(f"{name}-{Dialect.PROWLER}")(world)
    failed = changed(world, baseline, Status.FAIL)
    assert f"prowler:{said.prowler}" in failed
    assert f"securityhub:{said.securityhub}" not in failed


def test_another_spacing_of_a_prescribed_text_is_the_same_text(world, baseline):
    for one in world.of(FILTER):
        one["pattern"] = one["pattern"].replace("||", "  ||  ").replace("{", "{ ")
    assert changed(world, baseline, Status.FAIL) == set()


def test_every_control_is_seen_to_pass_and_to_fail_or_is_out_of_a_plans_reach(baseline):
    failing = {name for words in expected.FAILING.values() for name in controls(words)}
    passing = {name for words in expected.PASSING.values() for name in controls(words)}
    before = {row.control.name: row.status for row in baseline.rows}
    passed = {name for name, status in before.items() if status is Status.PASS} | passing
    failed = {name for name, status in before.items() if status is Status.FAIL} | failing
    assert before.keys() - (passed & failed) == _ALWAYS


def test_a_bucket_that_existed_already_is_left_to_a_person(world, baseline):
    existing(world)
    assert changed(world, baseline, Status.MANUAL) == {
        "cis-1.2:2.3", "cis-1.2:2.6", "cis-3.0:3.4", "cis-5.0:3.4", "securityhub:CloudTrail.6",
        "securityhub:CloudTrail.7", "prowler:cloudtrail_bucket_requires_mfa_delete",
        "prowler:cloudtrail_logs_s3_bucket_access_logging_enabled",
        "prowler:cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
    }  # fmt: skip


def test_a_trail_from_outside_the_organisation_leaves_prowler_to_a_person(world, baseline):
    world.set("aws_cloudtrail", is_organization_trail=None)
    assert changed(world, baseline, Status.MANUAL) == {
        "prowler:cloudtrail_bucket_requires_mfa_delete",
        "prowler:cloudtrail_logs_s3_bucket_access_logging_enabled",
        "prowler:cloudtrail_logs_s3_bucket_is_not_publicly_accessible",
    }
