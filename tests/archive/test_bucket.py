"""Reading a bucket over real HTTP."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.s3faults import Kind, Plan, Rule
from ops.archive import s3
from ops.archive.model import (
    Archived,
    Denied,
    ExpiredCredentials,
    ObjectMissing,
    TooLarge,
    Unreachable,
)
from ops.archive.opening import sibling
from ops.endpoint import Access
from ops.errors import ArchiveError, UsageError
from tests.archive.conftest import SIGNED

ODD = ["a//b", "a/b/", "a/../c", "./x", "a b+c&<d>ü%41", "line\nbreak", "plain", "\U0001f600", "￿"]


def reasons(world, kind, key="logs/0000", **more):
    world.put(1)
    world.plan = Plan([Rule(kind, **more)])
    with pytest.raises(ArchiveError) as caught:
        world.open().get(key, limit=1000)
    return caught.value


def test_an_object_comes_with_its_body_and_user_metadata(world):
    world.bucket.put("k", b"body", SIGNED)
    found = world.open().get("k", limit=4)
    assert found.body == b"body"
    assert found.metadata == SIGNED


def test_metadata_holds_what_users_set_and_no_header_of_http(world):
    world.bucket.put("k", b"body", {"content-type": "user's own"}, storage_class="STANDARD_IA")
    assert world.open().get("k", limit=10).metadata == {"content-type": "user's own"}


def test_listing_yields_every_object_in_order_over_all_pages(world):
    keys = world.put(25)
    world.plan = Plan(page_size=10)
    entries = list(world.open().list("logs/"))
    assert [entry.key for entry in entries] == keys
    assert len([one for one in world.asked() if one.query.get("list-type") == "2"]) == 3


def test_an_entry_says_what_the_listing_says(world):
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    stored = world.bucket.put("k", b"body", modified=moment, storage_class="GLACIER")
    [entry] = world.open().list("")
    assert (entry.key, entry.size, entry.etag, entry.modified, entry.storage_class) == (
        "k", 4, stored.etag, moment, "GLACIER",
    )  # fmt: skip


def test_listing_is_lazy(world):
    world.put(25)
    world.plan = Plan(page_size=10)
    next(iter(world.open().list("logs/")))
    assert len(world.asked()) == 1


def test_listing_starts_after_a_key(world):
    keys = world.put(5)
    assert [one.key for one in world.open().list("logs/", start_after=keys[2])] == keys[3:]


def test_a_prefix_is_of_characters_not_of_folders(world):
    world.bucket.put("logs/1", b"")
    world.bucket.put("logs2", b"")
    assert [one.key for one in world.open().list("logs")] == ["logs/1", "logs2"]


def test_folders_are_listed_over_all_pages(world):
    for number in range(25):
        world.put(3, prefix=f"a/{number:02d}")
    world.plan = Plan(page_size=10)
    assert list(world.open().prefixes("a/")) == [f"a/{number:02d}/" for number in range(25)]


@pytest.mark.parametrize("key", ODD)
def test_keys_that_no_path_spells_are_listed_and_read_exactly(world, key):
    world.bucket.put(key, b"body", SIGNED)
    archive = world.open()
    assert [one.key for one in archive.list("")] == [key]
    assert archive.get(key, limit=10).body == b"body"
    assert archive.get(key, limit=10).metadata == SIGNED


def test_a_listing_in_no_order_is_refused(world):
    world.put(3)
    world.plan = Plan(unsorted=True)
    with pytest.raises(ArchiveError, match="not in the order of keys"):
        list(world.open().list("logs/"))


def test_times_out_of_order_do_not_matter(world):
    for number in range(10):
        world.bucket.put(f"k{number}", b"", modified=datetime(2026, 3, 20 - number, tzinfo=UTC))
    assert len(list(world.open().list("k"))) == 10


def test_versions_and_delete_markers_are_listed_newest_first(world):
    world.bucket.put("k", b"old")
    world.bucket.put("k", b"newer")
    world.bucket.delete("k")
    world.bucket.put("k2", b"other")
    world.plan = Plan(page_size=2)
    found = world.open().versions("k")
    assert [(one.key, one.latest, one.delete_marker, one.size) for one in found] == [
        ("k", True, True, 0), ("k", False, False, 5), ("k", False, False, 3),
        ("k2", True, False, 5),
    ]  # fmt: skip


def test_a_missing_object_is_missing(world):
    world.put(1)
    with pytest.raises(ObjectMissing, match="NoSuchKey"):
        world.open().get("logs/none", limit=10)


def test_a_refused_object_is_denied_and_not_missing(world):
    error = reasons(world, Kind.DENIED)
    assert isinstance(error, Denied)
    assert not error.cannot_tell


def test_who_may_not_list_is_told_that_403_may_mean_missing(world):
    error = reasons(world, Kind.DENIED, operation="*")
    assert isinstance(error, Denied)
    assert error.cannot_tell
    assert "ListBucket" in error.hint


def test_a_refusal_by_kms_says_which_permission_is_needed(world):
    error = reasons(world, Kind.NO_KMS)
    assert isinstance(error, Denied)
    assert "kms:Decrypt" in error.hint


def test_an_archived_object_needs_a_restore(world):
    world.bucket.put("k", b"body", storage_class="GLACIER")
    with pytest.raises(Archived, match="restored"):
        world.open().get("k", limit=10)


def test_ended_credentials_are_told_apart(world):
    assert isinstance(reasons(world, Kind.EXPIRED), ExpiredCredentials)


def test_a_wrong_clock_is_named(world):
    error = reasons(world, Kind.SKEWED)
    assert isinstance(error, Unreachable)
    assert "clock" in error.hint


def test_a_servers_clock_that_is_off_does_not_matter(world):
    world.bucket.put("k", b"body")
    world.plan = Plan(date_offset=-7200)
    assert world.open().get("k", limit=10).body == b"body"


def test_an_object_longer_than_the_limit_is_not_read(world):
    world.bucket.put("k", b"x" * 11)
    with pytest.raises(TooLarge, match="11 bytes"):
        world.open().get("k", limit=10)


@pytest.mark.parametrize("kind", [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.TRUNCATE])
def test_a_passing_fault_is_tried_again(world, kind):
    world.put(1)
    world.plan = Plan([Rule(kind, times=3)])
    assert world.open().get("logs/0000", limit=1000).metadata == SIGNED
    assert len(world.asked()) == 4


@pytest.mark.parametrize("kind", [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.TRUNCATE])
def test_a_lasting_fault_ends_as_unreachable(world, kind):
    error = reasons(world, kind)
    assert isinstance(error, Unreachable)
    assert "attempt 5, the last" in str(error)
    assert len(world.asked()) == 5


@pytest.mark.parametrize("kind", [Kind.DRIP, Kind.HANG])
def test_an_object_that_does_not_come_in_time_is_unreachable(world, kind):
    error = reasons(world, kind)
    assert isinstance(error, Unreachable)
    assert "timed out" in str(error)
    assert len(world.asked()) == 2


def test_what_cannot_help_is_not_repeated(world):
    reasons(world, Kind.MISSING)
    assert len(world.asked()) == 1


def test_a_listing_survives_a_burst_of_refusals(world):
    keys = world.put(5)
    world.plan = Plan([Rule(Kind.SLOW_DOWN, "ListObjects", times=2)])
    assert [one.key for one in world.open().list("logs/")] == keys


def test_a_refused_listing_is_no_empty_listing(world):
    world.put(5)
    archive = world.open()
    world.plan = Plan([Rule(Kind.DENIED, "ListObjects")])
    with pytest.raises(Denied):
        list(archive.list("logs/"))
    with pytest.raises(Denied):
        archive.prefixes("")


def test_the_expected_owner_is_sent_and_signed_with_every_request(world):
    world.put(1)
    archive = world.open(expected_owner="111122223333")
    list(archive.list(""))
    archive.get("logs/0000", limit=1000)
    archive.versions("logs/")
    assert len(world.server.requests) == 4
    for one in world.server.requests:
        assert one.headers["x-amz-expected-bucket-owner"] == "111122223333"
        assert "x-amz-expected-bucket-owner" in one.headers["authorization"]


def test_another_owners_bucket_is_refused_at_once(world):
    with pytest.raises(Denied, match="not account 999999999999's"):
        world.open(expected_owner="999999999999")


def test_a_bucket_that_does_not_exist_is_said_not_to(world):
    with pytest.raises(ArchiveError, match="Bucket other-bucket does not exist"):
        world.open("s3://other-bucket")


def test_the_bucket_is_in_the_path_and_its_region_is_asked_for(world):
    world.put(1)
    archive = world.open("s3://archive/some/prefix/")
    archive.get("logs/0000", limit=1000)
    assert archive.source.region == "eu-west-1"
    assert archive.source.prefix == "some/prefix"
    [read] = world.asked()
    assert read.path == "/archive/logs/0000"
    assert "/eu-west-1/s3/" in read.headers["authorization"]


def test_both_libraries_use_the_same_credentials(world, anew, monkeypatch):
    world.put(1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    archive = world.open()
    list(archive.list(""))
    archive.get("logs/0000", limit=1000)
    assert len(world.server.requests) == 3
    for one in world.server.requests:
        assert "Credential=AKIAOTHER/" in one.headers["authorization"]
        assert one.headers["x-amz-security-token"] == "token"


def test_no_credentials_are_said_to_be_missing(world, anew, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ArchiveError, match="credentials") as caught:
        world.open()
    assert "aws sso login" in caught.value.hint


def test_an_endpoint_of_its_own_for_s3_comes_first(world, anew, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", world.server.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    world.put(1)
    assert world.open(access=Access()).get("logs/0000", limit=1000)


def test_another_bucket_is_read_as_the_same_identity(world):
    archive = world.open()
    assert sibling(archive, "archive") is archive
    with pytest.raises(ArchiveError, match="gone-bucket does not exist"):
        sibling(archive, "gone-bucket")


@pytest.mark.parametrize("text", ["s3://", "s3://B", "s3://a/b", "nowhere"])
def test_what_names_no_source_is_a_mistake_of_usage(world, text):
    with pytest.raises(UsageError) as caught:
        world.open(text)
    assert "s3://BUCKET" in caught.value.hint


@pytest.mark.parametrize("key", ["logs/1", "a//b"])
def test_a_version_is_read_by_its_id(world, key):
    old = world.bucket.put(key, b"old", SIGNED)
    world.bucket.put(key, b"newer")
    world.bucket.delete(key)
    archive = world.open()
    found = archive.get(key, limit=3, version=old.version_id)
    assert (found.body, found.metadata) == (b"old", SIGNED)
    with pytest.raises(ObjectMissing):
        archive.get(key, limit=3, version="v9")
    with pytest.raises(TooLarge):
        archive.get(key, limit=2, version=old.version_id)
    world.plan = Plan([Rule(Kind.SLOW_DOWN, times=2)])
    assert archive.get(key, limit=3, version=old.version_id).body == b"old"


@pytest.mark.parametrize("kind", [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.HANG])
@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectVersions", "HeadBucket"])
def test_a_question_about_the_bucket_is_asked_again_and_given_up_in_the_end(world, kind, operation):
    world.put(1)

    def ask():
        archive = world.open()
        return len(list(archive.list(""))), len(archive.versions(""))

    world.plan = Plan([Rule(kind, operation, times=1)])
    assert ask() == (1, 1)
    world.plan = Plan([Rule(kind, operation)])
    with pytest.raises(Unreachable, match="attempt 5, the last"):
        ask()


@given(
    st.text(max_size=12)
    | st.text("./a\n", max_size=8)
    | st.sampled_from(["a/b", "a.b/c..d", "é/ü"])
)
def test_a_key_has_a_path_unless_a_segment_is_empty_or_dots_or_it_holds_controls(key):
    odd = any(part in ("", ".", "..") for part in key.split("/"))
    controls = any(sign < " " or sign == "\x7f" for sign in key)
    assert s3.has_path(key) == (not odd and not controls)
