"""Judges against the matrix: agreement, exceptions, and what is not of the landing zone."""

import csv
import json

import pytest

from ops.config.settings import Accepted
from ops.deploy.check import judge
from ops.deploy.check.model import Framework, Status
from ops.errors import DeployError
from tests.conformance import checkov, prowler
from tests.conformance.comparison import compare
from tests.conformance.finding import Finding, Names, Said, verdict

MANAGEMENT, LOG_ARCHIVE = "111111111111", "222222222222"
ARCHIVE = "log-archive:aws_s3_bucket.archive_bucket"
ACCESS_LOGS = "log-archive:aws_s3_bucket.archive_access-logs_bucket"
RESULT_LOGS = "analytics:aws_s3_bucket.results_access-logs_bucket"
TRAIL = "trail:aws_cloudtrail.trail_trail"


def says(check, said, resource=TRAIL, *, account=LOG_ARCHIVE, ours=True):
    framework = Framework.CHECKOV if check.startswith("CKV") else Framework.PROWLER
    return Finding(framework, check, Said[said], account, resource, ours, f"{check} {said}")


@pytest.fixture
def against(world, zone):
    """Return a function that compares findings with the lab's matrix."""

    def compared(*findings, accepted=zone.accepted):
        mine = zone.model_copy(update={"accepted": list(accepted)})
        return compare(mine, judge(world.estate(), accepted), findings)

    return compared


def problem(comparison, name):
    return next(line.problem for line in comparison.lines if line.name == name)


def test_a_judge_that_says_the_same_is_no_problem(against):
    failures = [says("CKV_AWS_145", "FAIL", one) for one in (ACCESS_LOGS, RESULT_LOGS)]
    found = against(says("CKV_AWS_36", "PASS"), *failures)
    assert problem(found, "checkov:CKV_AWS_36") == ""
    assert problem(found, "checkov:CKV_AWS_145") == ""


def test_a_failure_that_nobody_accepted_says_where_and_what_to_do(against):
    found = against(says("CKV_AWS_145", "FAIL", ACCESS_LOGS), accepted=[])
    words = problem(found, "checkov:CKV_AWS_145")
    assert words.startswith(f"fails on {ACCESS_LOGS} (account {LOG_ARCHIVE}): CKV_AWS_145 FAIL.")
    assert "`accepted` in the config" in words


def test_a_failure_of_a_check_we_do_not_know_must_be_accepted_too(against):
    finding = says("CKV_AWS_7777", "FAIL")
    assert "mend" in problem(against(finding), "checkov:CKV_AWS_7777")
    accepted = [Accepted(control="checkov:CKV_AWS_7777", reason="known")]
    assert problem(against(finding, accepted=accepted), "checkov:CKV_AWS_7777") == ""


def test_a_judge_that_passes_what_we_fail_is_a_disagreement(against):
    words = problem(against(says("CKV_AWS_145", "PASS")), "checkov:CKV_AWS_145")
    assert words.startswith("says PASS, ops deploy check says accepted")


def test_a_judge_that_fails_what_we_pass_is_a_disagreement_even_if_accepted(against):
    accepted = [Accepted(control="checkov:CKV_AWS_36", reason="known")]
    found = against(says("CKV_AWS_36", "FAIL"), accepted=accepted)
    assert "says FAIL, ops deploy check says pass" in problem(found, "checkov:CKV_AWS_36")


def test_a_judge_that_fails_another_resource_is_a_disagreement(against):
    words = problem(against(says("CKV_AWS_145", "FAIL", ARCHIVE)), "checkov:CKV_AWS_145")
    assert f"fails on {ARCHIVE}, ops deploy check on {RESULT_LOGS}, {ACCESS_LOGS}" in words


def test_a_judge_that_is_silent_where_we_fail_is_a_disagreement(against):
    found = against(says("CKV_AWS_36", "PASS"))
    assert "says nothing" in problem(found, "checkov:CKV_AWS_145")
    assert problem(found, "checkov:CKV_AWS_35") == ""


def test_a_judge_that_did_not_run_is_not_missed(against):
    found = against(says("CKV_AWS_36", "PASS"))
    assert not any(line.name.startswith("prowler:") for line in found.lines)


