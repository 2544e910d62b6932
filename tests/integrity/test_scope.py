"""Scenarios 81 to 104: backfill digests, ranges, accounts and regions, partitions."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.errors import UsageError
from ops.integrity.finding import Status, Verdict
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes, only
from tests.integrity.world import ACCOUNT, HOUR, OTHER, REGION, START, TRAIL, Hour, World, a_world

LATER = START + 50 * HOUR


def backfilled(world: World, hour: int, *, made: datetime = LATER, **more) -> Hour:
    """Write a backfill digest for a past hour, naming one more log."""
    line = world.lines[0]
    now = line.now
    line.now = START + hour * HOUR
    written = line.hour(logs=1, backfill=made, **more)
    line.now = now
    return written


def test_s81_a_backfill_digest_without_a_predecessor_is_valid(check):
    world = a_world(12)
    backfilled(world, 3)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 13
    assert report.logs[Verdict.VALID] == 25


def test_s82_the_links_of_backfill_digests_are_checked(check):
    world = a_world(12)
    first = backfilled(world, 3)
    backfilled(world, 5, previous=first)
    assert check(world).status is Status.PASS
    backfilled(
        world, 7, previous=first,
        edit=lambda fields: fields.update(previousDigestHashValue="0" * 64),
    )  # fmt: skip
    assert only(check(world), "link-hash").key == first.key


def test_s82_a_deleted_backfill_digest_that_another_names_is_missing(check):
    world = a_world(12)
    first = backfilled(world, 3)
    backfilled(world, 5, previous=first)
    del world.objects[first.key]
    report = check(world)
    assert only(report, "digest-missing").key == first.key
    assert report.status is Status.FAIL


def test_s83_a_backfill_digest_without_its_generation_time_is_invalid(check):
    world = a_world(12)
    hour = backfilled(world, 3)
    del world.objects[hour.key].metadata["backfill-generation-timestamp"]
    assert only(check(world), "backfill-time-missing").verdict is Verdict.INVALID
    world.objects[hour.key].metadata["backfill-generation-timestamp"] = "yesterday"
    assert only(check(world), "backfill-time-missing").verdict is Verdict.INVALID


def test_s84_a_backfill_digest_made_before_its_interval_ended_is_invalid(check):
    world = a_world(12)
    backfilled(world, 3, made=START + 3 * HOUR)
    assert only(check(world), "backfill-time-wrong").verdict is Verdict.INVALID


def test_s86_an_older_backfill_digest_behind_a_newer_one_is_visited(check):
    world = a_world(12)
    hidden = backfilled(world, 3)
    backfilled(world, 9)
    world.objects[hidden.logs[0]].body = b"tampered"
    report = check(world)
    assert only(report, "log-damaged").key == hidden.logs[0]


def test_s87_a_backfill_digest_that_names_a_standard_one_counts_nothing_twice(check):
    world = a_world(12)
    backfilled(world, 3, previous=world.lines[0].hours[5])
    report = check(world)
    assert report.digests[Verdict.VALID] == 13
    assert report.logs[Verdict.VALID] == 25
    assert report.status is Status.PASS


def test_a_backfill_digest_needs_a_key_valid_when_it_was_made(check):
    world = a_world(12)
    backfilled(world, 3, made=START + 500 * 24 * HOUR)
    assert only(check(world), "key-outside-validity").verdict is Verdict.INVALID


def test_s90_a_range_within_one_digest_takes_that_digest(check):
    world = a_world(12)
    since = START + 3 * HOUR + timedelta(minutes=10)
    report = check(world, since=since, until=since + timedelta(minutes=5))
    assert report.digests[Verdict.VALID] == 1
    assert report.status is Status.PASS


def test_s90_a_range_takes_every_digest_that_overlaps_it_and_no_other(check):
    world = a_world(12)
    report = check(world, since=START + 3 * HOUR, until=START + 6 * HOUR)
    assert report.digests[Verdict.VALID] == 3
    wider = check(world, since=START + 2.5 * HOUR, until=START + 6.5 * HOUR)
    assert wider.digests[Verdict.VALID] == 5
    assert report.status is wider.status is Status.PASS


def test_s92_a_range_that_begins_before_the_chain_is_incomplete(check):
    world = a_world(12)
    report = check(world, since=START - 24 * HOUR)
    found = only(report, "starts-late")
    assert (found.start, found.end) == (START - 24 * HOUR, START)
    assert report.status is Status.INCOMPLETE


def test_s92_a_late_beginning_that_the_config_explains_passes(check):
    world = a_world(12)
    expected = Expected(
        chains=frozenset({Expectation(ACCOUNT, REGION, TRAIL)}), logging_since=START
    )
    report = check(world, since=START - 24 * HOUR, expected=expected)
    assert report.status is Status.PASS
    assert any("logging began" in note for note in report.notes)
    early = Expected(chains=expected.chains, logging_since=START - 24 * HOUR)
    assert check(world, since=START - 24 * HOUR, expected=early).status is Status.INCOMPLETE


def test_s92_a_late_beginning_that_an_event_explains_passes(check):
    from tests.integrity.world import trail_event

    world = World()
    line = world.line()
    event = trail_event("CreateTrail", START + timedelta(minutes=2))
    line.hour(logs=[world.log(at=START + timedelta(minutes=9), records=[event])])
    line.run(5)
    assert check(world, since=START - 24 * HOUR).status is Status.PASS


def test_s92_a_range_that_ends_after_the_chain_has_a_stale_head(check):
    world = a_world(12)
    report = check(world, until=world.end + 9 * HOUR, now=world.end + 99 * HOUR)
    assert only(report, "head-stale").end == world.end + 9 * HOUR
    assert report.status is Status.FAIL


@pytest.mark.parametrize("prefix", ["", "audit", "a/b/c"])
def test_s93_the_organization_and_the_prefix_are_found_by_listing(check, prefix):
    world = World()
    world.line(prefix=prefix).run(3)
    world.line(prefix=prefix, organization=None, account=OTHER, trail="its-own").run(3)
    report = check(world)
    assert report.status is Status.PASS
    assert [one.account for one in report.chains] == [ACCOUNT, OTHER]


def test_s94_an_account_that_joined_inside_the_range_is_incomplete(check):
    world = a_world(12)
    world.line(account=OTHER, start=START + 6 * HOUR).run(6)
    report = check(world)
    assert only(report, "starts-late").account == OTHER
    assert report.status is Status.INCOMPLETE


def test_s95_an_expected_account_or_region_without_digests_fails(check):
    world = a_world(12)
    expected = Expected(
        chains=frozenset({
            Expectation(ACCOUNT, REGION, TRAIL), Expectation(ACCOUNT, "eu-west-1", TRAIL),
            Expectation(OTHER, REGION, TRAIL),
        })
    )  # fmt: skip
    report = check(world, expected=expected)
    assert causes(report) == ["chain-missing", "chain-missing"]
    assert [(one.account, one.region) for one in report.findings] == [
        (ACCOUNT, "eu-west-1"), (OTHER, REGION),
    ]  # fmt: skip
    assert report.status is Status.FAIL
    assert {(one.start, one.end) for one in report.findings} == {(world.start, world.end)}
    # Nobody said since when: no stretch of time is made up.
    open_start = check(world, expected=expected, since=None).findings
    assert {(one.start, one.end) for one in open_start} == {(None, None)}
    one = check(
        world, expected=expected, accounts=frozenset({ACCOUNT}), regions=frozenset({REGION})
    )
    assert one.status is Status.PASS


def test_s95_a_chain_of_another_trail_does_not_stand_in_for_an_expected_one(check):
    world = World()
    world.line(trail="a-decoy").run(4)
    expected = Expected(chains=frozenset({Expectation(ACCOUNT, REGION, TRAIL)}))
    assert "chain-missing" in causes(check(world, expected=expected))


def test_s96_a_chain_that_ended_and_that_the_config_lists_no_longer_is_explained(check):
    world = a_world(12)
    world.line(region="ap-east-1").run(6)
    expected = Expected(chains=frozenset({Expectation(ACCOUNT, REGION, TRAIL)}))
    report = check(world, expected=expected)
    assert causes(report) == ["chain-ended"]
    assert report.status is Status.INCOMPLETE
    assert any("not expected" in note for note in report.notes)


def test_s96_a_chain_that_a_stop_event_ended_is_explained(check):
    from tests.integrity.world import trail_event

    world = World()
    line = world.line().run(5)
    event = trail_event("DeleteTrail", line.now + HOUR / 2)
    line.hour(logs=[world.log(at=line.now + HOUR / 2, records=[event])])
    report = check(world, until=START + 12 * HOUR, now=START + 20 * HOUR)
    assert causes(report) == ["chain-ended"]
    assert "DeleteTrail" in report.findings[0].reason


def test_s101_a_clock_that_runs_behind_finds_nothing_wrong(check):
    world = a_world(12)
    now = START + 8 * HOUR
    report = check(world, now=now, until=now)
    assert report.status is Status.PASS


@pytest.mark.parametrize(
    "region", ["us-gov-west-1", "cn-northwest-1", "us-iso-east-1", "eusc-de-east-1", "me-south-1"]
)
def test_s102_every_partition_is_verified(check, region):
    world = World()
    world.line(region=region, home_region=region).run(4)
    report = check(world)
    assert report.status is Status.PASS
    assert report.chains[0].region == region


def test_a_source_that_leads_into_cloudtrails_own_folders_is_refused(tmp_path):
    from dataclasses import replace

    from ops.archive.opening import open_source, reopen
    from ops.integrity.request import Request, fixed_keys
    from ops.integrity.verify import verify

    world = a_world(2)
    archive = open_source(str(world.write(tmp_path)))
    inner = reopen(replace(archive.source, prefix="AWSLogs/o-exampleorg1"))
    with pytest.raises(UsageError, match="own folders"):
        verify(inner, Request(now=world.end), keys=fixed_keys(world.ring()))


def test_without_until_the_end_of_a_copy_is_its_newest_digest_and_the_report_says_so(check):
    world = a_world(12)
    report = check(world, until=None, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert report.status is Status.PASS
    assert report.requested.until == START + 12 * HOUR
    assert any("taken from the copy, not proven" in note for note in report.notes)


def test_a_copy_that_ends_before_the_asked_time_proves_nothing_about_it(check):
    world = a_world(12)
    expected = Expected(frozenset({Expectation(ACCOUNT, REGION, TRAIL)}))
    asked = {"since": world.end + HOUR, "until": None, "now": world.end + 9 * HOUR}
    for more in ({}, {"expected": expected}, {"allow_empty": True}):
        report = check(world, **asked, **more)
        assert causes(report) == ["nothing-found"]
        assert report.status is Status.INCOMPLETE


def test_without_until_a_chain_that_lacks_its_last_hour_is_stale(check):
    world = a_world(12)
    other = world.line(region="eu-west-1").run(12)
    del world.objects[other.hours[-1].key]
    report = check(world, until=None, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert only(report, "head-stale").region == "eu-west-1"


def test_without_until_chains_that_turn_the_hour_at_another_minute_are_fresh(check):
    world = a_world(12)
    world.line(region="eu-west-1", start=START - timedelta(minutes=25)).run(12)
    report = check(world, since=START, until=None, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert report.status is Status.PASS


def test_an_empty_archive_is_incomplete_unless_empty_is_right(check):
    world = a_world(2)
    asked = {"since": START, "until": START + HOUR, "now": START + HOUR}
    world.objects.clear()
    assert causes(check(world, **asked)) == ["nothing-found"]
    assert check(world, **asked).status is Status.INCOMPLETE
    assert check(world, allow_empty=True, **asked).status is Status.PASS


def test_allow_empty_does_not_excuse_an_expected_chain(check):
    world = a_world(2)
    world.objects.clear()
    expected = Expected(chains=frozenset({Expectation(ACCOUNT, REGION)}))
    report = check(
        world, allow_empty=True, expected=expected, since=START, until=START + HOUR,
        now=START + HOUR,
    )  # fmt: skip
    assert report.status is Status.FAIL


def test_equal_archives_give_equal_reports(check):
    world = a_world(12)
    world.line(region="eu-west-1").run(12)
    del world.objects[world.lines[0].hours[4].key]
    one, two = check(world).as_json(), check(world).as_json()
    for report in (one, two):
        del report["run"], report["source"]
    assert one == two
