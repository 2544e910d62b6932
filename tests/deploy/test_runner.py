import time

import pytest

from ops.deploy.messages import Kind
from ops.errors import Exit, Refused, SetupError, UsageError
from tests.deploy.conftest import ARCHIVE, a_stack, landing_zone, statuses

EVERYTHING = {"organization", "log-archive", "trail", "island"}
KEY, BUCKET, TRAIL = "aws_kms_key.key", "aws_s3_bucket.archive", "aws_cloudtrail.trail"
ALL_PROTECTED = [f"log-archive:{KEY}", f"log-archive:{BUCKET}", f"trail:{TRAIL}"]


def test_a_green_field_plan_says_what_waits_for_what(bench):
    plans = {plan.stack: plan.row() for plan in bench.plan().plans}
    assert plans["log-archive"] == {
        "stack": "log-archive",
        "account": ARCHIVE,
        "region": "us-east-1",
        "add": 2,
        "change": 0,
        "replace": 0,
        "destroy": 0,
        "addresses": {"add": [KEY, BUCKET], "change": [], "replace": [], "destroy": []},
        "waits_for": [],
    }
    assert plans["trail"]["waits_for"] == ["log-archive"]
    assert plans["trail"]["addresses"]["add"] == [TRAIL, "aws_sns_topic.alarms"]


def test_planning_changes_nothing_and_exits_0(bench):
    bench.preparation.lacking = ("EnablePolicyType X",)
    outcome = bench.plan()
    assert outcome.exit_code is Exit.OK
    assert outcome.results[0].stack == "organisation set-up"
    assert bench.preparation.lacking == ("EnablePolicyType X",)
    assert "apply" not in {command for _, command in bench.calls()}


def test_every_stack_is_planned_after_those_it_needs_were_applied(bench):
    outcome = bench.apply()
    assert outcome.exit_code is Exit.OK
    assert set(statuses(outcome).values()) == {"applied"}
    calls = [call for call in bench.calls() if call[1] in ("plan", "apply")]
    assert calls.index(("organization", "apply")) < calls.index(("log-archive", "plan"))
    assert calls.index(("log-archive", "apply")) < calls.index(("trail", "plan"))


def test_after_the_apply_a_plan_waits_for_nothing_and_changes_nothing(bench):
    bench.apply()
    assert [(plan.changed, plan.waits_for) for plan in bench.plan().plans] == [(False, ())] * 4


def test_init_runs_once_per_stack_however_often_ops_does(bench):
    bench.apply()
    bench.apply()
    assert sorted(bench.calls("init")) == sorted(EVERYTHING)


def test_init_runs_again_when_the_providers_are_asked_for_differently(bench):
    bench.apply("island")
    file = bench.directory / "cdktf.out/stacks/island/cdk.tf.json"
    file.write_text(file.read_text().replace('"backend"', '"required_version": "1", "backend"'))
    bench.plan("island")
    assert bench.calls("init") == ["island", "island"]


def test_the_lock_file_is_kept_beside_the_state(bench):
    bench.apply("island")
    assert (bench.directory / "state/island.terraform.lock.hcl").read_text() == "# a lock file\n"


def test_what_the_organisation_lacks_is_enabled_before_the_first_stack(bench):
    bench.preparation.lacking = ("EnableAWSServiceAccess cloudtrail.amazonaws.com",)
    outcome = bench.apply()
    assert outcome.results[0].changed == ("EnableAWSServiceAccess cloudtrail.amazonaws.com",)
    assert bench.preparation.lacking == ()


def test_the_organisation_is_left_alone_if_no_stack_of_its_account_is_wanted(bench):
    bench.preparation.lacking = ("EnablePolicyType X",)
    bench.apply("island")
    assert bench.preparation.lacking == ("EnablePolicyType X",)


def test_a_failed_stack_takes_along_those_that_need_it_and_no_other(bench):
    bench.scenario(fail={BUCKET: "BucketAlreadyExists"})
    outcome = bench.apply()
    assert statuses(outcome) == {
        "organization": "applied",
        "log-archive": "failed",
        "trail": "skipped",
        "island": "applied",
    }
    assert outcome.exit_code is Exit.INCOMPLETE


