"""What benchmarks keep is made once, whole or not at all, and again when its sources change."""

import pytest

from benchmarks import kept


def fill(draft):
    draft.mkdir()
    (draft / "file").write_text("made")


def refuse(draft):
    fill(draft)
    raise OSError("the disk is full")


def test_it_is_made_once_and_takes_the_place_of_other_versions(tmp_path):
    kept.made(tmp_path / "long-1", fill, doing="making")
    path = kept.made(tmp_path / "long-2", fill, doing="making")
    assert (path / "file").read_text() == "made"
    assert kept.made(path, refuse, doing="making") == path
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_broken_off_is_not_there(tmp_path):
    with pytest.raises(OSError, match="full"):
        kept.made(tmp_path / "long-1", refuse, doing="making")
    assert list(tmp_path.iterdir()) == []


def test_a_version_changes_with_the_sources_and_with_what_is_made_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    (tmp_path / "folder").mkdir()
    source = tmp_path / "folder" / "one.py"
    source.write_text("1")
    versions = {kept.version("folder"), kept.version("folder", of="small")}
    source.write_text("2")
    versions.add(kept.version("folder"))
    assert len(versions) == 3
    assert kept.version("folder/one.py") == kept.version("folder")
