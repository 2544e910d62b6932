"""Scenarios 1 to 30: what the digests of a chain show together."""

from datetime import timedelta

import pytest

from ops.integrity.finding import Kind, Status, Verdict
from ops.integrity.report import chain_json
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    ACCOUNT,
    HOUR,
    OTHER,
    REGION,
    START,
    World,
    gz,
    stopped,
    trail_event,
)


def a_world(hours: int = 24) -> World:
    world = World()
    world.line().run(hours)
    return world


def test_s01_an_intact_day_passes(check):
    report = check(a_world())
    assert report.status is Status.PASS
    assert report.findings == ()
    assert report.digests[Verdict.VALID] == 24
    assert report.logs[Verdict.VALID] == 48
    assert chain_json(report.chains[0])["proven"] == [
        {"from": "2026-01-05T00:13:20Z", "to": "2026-01-06T00:13:20Z"}
    ]


@pytest.mark.parametrize("lost", [1, 11, 22])
def test_s02_a_single_middle_digest_deleted_is_missing_with_its_exact_interval(check, lost):
    world = a_world()
    hour = world.lines[0].hours[lost]
    del world.objects[hour.key]
    report = check(world)
    assert report.status is Status.FAIL
    found = only(report, "digest-missing")
    assert (found.verdict, found.kind, found.key) == (Verdict.MISSING, Kind.DIGEST, hour.key)
    assert (found.start, found.end) == (hour.start, hour.end)
    assert report.digests[Verdict.MISSING] == 1
    assert report.uncovered == 2


@pytest.mark.parametrize("count", [2, 3, 7])
def test_s03_several_digests_deleted_in_a_row_are_one_missing_range_of_so_many(check, count):
    world = a_world()
    hours = world.lines[0].hours[5 : 5 + count]
    for hour in hours:
        del world.objects[hour.key]
    report = check(world)
    found = only(report, "digest-missing")
    assert (found.start, found.end) == (hours[0].start, hours[-1].end)
    assert report.digests[Verdict.MISSING] == count
    assert report.digests[Verdict.VALID] == 24 - count
    assert [chain_json(one)["missing"] for one in report.chains] == [
        [{"from": hours[0].fields["digestStartTime"], "to": hours[-1].fields["digestEndTime"]}]
    ]


def test_s04_a_deleted_head_is_stale_after_the_grace(check):
    world = a_world()
    end = world.end
    for hour in world.lines[0].hours[-3:]:
        del world.objects[hour.key]
    report = check(world, until=end, now=end + HOUR)
    assert report.status is Status.FAIL
    found = only(report, "head-stale")
    assert (found.start, found.end) == (end - 3 * HOUR, end)
    assert "head stale" in found.reason
    assert report.uncovered == 6


def test_s05_a_head_that_is_not_due_is_pending(check):
    world = a_world()
    now = world.end + timedelta(minutes=70)
    report = check(world, until=now, now=now)
    assert report.status is Status.PASS
    assert report.digests[Verdict.PENDING] == 1
    late = check(world, until=world.end + 2 * HOUR, now=world.end + 3 * HOUR)
    assert causes(late) == ["head-stale"]


@pytest.mark.parametrize("logs_too", [False, True])
def test_s06_all_digests_deleted_is_never_ok(check, logs_too):
    world = a_world()
    start, end = world.start, world.end
    for hour in world.lines[0].hours:
        del world.objects[hour.key]
        for log in hour.logs if logs_too else ():
            del world.objects[log]
    expected = Expected(chains=frozenset({Expectation(ACCOUNT, REGION)}))
    asked = {"since": start, "until": end, "now": end + HOUR}
    assert check(world, expected=expected, **asked).status is Status.FAIL
    alone = check(world, **asked)
    assert alone.status is Status.INCOMPLETE
    assert "nothing-found" in causes(alone)


def test_s06_all_digests_of_the_range_deleted_while_older_ones_remain_is_a_stale_head(check):
    world = a_world(72)
    for hour in world.lines[0].hours[4:]:
        del world.objects[hour.key]
    report = check(world, since=START + 48 * HOUR)
    assert report.status is Status.FAIL
    assert only(report, "head-stale").start == START + 48 * HOUR


def test_s07_older_digests_deleted_before_the_range_do_not_matter(check):
    world = a_world()
    for hour in world.lines[0].hours[:10]:
        del world.objects[hour.key]
    report = check(world, since=START + 10 * HOUR)
    assert report.status is Status.PASS
    assert report.chains[0].first == START + 10 * HOUR


def test_s07_without_since_the_lost_beginning_is_told_and_not_proven(check):
    world = a_world()
    for hour in world.lines[0].hours[:10]:
        del world.objects[hour.key]
    report = check(world, since=None)
    assert report.status is Status.INCOMPLETE
    assert "older-part-gone" in causes(report)
    assert any("verified from its first digest" in note for note in report.notes)
    assert report.uncovered == 20


