"""The 27 things a link-driven validator gets wrong, by number, coming out right in detail.

test_aws_clis_mistakes.py shows each of them beside what aws-cli says; here are the
variants. Rows 15 (offsets of times), 17, 18 and 26 (objects that cannot be read) and
27 (versions) have theirs in test_formats.py, test_faults.py and test_versions.py.
"""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes

from ops.integrity.finding import Status, Verdict
from ops.integrity.keys import KeyRing
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes, only
from tests.integrity.test_signatures import signed_text
from tests.integrity.world import (
    ACCOUNT,
    HOUR,
    REGION,
    START,
    TRAIL,
    Listed,
    World,
    a_world,
    gz,
    sign,
    trail_event,
)

EXPECTED = Expected(chains=frozenset({Expectation(ACCOUNT, REGION, TRAIL)}))


def without(world: World, hours, *, logs: bool = False) -> World:
    for hour in hours:
        del world.objects[hour.key]
        for key in hour.logs if logs else ():
            del world.objects[key]
    return world


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize("count", [3, 7])
def test_m01_the_newest_digests_deleted_fail(check, count, logs):
    world = a_world(12)
    end = world.end
    report = check(without(world, world.lines[0].hours[-count:], logs=logs), until=end)
    assert only(report, "head-stale").start == end - count * HOUR
    assert report.status is Status.FAIL


def test_m02_all_digests_deleted_fail(check):
    world = a_world(12)
    asked = {"since": START, "until": world.end, "now": world.end + HOUR}
    report = check(without(world, world.lines[0].hours), expected=EXPECTED, **asked)
    assert report.status is Status.FAIL


def test_m03_three_digests_deleted_in_a_row_are_three(check):
    world = a_world(12)
    report = check(without(world, world.lines[0].hours[4:7]))
    assert report.digests[Verdict.MISSING] == 3
    assert report.status is Status.FAIL


def test_m04_a_restart_with_everything_older_deleted_is_not_ok(check):
    world = World()
    line = world.line().run(6).restart().run(6)
    without(world, line.hours[:6], logs=True)
    report = check(world, since=START, expected=EXPECTED)
    assert "starts-late" in causes(report)
    assert report.status is Status.INCOMPLETE


def test_m05_a_restart_with_the_end_of_the_old_chain_deleted_fails(check):
    world = World()
    line = world.line().run(5)
    stop = trail_event("StopLogging", line.now + HOUR / 2)
    line.hour(logs=[world.log(at=line.now + HOUR / 2, records=[stop])])
    start = trail_event("StartLogging", line.now + timedelta(minutes=1))
    line.restart()
    line.hour(logs=[world.log(at=line.now + HOUR / 4, records=[start])])
    line.run(4)
    without(world, line.hours[3:6], logs=True)
    report = check(world)
    assert only(report, "gap").verdict is Verdict.GAP
    assert report.status is Status.FAIL


def test_m06_a_year_asked_and_hours_found_is_incomplete(check):
    report = check(a_world(3), since=START - timedelta(days=365))
    assert report.status is Status.INCOMPLETE


def test_m07_a_forged_log_that_no_digest_names_fails(check):
    world = a_world(12)
    world.log(at=START + 5 * HOUR)
    assert check(world).status is Status.FAIL


@pytest.mark.parametrize("field", ["previousDigestHashValue", "previousDigestSignature"])
def test_m08_links_are_compared_with_the_real_predecessor(check, field):
    world = World()
    line = world.line().run(5)
    wrong = "0" * 64 if field.endswith("Value") else "0" * 512
    line.hour(edit=lambda fields: fields.update({field: wrong}))
    line.run(3)
    assert check(world).status is Status.FAIL


def test_m09_a_hole_between_linked_digests_fails(check):
    world = World()
    line = world.line().run(5)
    line.now += 3 * HOUR
    line.run(5)
    assert check(world).status is Status.FAIL


@pytest.mark.parametrize("more", [b"x", gz(b"{}")])
def test_m10_bytes_after_a_digest_fail(check, more):
    world = a_world(12)
    world.objects[world.lines[0].hours[4].key].body += more
    assert check(world).status is Status.FAIL


