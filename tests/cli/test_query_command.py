"""`ops query` as people and machines call it."""

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pyarrow.parquet as pq
import pytest

from ops import cli
from ops.query import portions
from ops.render import export
from tests.conftest import ROOT
from tests.query import stores
from tests.query.conftest import of_records
from tests.query.records import event


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    texts = [
        event(name, at=f"2026-11-{day}T10:00:00Z")
        for day, name in ((19, "A"), (20, "B"), (20, "C"))
    ]
    return of_records(tmp_path_factory.mktemp("cli") / "store", texts)


NAMES = "SELECT event_name, event_time FROM events ORDER BY 1"


def test_json_is_a_list_of_rows_with_times_in_utc(call):
    code, out, _ = call("query", NAMES, "--format", "json")
    assert code == 0
    assert json.loads(out)[0] == {"event_name": "A", "event_time": "2026-11-19T10:00:00Z"}


def test_coverage_is_said_on_stderr_and_goes_with_json_if_asked(call):
    _, _, err = call("query", NAMES)
    assert err.startswith(
        "Covers 2026-11-19T10:00:00Z to 2026-11-20T10:00:01Z: 1 account, 1 region, 2 days;"
    )
    _, out, _ = call("query", NAMES, "--with-coverage")
    assert call("query", NAMES, "--format", "json", "--with-coverage")[1] == out
    answer = json.loads(out)
    assert len(answer["rows"]) == 3
    assert answer["coverage"]["days"] == ["2026-11-19", "2026-11-20"]


def test_a_jmespath_expression_filters_exactly_what_json_shows(call):
    _, out, _ = call("query", NAMES, "--jmespath", "[].event_name")
    assert json.loads(out) == ["A", "B", "C"]
    _, out, _ = call("query", NAMES, "--with-coverage", "--jmespath", "coverage.accounts")
    assert json.loads(out) == ["444444444444"]


def test_truncation_is_always_stated(call):
    code, out, err = call("query", NAMES, "--limit", "2", "--format", "jsonl")
    assert (code, len(out.splitlines())) == (0, 2)
    assert "Truncated: only the first 2 rows; --limit 0 gives all." in err
    _, out, _ = call(
        "query", NAMES, "--limit", "2", "--jmespath", "coverage.truncated", "--with-coverage"
    )
    assert out == "true\n"
    _, _, err = call("query", NAMES, "--limit", "0")
    assert "Truncated" not in err


def test_csv_has_its_columns_even_without_rows(call):
    _, out, _ = call(
        "query", "SELECT event_name, event_id FROM events WHERE false", "--format", "csv"
    )
    assert out == "event_name,event_id\n"


def test_the_time_asked_about_limits_the_events(call):
    _, out, err = call(
        "query",
        NAMES,
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-21",
        "--jmespath",
        "[].event_name",
    )
    assert json.loads(out) == ["B", "C"]
    assert "Covers 2026-11-20T00:00:00Z to 2026-11-21T00:00:00Z" in err
    _, _, err = call("query", NAMES, "--since", "1000d")
    assert re.match(r"Covers \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to", err)
    code, _, err = call("query", NAMES, "--since", "2026-11-21", "--until", "2026-11-20")
    assert (code, "not after its start" in err) == (2, True)


