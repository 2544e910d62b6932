"""What is written, where, and that it is the same every time."""

import gzip
import json
import subprocess
import sys
import time

import pytest

from ops.errors import LabError, UsageError
from ops.lab import delivery, history
from ops.lab.delivery.derived import private_key
from tests.conftest import ROOT
from tests.lab_history.conftest import END, a_plan, a_zone, delivered, make_keys


def tree(path):
    return {
        one.relative_to(path).as_posix(): one.read_bytes()
        for one in path.rglob("*")
        if one.is_file()
    }


SHORT = {"days": 0.2}


@pytest.fixture(scope="module")
def short(tmp_path_factory, lab_directory):
    """A few hours: the files, and what was said of them."""
    path = tmp_path_factory.mktemp("short") / "copy"
    summary = delivered(a_plan(**SHORT), path, lab_directory)
    return tree(path), summary


def test_equal_options_give_equal_bytes(tmp_path, short, lab_directory):
    delivered(a_plan(**SHORT), tmp_path / "again", lab_directory)
    assert tree(tmp_path / "again") == short[0]


def test_equal_options_give_equal_keys_whatever_the_key_directory(tmp_path):
    plan = a_plan(zone="minimal", **SHORT)
    for name in ("one", "two"):
        delivery.to_directory(plan, tmp_path / name, tmp_path / f"lab-{name}")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.parametrize("change", [{"seed": 2}, {"scale": 1.1}, {"days": 0.15}], ids=str)
def test_another_seed_scale_or_length_gives_another_history(change, tmp_path, short, lab_directory):
    delivered(a_plan(**SHORT | change), tmp_path / "other", lab_directory)
    assert tree(tmp_path / "other").keys() != short[0].keys()


def test_an_end_in_another_offset_is_the_same_end(tmp_path):
    from datetime import timedelta, timezone

    shifted = END.astimezone(timezone(timedelta(hours=-5)))
    assert a_plan(end=shifted) == a_plan()


def test_only_digests_have_metadata_and_the_summary_counts_what_lies_there(short):
    files, summary = dict(short[0]), short[1]
    rows = [json.loads(line) for line in files.pop("metadata.jsonl").splitlines()]
    files.pop("keys.json")
    digests = {key for key in files if "/CloudTrail-Digest/" in key}
    assert {row["key"] for row in rows} == digests
    assert summary.digests == len(digests)
    assert summary.logs == len(files) - len(digests) == sum(summary.families.values())
    assert summary.bytes == sum(map(len, files.values()))
    records = [json.loads(gzip.decompress(body).decode("utf-8", "replace"))["Records"]
               for key, body in files.items() if key not in digests]  # fmt: skip
    assert summary.events == sum(map(len, records))


def test_no_private_key_and_no_time_of_day_is_in_what_is_delivered(intact):
    for name, body in tree(intact).items():
        assert b"PRIVATE" not in body
        if name.endswith(".gz"):
            assert body[:8] == bytes.fromhex("1f8b080000000000")  # no name, no time


def test_a_directory_that_holds_something_is_refused(tmp_path, lab_directory):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(LabError, match="is not empty"):
        delivery.to_directory(a_plan(), tmp_path, lab_directory)
    assert [one.name for one in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": -1}, {"scale": -1}, {"days": 1e9}], ids=str
)
def test_a_history_that_cannot_be_is_a_usage_error(wrong):
    with pytest.raises(UsageError):
        a_plan(**wrong)


def test_derived_keys_are_real_and_the_same_for_the_same_text():
    one, again, other = private_key("a"), private_key("a"), private_key("b")
    assert one.key_size == 2048
    assert one.private_numbers() == again.private_numbers() != other.private_numbers()


def test_memory_does_not_grow_with_the_length_of_the_history():
    program = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
from ops.config import load
from ops.lab import history
plan = history.plan(load(Path("config/lab.yaml")), end=datetime(2026, 11, 20, tzinfo=UTC),
                    days=float(sys.argv[1]), scale=2)
for batch in history.made(plan):
    for file in batch.files:
        file.text()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

    def peak(days):
        run = subprocess.run(
            [sys.executable, "-c", program, str(days)], cwd=ROOT, check=True, capture_output=True, text=True
        )  # fmt: skip
        return int(run.stdout)

    assert peak(1) - peak(0.25) < 12_000  # kilobytes


def test_a_busy_history_is_made_and_written_fast(tmp_path, lab_directory):
    """20,000 events a second are promised; half of that, of processor time, is checked."""
    plan = history.plan(a_zone(), end=END, days=0.15, scale=12)
    make_keys(plan, lab_directory)
    began = time.process_time()
    summary = delivery.to_directory(plan, tmp_path / "d", lab_directory)
    assert summary.events > 20_000
    assert summary.events / (time.process_time() - began) > 10_000
    logs = summary.families["CloudTrail"]
    assert 12_000 < summary.bytes / logs < 30_000
    assert 80 < summary.events / logs < 130


def test_one_long_chain_can_be_made_alone(tmp_path, lab_directory):
    plan = a_plan(days=2, attack=False, only=(("444444444444", "us-east-1"),))
    summary = delivered(plan, tmp_path / "d", lab_directory)
    assert summary.accounts == 1
    assert summary.digests - 48 in range(3)
    assert {key.split("/")[2:5:2][0] for key in tree(tmp_path / "d") if "/" in key} == {
        "444444444444"
    }


def test_a_part_of_an_organisation_is_not_attacked():
    with pytest.raises(UsageError, match="whole organisation"):
        a_plan(only=(("444444444444", "us-east-1"),))