def test_s08_the_oldest_digest_of_the_range_deleted_is_missing(check):
    world = a_world()
    hour = world.lines[0].hours[0]
    del world.objects[hour.key]
    report = check(world, since=START)
    assert report.status is Status.FAIL
    found = only(report, "digest-missing")
    assert (found.key, found.start, found.end) == (hour.key, START, START + HOUR)


def test_s09_a_restart_with_stop_and_start_events_is_an_explained_gap(check):
    report = check(stopped(World()))
    assert causes(report) == ["gap-explained"]
    assert report.status is Status.INCOMPLETE
    assert chain_json(report.chains[0])["gaps"] == [
        {"from": "2026-01-05T08:13:20Z", "to": "2026-01-05T11:13:20Z", "explained": True}
    ]
    assert "StopLogging" in report.findings[0].reason


def test_s10_a_restart_without_events_is_an_unexplained_gap(check):
    world = World()
    world.line().run(8).pause(3).run(8)
    report = check(world)
    assert causes(report) == ["gap"]
    assert report.status is Status.FAIL


def test_s10_events_that_do_not_fit_in_time_explain_nothing(check):
    assert causes(check(stopped(World(), stop_late=True))) == ["gap"]


def test_s10_events_in_an_unproven_log_explain_nothing(check):
    world = stopped(World())
    hour = world.lines[0].hours[7]
    world.objects[hour.logs[0]].body = gz(world.plain(hour.logs[0]) + b" ")
    assert "gap" in causes(check(world))


def test_s10_a_failed_call_explains_nothing(check):
    world = World()
    line = world.line().run(7)
    stop = {**trail_event("StopLogging", line.now + HOUR / 2), "errorCode": "AccessDenied"}
    line.hour(logs=[world.log(at=line.now + HOUR / 2, records=[stop])])
    line.pause(3).run(4)
    assert causes(check(world)) == ["gap"]


def test_s12_a_restart_without_lost_time_is_a_gap_of_no_seconds(check):
    world = World()
    world.line().run(8).restart().run(8)
    report = check(world)
    assert causes(report) == ["restart"]
    assert report.status is Status.INCOMPLETE
    assert report.findings[0].start == report.findings[0].end == START + 8 * HOUR


def test_s12_a_restart_without_lost_time_that_events_explain_passes(check):
    world = World()
    line = world.line().run(7)
    event = trail_event("StartLogging", line.now + 50 * HOUR / 60)
    line.hour(logs=[world.log(at=line.now + 55 * HOUR / 60, records=[event])])
    line.restart().run(8)
    report = check(world)
    assert causes(report) == ["restart-explained"]
    assert report.status is Status.PASS


def test_s13_linked_digests_that_leave_a_hole_are_invalid(check):
    world = World()
    line = world.line().run(8)
    line.now += 3 * HOUR
    line.run(8)
    report = check(world)
    assert causes(report) == ["continuity"]
    assert report.findings[0].verdict is Verdict.INVALID
    assert report.status is Status.FAIL


def test_s14_an_overlap_is_noted(check):
    world = World()
    line = world.line().run(8)
    line.now -= HOUR / 4
    line.run(8, logs=0)
    report = check(world)
    assert report.status is Status.PASS
    assert any("overlaps its predecessor" in note for note in report.notes)


def test_s15_a_predecessor_with_another_hash_is_invalid(check):
    world = World()
    line = world.line().run(8)
    line.hour(edit=lambda fields: fields.update(previousDigestHashValue="00" * 32))
    line.run(3)
    report = check(world)
    found = only(report, "link-hash")
    assert (found.verdict, found.key) == (Verdict.INVALID, line.hours[7].key)
    assert report.status is Status.FAIL


def test_s15_a_validly_signed_stand_in_at_the_same_key_is_invalid(check):
    world = a_world()
    line, hour = world.lines[0], world.lines[0].hours[5]
    line.now = hour.start
    line.hour(logs=0, previous=line.hours[4])
    report = check(world, until=START + 24 * HOUR)
    assert only(report, "link-hash").key == hour.key
    assert report.status is Status.FAIL


def test_s16_a_wrong_signature_in_the_metadata_fails_although_the_successor_proves_the_digest(
    check,
):
    world = a_world()
    hour = world.lines[0].hours[5]
    world.objects[hour.key].metadata["signature"] = "ab" * 256
    report = check(world)
    found = only(report, "metadata-tampered")
    assert (found.verdict, found.kind, found.key) == (Verdict.INVALID, Kind.METADATA, hour.key)
    assert report.digests[Verdict.VALID] == 24
    assert report.status is Status.FAIL


def test_s16_a_signature_other_than_the_one_the_successor_signed_is_invalid(check):
    world = World()
    line = world.line().run(8)
    line.hour(edit=lambda fields: fields.update(previousDigestSignature="ab" * 256))
    report = check(world)
    assert only(report, "link-signature").key == line.hours[7].key
    assert report.status is Status.FAIL


@pytest.mark.parametrize(
    "field",
    ["previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue",
     "previousDigestHashAlgorithm", "previousDigestSignature"],
)  # fmt: skip
def test_s17_a_link_of_which_only_some_fields_are_null_is_malformed(check, field):
    world = World()
    line = world.line().run(4)
    line.hour(edit=lambda fields: fields.update({field: None}))
    report = check(world)
    assert "digest-format" in causes(report)
    assert report.status is Status.FAIL