def test_the_exit_code_is_0_whatever_the_rows_and_3_without_anything_to_examine(call, tmp_path):
    assert call("query", "SELECT 1 AS a FROM events WHERE false")[0] == 0
    code, out, err = call("query", NAMES, "--since", "2030-01-01")
    assert (code, out) == (3, "")
    assert "its days are 2026-11-19 to 2026-11-20" in err
    assert call("query", NAMES, "--since", "2030-01-01", "--allow-empty")[0] == 0
    undated = of_records(tmp_path / "undated", [event("A"), event("B", at=None)])
    assert call("query", NAMES, "--since", "2030-01-01", store=undated)[0] == 3
    assert call("query", NAMES, store=of_records(tmp_path / "only", [event("B", at=None)]))[0] == 0
    empty = stores.Writer(tmp_path / "empty").finish()
    assert call("query", NAMES, store=empty)[0] == 3
    assert call("query", NAMES, "--allow-empty", store=empty)[0] == 0
    code, _, err = call("query", NAMES, store=tmp_path)
    assert (code, "There is no store at" in err) == (3, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["DROP TABLE x"], "DROP is refused"),
        (["SELECT nothing FROM events"], "nothing"),
        (["SELECT 1 AS a", "--output", "rows.txt"], "ends in none of .csv"),
        (["SELECT 1 AS a", "--format", "csv", "--with-coverage"], "does not fit --format csv"),
        (["SELECT 1 AS a", "--evidence", "case"], "names no events"),
        (["SELECT 1 AS a", "--view", "tree"], "no tree"),
        (["SELECT 1 AS a", "--view", "timeline"], "no column of times"),
        (["SELECT 1 AS a", "--limit", "-1"], "--limit"),
        (["SELECT 1 AS a", "--since", "soon"], "no time"),
        (["SELECT 1 AS a", "--ip-info", "none.csv"], "cannot be read"),
        ([], "no question"),
    ],
)
def test_a_wrong_command_line_is_2(call, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call("query", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_rows_can_be_written_to_a_file(call, tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    code, out, err = call("query", NAMES, "--output", path, "--limit", "2")
    assert (code, out) == (0, "")
    assert "Truncated: only the first 2 rows" in err
    text = path.read_text("latin-1")
    rows = {
        "csv": lambda: list(csv.DictReader(text.splitlines())),
        "json": lambda: json.loads(text),
        "jsonl": lambda: [json.loads(line) for line in text.splitlines()],
        "parquet": lambda: pq.read_table(path).to_pylist(),
    }[ending]()
    assert [row["event_name"] for row in rows] == ["A", "B"]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_a_file_without_rows_is_whole_too(call, tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    assert call("query", "SELECT event_name FROM events WHERE false", "--output", path)[0] == 0
    assert path.read_text("latin-1").startswith(
        {"csv": "event_name\n", "json": "[]\n", "jsonl": "", "parquet": "PAR1"}[ending]
    )


def test_parquet_keeps_types(call, tmp_path):
    sql = """SELECT event_time, source_index, read_only, ['a', NULL] AS names, 1.5::DOUBLE AS x,
        {'a': 1} AS nested, 170141183460469231731687303715884105727::HUGEINT AS big,
        now() AS zoned, NULL AS nothing, event_time::DATE AS day_ FROM events"""
    path = tmp_path / "rows.parquet"
    assert call("query", sql, "--output", path)[0] == 0
    kinds = {field.name: str(field.type) for field in pq.read_schema(path)}
    assert kinds == {
        "event_time": "timestamp[us, tz=UTC]", "source_index": "int64", "read_only": "bool",
        "names": "list<element: string>", "x": "double", "nested": "string", "big": "string",
        "zoned": "timestamp[us, tz=UTC]", "nothing": "string", "day_": "date32[day]",
    }  # fmt: skip
    assert pq.read_table(path).to_pylist()[0]["names"] == ["a", None]


def test_large_rows_become_small_row_groups(call, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_GROUP_BYTES", 100)
    monkeypatch.setattr(portions, "_BYTES", 100)
    monkeypatch.setattr(portions, "_STEP", 1)
    path = tmp_path / "rows.parquet"
    assert call("query", "SELECT raw FROM events", "--output", path)[0] == 0
    assert pq.ParquetFile(path).num_row_groups == 3


def test_a_file_that_cannot_be_written_leaves_the_old_one(call, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text("old")
    code, _, err = call("query", "SELECT CAST(event_name AS INTEGER) FROM events", "--output", path)
    assert (code, "failed" in err) == (3, True)
    assert path.read_text() == "old"
    code, _, err = call("query", NAMES, "--output", tmp_path / "none" / "rows.json")
    assert (code, "cannot be written" in err) == (3, True)
    assert [one.name for one in tmp_path.iterdir()] == ["rows.json"]


def test_evidence_is_kept_and_its_hash_is_said(call, tmp_path):
    code, out, err = call(
        "query", "SELECT event_id FROM events", "--evidence", tmp_path / "case", "--format", "json"
    )
    assert (code, len(json.loads(out))) == (0, 3)
    manifest = json.loads((tmp_path / "case" / "manifest.json").read_text())
    assert (manifest["events"], manifest["sql"]) == (3, "SELECT event_id FROM events")
    assert "its manifest's SHA-256 is " in err


def test_lists_and_expected_places_come_from_the_config(call):
    example = ROOT / "config" / "example.yaml"
    _, out, _ = call("query", "SELECT site_list('scanners') AS s, site_list('archive_buckets') AS b, len(site_list('own_accounts')) AS n",
                     "--config", example, "--format", "json", "--with-coverage")  # fmt: skip
    answer = json.loads(out)
    assert answer["rows"] == [
        {"s": ["203.0.113.7", "203.0.113.8"], "b": ["acme-cloudtrail-archive"], "n": 5}
    ]
    assert {"account": "111111111111", "region": "eu-south-1", "day": "2026-11-20"} in answer[
        "coverage"
    ]["empty"]
    code, _, err = call("query", "SELECT site_list('break_glass') AS s")
    assert (code, "no site list 'break_glass'" in err) == (2, True)
    assert (
        call("query", "SELECT site_list('own_accounts') AS s", "--jmespath", "[0].s")[1] == "[]\n"
    )


def program(root, *words):
    return [sys.executable, "-m", "ops", *words, "--store", str(root)]


def test_sql_can_come_from_stdin(root):
    done = subprocess.run(
        program(root, "query", "-", "--format", "csv"), cwd=ROOT, input="SELECT 1 AS a;\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "a\n1\n"


def talk(command, *lines, mark=b"> "):
    """Type lines at a terminal, each after the prompt; return what was shown and the exit code."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "dumb", "COLUMNS": "100"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as running:
        os.close(theirs)
        shown = b""
        for line in lines:
            shown += _until(ours, mark)
            os.write(ours, line)
        shown += _until(ours, None)
        os.close(ours)
    return shown.decode(), running.returncode


def _until(terminal, mark):
    shown = b""
    while mark is None or not shown.endswith(mark):
        try:
            shown += (part := os.read(terminal, 4096))
        except OSError:  # Linux: the other side has closed it.
            break
        if not part:
            break
    return shown


def test_without_sql_there_is_a_prompt_that_errors_do_not_end(root):
    asked = [b"SELECT 40 + 2 AS\n", b"answer;\n", b"SELECT wrong;\n", b"DROP TABLE x;\n", b";\n"]
    shown, code = talk(program(root, "query"), *asked, b"\x04")
    assert code == 0
    assert "answer" in shown
    assert "42" in shown
    assert "wrong" in shown
    assert "DROP is refused" in shown


def test_ctrl_c_at_the_prompt_forgets_the_lines_and_does_not_end_it(call, monkeypatch):
    typed = iter(["SELECT", KeyboardInterrupt, "SELECT 7 AS a;", "SELECT 1;", EOFError])

    def read(_prompt):
        line = next(typed)
        if isinstance(line, str):
            return line
        raise line

    monkeypatch.setattr("builtins.input", read)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, out, _ = call("query", "--format", "csv")
    assert (code, out.splitlines()[:2]) == (0, ["a", "7"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(1000000000000) t(a), range(1000) u(b) WHERE a = b + 1",
        "SELECT a FROM range(1000000000000) t(a) WHERE a = -1",
    ],
)
def test_ctrl_c_ends_a_question_with_3(call, sql):
    timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    code, out, err = call("query", sql)
    timer.join()
    assert (code, out, "ops: stopped" in err) == (3, "", True)


def test_the_store_may_be_named_once_in_the_environment(root, capsys, monkeypatch):
    monkeypatch.setenv("ATALAYA_STORE", str(root))
    assert cli.run(["query", "SELECT 1 AS a", "--format", "csv"]) == 0
    assert capsys.readouterr().out == "a\n1\n"
    assert cli.run(["store", "info", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == 3
    assert cli.run(["store", "prune", "--before", "2026-01-01"]) == 2, (
        "what removes is told of what"
    )


def test_evidence_into_a_used_directory_is_refused_before_anything_is_asked(call, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "file").write_text("")
    words = ("query", "SELECT event_id FROM events", "--evidence", tmp_path / "case")
    code, out, err = call(*words)
    assert (code, out, "holds something already" in err) == (2, "", True)
