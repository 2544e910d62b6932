"""Scenarios 74 to 80: files that no digest names."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ops.integrity.finding import Kind, Status, Verdict
from ops.layout import parse
from tests.integrity.conftest import causes, only
from tests.integrity.world import HOUR, START, Stored, World, a_log, a_world, gz


def planted(world: World, at, **where) -> str:
    return world.log(at=at, **where)


@pytest.mark.parametrize("minutes", [1, 30, 58, 60, 61, 200, 358])
def test_s74_a_forged_log_in_a_proven_hour_is_unreferenced(check, minutes):
    world = a_world()
    key = planted(world, START + timedelta(minutes=minutes))
    report = check(world)
    found = only(report, "unreferenced")
    assert (found.verdict, found.kind, found.key) == (Verdict.UNREFERENCED, Kind.LOG, key)
    assert report.logs[Verdict.UNREFERENCED] == 1
    assert report.logs[Verdict.VALID] == 12
    assert report.status is Status.FAIL


def test_s74_a_forged_log_in_an_hour_without_logs_is_unreferenced(check):
    world = World()
    world.line(logs=0).run(6)
    key = planted(world, START + 3 * HOUR)
    assert only(check(world), "unreferenced").key == key


def test_s74_a_log_in_the_folder_of_another_day_is_unreferenced(check):
    world = World()
    world.line().run(40)
    key = planted(world, START + HOUR)
    moved = key.replace("/2026/01/05/", "/2026/01/06/")
    assert parse(moved)
    world.objects[moved] = world.objects.pop(key)
    assert only(check(world), "unreferenced").key == moved


def test_s74_a_log_in_the_folder_of_another_day_was_put_there_even_in_a_gap(check):
    world = World()
    world.line().run(4).pause(3).run(30)
    key = planted(world, START + 5 * HOUR)
    moved = key.replace("/2026/01/05/", "/2026/01/06/")
    world.objects[moved] = world.objects.pop(key)
    assert only(check(world), "unreferenced").key == moved


def test_s75_a_log_newer_than_the_last_digest_is_pending(check):
    world = a_world()
    end = world.end
    planted(world, end + timedelta(minutes=10))
    report = check(world, until=None, now=end + timedelta(minutes=40))
    assert report.logs[Verdict.PENDING] == 1
    assert report.status is Status.PASS


def test_s76_a_log_in_a_gap_is_uncovered(check):
    world = World()
    line = world.line().run(4).pause(3)
    line.run(4)
    planted(world, START + 5 * HOUR)
    report = check(world)
    assert report.uncovered == 1
    assert report.logs[Verdict.UNREFERENCED] == 0
    assert set(causes(report)) == {"gap", "uncovered-logs"}


def test_s76_logs_older_than_the_first_digest_are_uncovered_without_since(check):
    world = a_world()
    for day in (1, 2, 400):
        planted(world, START - day * 24 * HOUR)
    report = check(world, since=None)
    assert report.uncovered == 3
    assert report.status is Status.INCOMPLETE
    assert check(world).status is Status.PASS


def test_s77_a_log_that_a_backfill_digest_names_is_referenced(check):
    world = a_world()
    line = world.lines[0]
    key = planted(world, START + 2 * HOUR + HOUR / 2)
    assert check(world).status is Status.FAIL
    line.now = START + 2 * HOUR
    line.hour(logs=[key], backfill=START + 30 * HOUR)
    report = check(world, until=START + 6 * HOUR)
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 13


def test_s78_a_log_that_another_trails_digest_names_is_referenced(check):
    world = a_world()
    second = world.line(trail="second").run(6)
    assert check(world).status is Status.PASS
    one = check(world, trail="second")
    assert one.status is Status.PASS
    assert one.logs[Verdict.VALID] == 12
    for hour in second.hours[2:4]:
        del world.objects[hour.key]
    report = check(world)
    # Its digest is gone, so its logs may be its own: unprovable, not planted.
    assert set(causes(report)) == {"digest-missing", "uncovered-logs"}


def test_s78_a_log_that_two_trails_name_is_verified_whichever_is_asked_about(check):
    world = World()
    line = world.line().run(4)
    shared = line.hours[3].logs[0]
    second = world.line(trail="second").run(3)
    second.hour(logs=[shared])
    world.objects[shared].body = gz(b"forged")
    for trail in (line.trail, second.trail):
        assert only(check(world, trail=trail), "log-hash").key == shared


def test_s79_what_is_no_log_is_noted(check):
    world = a_world()
    folder = a_log(world).rpartition("/")[0]
    world.objects[f"{folder}/readme.txt"] = Stored(b"hello")
    world.objects[f"{folder}/.DS_Store"] = Stored(b"x")
    digest_folder = world.lines[0].hours[0].key.rpartition("/")[0]
    world.objects[f"{digest_folder}/notes.txt"] = Stored(b"x")
    report = check(world)
    assert report.status is Status.PASS
    assert any("2 objects in the log folders" in note for note in report.notes)
    assert any("1 objects among the digests" in note for note in report.notes)


def test_s79_a_json_file_that_readers_would_take_for_a_log_is_not_passed_over(check):
    world = a_world()
    folder = a_log(world).rpartition("/")[0]
    world.objects[f"{folder}/more.json.gz"] = Stored(gz(b'{"Records": []}'))
    report = check(world)
    assert only(report, "foreign").verdict is Verdict.UNREFERENCED
    assert report.status is Status.FAIL


@pytest.mark.parametrize(
    ("folder", "since"),
    [
        ("", None),  # what sorts before every day is not seen by a run that asks for some days
        *((one, START) for one in ("2026/", "2026/01/", "2026/01/5/", "2026/01/05x/", "late/")),
        *((one, None) for one in ("2026/", "2026/01/", "2026/01/5/", "2026/01/05x/", "late/")),
    ],
)
def test_s79_a_json_file_beside_the_folders_of_days_is_not_passed_over(check, folder, since):
    world = a_world()
    log = a_log(world)
    region, _, name = log.partition("/2026/01/05/")
    key = f"{region}/{folder}{name}"
    world.objects[key] = Stored(world.objects[log].body)
    report = check(world, since=since, until=None)
    found = only(report, "foreign")
    assert found.key == key
    assert report.status is Status.FAIL


@pytest.mark.parametrize("since", [START, None])
def test_s79_a_json_file_beside_the_folders_of_regions_is_not_passed_over(check, since):
    world = a_world()
    log = a_log(world)
    folder = log.partition("/us-east-1/")[0]
    names = [
        f"{folder}/{name}" for name in ("0.json", log.rpartition("/")[2], "readme.txt", "z.json.gz")
    ]
    for name in names:
        world.objects[name] = Stored(gz(b'{"Records": []}'))
    world.objects[f"{folder}/"] = Stored(b"")
    world.objects[f"{folder}/empty.json"] = Stored(b"")
    report = check(world, since=since)
    found = only(report, "foreign")
    assert found.key == names[0]
    assert found.reason.endswith("beside the folders of regions, and 2 more")
    assert report.status is Status.FAIL


def test_s79_a_json_file_in_a_folder_that_is_no_regions_is_not_passed_over(check):
    world = a_world()
    log = a_log(world)
    key = log.replace("/CloudTrail/us-east-1/", "/CloudTrail/us-east-1a/")
    world.objects[key] = Stored(world.objects[log].body)
    world.objects[log.replace("/CloudTrail/us-east-1/", "/CloudTrail/notes/")[:-3]] = Stored(b"")
    report = check(world)
    assert only(report, "foreign").key == key
    assert report.status is Status.FAIL


def test_s74_a_log_in_the_folder_of_a_day_that_has_not_come_is_unreferenced(check):
    world = a_world()
    key = a_log(world).replace("/2026/01/05/", "/2027/03/01/")[:-9] + "0.json.gz"
    world.objects[key] = Stored(gz(b'{"Records": []}'))
    assert only(check(world, until=None), "unreferenced").key == key


def test_s74_a_log_that_says_it_was_delivered_in_the_future_is_unreferenced(check):
    world = a_world()
    key = planted(world, world.end + 60 * 24 * HOUR)
    soon = planted(world, world.end + 20 * HOUR)  # the clock here may be the one that is wrong
    report = check(world, until=None, now=world.end + HOUR / 2)
    assert only(report, "unreferenced").key == key
    assert report.logs[Verdict.PENDING] == 1, soon
    assert report.status is Status.FAIL


@pytest.mark.parametrize("days", [-40, 1])
def test_s74_a_log_in_a_folder_of_the_asked_time_whose_name_says_another_day_is_unreferenced(
    check, days
):
    world = World()
    world.line().run(60)
    log = world.lines[0].hours[30].logs[0]
    place = parse(log)
    key = replace(place, delivered=place.delivered + timedelta(days=days)).key
    world.objects[key] = world.objects[log]
    report = check(world, since=START + 24 * HOUR, until=START + 40 * HOUR)
    assert only(report, "unreferenced").key == key
    assert report.status is Status.FAIL


@pytest.mark.parametrize(("hours", "status"), [(1, Status.PASS), (4, Status.INCOMPLETE)])
def test_s75_a_log_whose_digest_a_copy_should_have_is_uncovered(check, hours, status):
    world = a_world()
    planted(world, world.end + hours * HOUR)
    report = check(world, until=None, now=world.end + 9 * HOUR)
    assert report.status is status
    assert report.logs[Verdict.PENDING] == (1 if status is Status.PASS else 0)
    assert report.uncovered == (0 if status is Status.PASS else 1)


def test_logs_of_days_after_the_last_digest_of_a_copy_are_uncovered(check):
    world = a_world()
    for day in range(1, 40):
        planted(world, world.end + day * 24 * HOUR)
    report = check(world, until=None, now=world.end + 50 * 24 * HOUR)
    assert report.uncovered == 39
    assert report.status is Status.INCOMPLETE


def test_s80_a_forged_digest_of_the_right_shape_is_invalid(check):
    world = a_world()
    line = world.lines[0]
    at = START + 2 * HOUR + HOUR / 2
    line.now = at
    line.hour(signer="an intruder")
    forged = line.hours[-1]
    fields = {**forged.fields, "digestPublicKeyFingerprint": world.keys[0].fingerprint}
    body = json.dumps(fields).encode()
    world.objects[forged.key].body = gzip.compress(body)
    report = check(world, until=START + 6 * HOUR)
    assert only(report, "signature-mismatch").key == forged.key
    assert report.status is Status.FAIL
