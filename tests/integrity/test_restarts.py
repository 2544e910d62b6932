"""Scenarios 9, 10 and 12: chains that stopped and began anew."""

import pytest

from ops.integrity.finding import Status
from ops.integrity.report import chain_json
from tests.integrity.conftest import causes
from tests.integrity.world import (
    ACCOUNT,
    HOUR,
    OTHER,
    START,
    World,
    gz,
    stopped,
    trail_event,
)


def test_s09_a_restart_with_stop_and_start_events_is_an_explained_gap(check):
    report = check(stopped(World()))
    assert causes(report) == ["gap-explained"]
    assert report.status is Status.INCOMPLETE
    assert chain_json(report.chains[0])["gaps"] == [
        {"from": "2026-01-05T08:13:20Z", "to": "2026-01-05T11:13:20Z", "explained": True}
    ]
    assert "StopLogging" in report.findings[0].reason


def test_s09_a_run_over_one_region_finds_the_events_in_the_trails_home_region(check):
    world = stopped(World())
    world.line(region="eu-west-1").run(8).pause(3).run(7)
    report = check(world, regions=frozenset({"eu-west-1"}))
    assert causes(report) == ["gap-explained"]
    assert {one.region for one in report.chains} == {"eu-west-1"}


@pytest.mark.parametrize(("account", "cause"), [(ACCOUNT, "gap-explained"), (OTHER, "gap")])
def test_s10_a_region_turned_off_in_another_account_explains_nothing(check, account, cause):
    world = World()
    home = world.line()
    for name, hours in (("DisableRegion", 7), ("EnableRegion", 3)):
        home.run(hours)
        at = home.now + HOUR / 2
        record = {
            **trail_event(name, at), "eventSource": "account.amazonaws.com",
            "requestParameters": {"regionName": "eu-west-1"}, "recipientAccountId": account,
        }  # fmt: skip
        home.hour(logs=[world.log(at=at, records=[record])])
    home.run(6)
    world.line(region="eu-west-1").run(8).pause(3).run(7)
    assert causes(check(world)) == [cause]


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
