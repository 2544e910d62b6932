"""Scenarios 26 to 30: digests that lie where they do not belong, or come late."""

from datetime import timedelta

from ops.integrity.finding import Status, Verdict
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    HOUR,
    OTHER,
    REGION,
    World,
    a_world,
)


def test_s26_a_digest_copied_to_another_key_is_invalid(check):
    world = a_world(24)
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
