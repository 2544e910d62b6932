"""`ops run` and `ops runbooks` as people and machines call them."""

import json
import shlex
import subprocess
import sys

import pytest

from ops import cli
from tests.cli.test_query_command import talk
from tests.conftest import ROOT
from tests.query import stores
from tests.query.conftest import of_records
from tests.query.records import event, session

KEY = "AKIAALICE00000000000"
HOSTILE = "$(reboot) `id` 'x' \x1b[2J [bold]y[/bold] \u202egnp"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    texts = [
        event("GetCallerIdentity", "sts"),
        event("ListUsers", userAgent=HOSTILE, errorCode="AccessDenied"),
    ]
    return of_records(tmp_path_factory.mktemp("run") / "store", texts)


MINE = """/*
name: mine
title: Whoever used a tool
question: Who used it?
params:
  - {name: agent, type: string, meaning: how the user agent begins}
columns: {event_id: The event, user_agent: With what, access_key_id: Which key, broken: No key at all}
next:
  - {runbook: key-activity, params: {key: broken}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
SELECT event_id, user_agent, user_access_key_id AS access_key_id, user_agent AS broken
FROM events WHERE :agent IS NULL OR starts_with(user_agent, :agent) ORDER BY event_id
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.sql"
    path.write_text(MINE)
    return path


def test_a_runbook_answers_with_the_columns_it_describes(call):
    code, out, err = call("run", "key-activity", "-p", f"key={KEY}", "--format", "json")
    assert code == 0
    rows = json.loads(out)
    assert [row["events"] for row in rows] == [1, 1]
    assert err.startswith("Covers ")


def test_a_runbook_of_ones_own_is_named_by_its_path(call, mine):
    _, out, _ = call("run", mine, "-p", "agent=$(reb", "--format", "json")
    assert [row["user_agent"] for row in json.loads(out)] == [HOSTILE]
    assert len(json.loads(call("run", mine, "--format", "json")[1])) == 2


def test_what_to_ask_next_is_said_filled_from_a_row_and_quoted_for_the_shell(call, mine, root):
    _, _, err = call("run", mine, "--since", "2026-11-20")
    lines = err.partition("Next:\n")[2].splitlines()
    assert [shlex.split(line) for line in lines] == [
        [
            "ops",
            "run",
            "session-chain",
            "-p",
            f"key={KEY}",
            "--store",
            str(root),
            "--since",
            "2026-11-20",
        ]
    ]


def test_a_step_is_filled_from_the_first_row_that_fits(call, mine, tmp_path):
    texts = [
        event("A", user=session("not a key; reboot", "arn:aws:sts::444444444444:assumed-role/r/s")),
        event("B"),
    ]
    _, _, err = call("run", mine, store=of_records(tmp_path / "store", texts))
    assert f"key={KEY}" in err
    assert "reboot" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "no runbook 'nothing'"),
        (["../../key-activity"], "no runbook"),
        (["key-activity", "-p", "key"], "has no value"),
        (["key-activity", "-p", "key=x", "-p", "key=y"], "given twice"),
        (["key-activity", "-p", "key=x"], "must be an access key id"),
        (["key-activity", "-p", "kye=x"], "no parameter 'kye'"),
        (["key-activity", "-p", "since=7d"], "times are --since and --until"),
        (["key-activity"], "key is missing: the access key id"),
        (["first-seen", "-p", "baseline=-5"], "baseline=-5: days are from 0 to 36500"),
        (["first-seen", "-p", "baseline=1000000"], "days are from 0"),
        (["first-seen", "-p", "baseline=99999999999"], "days are from 0"),
    ],
)
def test_a_wrong_command_line_is_2(call, words, said):
    code, out, err = call("run", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_what_is_missing_is_asked_for_at_a_terminal(root):
    shown, code = talk(
        [sys.executable, "-m", "ops", "run", "key-activity", "--store", str(root)],
        f"{KEY}\n".encode(),
        mark=b": ",
    )
    assert code == 0
    assert "key (the access key id): " in shown
    assert "GetCallerIdentity" in shown


def test_evidence_names_runbook_parameters_and_the_sql_that_ran(call, mine, tmp_path):
    code, _, _ = call(
        "run", mine, "-p", "agent=aws", "--evidence", tmp_path / "case", "--since", "2026-11-20"
    )
    manifest = json.loads((tmp_path / "case" / "manifest.json").read_text())
    assert (code, manifest["runbook"], manifest["events"]) == (0, "mine", 1)
    assert manifest["parameters"] == {
        "agent": "aws",
        "since": "2026-11-20T00:00:00Z",
        "until": "9000-01-01T00:00:00Z",
    }
    assert "$agent" in manifest["sql"]


def test_the_runbooks_are_listed_and_explained(capsys):
    assert cli.run(["runbooks", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"key-activity", "session-chain", "trail-tampering"} <= {one["name"] for one in listed}
    for one in listed:
        assert cli.run(["runbooks", one["name"]]) == 0
        text = " ".join(capsys.readouterr().out.split())
        assert " ".join(one["question"].split()[:4]) in text
        assert all(param["name"] in text for param in one["params"])
    assert cli.run(["runbooks"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= len(listed)


def test_a_runbook_looks_back_from_the_last_day_that_can_be_true(call, tmp_path):
    writer = stores.Writer(tmp_path / "far")
    for at in ("2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z", "9999-12-31T10:00:00Z"):
        writer.log(at, [event("ScheduleKeyDeletion", "kms", at=at)])
    far = writer.finish()
    code, out, err = call("run", "first-seen", "--format", "json", store=far)
    assert code == 0
    assert "Rows from 2026-11-20T00:00:00Z on: the days before are to compare with; --since" in err
    assert out == "[]\n"
    assert "on: the days before" not in call("run", "kms-danger", store=far)[2]


def test_an_empty_store_is_3(call, tmp_path):
    empty = stores.Writer(tmp_path / "store").finish()
    assert call("run", "trail-tampering", store=empty)[0] == 3
    assert call("run", "trail-tampering", "--allow-empty", store=empty)[0] == 0


def test_a_runbook_loads_nothing_that_it_does_not_need(root):
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ops", "run", "key-activity", "-p", f"key={KEY}",
         "--store", str(root), "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in run.stderr.splitlines()}
    assert "duckdb" in loaded
    assert not loaded & {"pydantic", "pyarrow", "numpy", "pandas", "boto3", "rich", "cryptography"}