def test_a_failure_names_address_reason_log_and_what_was_done_before(bench):
    bench.scenario(fail={BUCKET: "BucketAlreadyExists"})
    failed = next(one for one in bench.apply().results if one.stack == "log-archive")
    assert f"BucketAlreadyExists ({BUCKET})" in failed.reason
    assert failed.changed == (KEY,)
    log = failed.hint.rpartition(" ")[2]
    assert "BucketAlreadyExists" in (bench.directory / "logs" / log).read_text()


def test_running_again_goes_on_where_the_failure_was(bench):
    bench.scenario(fail={BUCKET: "BucketAlreadyExists"})
    bench.apply()
    bench.scenario()
    outcome = bench.apply()
    assert statuses(outcome) == {
        "organization": "unchanged",
        "log-archive": "applied",
        "trail": "applied",
        "island": "unchanged",
    }
    assert next(one for one in outcome.results if one.stack == "log-archive").changed == (BUCKET,)


def test_an_account_that_cannot_be_reached_fails_its_own_stacks_only(bench):
    bench.accounts.closed = {ARCHIVE}
    outcome = bench.apply()
    assert statuses(outcome)["log-archive"] == "failed"
    assert statuses(outcome)["island"] == "applied"
    assert "log-archive" not in bench.calls("init")


def test_drift_after_the_apply_is_found_and_exits_1(bench):
    bench.scenario(drift=["aws_sns_topic.alone"])
    outcome = bench.apply()
    assert outcome.drift["island"] == ("aws_sns_topic.alone",)
    assert outcome.drift["trail"] == ()
    assert outcome.exit_code is Exit.FINDINGS


def test_a_replacement_of_the_key_is_refused_and_names_the_option(bench):
    bench.apply()
    bench.scenario(replace=[KEY])
    outcome = bench.apply()
    assert statuses(outcome)["log-archive"] == "refused"
    assert outcome.exit_code is Exit.USAGE
    refused = next(one for one in outcome.results if one.stack == "log-archive")
    assert f"--allow-destroy log-archive:{KEY}" in refused.hint
    assert bench.calls("apply").count("log-archive") == 1


@pytest.mark.parametrize("form", [KEY, f"log-archive:{KEY}"])
def test_an_allowed_replacement_is_applied(bench, form):
    bench.apply()
    bench.scenario(replace=[KEY])
    outcome = bench.apply("log-archive", allowed=[form])
    assert statuses(outcome) == {"log-archive": "applied"}


def test_nobody_is_asked_about_a_stack_without_changes(bench):
    bench.apply()
    asked = []
    bench.apply(approve=lambda plans: bool(asked.append(plans)))
    assert asked == []


def test_a_declined_plan_is_not_applied_and_exits_3(bench):
    outcome = bench.apply(approve=lambda plans: plans[0].stack == "organization")
    assert statuses(outcome) == {
        "organization": "applied",
        "log-archive": "declined",
        "trail": "skipped",
        "island": "declined",
    }
    assert outcome.exit_code is Exit.INCOMPLETE
    assert bench.held("log-archive") == []


def test_a_declined_set_up_leaves_every_stack_alone(bench):
    bench.preparation.lacking = ("EnablePolicyType X",)
    outcome = bench.apply(approve=lambda _: False)
    assert set(statuses(outcome).values()) == {"declined", "skipped"}
    assert bench.preparation.lacking


def test_exactly_the_plan_that_was_shown_is_applied(bench):
    shown = []

    def approve(plans):
        shown.extend(plans)
        # Whatever happens meanwhile, the shown plan must be what is applied.
        described = landing_zone()
        described["island"] = a_stack(resources=["aws_sns_topic.alone", "aws_sns_topic.another"])
        bench.stacks(described)
        return True

    outcome = bench.apply("island", approve=approve)
    assert outcome.results[0].changed == ("aws_sns_topic.alone",)
    assert bench.held("island") == ["aws_sns_topic.alone"]
    assert outcome.drift["island"] == ("aws_sns_topic.another",)


def test_stacks_that_do_not_need_each_other_run_side_by_side(bench):
    bench.stacks({name: a_stack(resources=[f"aws_sns_topic.{name}"]) for name in ("one", "two")})
    bench.scenario(seconds=0.5)
    started = []

    def listen(event):
        if event.kind is Kind.STARTED:
            started.append(time.monotonic())

    bench.listen = listen
    bench.apply()
    assert abs(started[0] - started[1]) < 0.5


