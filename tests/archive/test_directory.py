"""A directory is untrusted: no key leads out of it, and nothing in it is passed over."""

import hashlib
import os
import random

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3server import Server
from ops.archive import fetch
from ops.archive.model import Denied, ObjectMissing, TooLarge, Unreachable
from ops.archive.opening import open_source
from ops.errors import ArchiveError, UsageError
from tests.archive import jobs
from tests.loopback import reachable

KEYS = ["a", "a-b/c", "a.txt", "a/b", "a/b.c/d", "a/b/c", "a/ü", "b/€/𝄞", "B/b"]


@pytest.fixture
def tree(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    return root


def put(root, key, body=b"body"):
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def test_files_are_objects_and_paths_are_keys(tree):
    put(tree, "logs/1", b"one")
    archive = open_source(str(tree))
    [entry] = archive.list("")
    assert (entry.key, entry.size, entry.etag) == ("logs/1", 3, None)
    assert archive.get("logs/1", limit=3).body == b"one"
    assert archive.get("logs/1", limit=3).metadata == {}
    assert archive.versions("logs/") == []


def test_keys_come_in_the_order_of_s3_however_folders_sort(tree, world):
    names = [f"{stem}{end}" for stem in KEYS[1:] for end in ("", "-", ".", "0")]
    keys = [one for one in names if not any(other.startswith(f"{one}/") for other in names)]
    random.Random(3).shuffle(keys)
    for key in keys:
        put(tree, key)
        world.bucket.put(key, b"body")
    listed = [one.key for one in open_source(str(tree)).list("")]
    assert listed == [one.key for one in world.open().list("")]
    assert len(listed) == len(keys)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a/b/", "nothing/", "a/b.c"])
@pytest.mark.parametrize("after", [None, "a", "a/b", "a/b/c", "a/c", "zz"])
def test_a_directory_lists_what_a_bucket_would(tree, world, prefix, after):
    for key in KEYS[1:]:
        if key != "a/b":
            put(tree, key)
            world.bucket.put(key, b"body")
    here, there = open_source(str(tree)), world.open()
    assert [one.key for one in here.list(prefix, start_after=after)] == [
        one.key for one in there.list(prefix, start_after=after)
    ]
    beside = [], []
    for archive, heard in zip((here, there), beside, strict=True):
        archive.prefixes(prefix, beside=lambda one, heard=heard: heard.append(one.key))
    assert beside[0] == beside[1]


@pytest.mark.parametrize(
    "key",
    [
        "../outside/secret", "x/../../outside/secret", "/etc/passwd", "//etc/passwd", "",
        ".", "..", "x", "x/", "x//1", "x/./1", "./x/1", "X/1", "x\\1", "x/1\0", "x/1/", "/x/1",
        "a/" * 500, "\udcff",
    ],
)  # fmt: skip
@pytest.mark.parametrize("workers", [1, 2])
def test_a_key_that_no_listing_shows_is_missing_wherever_it_might_lead(tree, key, workers):
    put(tree, "x/1")
    archive = open_source(str(tree))
    [(_, found)] = fetch.process(
        archive.source, [key], jobs.digest, workers=workers, concurrency=1, limit=100
    )
    assert isinstance(found, ObjectMissing)


def test_a_symbolic_link_to_a_file_is_denied_even_inside(tree):
    put(tree, "x/1")
    (tree / "x" / "2").symlink_to(tree / "x" / "1")
    (tree / "x" / "3").symlink_to(tree.parent / "outside" / "secret")
    archive = open_source(str(tree))
    for key in ("x/2", "x/3"):
        with pytest.raises(Denied, match="symbolic link"):
            archive.get(key, limit=100)


def test_a_linked_folder_is_not_entered(tree):
    (tree / "x").symlink_to(tree.parent / "outside")
    with pytest.raises(ObjectMissing):
        open_source(str(tree)).get("x/secret", limit=100)


@pytest.mark.parametrize("what", ["file", "folder", "nothing"])
def test_a_link_in_a_listed_folder_ends_the_listing_in_words(tree, what):
    put(tree, "x/1")
    target = {"file": tree / "x" / "1", "folder": tree.parent / "outside", "nothing": "gone"}
    (tree / "x" / "2").symlink_to(target[what])
    archive = open_source(str(tree))
    with pytest.raises(ArchiveError, match="x/2 is a symbolic link"):
        list(archive.list("x/"))
    with pytest.raises(ArchiveError, match="x/2 is a symbolic link"):
        archive.prefixes("x/")


def test_a_directory_may_itself_be_reached_by_a_link(tree, tmp_path):
    put(tree, "x/1")
    (tmp_path / "link").symlink_to(tree)
    assert [one.key for one in open_source(str(tmp_path / "link")).list("")] == ["x/1"]


def test_a_name_that_is_no_text_is_listed_under_a_key_nobody_has(tree):
    put(tree, "x/1")
    os.close(os.open(os.fsencode(str(tree)) + b"/x/\xff", os.O_CREAT))
    archive = open_source(str(tree))
    assert [one.key for one in archive.list("")] == ["x/1", "x/\\xff"]
    with pytest.raises(ObjectMissing, match="is no UTF-8"):
        archive.get("x/\\xff", limit=100)
    with pytest.raises(ObjectMissing, match=r"xfe'\.$"):
        archive.get("x/\\xfe", limit=100)


def test_a_file_that_is_none_is_missing_and_not_waited_for(tree):
    os.mkfifo(tree / "pipe")
    with pytest.raises(ObjectMissing):
        open_source(str(tree)).get("pipe", limit=100)


def test_a_file_longer_than_the_limit_is_not_read(tree):
    with (tree / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLarge):
        open_source(str(tree)).get("huge", limit=1 << 20)


def test_a_file_that_goes_away_after_listing_is_missing(tree):
    put(tree, "x/1")
    archive = open_source(str(tree))
    list(archive.list(""))
    (tree / "x" / "1").unlink()
    with pytest.raises(ObjectMissing, match="no longer"):
        archive.get("x/1", limit=100)


def test_a_file_that_became_a_link_after_listing_is_not_followed(tree):
    put(tree, "x/1")
    archive = open_source(str(tree))
    list(archive.list(""))
    (tree / "x" / "1").unlink()
    (tree / "x" / "1").symlink_to(tree.parent / "outside" / "secret")
    with pytest.raises(Unreachable):
        archive.get("x/1", limit=100)


def test_folders_in_folders_without_end_are_refused_in_words(tree):
    put(tree, "/".join(["a"] * 210))
    with pytest.raises(ArchiveError, match="more than 200 folders"):
        list(open_source(str(tree)).list(""))


def test_many_folders_are_read_although_few_are_remembered(tree, monkeypatch):
    monkeypatch.setattr("ops.archive.directory._HELD_NAMES", 10)
    keys = [f"{number:03d}/{number}" for number in range(50)]
    for key in keys:
        put(tree, key, key.encode())
    archive = open_source(str(tree))
    assert [one.key for one in archive.list("")] == keys
    assert [archive.get(key, limit=10).body for key in keys] == [key.encode() for key in keys]


def test_metadata_of_a_copy_is_found_by_key(tree):
    put(tree, "x/1")
    (tree / "metadata.jsonl").write_text(
        '{"key": "x/1", "metadata": {"Signature": "ab"}}\n\n{"key": "x/2", "metadata": {}}\n'
    )
    archive = open_source(str(tree))
    assert archive.get("x/1", limit=10).metadata == {"signature": "ab"}
    assert [one.key for one in archive.list("")] == ["x/1"]


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "7", '{"key": "x/1"}', '{"key": 1, "metadata": {}}',
        '{"key": "x/1", "metadata": []}', '{"key": "x/1", "metadata": {"a": 1}}', "\udcff",
        "[" * 100_000,
    ],
)  # fmt: skip
def test_metadata_that_is_none_is_refused_with_its_line(tree, line):
    put(tree, "x/1")
    text = f'{{"key": "x/0", "metadata": {{}}}}\n{line}\n'
    (tree / "metadata.jsonl").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ArchiveError, match=r"metadata\.jsonl, line 2"):
        open_source(str(tree)).get("x/1", limit=10)


