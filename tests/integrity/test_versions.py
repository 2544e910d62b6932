"""Scenarios 21, 59 and 60: what survives in a bucket that keeps versions, and is it genuine?"""

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Kind, Rule
from ops.archive.model import ObjectMissing
from ops.archive.opening import open_source
from ops.integrity.checkpoint import State
from ops.integrity.finding import Finding, Status, Verdict
from ops.integrity.request import Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.integrity.conftest import causes, only
from tests.integrity.world import BUCKET, HOUR, Hour, World, a_log, gz
from tests.loopback import CALM


@pytest.fixture
def world(served) -> World:
    made = World()
    made.line().run(8)
    served.upload(made)
    return made


@pytest.fixture
def bucket(served) -> Bucket:
    return served.server.bucket


def version(bucket: Bucket, key: str) -> str:
    """The newest version that is there now."""
    found = bucket.get(key)
    assert found is not None
    return found.version_id


def assert_names(found: Finding, key: str, original: str) -> None:
    """The finding says which version is the original, and how to get it back."""
    assert found.key == key
    assert original in found.reason
    assert f"--key {key} --version-id {original} " in found.hint


def test_s59_a_deleted_log_whose_version_survives_is_missing_and_recoverable(served, world, bucket):
    key = a_log(world)
    original = version(bucket, key)
    bucket.delete(key)
    report = served.run(world)
    found = only(report, "log-recoverable")
    assert found.verdict is Verdict.MISSING
    assert_names(found, key, original)
    assert report.logs[Verdict.MISSING] == 1
    assert report.status is Status.FAIL


def test_s59_of_several_versions_the_one_its_digest_signed_is_named(served, world, bucket):
    key = a_log(world)
    original = version(bucket, key)
    forged = bucket.put(key, gz(b"forged")).version_id
    bucket.delete(key)
    report = served.run(world)
    found = only(report, "log-recoverable")
    assert_names(found, key, original)
    assert forged not in found.reason + found.hint


@pytest.mark.parametrize("body", [gz(b"forged"), b"junk", b""])
def test_s59_a_version_that_is_not_the_signed_one_recovers_nothing(served, world, bucket, body):
    key = a_log(world)
    bucket.purge(key)
    forged = bucket.put(key, body).version_id
    bucket.delete(key)
    found = only(served.run(world), "log-missing")
    assert forged in found.hint
    assert "none that can be read is the original" in found.hint


def test_s59_a_version_that_cannot_be_read_is_not_called_good(served, world, bucket):
    key = a_log(world)
    bucket.delete(key)
    report = served.run(world, Rule(Kind.DENIED, pattern=key, after=1))
    assert "none that can be read" in only(report, "log-missing").hint
    listing = served.run(world, Rule(Kind.DENIED, operation="ListObjectVersions"))
    assert "could not be read" in only(listing, "log-missing").hint


def test_s60_an_overwritten_log_is_invalid_and_its_original_version_is_named(served, world, bucket):
    key = a_log(world)
    original = version(bucket, key)
    older = bucket.put(key, b"junk").version_id
    bucket.put(key, gz(b"forged"))
    report = served.run(world)
    found = only(report, "log-hash")
    assert found.verdict is Verdict.INVALID
    assert_names(found, key, original)
    assert older not in found.reason
    assert report.status is Status.FAIL


def test_s60_a_log_overwritten_by_its_own_content_is_valid(served, world, bucket):
    key = a_log(world)
    bucket.put(key, gz(b"forged"))
    bucket.put(key, world.objects[key].body)
    assert served.run(world).status is Status.PASS


@pytest.mark.parametrize("body", [gz(b"{}"), b"junk"])
def test_s21_an_overwritten_digest_is_invalid_and_its_original_version_is_named(
    served, world, bucket, body
):
    key = world.lines[0].hours[3].key
    original = version(bucket, key)
    bucket.put(key, body, {"signature": "ab"})
    report = served.run(world)
    (found,) = [one for one in report.findings if one.key == key]
    assert found.verdict is Verdict.INVALID
    assert_names(found, key, original)
    assert report.status is Status.FAIL


def stand_in(world: World, number: int) -> Hour:
    """A second digest of one hour, validly signed, that names no log."""
    line = world.lines[0]
    now, previous, line.now = line.now, line.previous, line.hours[number].start
    made = line.hour(logs=0, previous=line.hours[number - 1])
    line.now, line.previous = now, previous
    line.hours.pop()
    return made


