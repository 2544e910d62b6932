"""A file appears whole or not at all, and nothing else is left beside it."""

import pytest

from ops import whole


def broken_off(path):
    with whole.written(path) as file:
        file.write(b"sec")
        assert path.read_bytes() == b"first"
        raise OSError("the disk is full")


def test_a_file_takes_the_place_of_the_one_before(tmp_path):
    path = tmp_path / "file"
    for content in (b"first", b"second"):
        whole.write(path, content)
        assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_broken_off_leaves_the_one_before(tmp_path):
    path = tmp_path / "file"
    whole.write(path, b"first")
    with pytest.raises(OSError, match="full"):
        broken_off(path)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_where_no_file_may_stand(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        whole.write(tmp_path / "folder", b"first")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