def test_metadata_that_contradicts_itself_is_refused(tree):
    put(tree, "x/1")
    line = '{"key": "x/1", "metadata": {"signature": "?"}}\n'
    lines = [line.replace("?", one) for one in "aab"]
    (tree / "metadata.jsonl").write_text("".join(lines[:2]))
    assert open_source(str(tree)).get("x/1", limit=10).metadata == {"signature": "a"}
    (tree / "metadata.jsonl").write_text("".join(lines))
    with pytest.raises(ArchiveError, match="two different things about 'x/1'"):
        open_source(str(tree)).get("x/1", limit=10)


def test_a_linked_metadata_file_is_refused(tree):
    put(tree, "x/1")
    (tree / "metadata.jsonl").symlink_to(tree.parent / "outside" / "secret")
    with pytest.raises(ArchiveError, match="no regular file"):
        open_source(str(tree)).get("x/1", limit=10)


def test_a_place_that_is_no_directory_is_said_to_be_none(tree):
    put(tree, "x/1")
    with pytest.raises(UsageError, match="neither a directory nor a bundle"):
        open_source(str(tree / "x" / "1"))
    with pytest.raises(UsageError, match="does not exist"):
        open_source(str(tree / "y"))


def test_a_served_directory_reads_as_the_directory_itself(tree, monkeypatch):
    from benchmarks.s3bucket import from_directory

    put(tree, "x/1", b"one")
    (tree / "metadata.jsonl").write_text('{"key": "x/1", "metadata": {"signature": "ab"}}\n')
    bucket = from_directory(tree, "archive")
    assert isinstance(bucket, Bucket)
    with reachable(Server(bucket), monkeypatch):
        served = open_source("s3://archive").get("x/1", limit=10)
    assert served == open_source(str(tree)).get("x/1", limit=10)


def test_a_folder_that_cannot_be_read_costs_only_what_lies_in_it(tree, monkeypatch):
    put(tree, "logs/1")
    put(tree, "more/1", b"one")
    archive = open_source(str(tree))
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("logs"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    keys = ["logs/1", "more/1"]
    found = dict(
        fetch.process(archive.source, keys, jobs.digest, workers=1, concurrency=1, limit=9)
    )
    assert found["more/1"] == (hashlib.sha256(b"one").hexdigest(), {})
    assert isinstance(found["logs/1"], Denied)
    with pytest.raises(Denied, match="may not be read"):
        list(archive.list(""))


def test_a_folder_that_vanishes_costs_only_what_lies_in_it(tree):
    put(tree, "logs/1")
    archive = open_source(str(tree))
    (tree / "logs/1").unlink()
    (tree / "logs").rmdir()
    with pytest.raises(Unreachable, match="cannot be read: No such file"):
        archive.get("logs/1", limit=9)


def test_metadata_that_cannot_be_read_is_told_in_words(tree, monkeypatch):
    put(tree, "a")
    put(tree, "metadata.jsonl", b"")
    archive = open_source(str(tree))

    def denied(*_words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tree), "open", denied)
    with pytest.raises(ArchiveError, match=r"metadata\.jsonl cannot be read: Permission denied"):
        archive.get("a", limit=9)