def test_what_one_account_cannot_see_of_a_trail_another_may():
    check = "cloudtrail_logs_s3_bucket_access_logging_enabled"
    unseen, seen = says(check, "MANUAL", account=MANAGEMENT), says(check, "PASS")
    assert verdict([unseen, seen]) is Said.PASS
    assert verdict([unseen]) is Said.MANUAL
    assert verdict([seen, says(check, "MANUAL", "another")]) is Said.MANUAL
    assert verdict([seen, says(check, "FAIL", "another")]) is Said.FAIL
    assert verdict([]) is None


FILTERS = "cloudwatch_log_metric_filter_root_usage"


def test_missing_filters_count_in_the_trails_account_and_nowhere_else(against):
    here = says(FILTERS, "FAIL", MANAGEMENT, account=MANAGEMENT, ours=False)
    there = says(FILTERS, "FAIL", LOG_ARCHIVE, account=LOG_ARCHIVE, ours=False)
    found = against(there, says(FILTERS, "PASS", account=MANAGEMENT))
    assert problem(found, f"prowler:{FILTERS}") == ""
    assert [finding for finding, _ in found.outside] == [there]
    assert "mend" in problem(against(here), f"prowler:{FILTERS}")


def test_a_failure_outside_the_landing_zone_of_an_unknown_kind_is_a_problem(against):
    stranger = says("s3_bucket_kms_encryption", "FAIL", "arn:aws:s3:::another", ours=False)
    found = against(stranger, accepted=[])
    assert "arn:aws:s3:::another" in problem(found, "prowler:s3_bucket_kms_encryption")
    assert found.outside == ()


def test_the_accounts_own_setting_is_let_be_with_a_reason(against):
    finding = says("s3_account_level_public_access_blocks", "FAIL", LOG_ARCHIVE, ours=False)
    found = against(finding)
    assert problem(found, "prowler:s3_account_level_public_access_blocks") == ""
    assert "whoever owns the account" in found.outside[0][1]


def test_prowlers_report_is_read_with_the_landing_zones_own_addresses(tmp_path, world):
    bucket = world.of("aws_s3_bucket", "archive_bucket")[0]["bucket"]
    rows = [
        ("s3_bucket_object_lock", "FAIL", f"arn:aws:s3:::{bucket}", bucket),
        ("s3_bucket_object_lock", "PASS", "arn:aws:s3:::another", "another"),
    ]
    report = tmp_path / "out.csv"
    columns = ("ACCOUNT_UID", "CHECK_ID", "STATUS", "RESOURCE_UID", "RESOURCE_NAME")
    with report.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*columns, "STATUS_EXTENDED"])
        for check, said, uid, name in rows:
            writer.writerow([LOG_ARCHIVE, check, said, uid, name, "words"])
    found = list(prowler.read(report, Names(world.estate())))
    assert [(one.resource, one.is_ours) for one in found] == [
        (ARCHIVE, True),
        ("arn:aws:s3:::another", False),
    ]
    assert found[0].said is Said.FAIL


def checkov_report(path, resources, **results):
    checks = {
        f"{key}_checks": [{"check_id": one, "check_name": one, "resource": "aws_x.y"}]
        for key, one in results.items()
    }
    whole = {"passed_checks": [], "failed_checks": [], **checks}
    path.write_text(json.dumps({"results": whole, "summary": {"resource_count": resources}}))
    return path


def test_checkovs_report_is_read_with_the_stack_before_the_address(tmp_path):
    report = checkov_report(tmp_path / "r.json", 3, passed="CKV_1", failed="CKV_2")
    found = list(checkov.read(report, "trail", MANAGEMENT, held=3))
    assert [(one.check, one.said, one.resource) for one in found] == [
        ("CKV_1", Said.PASS, "trail:aws_x.y"),
        ("CKV_2", Said.FAIL, "trail:aws_x.y"),
    ]


def test_a_checkov_that_saw_nothing_is_no_pass(tmp_path):
    report = checkov_report(tmp_path / "r.json", 0)
    with pytest.raises(DeployError, match="saw 0 of trail's 3 resources"):
        list(checkov.read(report, "trail", MANAGEMENT, held=3))


def test_every_exception_of_the_lab_is_for_a_judges_check(zone, baseline):
    known = {row.control.name: row.status for row in baseline.rows}
    for one in zone.accepted:
        assert known[one.control] is Status.FAIL
        assert one.control.startswith(("prowler:", "checkov:"))
