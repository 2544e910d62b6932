"""Every kind of tampering touches what it says, and the archive is no longer sound."""

import json
import re
from itertools import pairwise

import pytest

from ops.errors import LabError, UsageError
from ops.lab.tamper import KINDS, DirectoryTarget, rings, tamper
from tests.conftest import ROOT
from tests.lab_history.checking import Archive

VERSIONED = {"delete-marker", "overwrite-log", "destroy-log"}
UNSEEN = {
    # What the independent check, which has neither a clock nor a memory, cannot see.
    "delete-head", "plant-junk", "recompress-log", "plant-log-after-head", "rewrite-history",
    "restart-chain-and-delete", "strip-metadata", "delete-tail", "delete-all-digests",
}  # fmt: skip
ON_DISK = sorted(KINDS.keys() - VERSIONED)


def contents(path):
    return {
        one.relative_to(path).as_posix(): one.read_bytes()
        for one in path.rglob("*")
        if one.is_file()
    }


@pytest.mark.parametrize("kind", ON_DISK)
def test_a_kind_touches_exactly_what_it_says(kind, copy, lab_directory):
    before = contents(copy)
    touched = tamper(kind, DirectoryTarget(copy), rings=rings(lab_directory))
    after = contents(copy)
    metadata = (before.pop("metadata.jsonl"), after.pop("metadata.jsonl"))
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    for line in set(metadata[0].splitlines()) ^ set(metadata[1].splitlines()):
        changed.add(json.loads(line)["key"])
    assert changed == {one.key for one in touched}
    for one in touched:
        assert (one.key in before, one.key in after) == {
            "deleted": (True, False), "added": (False, True),
            "changed": (True, True), "metadata": (True, True),
        }[one.action]  # fmt: skip
        assert one.what


@pytest.mark.parametrize("kind", [one for one in ON_DISK if one not in UNSEEN])
def test_the_published_checks_see_it(kind, copy, lab_directory):
    tamper(kind, DirectoryTarget(copy), rings=rings(lab_directory))
    assert Archive(copy).faults()


@pytest.mark.parametrize("kind", ["recompress-log", "plant-junk", "plant-log-after-head"])
def test_a_harmless_kind_leaves_a_sound_archive(kind, copy):
    tamper(kind, DirectoryTarget(copy))
    assert KINDS[kind].harmless
    assert Archive(copy).faults() == []


def test_equal_seeds_hit_the_same_objects_and_others_differ(hours, tmp_path):
    import shutil

    def hit(seed, name):
        shutil.copytree(hours, tmp_path / name)
        return tamper("delete-log", DirectoryTarget(tmp_path / name), seed=seed)

    assert hit(5, "one") == hit(5, "two")
    assert len({hit(seed, f"s{seed}")[0].key for seed in range(4)}) > 1


def test_several_are_in_a_row(copy):
    touched = tamper("delete-digests", DirectoryTarget(copy), count=4)
    stamps = [int(re.search(r"_\d{8}T(\d\d)\d{4}Z", one.key)[1]) for one in touched]
    assert len(stamps) == 4
    assert all((b - a) % 24 == 1 for a, b in pairwise(stamps))


def test_a_restarted_chain_is_signed_by_cloudtrail_itself(copy, lab_directory):
    tamper("restart-chain-and-delete", DirectoryTarget(copy), rings=rings(lab_directory))
    archive = Archive(copy)
    faults = [one for one in archive.faults() if not one.startswith("unreferenced")]
    assert faults == []


def test_what_only_cloudtrail_can_sign_needs_its_keys(copy, tmp_path):
    with pytest.raises(LabError, match="only CloudTrail signs"):
        tamper("restart-chain", DirectoryTarget(copy), rings=rings(tmp_path))


@pytest.mark.parametrize("kind", sorted(VERSIONED))
def test_a_directory_has_no_versions(kind, copy):
    before = contents(copy)
    with pytest.raises(UsageError, match="version"):
        tamper(kind, DirectoryTarget(copy))
    assert contents(copy) == before


def test_a_second_tampering_finds_something_else_to_do(copy):
    first = tamper("delete-log", DirectoryTarget(copy))
    second = tamper("delete-log", DirectoryTarget(copy))
    assert first[0].key != second[0].key


def test_an_unknown_kind_names_the_nearest(copy):
    with pytest.raises(UsageError) as error:
        tamper("delete-logs", DirectoryTarget(copy))
    assert "delete-log" in error.value.hint


def test_a_directory_without_a_history_is_refused(tmp_path):
    with pytest.raises(LabError, match="holds no delivered history"):
        DirectoryTarget(tmp_path)


def test_every_kind_says_in_one_line_what_it_does():
    for kind in KINDS.values():
        assert kind.help.endswith(".")
        assert "\n" not in kind.help


def test_no_file_but_the_targets_writes():
    for path in (ROOT / "ops" / "lab" / "tamper").glob("*.py"):
        assert path.name == "targets.py" or "put_object" not in path.read_text()
