"""Runs over HTTP against a bucket that misbehaves: never a false INVALID, never a false PASS.

The bucket is the project's own S3 server, read as any bucket is. Scenarios 26,
69 to 73 and 101 are shown here as S3 answers them.
"""

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.s3faults import Kind, Plan, Rule
from ops.cli import run
from ops.errors import OpsError
from ops.integrity.checkpoint import State
from ops.integrity.finding import Status, Verdict
from ops.integrity.report import Report
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    ACCOUNT,
    BUCKET,
    HOUR,
    ORGANIZATION,
    START,
    TRAIL,
    World,
    stamp,
    stopped,
    trail_event,
)

NEVER = {"INVALID", "MISSING", "UNREFERENCED"}


@pytest.fixture
def world(served) -> World:
    made = World()
    made.line().run(6)
    made.line(region="eu-west-1").run(6)
    served.upload(made)
    return made


def verdicts(report: Report) -> set[str]:
    return {one.verdict.value for one in report.findings}


def test_an_intact_bucket_passes(served, world):
    report = served.run(world)
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24
    assert report.source == f"s3://{BUCKET}"


@pytest.mark.parametrize(
    "kind", [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.TRUNCATE, Kind.HANG]
)
def test_s72_faults_that_pass_are_tried_again(served, world, kind):
    report = served.run(world, Rule(kind, times=1, per_key=kind is not Kind.HANG))
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (Kind.SLOW_DOWN, Verdict.ERROR),  # 72
        (Kind.INTERNAL, Verdict.ERROR),
        (Kind.RESET, Verdict.ERROR),
        (Kind.TRUNCATE, Verdict.ERROR),
        (Kind.HANG, Verdict.ERROR),
        (Kind.DRIP, Verdict.ERROR),
        (Kind.EXPIRED, Verdict.ERROR),  # 73
        (Kind.ARCHIVED, Verdict.UNVERIFIABLE),  # 69
        (Kind.DENIED, Verdict.UNVERIFIABLE),
        (Kind.NO_KMS, Verdict.UNVERIFIABLE),  # 70
    ],
)
@pytest.mark.parametrize("what", ["digest", "log"])
def test_s69_to_s73_faults_that_stay_are_told_apart_from_tampering(
    served, world, kind, verdict, what
):
    hour = world.lines[0].hours[3]
    key = hour.key if what == "digest" else hour.logs[0]
    report = served.run(world, Rule(kind, pattern=key.rpartition("/")[2]))
    assert not verdicts(report) & NEVER
    assert [one.verdict for one in report.findings if one.key == key] == [verdict]
    assert report.status is Status.INCOMPLETE


def test_s71_without_permission_to_list_nothing_is_called_missing(served, world):
    report = served.run(world, Rule(Kind.DENIED, operation="ListObjects"))
    assert not verdicts(report) & NEVER
    assert report.status is Status.INCOMPLETE


FOLDERS = {
    "digests": "CloudTrail-Digest/us-east-1/$",
    "logs": "/CloudTrail/us-east-1/$",
    "accounts": f"{ORGANIZATION}/$",
}


@pytest.mark.parametrize("kind", [Kind.DENIED, Kind.INTERNAL, Kind.SLOW_DOWN, Kind.RESET])
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_listing_that_fails_for_one_folder_is_never_a_pass(served, world, kind, folder):
    rule = Rule(kind, operation="ListObjects", pattern=FOLDERS[folder])
    report = served.run(world, rule)
    assert report.status is Status.INCOMPLETE
    assert not verdicts(report) & NEVER
    assert ("listing-denied" if kind is Kind.DENIED else "listing-failed") in causes(report)


@pytest.mark.parametrize("kind", [Kind.INTERNAL, Kind.SLOW_DOWN, Kind.RESET, Kind.HANG])
def test_s72_a_listing_is_tried_again_as_objects_are(served, world, kind):
    report = served.run(world, Rule(kind, operation="ListObjects", times=3, per_key=False))
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24


