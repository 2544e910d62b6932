"""Scenarios 99 and 100: runs at once, and runs that were killed and taken up again."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ops.archive.opening import open_source
from ops.integrity.checkpoint import State, StateError
from ops.integrity.finding import Status, Verdict
from ops.integrity.keys import load_keys_file
from ops.integrity.request import Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.conftest import ROOT
from tests.integrity.runs import KEY, a_world
from tests.integrity.world import HOUR, START, World

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.integrity.test_journal import one_run

copy, state, keys, end, kills = sys.argv[1:]

def watch(progress):
    if progress.cells_done >= int(kills):
        os.kill(os.getpid(), signal.SIGKILL)

print(one_run(Path(copy), Path(state), Path(keys), end, watch if int(kills) else None))
"""


def one_run(copy: Path, file: Path, keys: Path, end: str, watch) -> str:
    """Verify in a process of its own; return the report without `run`."""
    from datetime import datetime

    archive = open_source(str(copy))
    state = State(file, KEY, str(archive.source))
    until = datetime.fromisoformat(end)
    request = Request(now=until + HOUR, until=until, workers=1)
    report = verify(
        archive, request, keys=fixed_keys(load_keys_file(keys)),
        context=Context(state=state, watch=watch),
    )  # fmt: skip
    text = json.dumps({key: one for key, one in report.as_json().items() if key != "run"})
    state.commit(report)
    state.close()
    return text


def in_process(copy: Path, state: Path, keys: Path, end: str, kills: int):
    return subprocess.run(  # noqa: PLW1510 (the tests look at the exit code)
        [sys.executable, "-c", KILLED, str(copy), str(state), str(keys), end, str(kills)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_s99_two_runs_do_not_use_one_state_at_once(runs):
    state = State(runs.file, KEY, "s3://one")
    with pytest.raises(StateError, match="another run"):
        State(runs.file, KEY, "s3://one")
    state.close()
    State(runs.file, KEY, "s3://one").close()


@pytest.mark.parametrize("kills", [1, 3, 5])
def test_s100_a_run_killed_and_taken_up_again_gives_the_same_report(tmp_path, kills):
    world = World()
    for region in ("us-east-1", "us-west-2", "eu-west-1", "eu-north-1", "ap-south-1"):
        world.line(region=region).run(5)
    del world.objects[world.lines[2].hours[2].key]
    copy = world.write(tmp_path / "copy")
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(world.key_file()))
    end = world.end.isoformat()
    whole = in_process(copy, tmp_path / "whole.json", keys, end, 0)
    assert whole.returncode == 0, whole.stderr
    killed = in_process(copy, tmp_path / "state.json", keys, end, kills)
    assert killed.returncode == -9
    journal = tmp_path / "state.json.journal"
    assert len(journal.read_bytes().splitlines()) == kills + 1
    torn = journal.read_bytes() + b"0123 {torn"
    journal.write_bytes(torn)
    resumed = in_process(copy, tmp_path / "state.json", keys, end, 0)
    assert resumed.stdout == whole.stdout
    assert not journal.exists()


def test_s100_a_journal_that_was_changed_is_not_believed(runs):
    world = a_world()
    world.objects[world.lines[0].hours[3].logs[0]].body = b"forged"
    assert runs(world, commit=False).status is Status.FAIL
    journal = runs.file.with_name("state.json.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines).replace(b'"cause":"log-damaged"', b'"cause":"restart"'))
    assert runs(world).status is Status.FAIL


def test_s100_a_journal_of_another_question_is_not_taken_up(runs):
    world = a_world()
    runs(world, commit=False)
    report = runs(world, since=START + 3 * HOUR, commit=False)
    assert report.digests[Verdict.VALID] == 6


def test_s100_a_time_said_in_words_means_what_it_meant_when_the_run_began(runs):
    world = a_world()
    now = world.end + timedelta(minutes=20)
    first = runs(world, now=now, since=now - 4 * HOUR, asked=("4h", ""), commit=False)
    later = now + timedelta(minutes=30)
    again = runs(world, now=later, since=later - 4 * HOUR, asked=("4h", ""))
    assert again.requested.since == first.requested.since == now - 4 * HOUR
