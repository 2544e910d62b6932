"""The config's exceptions, the counts and the rows."""

import json
from collections import Counter

import pytest

from ops.config.settings import Accepted
from ops.deploy.check import judge
from ops.deploy.check.matrix import CONTROLS
from ops.deploy.check.model import Control, Framework, Judgement, Status
from ops.rules.controls import controls, number
from tests.check.world import World


def row(matrix, name):
    return next(one for one in matrix.rows if one.control.name == name)


def accepting(*names):
    return [Accepted(control=name, reason=f"because of {name}") for name in names]


def test_an_accepted_failure_keeps_its_resources_and_says_why_twice(world, baseline):
    name = "checkov:CKV_AWS_145"
    found = row(judge(world.estate(), accepting(name)), name)
    assert found.status is Status.ACCEPTED
    assert found.reason.startswith(f"because of {name} (objects are not encrypted with KMS")
    assert found.resources == row(baseline, name).resources
    assert found.resources == (
        "analytics:aws_s3_bucket.results_access-logs_bucket",
        "log-archive:aws_s3_bucket.archive_access-logs_bucket",
    )


def test_only_the_accepted_control_is_accepted(world, baseline):
    found = judge(world.estate(), accepting("prowler:s3_bucket_kms_encryption"))
    before = Counter(one.status for one in baseline.rows)
    after = Counter(one.status for one in found.rows)
    assert after[Status.ACCEPTED] == 1
    assert after[Status.FAIL] == before[Status.FAIL] - 1
    assert found.fails


def test_the_labs_own_exceptions_leave_no_failure_and_none_is_idle(world, zone):
    found = judge(world.estate(), zone.accepted)
    assert not found.fails
    assert found.notes == ()


def test_an_exception_that_names_no_control_is_noted(world):
    found = judge(world.estate(), accepting("checkov:CKV_AWS_9999"))
    assert found.notes == (
        "accepted names checkov:CKV_AWS_9999, which is no control of `ops deploy check`",
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [("cis-5.0:3.1", "pass"), ("cis-5.0:2.1.2", "manual"), ("cis-5.0:3.7", "not-applicable")],
)
def test_an_exception_for_what_does_not_fail_is_noted_and_changes_nothing(
    world, baseline, name, status
):
    found = judge(world.estate(), accepting(name))
    assert found.notes == (f"accepted names {name}, which does not fail: it is {status}",)
    assert row(found, name) == row(baseline, name)


def test_manual_controls_do_not_count_as_failures(world):
    controls = [one for one in CONTROLS if one.name in ("cis-5.0:2.1.2", "cis-5.0:3.1")]
    assert not judge(world.estate(), controls=controls).fails


def test_a_fact_is_judged_once_for_all_frameworks_that_ask_it():
    asked = []

    def fact(_):
        asked.append(1)
        return Judgement(Status.PASS, "is so")

    controls = [Control(framework, "1", "title", fact) for framework in Framework]
    assert len(judge(World({}).estate(), controls=controls).rows) == len(Framework)
    assert len(asked) == 1


def test_no_control_stands_twice():
    names = Counter(control.name for control in CONTROLS)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_metric_rule_is_asked_for_by_every_framework_that_has_it():
    names = {control.name for control in CONTROLS}
    assert [number(rule) for rule in controls()] == [*range(1, 16)]
    for nth, rule in enumerate(controls(), 1):
        assert {f"cis-3.0:4.{nth}", f"cis-5.0:4.{nth}"} <= names
        assert f"prowler:{rule.said.prowler}" in names
        assert (f"cis-1.2:3.{nth}" in names) == (nth <= 14)
    assert {f"securityhub:CloudWatch.{n}" for n in range(1, 15)} <= names


def test_a_row_is_what_machines_are_promised(baseline):
    found = row(baseline, "cis-5.0:3.2").json()
    assert json.loads(json.dumps(found)) == {
        "framework": "cis-5.0",
        "control": "3.2",
        "status": "pass",
        "reason": "log file validation is on: trail:aws_cloudtrail.trail_trail",
        "resources": ["trail:aws_cloudtrail.trail_trail"],
    }


def test_every_reason_of_a_failure_names_its_resources(baseline):
    for one in baseline.rows:
        if one.status is Status.FAIL:
            assert one.resources
            assert one.resources[0] in one.reason


def test_the_counts_of_all_frameworks_add_up_to_all_rows(baseline):
    counts = baseline.counts()
    assert list(counts) == list(Framework)
    assert sum(sum(one.values()) for one in counts.values()) == len(baseline.rows)


def test_what_is_open_is_neither_passed_nor_moot(baseline):
    statuses = {one.status for one in baseline.open().rows}
    assert statuses == {Status.FAIL, Status.MANUAL}
