"""Scenarios 1 to 8: digests that are gone."""

from datetime import timedelta

import pytest

from ops.integrity.finding import Kind, Status, Verdict
from ops.integrity.report import chain_json
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    ACCOUNT,
    HOUR,
    REGION,
    START,
    a_world,
)


def test_s01_an_intact_day_passes(check):
    report = check(a_world(24))
    assert report.status is Status.PASS
    assert report.findings == ()
    assert report.digests[Verdict.VALID] == 24
    assert report.logs[Verdict.VALID] == 48
    assert chain_json(report.chains[0])["proven"] == [
        {"from": "2026-01-05T00:13:20Z", "to": "2026-01-06T00:13:20Z"}
    ]


@pytest.mark.parametrize("lost", [1, 11, 22])
def test_s02_a_single_middle_digest_deleted_is_missing_with_its_exact_interval(check, lost):
    world = a_world(24)
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
    world = a_world(24)
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
    world = a_world(24)
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
    world = a_world(24)
    now = world.end + timedelta(minutes=70)
    report = check(world, until=now, now=now)
    assert report.status is Status.PASS
    assert report.digests[Verdict.PENDING] == 1
    late = check(world, until=world.end + 2 * HOUR, now=world.end + 3 * HOUR)
    assert causes(late) == ["head-stale"]


@pytest.mark.parametrize("logs_too", [False, True])
def test_s06_all_digests_deleted_is_never_ok(check, logs_too):
    world = a_world(24)
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
    world = a_world(24)
    for hour in world.lines[0].hours[:10]:
        del world.objects[hour.key]
    report = check(world, since=START + 10 * HOUR)
    assert report.status is Status.PASS
    assert report.chains[0].first == START + 10 * HOUR


def test_s07_without_since_the_lost_beginning_is_told_and_not_proven(check):
    world = a_world(24)
    for hour in world.lines[0].hours[:10]:
        del world.objects[hour.key]
    report = check(world, since=None)
    assert report.status is Status.INCOMPLETE
    assert "older-part-gone" in causes(report)
    assert any("verified from its first digest" in note for note in report.notes)
    assert report.uncovered == 20


def test_s08_the_oldest_digest_of_the_range_deleted_is_missing(check):
    world = a_world(24)
    hour = world.lines[0].hours[0]
    del world.objects[hour.key]
    report = check(world, since=START)
    assert report.status is Status.FAIL
    found = only(report, "digest-missing")
    assert (found.key, found.start, found.end) == (hour.key, START, START + HOUR)
