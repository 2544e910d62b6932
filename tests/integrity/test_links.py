"""Scenarios 13 to 20: what a digest says of the one before it."""

from datetime import timedelta

import pytest

from ops.integrity.finding import Kind, Status, Verdict
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    HOUR,
    START,
    World,
    a_world,
)


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
    world = a_world(24)
    line, hour = world.lines[0], world.lines[0].hours[5]
    line.now = hour.start
    line.hour(logs=0, previous=line.hours[4])
    report = check(world, until=START + 24 * HOUR)
    assert only(report, "link-hash").key == hour.key
    assert report.status is Status.FAIL


def test_s16_a_wrong_signature_in_the_metadata_fails_although_the_successor_proves_the_digest(
    check,
):
    world = a_world(24)
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


def test_s18_a_digest_that_names_itself_is_invalid_and_the_walk_ends(check):
    world = a_world(4)
    line = world.lines[0]
    line.hour(edit=lambda fields: fields.update(previousDigestS3Object=fields["digestS3Object"]))
    report = check(world)
    assert only(report, "link-order").key == line.hours[4].key
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
