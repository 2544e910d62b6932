"""A bundle is untrusted: bombs stop at the limit, tricks are refused in words."""

import random
import struct
import zipfile

import pytest

from ops.archive import fetch
from ops.archive.model import Entry, ObjectMissing, TooLarge, Unreachable
from ops.archive.opening import open_source
from ops.errors import ArchiveError, UsageError
from tests.archive import jobs

METADATA = '{"key": "x/1", "metadata": {"signature": "ab"}}\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bundle.zip"


def make(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, body in members:
            made.writestr(name, body)
    return path


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_members_are_objects_and_names_are_keys(path, method, workers, monkeypatch):
    monkeypatch.setattr(fetch, "WORTH_A_PROCESS", 0)
    make(
        path, [("x/2", b"two"), ("x/1", b"one"), ("metadata.jsonl", METADATA), ("y/", b"")], method
    )
    archive = open_source(str(path))
    assert [(one.key, one.size) for one in archive.list("")] == [("x/1", 3), ("x/2", 3)]
    assert [one.key for one in archive.list("x", start_after="x/1")] == ["x/2"]
    beside: list[Entry] = []
    assert archive.prefixes("", beside=beside.append) == ["x/"]
    assert archive.prefixes("x/", beside=beside.append) == []
    assert [one.key for one in beside] == ["x/1", "x/2"]
    assert archive.versions("x") == []
    found = dict(
        fetch.process(
            archive.source, ["x/1", "x/2", "x/3"] * 40, jobs.digest,
            workers=workers, concurrency=1, limit=10,
        )
    )  # fmt: skip
    assert found["x/1"][1] == {"signature": "ab"}
    assert found["x/2"][1] == {}
    assert isinstance(found["x/3"], ObjectMissing)


def test_a_bomb_is_not_unpacked(path):
    make(path, [("bomb", b"\0" * (50 << 20))])
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge):
        open_source(str(path)).get("bomb", limit=1 << 20)


def test_a_bomb_that_lies_about_its_size_stops_at_the_size_it_says(path):
    make(path, [("bomb", b"\0" * (50 << 20))])
    data = path.read_bytes()
    lie = struct.pack("<I", 50 << 20)
    path.write_bytes(data.replace(lie, struct.pack("<I", 1000)))
    with pytest.raises(Unreachable, match="damaged"):
        open_source(str(path)).get("bomb", limit=1 << 20)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x", "leads out"),
        ("x/../../y", "leads out"),
        ("/etc/passwd", "leads out"),
        ("x\\y", "systems read differently"),
    ],
)
def test_names_that_could_lead_out_are_refused(path, name, reason):
    make(path, [("ok", b""), (name, b"")])
    with pytest.raises(ArchiveError, match=reason):
        open_source(str(path))


def test_a_name_that_ends_early_is_refused(path):
    make(path, [("x_y", b"")])
    path.write_bytes(path.read_bytes().replace(b"x_y", b"x\0y"))
    with pytest.raises(ArchiveError, match="systems read differently"):
        open_source(str(path))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(path):
    make(path, [("x", b"1"), ("x", b"2")])
    with pytest.raises(ArchiveError, match="in it twice"):
        open_source(str(path))


def test_an_encrypted_member_is_refused_in_words(path):
    make(path, [("x", b"1")])
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="encrypted"):
        open_source(str(path))


def test_another_compression_is_refused_in_words(path):
    make(path, [("x", b"1")], zipfile.ZIP_LZMA)
    with pytest.raises(ArchiveError, match="method 14, not deflate"):
        open_source(str(path))


def test_names_that_differ_by_case_are_two_objects(path):
    make(path, [("x", b"lower"), ("X", b"upper")])
    archive = open_source(str(path))
    assert [archive.get(key, limit=10).body for key in "xX"] == [b"lower", b"upper"]


def test_a_cut_off_bundle_is_no_bundle(path):
    make(path, [("x", b"1" * 1000)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UsageError, match="neither a directory nor a bundle"):
        open_source(str(path))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_bundle_is_an_error_in_words_or_reads_as_before(path, seed):
    whole = make(path, [("x/1", b"one" * 50), ("metadata.jsonl", METADATA)]).read_bytes()
    chance, data = random.Random(seed), bytearray(whole)
    for _ in range(3):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    try:
        archive = open_source(str(path))
        for entry in archive.list(""):
            assert archive.get(entry.key, limit=1000).body == b"one" * 50
    except (ArchiveError, UsageError):
        pass
