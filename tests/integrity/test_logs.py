"""Scenarios 57, 58 and 61 to 73: log files that digests name."""

import pytest

from ops.archive.model import (
    Archived,
    Denied,
    ExpiredCredentials,
    ObjectMissing,
    TooLarge,
    Unreachable,
)
from ops.archive.opening import open_source
from ops.integrity.finding import Kind, Status, Verdict
from ops.integrity.loghash import hash_log, verdict
from ops.integrity.request import Request, fixed_keys
from ops.integrity.verify import verify
from ops.layout import Family
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    ACCOUNT,
    HOUR,
    OTHER,
    REGION,
    START,
    Stored,
    World,
    a_log,
    a_world,
    gz,
)


def test_s57_a_changed_log_is_invalid(check):
    world = a_world()
    key = a_log(world)
    world.objects[key].body = gz(world.plain(key).replace(b"Act", b"Att"))
    report = check(world)
    found = only(report, "log-hash")
    assert (found.verdict, found.kind, found.key) == (Verdict.INVALID, Kind.LOG, key)
    assert (found.start, found.end) == (START + 3 * HOUR, START + 4 * HOUR)
    assert report.logs[Verdict.INVALID] == 1
    assert report.logs[Verdict.VALID] == 11
    assert report.status is Status.FAIL


def test_s58_a_deleted_log_is_missing(check):
    world = a_world()
    key = a_log(world)
    del world.objects[key]
    report = check(world)
    assert only(report, "log-missing").key == key
    assert report.logs[Verdict.MISSING] == 1
    assert report.status is Status.FAIL


def test_s61_a_log_compressed_anew_is_valid(check):
    world = a_world()
    for hour in world.lines[0].hours:
        for key in hour.logs:
            world.objects[key].body = gz(world.plain(key), 1)
    assert check(world).status is Status.PASS


def test_s62_a_log_stored_uncompressed_is_invalid_and_called_genuine(check):
    world = a_world()
    key = a_log(world)
    world.objects[key].body = world.plain(key)
    report = check(world)
    assert "its content is genuine" in only(report, "log-damaged").reason
    world.objects[key].body += b" "
    assert "genuine" not in only(check(world), "log-damaged").reason
    assert report.status is Status.FAIL


def test_s63_bytes_after_a_log_are_invalid(check):
    world = a_world()
    key = a_log(world)
    whole = world.objects[key].body
    for more in (whole, gz(b'{"Records": []}'), b"\0", b"extra"):
        world.objects[key].body = whole + more
        report = check(world)
        assert only(report, "log-damaged").verdict is Verdict.INVALID
        assert report.status is Status.FAIL


def test_s64_a_log_hashed_with_an_unknown_algorithm_is_unverifiable(check):
    world = World()
    line = world.line().run(2)
    line.hour(edit=lambda fields: fields["logFiles"][0].update(hashAlgorithm="SHA3-512"))
    report = check(world)
    assert only(report, "log-algorithm").verdict is Verdict.UNVERIFIABLE
    assert report.logs[Verdict.UNVERIFIABLE] == 1
    assert report.status is Status.INCOMPLETE


def test_s65_a_log_named_twice_counts_once(check):
    world = World()
    line = world.line()
    key = world.log(at=START + HOUR / 2)
    line.hour(logs=[key])
    line.hour(logs=[key])
    report = check(world)
    assert report.logs[Verdict.VALID] == 1
    assert report.status is Status.PASS


def test_s65_two_digests_that_sign_different_content_of_one_log_are_a_conflict(check):
    world = World()
    line = world.line()
    key = world.log(at=START + HOUR / 2)
    line.hour(logs=[key])
    line.hour(logs=[key], edit=lambda fields: fields["logFiles"][0].update(hashValue="0" * 64))
    report = check(world)
    found = [one for one in report.findings if one.key == key]
    assert all(one.verdict is Verdict.INVALID for one in found)
    assert "log-conflict" in causes(report)
    assert report.logs[Verdict.INVALID] == 1
    assert report.status is Status.FAIL


def test_s66_a_log_in_another_bucket_is_followed_and_noted(check):
    world = World()
    line = world.line().run(2)
    line.hour(edit=lambda fields: fields["logFiles"][0].update(s3Bucket="elsewhere"))
    report = check(world)
    assert report.status is Status.PASS
    assert any("another bucket" in note for note in report.notes)


