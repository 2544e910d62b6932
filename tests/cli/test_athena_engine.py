"""`ops query` and `ops run` asked of Athena: an emulated one, over HTTP."""

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from ops import cli
from ops.archive import s3
from tests.conftest import ROOT
from tests.query.athena.conftest import (
    DATABASE,
    LANDING_ZONE,
    REGION,
    WORKGROUP,
    cloud,
    filled,
    served,
    zone,
)  # fmt: skip

__all__ = ["cloud", "filled", "served", "zone"]

PLACE = ("--workgroup", WORKGROUP, "--database", DATABASE)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "mock", "AWS_SECRET_ACCESS_KEY": "mock", "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip
SELECT = "SELECT eventname, eventtime FROM cloudtrail WHERE \"date\" >= '2026/11/20'"


@pytest.fixture
def environment(filled, monkeypatch, tmp_path):
    s3.callers.cache_clear()
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": filled.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    yield filled
    s3.callers.cache_clear()


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "acme.yaml"
    path.write_text(yaml.safe_dump(LANDING_ZONE))
    return path


@pytest.fixture
def call(environment, capsys):
    def run(*words, place=PLACE, engine="athena"):
        code = cli.run([*map(str, words), "--engine", engine, *map(str, place)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def asked(cloud):
    """Return the texts and values of all queries that Athena was asked."""
    return {one["Query"]: one for one in cloud.executions().values()}


MINE = """/*
name: mine
title: Who did what
question: Who did what?
params:
  - {name: agent, type: string, meaning: the user agent}
columns: {event_time: When, event_name: What, failed: Whether it failed, calls: How often, access_key_id: With which key}
next:
  - {runbook: key-activity, params: {key: access_key_id}}
*/
SELECT event_time, event_name /* looks 2 */ /* scanned 25000000 */, error_code IS NOT NULL AS failed, 1 AS calls,
    user_access_key_id AS access_key_id
FROM events WHERE user_agent = :agent AND event_time >= :since
"""
COLUMNS = {"event_time": "timestamp", "event_name": "varchar", "failed": "boolean",
           "calls": "bigint", "access_key_id": "varchar"}  # fmt: skip
KEY = "AKIAALICE00000000000"


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.sql"
    path.write_text(MINE)
    return path


# Answers


def test_a_runbook_is_answered_page_by_page_with_typed_rows_and_what_they_cost(call, mine, cloud):
    rows = [
        ["2026-11-21 10:00:00.000", f"Event{nth}", "false", str(nth), KEY] for nth in range(1500)
    ]
    cloud.will_answer(COLUMNS, rows)
    code, out, err = call(
        "run", mine, "-p", "agent=it's", "--since", "2026-11-20", "--format", "json"
    )
    assert code == 0, err
    found = json.loads(out)
    assert len(found) == 1500
    assert found[1] == {"event_time": "2026-11-21T10:00:00Z", "event_name": "Event1",
                        "failed": False, "calls": 1, "access_key_id": KEY}  # fmt: skip
    assert f"Asked of table events in {DATABASE}." in err
    assert "Athena read 25,000,000 bytes (25.0 MB): 0.000125 USD." in err
    [text] = [one for one in asked(cloud) if "scanned 25000000" in one]
    assert f'FROM "{DATABASE}"."events"' in text
    assert asked(cloud)[text]["ExecutionParameters"] == [
        "'2026-11-20'", "'8999-12-31'", "TIMESTAMP '2026-11-20 00:00:00'",
        "TIMESTAMP '9000-01-01 00:00:00'", "'it''s'", "TIMESTAMP '2026-11-20 00:00:00'",
    ]  # fmt: skip


def test_what_comes_next_is_asked_of_athena_too(call, mine, cloud, config):
    row = ["2026-11-21 10:00:00", "X", "true", "1", KEY]
    cloud.will_answer(COLUMNS, [row])
    _, _, err = call(
        "run", mine, "-p", "agent=x", "--since", "2026-11-20", place=["--config", config]
    )
    [line] = err.partition("Next:\n")[2].splitlines()
    assert shlex.split(line) == [
        "ops", "run", "key-activity", "-p", f"key={KEY}", "--engine", "athena", "--config",
        str(config), "--since", "2026-11-20",
    ]  # fmt: skip


def test_the_landing_zone_knows_workgroup_database_price_and_lists(call, cloud, config):
    cloud.will_answer({"n": "integer"}, [["1"]])
    text = "SELECT 1 AS n FROM cloudtrail /* scanned 2000000000 */ /* by config */"
    code, _, err = call("query", text, place=["--config", config])
    assert code == 0, err
    assert "0.0125 USD" in err
    assert asked(cloud)[text]["WorkGroup"] == WORKGROUP
    cloud.will_answer({"n": "integer"}, [])
    code, _, err = call("run", "trail-tampering", "--since", "7d", place=["--config", config])
    assert code == 0, err
    assert any("'acme-logs'" in one for one in asked(cloud))


def test_a_table_can_be_named_and_its_form_is_found_out(call, mine, cloud):
    cloud.will_answer(COLUMNS, [])
    code, _, err = call(
        "run", mine, "-p", "agent=y", "--since", "2026-11-20", "--table", "cloudtrail"
    )
    assert code == 0, err
    assert any('"$path"' in one and "looks 2" in one for one in asked(cloud))
    code, out, err = call("run", "role-map", "--since", "7d", "--table", "cloudtrail")
    assert (code, out) == (2, "")
    assert "delivered files do not give source_identity" in err
    code, _, err = call("run", "role-map", "--since", "7d", "--table", "events_undated")
    assert (code, "holds neither collected nor delivered" in err) == (2, True)


def test_a_select_is_asked_as_it_stands(call, cloud):
    cloud.will_answer({"eventname": "varchar"}, [["A"], ["B"], ["C"]])
    text = f"{SELECT} -- as it stands"
    code, out, err = call("query", text, "--format", "csv", "--limit", "2")
    assert (code, out) == (0, "eventname\nA\nB\n")
    assert "Truncated: only the first 2 rows; --limit 0 gives all." in err
    assert text in asked(cloud)


def test_the_time_asked_about_bounds_the_days_that_are_read(call, cloud):
    cloud.will_answer({"eventname": "varchar"}, [])
    code, _, err = call("query", "SELECT eventname AS bounded FROM cloudtrail AS c JOIN events AS e ON true",
                        "--since", "2026-11-20", "--until", "2026-11-21")  # fmt: skip
    assert code == 0, err
    [text] = [" ".join(one.split()) for one in asked(cloud) if "bounded" in one]
    assert (
        "FROM \"cloudtrail\" WHERE \"date\" BETWEEN '2026/11/20' AND '2026/11/21' "
        "AND eventtime >= '2026-11-20T00:00:00Z' AND eventtime < '2026-11-21T00:00:00Z' ) AS \"c\""
    ) in text
    assert "FROM \"events\" WHERE day BETWEEN '2026-11-20' AND '2026-11-20'" in text


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_rows_can_be_written_to_a_file(call, cloud, tmp_path, ending):
    cloud.will_answer({"eventname": "varchar", "n": "bigint"}, [["A", "1"], [None, "2"]])
    code, out, err = call("query", SELECT, "--output", f"rows.{ending}")
    assert (code, out) == (0, ""), err
    path = tmp_path / f"rows.{ending}"
    if ending == "csv":
        assert list(csv.reader(path.read_text().splitlines())) == [
            ["eventname", "n"],
            ["A", "1"],
            ["", "2"],
        ]
    assert path.stat().st_size > 10
    assert "Athena read" in err


def test_a_jmespath_expression_filters_the_rows(call, cloud):
    cloud.will_answer({"eventname": "varchar"}, [["A"], ["B"]])
    assert json.loads(call("query", SELECT, "--jmespath", "[].eventname")[1]) == ["A", "B"]


# Before it is asked


def test_a_dry_run_says_files_bytes_days_and_price_and_asks_nothing(call, cloud):
    before = cloud.executions()
    code, out, err = call("query", "SELECT * FROM cloudtrail", "--dry-run", "--format", "json")
    assert code == 0, err
    assert json.loads(out) == {
        "engine": "athena", "tables": ["cloudtrail"], "files": 16, "bytes": 1600, "partitions": 16,
        "days": ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"],
        "usd": 0.00005, "limit_bytes": 50_000_000,
    }  # fmt: skip
    code, out, _ = call("query", "SELECT * FROM cloudtrail", "--dry-run", "--since", "2026-11-22")
    assert "2026-11-22 to 2026-11-22 (1)" in out
    assert "400 (0.0 MB) at most" in out
    assert "0.00005 USD at most" in out
    assert cloud.executions() == before


def test_a_dry_run_of_a_runbook_counts_the_days_it_looks_at(call, config):
    words = ("--dry-run", "--jmespath", "[tables, days, bytes, usd]")
    _, out, _ = call("run", "trail-tampering", "--since", "2026-11-21", *words,
                     place=["--config", config])  # fmt: skip
    assert json.loads(out) == [["events"], ["2026-11-21"], 2000, 6.25e-05]
    _, out, _ = call("run", "first-seen", "-p", "baseline=1", "--since", "2026-11-21", *words)
    assert json.loads(out)[1] == ["2026-11-20", "2026-11-21"]
    _, out, _ = call(
        "run", "trail-tampering", "--since", "2026-11-21", "--table", "cloudtrail", *words
    )
    assert json.loads(out)[:3] == [["cloudtrail"], ["2026-11-21", "2026-11-22"], 800]


# What goes wrong


@pytest.mark.parametrize(
    ("words", "place", "said"),
    [
        (["query", SELECT], [], "--workgroup and --database is missing"),
        (["query", SELECT], ["--workgroup", "w"], "--database is missing"),
        (["query", SELECT, "--store", "history"], PLACE, "no --store"),
        (["query", SELECT, "--with-coverage"], PLACE, "do not say what was collected"),
        (["query", SELECT, "--evidence", "case"], PLACE, "does not give records"),
        (["query", SELECT, "--ip-info", "networks.csv"], PLACE, "no file of yours"),
        (["query", SELECT, "--allow-empty"], PLACE, "does not tell an empty history"),
        (["query", SELECT, "--dry-run", "--output", "rows.csv"], PLACE, "answers nothing"),
        (["query", "--dry-run"], PLACE, "no question"),
        (["query", "DROP TABLE events"], PLACE, "DROP is refused"),
        (["query", "INSERT INTO events SELECT 1"], PLACE, "INSERT is refused"),
        (["query", "CREATE TABLE x AS SELECT 1"], PLACE, "CREATE is refused"),
        (["query", "UNLOAD (SELECT 1) TO 's3://b/'"], PLACE, "UNLOAD is refused"),
        (["query", "SHOW TABLES"], PLACE, "SHOW is refused"),
        (["query", "SELECT 1; SELECT 2"], PLACE, "here are 2 statements"),
        (["query", "SELECT * FROM other.events"], PLACE, f"only tables of {DATABASE} are read"),
        (["query", "SELECT * FROM TABLE(x.system.query(query => 'DROP TABLE y'))"], PLACE,
         "only tables are read"),
        (["query", "SELECT field('a.b') FROM events"], PLACE, "json_extract_scalar"),
        (["query", "SELECT 1 FROM events WHERE a = ?"], PLACE, "a ? without a value"),
        (["query", "SELECT FROM ("], PLACE, "no SQL of Athena's"),
        (["query", "SELECT * FROM events_undated", "--since", "7d"], PLACE, "has no days"),
        (["query", 'SELECT "$path" FROM events', "--since", "7d"], PLACE, "together with $path"),
        (["run", "trail-tampering"], PLACE, "unless it is told since when"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_2_and_asks_nothing(call, cloud, words, place, said):
    before = cloud.executions()
    code, out, err = call(*words, place=place)
    assert (code, out) == (2, ""), err
    assert said in err
    assert "\x1b" not in err
    assert cloud.executions() == before
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize("option", ["--workgroup", "--database", "--table"])
def test_an_option_of_athenas_is_no_option_of_duckdbs(call, option):
    code, _, err = call(
        "run", "trail-tampering", "--store", "history", option, "x", place=[], engine="duckdb"
    )
    assert (code, "add --engine athena" in err) == (2, True)


def test_without_a_store_duckdb_has_nothing_to_ask(call, monkeypatch):
    monkeypatch.delenv("ATALAYA_STORE", raising=False)
    code, _, err = call("query", "SELECT 1", place=[], engine="duckdb")
    assert (code, "no history to ask" in err, "--engine athena" in err) == (2, True, True)


def test_a_store_of_the_environment_is_not_in_athenas_way(call, cloud, monkeypatch):
    monkeypatch.setenv("ATALAYA_STORE", "history")
    cloud.will_answer({"eventname": "varchar"}, [])
    assert call("query", SELECT)[0] == 0


def test_a_landing_zone_without_athena_says_so(call, config):
    plain = {**LANDING_ZONE, "analytics": {"enabled": False}}
    config.write_text(yaml.safe_dump(plain))
    code, _, err = call("query", SELECT, place=["--config", config])
    assert (code, "analytics.enabled is false" in err) == (2, True)


def test_a_failed_query_is_3_and_says_why(call, mine, tmp_path):
    failing = "/* FAILED: SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved */"
    code, out, err = call("query", f"SELECT x FROM cloudtrail {failing}")
    assert (code, out) == (3, "")
    assert "failed: SYNTAX_ERROR: line 1:8: Column 'x' cannot be resolved." in err
    mine.write_text(MINE.replace("/* looks 2 */", failing))
    code, out, err = call("run", mine, "-p", "agent=z", "--since", "7d", "--output", "rows.csv")
    assert (code, out, (tmp_path / "rows.csv").exists()) == (3, "", False)


@pytest.mark.parametrize(
    ("words", "place", "said"),
    [
        (["query", SELECT, "--dry-run"], ["--workgroup", WORKGROUP, "--database", "nowhere"],
         "Database nowhere has no table cloudtrail"),
        (["run", "trail-tampering", "--since", "7d"],
         ["--workgroup", WORKGROUP, "--database", "nowhere"], "neither a table events nor cloudtrail"),
        (["query", SELECT], ["--workgroup", "nowhere", "--database", DATABASE],
         "refused the query in workgroup nowhere"),
        (["query", f"{SELECT} /* denied */"], PLACE, "was denied"),
        (["query", "SELECT 1 FROM evnts", "--since", "7d"], PLACE, "has no table evnts"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_refused_is_3_and_named(call, words, place, said):
    code, out, err = call(*words, place=place)
    assert (code, out) == (3, "")
    assert said in err


def test_ctrl_c_stops_the_query_in_athena(environment, cloud):
    text = "SELECT 1 FROM cloudtrail /* RUNNING */ /* looks 100000 */ /* stopped by hand */"
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "query", text, "--engine", "athena", *PLACE],
        cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while text not in asked(cloud) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert "stopped query" in err
    assert asked(cloud)[text]["Status"]["State"] == "CANCELLED"


def test_a_store_says_what_a_dry_run_would_open(call, tmp_path):
    from tests.query.conftest import of_records
    from tests.query.records import event

    store = of_records(tmp_path / "store", [event("A", at="2026-11-19T10:00:00Z"), event("B")])
    code, out, _ = call("query", "SELECT 1", "--store", store, "--dry-run", "--format", "json",
                        "--since", "2026-11-20", place=[], engine="duckdb")  # fmt: skip
    told = json.loads(out)
    files = [*store.glob("day=2026-11-20/*"), *store.glob("_atalaya/*/*.parquet")]
    assert code == 0
    assert (told["files"], told["bytes"]) == (len(files), sum(one.stat().st_size for one in files))
    assert (told["days"], told["usd"]) == (["2026-11-20"], None)
