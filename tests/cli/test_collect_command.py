"""`ops collect` and `ops store` as people and machines call them."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.history.stores import Archive, a_key, an_event

KEYS = ["source", "store", "run", "objects_seen", "objects_new", "foreign", "unreadable",
        "records_read", "events_stored", "duplicates", "conflicts", "quarantined", "problems"]  # fmt: skip


def call(*words):
    return subprocess.run(
        [sys.executable, "-m", "ops", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "archive")
    made.fill(files=6)
    return made


def test_a_collection_is_told_in_numbers_and_exits_0(archive, tmp_path):
    done = call("collect", archive.root, "--store", tmp_path / "s", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert list(told) == KEYS
    assert told["records_read"] == told["events_stored"] == 30
    assert told["objects_seen"] == told["objects_new"] == 6
    done = call("collect", archive.root, "--store", tmp_path / "s")
    assert done.returncode == 0
    assert "6 seen, 0 new, 0 foreign" in done.stdout


def test_a_quarantine_exits_1_and_names_the_object(archive, tmp_path):
    archive.log(a_key(70), an_event(0), b"\x1b[2Jnull")
    archive.put("\x1b[31mred.json", b'{"Records": [5]}')
    done = call("collect", archive.root, "--store", tmp_path / "s")
    assert done.returncode == 1
    assert a_key(70)[-30:] in done.stdout.replace("\n", "").replace(" ", "")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\\x1b[31mred.json" in done.stdout


@pytest.mark.parametrize(("words", "code"), [([], 3), (["--allow-empty"], 0)])
def test_nothing_to_collect_exits_3_unless_it_is_allowed(tmp_path, words, code):
    (tmp_path / "empty").mkdir()
    done = call("collect", tmp_path / "empty", "--store", tmp_path / "s", *words)
    assert done.returncode == code
    assert "nothing that could hold events" in done.stdout


def test_only_what_is_asked_for_is_collected(archive, tmp_path):
    asked = ["--account", "111111111111", "--region", "us-east-1", "--since", "2026-01-07"]
    done = call(
        "collect",
        archive.root,
        "--store",
        tmp_path / "s",
        *asked,
        "--jmespath",
        "[objects_seen, events_stored]",
    )
    assert json.loads(done.stdout) == [1, 5]


@pytest.mark.parametrize(
    "words",
    [["collect", "nowhere", "--store", "s"], ["collect", "."], ["store", "prune", "--store", "s"],
     ["collect", ".", "--store", "s", "--since", "soon"],
     ["collect", ".", "--store", "s", "--since", "1d", "--until", "2d"]],
)  # fmt: skip
def test_a_wrong_command_line_exits_2(words):
    assert call(*words).returncode == 2


def test_info_says_what_a_store_holds_and_prune_removes_old_days(archive, tmp_path):
    store = tmp_path / "s"
    call("collect", archive.root, "--store", store)
    told = json.loads(call("store", "info", "--store", store, "--format", "json").stdout)
    assert (told["events"], told["days"]) == (30, 3)
    assert (told["first_day"], told["last_day"]) == ("2026-01-05", "2026-01-07")
    done = call("store", "prune", "--store", store, "--before", "2026-01-07", "--format", "json")
    assert {**json.loads(done.stdout), "bytes": 0} == {
        "before": "2026-01-07", "days": 2, "events": 20, "bytes": 0
    }  # fmt: skip
    shown = call("store", "info", "--store", store).stdout
    assert "2026-01-07 to 2026-01-07 (1 with events)" in shown
    assert "2026-01-07" in shown.partition("pruned before")[2]


def test_a_store_that_is_not_there_exits_3_and_says_how_to_make_one(tmp_path):
    done = call("store", "info", "--store", tmp_path / "none")
    assert done.returncode == 3
    assert f"ops: There is no store at {tmp_path / 'none'}." in done.stderr
    assert "ops collect SOURCE" in done.stderr