def test_s67_a_log_of_another_account_is_followed_and_noted(check):
    world = World()
    line = world.line().run(2)
    line.hour(logs=[world.log(OTHER, at=line.now + HOUR / 2)])
    world.line(account=OTHER).run(3)
    report = check(world)
    assert report.status is Status.PASS
    assert any("name log files elsewhere" in note for note in report.notes)


@pytest.mark.parametrize("family", [Family.INSIGHT, Family.NETWORK, Family.AGGREGATED])
def test_s68_other_families_are_verified_where_digests_name_them(check, family):
    world = World()
    line = world.line()
    key = world.log(at=START + HOUR / 2, family=family)
    line.hour(logs=[key, world.log(at=START + HOUR / 3)])
    line.run(3)
    report = check(world)
    assert report.logs[Verdict.VALID] == 8
    assert report.families[family].covered
    world.objects[key].body = gz(b"forged")
    assert only(check(world), "log-hash").key == key


@pytest.mark.parametrize("family", [Family.INSIGHT, Family.NETWORK, Family.AGGREGATED])
def test_s68_a_family_no_digest_names_is_reported_and_not_unreferenced(check, family):
    world = a_world()
    world.log(at=START + HOUR / 2, family=family)
    report = check(world)
    assert report.status is Status.PASS
    assert report.families[family].as_json()["status"] == "not covered by digests"
    assert any("not covered by digests" in note for note in report.notes)


def test_s68_a_file_no_digest_names_in_a_family_that_others_do_is_unreferenced(check):
    world = World()
    line = world.line()
    line.hour(logs=[world.log(at=START + HOUR / 2, family=Family.INSIGHT)])
    line.run(2)
    key = world.log(at=START + HOUR / 3, family=Family.INSIGHT)
    assert only(check(world), "unreferenced").key == key


@pytest.mark.parametrize(
    ("fault", "cause", "judged"),
    [
        (Archived("in Glacier"), "log-archived", Verdict.UNVERIFIABLE),  # 69
        (Denied("kms:Decrypt"), "log-denied", Verdict.UNVERIFIABLE),  # 70
        (Denied("403", cannot_tell=True), "log-cannot-tell", Verdict.UNVERIFIABLE),  # 71
        (Unreachable("503 Slow Down"), "log-unread", Verdict.ERROR),  # 72
        (ExpiredCredentials("expired"), "log-unread", Verdict.ERROR),  # 73
        (TooLarge("600 MB"), "log-too-large", Verdict.UNVERIFIABLE),
        (ObjectMissing("no such key"), "log-missing", Verdict.MISSING),
    ],
)
def test_s69_to_s73_a_log_that_cannot_be_read_is_never_called_tampered(fault, cause, judged):
    from ops.integrity.causes import CAUSES

    hashed = hash_log("key", fault)
    trouble = verdict(bytes(32), hashed)
    assert trouble is not None
    assert trouble[0] == cause
    assert CAUSES[cause].verdict is judged


@pytest.mark.parametrize("mode", [0o000])
def test_s70_a_run_goes_on_past_what_it_may_not_read(tmp_path, mode, monkeypatch):
    # A file that the system refuses to open; root may open anything, so the system is asked to.
    import os

    world = a_world()
    path = world.write(tmp_path / "copy")
    refused = {a_log(world), world.lines[0].hours[1].key}
    real = os.open

    def guarded(name, *more, **named):
        if any(str(name).endswith(key) for key in refused):
            raise PermissionError(13, "Permission denied")
        return real(name, *more, **named)

    monkeypatch.setattr(os, "open", guarded)
    request = Request(now=world.end + HOUR, since=world.start, until=world.end, workers=1)
    report = verify(open_source(str(path)), request, keys=fixed_keys(world.ring()))
    assert set(causes(report)) == {"digest-denied", "log-denied", "uncovered-logs"}
    assert report.digests[Verdict.VALID] == 5
    assert report.status is Status.INCOMPLETE


def test_a_family_folder_nobody_knows_is_noted(check):
    world = a_world()
    folder = f"AWSLogs/o-exampleorg1/{ACCOUNT}/CloudTrail-Quantum/{REGION}/2026/01/05"
    world.objects[f"{folder}/x.json.gz"] = Stored(b"x")
    report = check(world)
    assert any("CloudTrail-Quantum" in note for note in report.notes)
