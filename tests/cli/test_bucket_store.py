"""A history in a bucket, asked from this machine: what is fetched, and what is not."""

import io
import json
import os
import pty
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from benchmarks.s3faults import Kind, Plan, Rule
from ops import cli
from ops.archive.opening import open_source
from ops.history import collect
from ops.history.collect import Request
from ops.history.store import open_store
from tests.cli.test_query_command import _until
from tests.conftest import ROOT
from tests.history.conftest import server
from tests.history.stores import NOW, Archive, a_key, an_event

__all__ = ["server"]

STORE = "s3://history/store"
ALL = "SELECT event_id, event_time, day, raw FROM events ORDER BY event_id, raw"
DAYS = ["2026-01-05", "2026-01-06", "2026-01-07"]


@pytest.fixture
def bucket(server, tmp_path):
    """The same events in a bucket and in a directory; three days of them, a conflict, a quarantine."""
    archive = Archive(tmp_path / "archive")
    archive.fill(files=9, each=3)
    archive.log(a_key(500), an_event(1, userAgent="planted"), b"7")
    for store in (STORE, str(tmp_path / "local")):
        source = open_source(str(archive.root))
        collect.collect(source, open_store(store), Request(now=NOW, workers=1))
    server.requests.clear()
    return server


@pytest.fixture
def call(capsys):
    def run(*words, store=STORE):
        code = cli.run([*map(str, words), "--store", str(store)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def read(server):
    """Return the keys that were read since, but for what says that there is a store."""
    keys = [one.path.removeprefix("/history/store/") for one in server.requests
            if one.method == "GET" and not one.path.endswith("/history/store")]  # fmt: skip
    server.requests.clear()
    return sorted(key for key in keys if key.endswith((".parquet", ".ids")))


def days_of(keys):
    return sorted({key.partition("/")[0] for key in keys if key.startswith("day=")})


def test_a_question_has_the_same_answer_as_of_a_directory(bucket, call, tmp_path):
    for sql in (ALL, "FROM conflicts ORDER BY ALL", "FROM coverage ORDER BY ALL",
                "SELECT source_key, source_index, reason FROM quarantine"):  # fmt: skip
        code, out, err = call("query", sql, "--format", "json", "--with-coverage")
        assert code == 0, err
        assert json.loads(out)["rows"], sql
        assert out == call("query", sql, "--format", "json", "--with-coverage",
                           store=tmp_path / "local")[1]  # fmt: skip


def test_a_second_question_fetches_nothing(bucket, call):
    first = call("query", ALL, "--format", "json")
    fetched = read(bucket)
    assert days_of(fetched) == [f"day={day}" for day in DAYS]
    assert not [key for key in fetched if key.endswith(".ids")]
    assert call("query", ALL, "--format", "json") == first
    assert read(bucket) == []


def test_only_the_days_asked_about_are_fetched(bucket, call):
    _, out, _ = call("query", "SELECT DISTINCT day FROM events", "--format", "json",
                     "--since", "2026-01-06", "--until", "2026-01-07")  # fmt: skip
    assert json.loads(out) == [{"day": "2026-01-06"}]
    assert days_of(read(bucket)) == ["day=2026-01-06"]
    call("query", "SELECT DISTINCT day FROM events", "--since", "2026-01-06")
    assert days_of(read(bucket)) == ["day=2026-01-07"]


def test_a_runbook_is_run_on_it(bucket, call):
    code, out, err = call("run", "trail-tampering", "--format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert "Covers 2026-01-05" in err


def test_the_files_it_needs_are_fetched_several_at_once(bucket, call):
    bucket.plan = Plan(latency=0.05)
    bucket.under_way.clear()
    call("query", ALL)
    asked = zip(bucket.under_way, bucket.requests, strict=True)
    assert max(busy for busy, one in asked if one.path.endswith(".parquet")) > 2


def test_how_far_it_is_is_shown_on_a_terminal_and_nothing_of_it_elsewhere(bucket, call):
    bucket.plan = Plan(latency=0.3)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ops", "query", "SELECT 1 AS n", "--store", STORE]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE, stderr=theirs, text=True,
    ) as running:  # fmt: skip
        os.close(theirs)
        shown = _until(ours, None).decode()
        assert running.stdout.read() == "n\n1\n"
    os.close(ours)
    assert "files of the store here" in shown
    assert "files of the store" not in call("query", "SELECT 1 AS n")[2]


def test_a_dry_run_says_what_would_be_opened_and_fetches_none_of_it(bucket, call):
    code, out, _ = call("query", ALL, "--dry-run", "--format", "json", "--since", "2026-01-07")
    assert code == 0
    told = json.loads(out)
    assert (told["engine"], told["tables"], told["days"]) == ("duckdb", [STORE], ["2026-01-07"])
    assert read(bucket) == []
    call("query", ALL, "--since", "2026-01-07")
    fetched = read(bucket)
    assert told["files"] == len(fetched)
    sizes = {key: bucket.bucket.get(f"store/{key}").size for key in fetched}
    assert told["bytes"] == sum(sizes.values())


def test_nothing_that_stands_in_a_key_becomes_a_place_on_this_machine(bucket, call, tmp_path):
    [key] = [one for one in bucket.bucket.keys if one.startswith("store/day=2026-01-05/")]
    body = bucket.bucket.get(key).body()
    count = "SELECT count(*) AS n FROM records"
    [before] = json.loads(call("query", count, "--format", "json")[1])
    odd = ("x%2f..%2f..%2fout.parquet", "'); DROP.parquet")
    for name in odd:
        bucket.bucket.put(f"store/day=2026-01-05/{name}", body)
    for name in ("day=../../../out/x", "day=2026-99-99/x", "day=2026-01-05/below/x"):
        bucket.bucket.put(f"store/{name}.parquet", body)
    code, out, err = call("query", count, "--format", "json")
    assert code == 0, err
    rows = pq.read_metadata(io.BytesIO(body)).num_rows
    assert json.loads(out) == [{"n": before["n"] + len(odd) * rows}]
    cache = tmp_path / "home" / "cache" / "stores"
    [store] = cache.iterdir()
    folders = {path.name for path in store.iterdir()}
    assert folders == {"_atalaya", *(f"day={day}" for day in DAYS)}
    names = [path.name for path in store.rglob("*") if path.is_file()]
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    assert not list(tmp_path.rglob("out*"))


def test_a_key_that_no_client_can_name_ends_the_question_and_is_spelled_out(bucket, call):
    bucket.bucket.put("store/day=2026-01-05/\x1b[2Jx.parquet", b"x")
    code, out, err = call("query", ALL)
    assert (code, out) == (3, "")
    assert "\x1b" not in err
    assert r"\x1b[2Jx.parquet" in err


def test_a_copy_that_was_cut_short_is_fetched_again(bucket, call, tmp_path):
    first = call("query", ALL, "--format", "json")
    read(bucket)
    [place] = (tmp_path / "home" / "cache" / "stores").glob("*/day=2026-01-06/*")
    place.write_bytes(place.read_bytes()[:100])
    assert call("query", ALL, "--format", "json") == first
    assert days_of(read(bucket)) == ["day=2026-01-06"]


@pytest.mark.parametrize("folder", ["day=2026-01-06", "_atalaya"])
def test_a_copy_that_was_damaged_is_removed_and_fetched_again(bucket, call, tmp_path, folder):
    text = "SELECT max(hash(COLUMNS(e.*))) FROM events AS e, manifest"
    first = call("query", text, "--format", "json")
    copies = list((tmp_path / "home" / "cache" / "stores").glob(f"*/{folder}/*"))
    for copy in copies:
        held = copy.read_bytes()
        copy.write_bytes(held[:4] + b"\xff" * (len(held) - 8) + held[-4:])
    for _ in copies:
        code, out, err = call("query", text, "--format", "json")
        if code == 0:
            break
        assert (code, out) == (3, "")
        assert "the copy on this machine was damaged and is removed: do the same again" in err
        assert len(err) < 900
    assert call("query", text, "--format", "json") == first


def test_what_it_holds_is_told(bucket, call, tmp_path):
    code, out, err = call("store", "info", "--format", "json")
    assert code == 0, err
    local = json.loads(call("store", "info", "--format", "json", store=tmp_path / "local")[1])
    told = json.loads(out)
    for name in ("events", "days", "accounts", "regions", "conflicts", "quarantined", "objects"):
        assert told[name] == local[name]


@pytest.mark.parametrize(
    ("store", "plan", "said"),
    [
        ("s3://history/elsewhere", Plan(), "There is no store at s3://history/elsewhere"),
        ("s3://nowhere-at-all/store", Plan(), "nowhere-at-all does not exist"),
        (STORE, Plan([Rule(Kind.DENIED, "GetObject")]), "s3:GetObject"),
        (STORE, Plan([Rule(Kind.DENIED, "ListObjects")]), "was denied"),
    ],
)
def test_a_store_that_cannot_be_read_is_said_to_be_so(bucket, call, store, plan, said):
    bucket.plan = plan
    for words in (("query", ALL), ("run", "trail-tampering"), ("store", "info")):
        code, out, err = call(*words, store=store)
        assert (code, out) == (3, ""), err
        assert said in err


def test_a_file_that_is_refused_ends_the_question_without_an_answer(bucket, call):
    bucket.plan = Plan([Rule(Kind.DENIED, "GetObject", "day=2026-01-06")])
    code, out, err = call("query", ALL)
    assert (code, out) == (3, "")
    assert "cannot be used" in err
    assert call("query", ALL, "--since", "2026-01-07")[0] == 0
