"""`ops detect` as people and machines call it: once, and again with what has arrived since."""

import csv
import io
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from ops import cli
from ops.archive.opening import open_events
from ops.errors import QueryError
from ops.history.collect import Request, collect
from ops.history.store import open_store
from ops.query.local import Local
from tests.conftest import ROOT
from tests.detect.detecting import a_rule
from tests.query.conftest import of_records
from tests.query.records import event, event_id

NAMED = {"eventName|cased": ["CreateUser", "StopLogging"]}
BURST = """---
title: Much is read
name: much-read
status: test
level: high
correlation: {type: event_count, rules: [reading], group-by: [userIdentity.accessKeyId], timespan: 10m, condition: {gte: 3}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    texts = [
        event("StopLogging", "cloudtrail"),
        event("GetUser"),
        event("DeleteTrail", "cloudtrail"),
    ]
    return of_records(tmp_path_factory.mktemp("cli") / "store", texts)


@pytest.fixture
def call(root, capsys):
    def run(*words, store=root):
        code = cli.run(["detect", "--store", str(store), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def sigma(tmp_path):
    folder = tmp_path / "sigma"
    folder.mkdir()
    (folder / "named.yml").write_text(a_rule(NAMED))
    base = a_rule({"eventName|cased": "GetObject"}, name="reading", level="informational")
    (folder / "burst.yml").write_text(base + BURST)
    return folder


class Archive:
    """A directory of logs that grows, and the store it is collected into."""

    def __init__(self, root):
        self.logs, self.store = root / "logs", root / "store"
        self.logs.mkdir()
        self.count = 0

    def add(self, *texts):
        self.count += 1
        (self.logs / f"log-{self.count}.json").write_text(f'{{"Records": [{",".join(texts)}]}}')
        source = open_events(str(self.logs), zone=None, expected_owner=None)
        collect(source, open_store(str(self.store)), Request(now=datetime.now(UTC), workers=1))


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path)


@pytest.fixture
def again(archive, sigma, tmp_path, call):
    """Run with a state; return the ids of the events found, by rule."""

    def run(*words, rules=sigma):
        words = ["--sigma", rules, "--state", tmp_path / "state.json", "--format", "json", *words]
        _, out, _ = call(*words, store=archive.store)
        return sorted((one["rule"], *one["event_ids"]) for one in json.loads(out)["findings"])

    return run


def test_json_is_one_object_with_findings_refusals_and_coverage(call):
    code, out, err = call("--format", "json", "--rule", "trail-tampering")
    assert code == 1
    told = json.loads(out)
    assert list(told) == ["schema", "findings", "refused", "rules_run", "coverage"]
    assert (told["schema"], told["rules_run"], told["refused"]) == ("atalaya.detect/1", 1, [])
    assert {one["event_name"] for one in told["findings"]} == {"DeleteTrail", "StopLogging"}
    assert told["coverage"]["accounts"] == ["444444444444"]
    assert "Findings: 2. Rules run: 1, refused: 0." in err


def test_all_shipped_rules_are_run_and_none_is_refused(call):
    _, out, _ = call("--format", "json")
    told = json.loads(out)
    assert told["rules_run"] >= 40
    assert told["refused"] == []


def test_lines_are_findings(call):
    _, out, _ = call("--rule", "trail-tampering", "--format", "jsonl")
    assert {json.loads(line)["rule"] for line in out.splitlines()} == {"trail-tampering"}
    _, out, _ = call("--rule", "trail-tampering", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["level"] for row in rows] == ["high", "high"]
    _, out, _ = call("--rule", "trail-tampering", "--format", "ocsf")
    assert {json.loads(line)["class_uid"] for line in out.splitlines()} == {2004}


def test_csv_without_findings_still_has_its_columns(call):
    code, out, _ = call("--rule", "root-sign-in", "--format", "csv")
    assert code == 0
    assert out.startswith("id,rule,rule_id,title,level,time,")


def test_a_jmespath_expression_filters_what_json_shows(call):
    _, out, _ = call("--rule", "trail-tampering", "--jmespath", "findings[].address | [0]")
    assert json.loads(out) == "203.0.113.9"


def test_no_finding_is_success(call):
    code, out, _ = call("--rule", "root-sign-in")
    assert (code, out) == (0, "No findings.\n")


def test_rules_are_chosen_by_name_profile_and_level(call):
    _, out, _ = call("--profile", "cis-5.0", "--jmespath", "rules_run")
    assert json.loads(out) == 15
    _, out, _ = call("--level", "critical", "--jmespath", "rules_run")
    assert 0 < json.loads(out) < 40
    code, _, err = call("--rule", "trail-tamperin")
    assert code == 2
    assert "did you mean trail-tampering?" in err


def test_an_empty_store_is_incomplete_unless_it_may_be_empty(call, tmp_path):
    empty = of_records(tmp_path / "empty")
    assert call(store=empty)[0] == 3
    assert call("--allow-empty", store=empty)[0] == 0


def test_a_broken_file_does_not_keep_the_others_from_running(call, sigma):
    (sigma / "broken.yml").write_text("title: [")
    code, out, err = call("--sigma", sigma, "--format", "json")
    told = json.loads(out)
    assert code == 1
    assert [one["rule"] for one in told["findings"]] == ["a-rule"]
    assert [one["rule"] for one in told["refused"]] == ["broken.yml"]
    assert "Refused: broken.yml" in err


def test_a_refused_rule_changes_the_code_only_if_one_is_strict(call, tmp_path):
    folder = tmp_path / "sigma"
    folder.mkdir()
    (folder / "broken.yml").write_text("title: [")
    assert call("--sigma", folder)[0] == 0
    assert call("--sigma", folder, "--strict")[0] == 3


def test_truncation_is_stated(call):
    _, out, err = call("--rule", "trail-tampering", "--limit", "1", "--format", "json")
    told = json.loads(out)
    assert len(told["findings"]) == 1
    assert told["coverage"]["truncated"] is True
    assert "Truncated: 1 more findings" in err


def test_the_output_file_is_written_whole(call, tmp_path):
    file = tmp_path / "found.jsonl"
    code, out, _ = call("--rule", "trail-tampering", "--format", "jsonl", "--output", file)
    assert (code, out) == (1, "")
    assert len(file.read_text().splitlines()) == 2
    code, _, err = call("--rule", "trail-tampering", "--output", tmp_path / "no" / "where")
    assert code == 3
    assert "cannot be written" in err


def test_a_second_run_tells_only_what_has_come_since_however_old_it_is(archive, again):
    first = event("CreateUser", at="2026-11-20T10:00:00Z")
    archive.add(first)
    assert again() == [("a-rule", event_id(first))]
    assert again() == []
    late = event("CreateUser", at="2026-11-02T10:00:00Z")
    archive.add(late, event("GetUser"))
    assert again() == [("a-rule", event_id(late))]


def test_run_by_run_the_same_is_found_as_at_once(archive, again, call, sigma):
    told = []
    for hour in range(5):
        archive.add(*(event("GetObject", "s3", f"2026-11-20T1{hour}:0{minute}:00Z") for minute in range(3)),
                    event("CreateUser", at=f"2026-11-20T1{hour}:30:00Z"))  # fmt: skip
        told += again()
    _, out, _ = call(
        "--sigma", sigma, "--jmespath", "findings[].[rule, event_ids[0]]", store=archive.store
    )
    assert sorted(told) == sorted(map(tuple, json.loads(out)))
    assert len(told) == 10


def test_a_burst_that_spans_two_runs_is_found_and_one_that_goes_on_is_not_told_again(
    archive, again
):
    texts = [event("GetObject", "s3", f"2026-11-20T10:0{minute}:00Z") for minute in range(5)]
    archive.add(*texts[:2])
    assert again() == []
    archive.add(texts[2])
    assert again() == [("much-read", event_id(texts[2]))]
    archive.add(*texts[3:])
    assert again() == []


def test_a_rule_that_was_changed_looks_at_everything_again_and_tells_what_is_new(
    archive, again, sigma
):
    user, trail = event("CreateUser"), event("DeleteTrail", "cloudtrail")
    archive.add(user, trail)
    assert again() == [("a-rule", event_id(user))]
    (sigma / "named.yml").write_text(a_rule({"eventName|cased": ["CreateUser", "DeleteTrail"]}))
    assert again() == [("a-rule", event_id(trail))]


def test_a_rule_that_was_left_out_once_misses_nothing(archive, again):
    archive.add(event("GetUser"))
    again()
    missed = event("CreateUser")
    archive.add(missed)
    assert again("--rule", "much-read") == []
    assert again() == [("a-rule", event_id(missed))]


def test_what_was_looked_at_is_said(archive, again, call, sigma, tmp_path):
    archive.add(event("CreateUser"))
    again()
    archive.add(event("GetUser"))
    _, _, err = call("--sigma", sigma, "--state", tmp_path / "state.json", store=archive.store)
    assert "Looked at 1 new objects of 1 runs of ops collect with 2 rules" in err


def test_a_state_is_of_one_store_and_must_be_one(archive, again, call, sigma, tmp_path):
    archive.add(event("CreateUser"))
    again()
    state = tmp_path / "state.json"
    code, _, err = call("--sigma", sigma, "--state", state)
    assert code == 3
    assert "is of another store" in err
    state.write_text('{"format": ')
    code, _, err = call("--sigma", sigma, "--state", state, store=archive.store)
    assert code == 3
    assert "is no state of ops detect" in err
    assert state.read_text() == '{"format": ', "what is not understood is not overwritten"
    assert call("--state", state, "--since", "7d")[0] == 2


def test_an_output_that_fails_leaves_the_state_as_it_was(archive, again, call, sigma, tmp_path):
    archive.add(event("CreateUser"))
    words = [
        "--sigma",
        sigma,
        "--state",
        tmp_path / "state.json",
        "--output",
        tmp_path / "no" / "where",
    ]
    assert call(*words, store=archive.store)[0] == 3
    assert len(again()) == 1


STOPPED = """
import os, signal, sys
from pathlib import Path
from ops import cli
real, left = Path.replace, int(sys.argv.pop(1))
def replace(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(self, target)
Path.replace = replace
sys.exit(cli.run(sys.argv[1:]))
"""


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_kill_between_any_two_files_loses_nothing_and_repeats_nothing(
    archive, sigma, tmp_path, call, written
):
    """Files are put in place in this order: the state's promise, the findings, the state."""
    archive.add(event("CreateUser"))
    output = tmp_path / "found.jsonl"
    words = [
        "--sigma",
        sigma,
        "--state",
        tmp_path / "state.json",
        "--format",
        "jsonl",
        "--output",
        output,
    ]
    line = ["detect", "--store", archive.store, *words]
    killed = subprocess.run([sys.executable, "-c", STOPPED, str(written), *map(str, line)],
                            cwd=ROOT, check=False, capture_output=True)  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    told = output.read_text().splitlines() if output.exists() else []
    assert call(*words, store=archive.store)[0] == (0 if told else 1)
    told += output.read_text().splitlines()
    assert len(told) == 1


def test_what_is_collected_while_rules_run_is_looked_at_the_next_time(archive, again, tmp_path):
    archive.add(event("CreateUser"))
    again()
    state = json.loads((tmp_path / "state.json").read_text())
    [(run, objects)] = state["runs"].items()
    # As if the run had had one object less when it was looked at.
    state["runs"][run], state["told"] = objects - 1, []
    (tmp_path / "state.json").write_text(json.dumps(state))
    assert len(again()) == 1


def test_findings_beyond_the_limit_are_told_by_the_runs_that_follow(archive, again):
    users = [event("CreateUser", at=f"2026-11-20T10:0{minute}:00Z") for minute in range(3)]
    archive.add(*users)
    for user in users:
        assert again("--limit", "1") == [("a-rule", event_id(user))]
    assert again("--limit", "1") == []


def test_a_rule_that_the_engine_failed_to_answer_looks_at_everything_again(
    archive, again, sigma, monkeypatch
):
    named = a_rule({"requestParameters.userName|cased": "mallory"}, name="inside")
    (sigma / "inside.yml").write_text(named)
    user = event("CreateUser", params={"userName": "mallory"})
    archive.add(user)
    rows = Local.rows

    def failing(engine, statement, *, limit):
        if "mallory" in statement.text:
            raise QueryError("The question needs more memory and disk than there is.")
        return rows(engine, statement, limit=limit)

    with monkeypatch.context() as patched:
        patched.setattr(Local, "rows", failing)
        assert again() == [("a-rule", event_id(user))]
    assert again() == [("inside", event_id(user))]


def test_a_damaged_file_ends_the_run_and_the_next_one_looks_at_everything_again(
    archive, call, again, sigma, tmp_path
):
    named = a_rule({"requestParameters.userName|cased": "mallory"}, name="inside")
    (sigma / "inside.yml").write_text(named)
    user = event("CreateUser", params={"userName": "mallory"})
    archive.add(user)
    [file] = archive.store.glob("day=*/*.parquet")
    whole = file.read_bytes()
    file.write_bytes(without_records(whole))
    words = ("--sigma", sigma, "--state", tmp_path / "state.json")
    code, out, err = call(*words, store=archive.store)
    assert (code, out) == (3, "")
    assert f"{file} cannot be read" in err
    file.write_bytes(whole)
    assert again() == [("a-rule", event_id(user)), ("inside", event_id(user))]


def without_records(content):
    """Return a file of events in which the records themselves are damaged, and no column beside."""
    damaged = bytearray(content)
    group = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    for column in map(group.column, range(group.num_columns)):
        if column.path_in_schema == "raw":
            begin = column.dictionary_page_offset or column.data_page_offset
            damaged[begin : begin + column.total_compressed_size] = bytes(
                column.total_compressed_size
            )
    return bytes(damaged)