def test_s18_a_link_that_leads_forward_is_invalid_and_the_walk_ends(check):
    world = World()
    newer = world.line().run(6).hours[-1]
    beside = world.line(start=START + 2 * HOUR + HOUR / 2)
    circle = beside.hour(previous=newer)
    report = check(world)
    assert only(report, "link-order").key == circle.key
    assert report.status is Status.FAIL


def test_s19_two_interleaved_chains_of_one_trail_are_both_walked(check):
    world = World()
    world.line().run(12)
    world.line(start=START + 6 * HOUR + HOUR / 2).run(12)
    report = check(world)
    assert report.digests[Verdict.VALID] == 24
    assert causes(report) == ["restart"]
    assert report.status is Status.INCOMPLETE


def test_s19_a_digest_deleted_from_one_of_two_interleaved_chains_is_missing(check):
    world = World()
    world.line().run(12)
    second = world.line(start=START + 2 * HOUR + HOUR / 2).run(8)
    del world.objects[second.hours[4].key]
    report = check(world)
    assert only(report, "digest-missing").key == second.hours[4].key
    assert report.status is Status.FAIL


def test_s20_two_digests_that_name_the_same_predecessor_are_a_fork(check):
    world = a_world(8)
    line = world.lines[0]
    line.now, line.previous = line.hours[4].end, line.hours[4]
    line.hour(length=HOUR + timedelta(seconds=7))
    report = check(world)
    assert "fork" in causes(report)
    assert report.status is Status.INCOMPLETE


def test_s22_a_change_of_bucket_by_link_passes(check):
    world = World()
    line = world.line(bucket="old-bucket").run(6)
    line.bucket = "new-bucket"
    line.run(6)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 12


def test_s23_a_change_of_prefix_by_link_passes(check):
    world = World()
    line = world.line(prefix="old").run(6)
    line.prefix = "new/place"
    line.run(6)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 12
    assert len(report.chains) == 1


def test_s24_a_change_of_prefix_with_a_restart_is_a_gap(check):
    world = World()
    line = world.line(prefix="old").run(6)
    line.prefix = "new"
    line.pause(2).run(6)
    report = check(world)
    assert causes(report) == ["gap"]
    assert report.status is Status.FAIL


def test_s25_a_predecessor_in_a_bucket_out_of_reach_is_unverifiable(check):
    world = World()
    line = world.line(bucket="old-bucket").run(6, logs=0)
    line.bucket = "new-bucket"
    line.run(6)
    for hour in line.hours[:6]:
        del world.objects[hour.key]
    report = check(world, since=START)
    assert causes(report) == ["elsewhere"]
    assert report.findings[0].verdict is Verdict.UNVERIFIABLE
    assert report.status is Status.INCOMPLETE


def test_s26_a_digest_copied_to_another_key_is_invalid(check):
    world = a_world()
    hour = world.lines[0].hours[5]
    copy = hour.key.replace("20260105T061320Z", "20260105T061420Z")
    world.objects[copy] = world.objects[hour.key]
    report = check(world)
    found = only(report, "moved")
    assert (found.verdict, found.key) == (Verdict.INVALID, copy)
    assert report.status is Status.FAIL


def test_s27_a_trail_named_like_the_end_of_another_ones_file_is_another_chain(check):
    world = World()
    world.line(trail="t-1").run(4)
    world.line(trail=f"t-1_{REGION}_x").run(4)
    report = check(world)
    assert [one.trail for one in report.chains] == ["t-1", f"t-1_{REGION}_x"]
    assert [one.digests for one in report.chains] == [{Verdict.VALID: 4}] * 2
    assert check(world, trail="t-1").digests[Verdict.VALID] == 4


def test_s28_an_account_that_differs_from_the_path_is_invalid(check):
    world = World()
    line = world.line().run(4)
    line.hour(edit=lambda fields: fields.update(awsAccountId=OTHER))
    report = check(world)
    assert "account-differs" in causes(report)
    assert report.status is Status.FAIL


def test_s29_a_region_whose_key_is_another_ones_is_invalid(check):
    world = World()
    world.line(region="eu-west-1").run(4)
    line = world.line().run(4)
    line.hour(signer="eu-west-1-1")
    report = check(world)
    assert only(report, "key-wrong-region").verdict is Verdict.INVALID
    assert report.status is Status.FAIL


def test_s30_a_digest_that_arrives_out_of_order_is_pending_then_valid(check):
    world = World()
    line = world.line().run(8)
    late = world.objects.pop(line.hours[6].key)
    now = world.end + timedelta(minutes=30)
    early = check(world, now=now, until=world.end)
    assert early.digests[Verdict.PENDING] == 1
    assert early.status is Status.PASS
    assert check(world, now=world.end + 5 * HOUR).status is Status.FAIL
    world.objects[line.hours[6].key] = late
    assert check(world).digests[Verdict.VALID] == 8