def test_s21_of_two_signed_digests_at_one_key_the_linked_one_is_the_original(served, world, bucket):
    key = world.lines[0].hours[3].key
    original = version(bucket, key)
    made = stand_in(world, 3)
    bucket.put(key, world.objects[made.key].body, world.objects[made.key].metadata)
    report = served.run(world)
    found = only(report, "link-hash")
    assert found.verdict is Verdict.INVALID
    assert_names(found, key, original)
    assert report.status is Status.FAIL


def test_s21_an_older_version_that_is_not_linked_does_not_matter(served, world, bucket):
    key = world.lines[0].hours[3].key
    linked = world.objects[key]
    made = world.objects[stand_in(world, 3).key]
    bucket.purge(key)
    bucket.put(key, made.body, made.metadata)
    bucket.put(key, linked.body, linked.metadata)
    assert served.run(world).status is Status.PASS


def test_s21_a_version_validly_signed_but_not_the_linked_one_recovers_nothing(
    served, world, bucket
):
    key = world.lines[0].hours[3].key
    made = world.objects[stand_in(world, 3).key]
    bucket.purge(key)
    bucket.put(key, made.body, made.metadata)
    bucket.delete(key)
    assert "none that can be read is the original" in only(served.run(world), "digest-missing").hint


def test_s59_a_deleted_digest_whose_version_survives_is_missing_and_recoverable(
    served, world, bucket
):
    key = world.lines[0].hours[3].key
    original = version(bucket, key)
    bucket.delete(key)
    report = served.run(world)
    found = only(report, "digest-recoverable")
    assert found.verdict is Verdict.MISSING
    assert_names(found, key, original)
    assert report.digests[Verdict.MISSING] == 1
    assert report.status is Status.FAIL


def test_s59_all_of_several_digests_deleted_in_a_row_are_found_again(served, world, bucket):
    keys = [one.key for one in world.lines[0].hours[2:5]]
    versions = [version(bucket, key) for key in keys]
    for key in keys:
        bucket.delete(key)
    found = only(served.run(world), "digest-recoverable")
    assert f"3 originals survive, versions {', '.join(reversed(versions))}" in found.reason
    bucket.purge(keys[1])
    assert "is the original" in only(served.run(world), "digest-recoverable").reason


def test_s59_the_newest_digests_deleted_are_a_stale_head_and_found_again(served, world, bucket):
    hours = world.lines[0].hours[5:8]
    versions = [version(bucket, one.key) for one in hours]
    for one in hours:
        bucket.delete(one.key)
    report = served.run(world)
    found = only(report, "head-stale")
    assert f"3 originals survive, versions {', '.join(versions)}" in found.reason
    assert f"--key {hours[0].key} --version-id {versions[0]} " in found.hint
    assert report.status is Status.FAIL


def test_s59_a_forged_digest_that_was_deleted_again_is_no_lost_head(served, world, bucket):
    hours = world.lines[0].hours[5:8]
    for one in hours:
        bucket.purge(one.key)
        bucket.put(one.key, gz(b"{}"), {"signature": "ab"})
        bucket.delete(one.key)
    assert "survive" not in only(served.run(world), "head-stale").reason


def test_s59_a_digest_an_earlier_run_verified_is_found_again(served, world, bucket, tmp_path):
    def run() -> tuple[list[str], list[Finding]]:
        archive = open_source(f"s3://{BUCKET}", patience=CALM)
        state = State(tmp_path / "state.json", b"a key of sixteen bytes", str(archive.source))
        request = Request(now=world.end + HOUR, until=world.end, workers=1)
        try:
            report = verify(
                archive, request, keys=fixed_keys(world.ring()), context=Context(state=state)
            )
            state.commit(report)
        finally:
            state.close()
        return causes(report), list(report.findings)

    assert run() == ([], [])
    key = world.lines[0].hours[-1].key
    original = version(bucket, key)
    bucket.delete(key)
    found = [one for one in run()[1] if one.key == key]
    assert original in found[0].reason
    assert found[0].cause == "digest-recoverable"


@pytest.mark.parametrize("kind", ["directory", "bundle"])
def test_a_copy_keeps_no_versions_and_says_so(world, tmp_path, kind):
    import zipfile

    path = world.write(tmp_path / "copy")
    if kind == "bundle":
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as file:
            for key, stored in world.objects.items():
                file.writestr(key, stored.body)
    archive = open_source(str(path))
    key = a_log(world)
    assert archive.get(key, limit=1 << 20).body == world.objects[key].body
    assert archive.versions(key) == []
    with pytest.raises(ObjectMissing, match="copies keep none"):
        archive.get(key, limit=1 << 20, version="v1")