EXPECTED = Expected(
    chains=frozenset(Expectation(ACCOUNT, region, TRAIL) for region in ("us-east-1", "eu-west-1"))
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_expected_chain_that_could_not_be_listed_is_not_called_missing(served, world, folder):
    rule = Rule(Kind.DENIED, operation="ListObjects", pattern=FOLDERS[folder])
    report = served.run(world, rule, expected=EXPECTED)
    assert report.status is Status.INCOMPLETE
    assert not verdicts(report) & NEVER


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_digests_on_pages_that_could_not_be_listed_are_not_called_missing(served, world, pages):
    rule = Rule(Kind.INTERNAL, operation="ListObjects", pattern=FOLDERS["digests"], after=pages + 1)
    report = served.run(world, rule, page_size=1, expected=EXPECTED)
    assert {"listing-failed", "absence-unknown"} <= set(causes(report))
    assert report.status is Status.INCOMPLETE
    assert not verdicts(report) & NEVER


def test_digests_an_earlier_run_verified_that_could_not_be_listed_are_not_called_missing(
    served, world, tmp_path
):
    def run(*rules: Rule) -> Report:
        state = State(tmp_path / "state", b"a key of sixteen bytes", f"s3://{BUCKET}")
        try:
            report = served.run(world, *rules, state=state, expected=EXPECTED)
            state.commit(report)
        finally:
            state.close()
        return report

    assert run().status is Status.PASS
    for folder in FOLDERS.values():
        report = run(Rule(Kind.DENIED, operation="ListObjects", pattern=folder))
        assert report.status is Status.INCOMPLETE
        assert not verdicts(report) & NEVER
    assert run().status is Status.PASS


@pytest.mark.parametrize("lost", [[3], [4, 5]])
def test_a_folder_that_could_not_be_listed_excuses_only_what_may_lie_in_it(served, world, lost):
    served.server.bucket.put("decoy/file", b"x")
    for number in lost:
        served.server.bucket.purge(world.lines[0].hours[number].key)
    report = served.run(world, Rule(Kind.DENIED, operation="ListObjects", pattern="^decoy/"))
    assert "listing-denied" in causes(report)
    assert report.status is Status.FAIL


def test_a_listing_in_no_order_is_never_a_pass_and_nothing_is_called_missing(served, world):
    report = served.run(world, unsorted=True)
    assert report.status is Status.INCOMPLETE
    assert not verdicts(report) & NEVER


def test_times_of_objects_say_nothing_about_their_order(served, world):
    for number, key in enumerate(sorted(world.objects)):
        stored, when = world.objects[key], START - number * number * HOUR
        served.server.bucket.put(key, stored.body, stored.metadata, modified=when)
    assert served.run(world).status is Status.PASS


@pytest.mark.parametrize("hours", [-30, -0.5, 0.5, 30])
def test_s101_a_servers_clock_that_is_off_does_not_matter(served, world, hours):
    assert served.run(world, date_offset=hours * 3600).status is Status.PASS


def test_s101_a_server_that_finds_our_clock_wrong_is_an_error_and_no_finding(served, world):
    report = served.run(world, Rule(Kind.SKEWED))
    assert verdicts(report) == {"ERROR", "UNVERIFIABLE"}
    assert report.status is Status.INCOMPLETE
    assert any("RequestTimeTooSkewed" in one.reason for one in report.findings)


def test_slow_reads_that_come_in_time_pass(served, world):
    key = world.lines[0].hours[3].logs[0]
    report = served.run(world, Rule(Kind.DRIP, pattern=key), drip_seconds=0.001)
    assert report.status is Status.PASS


def test_a_break_whose_explanation_cannot_be_read_is_told(served):
    world = stopped(World())
    served.upload(world)
    assert causes(served.run(world)) == ["gap-explained"]
    log = world.lines[0].hours[7].logs[0]
    report = served.run(world, Rule(Kind.DENIED, pattern=log, after=1))
    assert set(causes(report)) == {"gap", "corroboration-failed"}


PASSING = [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.TRUNCATE]
LASTING = [*PASSING, Kind.DENIED, Kind.NO_KMS, Kind.ARCHIVED, Kind.EXPIRED, Kind.SKEWED]


@st.composite
def rules(draw) -> Rule:
    where = st.sampled_from(["", "CloudTrail-Digest", "eu-west-1", "T0[0-3]", "T061320Z", "0001"])
    return Rule(
        draw(st.sampled_from(LASTING)),
        operation=draw(st.sampled_from(["GetObject", "ListObjects", "ListObjectVersions", "*"])),
        pattern=draw(where),
        times=draw(st.sampled_from([1, 2, 5, 20, None])),
        after=draw(st.integers(0, 9)),
        per_key=draw(st.booleans()),
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(rules(), min_size=1, max_size=4), page_size=st.sampled_from([2, 1000]))
def test_whatever_fails_nothing_is_called_tampered_with_and_nothing_is_passed_over(
    served, world, plan, page_size
):
    try:
        report = served.run(world, *plan, page_size=page_size, expected=EXPECTED)
    except OpsError:
        return  # the bucket itself was refused, in words
    assert not verdicts(report) & NEVER
    whole = (report.digests[Verdict.VALID], report.logs[Verdict.VALID]) == (12, 24)
    assert whole or report.status is Status.INCOMPLETE


def test_s09_a_break_that_only_the_event_history_explains(served, capsys):
    """No log file tells of it: the trail was stopped from a region without one."""
    world = World()
    line = world.line().run(6)
    stop = trail_event("StopLogging", line.now - timedelta(minutes=5))
    line.pause(3)
    start = trail_event("StartLogging", line.now + timedelta(minutes=1))
    line.run(4)
    served.upload(world)
    asked = ["verify", f"s3://{BUCKET}", "--until", stamp(world.end), "--format", "json"]

    assert run(asked) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["reason"].startswith(
        "no digests, and"
    )
    served.server.control.events = [stop, start]
    assert run(asked) == 3
    assert "StopLogging" in json.loads(capsys.readouterr().out)["findings"][0]["reason"]
    served.server.plan = Plan([Rule(Kind.DENIED, operation="LookupEvents")])
    assert run(asked) == 1
    assert any("event history" in note for note in json.loads(capsys.readouterr().out)["notes"])


def test_public_keys_that_are_refused_leave_everything_unverifiable(served, world, capsys):
    served.server.plan = Plan([Rule(Kind.DENIED, operation="ListPublicKeys")])
    until = stamp(world.end)
    assert run(["verify", f"s3://{BUCKET}", "--until", until, "--format", "json"]) == 3
    said = capsys.readouterr()
    assert "AccessDenied" in said.out
    assert "Traceback" not in said.err
    served.server.plan = Plan([Rule(Kind.RESET, operation="ListPublicKeys", times=1)])
    assert run(["verify", f"s3://{BUCKET}", "--until", until]) == 0


@pytest.mark.parametrize("page_size", [1, 3])
def test_listings_of_many_pages_are_read_whole(served, world, page_size):
    report = served.run(world, page_size=page_size)
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24


def test_s26_a_copy_in_another_bucket_is_moved_unless_the_config_names_the_original(served):
    world = World("the-original")
    world.line().run(4)
    served.upload(world)
    report = served.run(world)
    assert set(causes(report)) == {"moved", "uncovered-logs"}
    assert report.status is Status.FAIL
    named = Expected(buckets=frozenset({"the-original"}))
    assert served.run(world, expected=named).status is Status.PASS


def test_account_folders_that_are_denied_are_named(served, world):
    rule = Rule(Kind.DENIED, operation="ListObjects", pattern=f"{ACCOUNT}/$")
    report = served.run(world, rule)
    assert ACCOUNT in (only(report, "listing-denied").key or "")
    assert report.status is Status.INCOMPLETE