@pytest.mark.parametrize("where", ["metadata", "digest", "signature", "link", "log"])
def test_m11_algorithms_are_looked_at(check, where):
    world = World()
    line = world.line().run(5)
    if where == "digest":
        line.hour(edit=lambda fields: fields.update(digestSignatureAlgorithm="MD5withRSA"))
    elif where == "link":
        line.hour(edit=lambda fields: fields.update(previousDigestHashAlgorithm="MD5"))
    elif where == "log":
        line.hour(edit=lambda fields: fields["logFiles"][0].update(hashAlgorithm="MD5"))
    else:
        line.hour()
    hour = line.hours[-1]
    if where == "metadata":
        world.objects[hour.key].metadata["signature-algorithm"] = "whatever"
    if where == "signature":
        weak = sign(signed_text(hour), f"{REGION}-1", hashes.MD5())
        world.objects[hour.key].metadata["signature"] = weak
    expected = Status.INCOMPLETE if where in ("link", "log") else Status.FAIL
    assert check(world).status is expected


def test_m12_a_key_used_outside_its_validity_fails(check):
    world = World()
    world.keys.append(Listed("old", REGION, START - 99 * 24 * HOUR, START - 50 * 24 * HOUR))
    world.line().run(5, signer="old")
    assert check(world).status is Status.FAIL


def test_m13_an_organization_trail_is_found_without_being_told_its_id(check):
    assert check(a_world(12)).digests[Verdict.VALID] == 12


def test_m14_another_trails_digests_do_not_count(check):
    world = World()
    world.line(trail=f"{TRAIL}_{REGION}_x").run(8)
    report = check(world, expected=EXPECTED)
    assert "chain-missing" in causes(report)
    assert report.status is Status.FAIL


def test_m16_a_prefix_that_changed_with_a_restart_hides_nothing(check):
    world = World()
    line = world.line(prefix="old").run(6)
    hour = line.hours[2]
    line.prefix = "new"
    line.restart().run(6)
    world.objects[hour.logs[0]].body = gz(b"forged")
    report = check(world)
    assert report.digests[Verdict.VALID] == 12
    assert only(report, "log-hash").key == hour.logs[0]


def test_m19_no_public_keys_at_all_is_incomplete(check):
    assert check(a_world(12), ring=KeyRing()).status is Status.INCOMPLETE


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_m20_a_log_cut_inside_its_trailer_fails(check, cut):
    world = a_world(12)
    stored = world.objects[world.lines[0].hours[4].logs[0]]
    stored.body = stored.body[:-cut]
    assert check(world).status is Status.FAIL


def test_m21_a_region_that_holds_nothing_is_not_ok(check):
    report = check(a_world(12), regions=frozenset({"eu-west-1"}))
    assert causes(report) == ["nothing-found"]
    assert report.status is Status.INCOMPLETE


def test_m22_m23_backfill_digests_are_all_visited_and_counted_once(check):
    world = a_world(12)
    line = world.lines[0]
    for hour in (2, 8):
        line.now = START + hour * HOUR
        line.hour(logs=1, backfill=START + 40 * HOUR, previous=line.hours[3])
    report = check(world, until=START + 12 * HOUR)
    assert report.digests[Verdict.VALID] == 14
    assert report.logs[Verdict.VALID] == 26
    del world.objects[line.hours[12].key]
    hidden = check(world, until=START + 12 * HOUR)
    assert only(hidden, "unreferenced").key == line.hours[12].logs[0]


def test_m24_two_interleaved_chains_are_walked_whole(check):
    world = a_world(8)
    world.line(start=START + 2 * HOUR + HOUR / 3).run(8)
    assert check(world).digests[Verdict.VALID] == 16


def test_m25_the_body_is_compared_with_the_path_and_may_be_nonsense(check):
    world = World()
    line = world.line().run(3)
    line.hour(edit=lambda fields: fields.update(awsAccountId="999999999999"))
    line.hour(edit=lambda fields: fields.pop("logFiles"))
    report = check(world)
    assert {"account-differs", "digest-format"} <= set(causes(report))