def test_a_stack_named_alone_is_applied_alone(bench):
    bench.apply()
    bench.scenario(drift=["aws_cloudtrail.trail", "aws_sns_topic.alone"])
    assert statuses(bench.apply("trail")) == {"trail": "applied"}


def test_what_an_apply_puts_out_is_read_anew(bench):
    deployment = bench.deployment()
    assert deployment.plan(["trail"]).plans[0].waits_for == ("log-archive",)
    assert deployment.apply((), approve=None).exit_code is Exit.OK


def test_a_stack_whose_need_was_never_applied_fails_and_says_what_to_type(bench):
    outcome = bench.apply("trail")
    assert "log-archive has not been applied" in outcome.results[0].reason
    assert outcome.results[0].hint == "ops deploy apply log-archive trail"
    assert any(
        event.stack == "log-archive" and "not applied" in event.text for event in bench.events
    )


def test_an_unknown_stack_is_a_usage_error_that_lists_the_names(bench):
    with pytest.raises(UsageError) as caught:
        bench.plan("trial")
    assert "trial" in str(caught.value)
    assert "trail" in caught.value.hint


def test_a_missing_provider_ends_everything_with_one_clear_line(bench):
    text = "Error: Failed to query available provider packages\n\nCould not retrieve the list"
    bench.scenario(init=text)
    with pytest.raises(SetupError) as caught:
        bench.apply("island")
    assert "AWS provider 5.100.0" in str(caught.value)
    assert "TF_PLUGIN_MIRROR" in caught.value.hint


def test_any_other_failure_of_init_fails_its_stack(bench):
    bench.scenario(init="Initializing...\nError: Failed to get existing workspaces: denied")
    outcome = bench.apply("island")
    assert outcome.results[0].reason == (
        "island: terraform init failed: Error: Failed to get existing workspaces: denied"
    )


def test_destroying_without_leave_is_refused_while_everything_stands(bench):
    bench.apply()
    with pytest.raises(Refused) as caught:
        bench.destroy()
    assert all(f"--allow-destroy {one}" in caught.value.hint for one in ALL_PROTECTED)
    assert bench.held("island") == ["aws_sns_topic.alone"]


def test_destroying_takes_what_needs_others_first(bench):
    bench.apply()
    before = len(bench.calls("apply"))
    outcome = bench.destroy(allowed=ALL_PROTECTED)
    assert outcome.exit_code is Exit.OK
    order = [one for one in bench.calls("apply")[before:] if one != "island"]
    assert order == ["trail", "log-archive", "organization"]
    assert all(bench.held(stack) == [] for stack in EVERYTHING)


def test_destroying_again_finds_nothing_to_do(bench):
    bench.apply()
    bench.destroy(allowed=ALL_PROTECTED)
    assert set(statuses(bench.destroy()).values()) == {"unchanged"}


def test_a_declined_destruction_touches_nothing(bench):
    bench.apply()
    outcome = bench.destroy("trail", approve=lambda _: False, allowed=ALL_PROTECTED)
    assert outcome.exit_code is Exit.INCOMPLETE
    assert len(bench.held("trail")) == 2


def test_a_stack_that_others_still_need_is_not_destroyed(bench):
    bench.apply()
    with pytest.raises(UsageError, match="trail still stands and needs log-archive"):
        bench.destroy("log-archive", allowed=ALL_PROTECTED)


def test_a_stack_that_cannot_be_destroyed_keeps_what_it_needs(bench):
    bench.apply()
    bench.scenario(fail={TRAIL: "AccessDenied"})
    outcome = bench.destroy(allowed=ALL_PROTECTED)
    assert statuses(outcome) == {
        "trail": "failed",
        "log-archive": "skipped",
        "organization": "skipped",
        "island": "destroyed",
    }


def test_every_plan_is_written_down_for_judges_even_an_unchanged_one(bench):
    bench.apply("organization", "log-archive", "island")
    documents = bench.deployment().documents(stand_ins={"archive_key_arn": "arn:unused"})
    assert set(documents) == EVERYTHING
    assert all(path.stat().st_mode & 0o077 == 0 for path in documents.values())


def test_a_stand_in_lets_a_stack_be_planned_that_would_wait(bench):
    documents = bench.deployment().documents(["trail"], stand_ins={"archive_key_arn": "arn:x"})
    assert TRAIL in documents["trail"].read_text()
