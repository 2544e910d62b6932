"""Evidence is whole, names its sources, and a stranger can check it."""

import base64
import hashlib
import json
import shutil
import subprocess

import pytest

from ops.errors import StoreError, UsageError
from ops.query import coverage, evidence
from ops.query.model import Statement
from tests.query import stores
from tests.query.conftest import at
from tests.query.records import event, event_id

ASKED = evidence.Asked("store", "SELECT …", {"key": "AKIA"}, "key-activity", "2026-11-21T00:00:00Z")


def keep(asker, sql, folder):
    answer = asker.engine.run(Statement(sql, {}), limit=None)
    covers = coverage.of(asker.engine, asker.window, truncated=False)
    return evidence.write(folder, asker.engine, answer, covers, ASKED)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def store(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    texts = [event("A"), event("B", userAgent="ü \x1b[2J"), event("C")]
    writer.log("first", texts[:2])
    writer.log("second", texts[2:])
    writer.verdict("first", "VALID", at("2026-11-21T00:00:00Z"))
    asker = opened(writer.finish())
    asker.texts = texts
    return asker


def test_it_holds_the_records_the_answer_names_word_for_word(store, tmp_path):
    keep(
        store, "SELECT event_name, event_id FROM events WHERE event_name <> 'A'", tmp_path / "case"
    )
    records = lines(tmp_path / "case" / "records.jsonl")
    assert [one["raw"] for one in records] == store.texts[1:]
    assert [(one["source_key"], one["source_index"]) for one in records] == [
        ("first", 1),
        ("second", 0),
    ]
    for one in records:
        assert one["sha256"] == hashlib.sha256(one["raw"].encode()).hexdigest()
        assert one["source_etag"] == f'"etag of {one["source_key"]}"'
    assert [row["event_name"] for row in lines(tmp_path / "case" / "answer.jsonl")] == ["B", "C"]


def test_the_manifest_says_what_was_asked_and_where_everything_came_from(store, tmp_path):
    digest = keep(
        store,
        "SELECT event_id AS first_event_id, 'no-such-event' AS last_event_id FROM events LIMIT 1",
        tmp_path / "case",
    )
    path = tmp_path / "case" / "manifest.json"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    manifest = json.loads(path.read_text())
    assert manifest["schema"] == "atalaya.evidence/1"
    assert (manifest["sql"], manifest["parameters"], manifest["runbook"]) == (
        "SELECT …",
        {"key": "AKIA"},
        "key-activity",
    )
    assert manifest["coverage"]["accounts"] == ["444444444444"]
    assert manifest["sources"] == [
        {"key": "first", "etag": '"etag of first"', "verdict": "VALID", "records": [0]}
    ]
    assert manifest["not_in_the_store"] == ["no-such-event"]
    assert (manifest["rows"], manifest["events"]) == (1, 1)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils' sha256sum")
def test_a_stranger_can_check_it_with_sha256sum(store, tmp_path):
    keep(store, "FROM events", tmp_path / "case")
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path / "case", check=False).returncode == 0
    with (tmp_path / "case" / "records.jsonl").open("a") as file:
        file.write("\n")
    assert subprocess.run(check, cwd=tmp_path / "case", check=False).returncode == 1


def test_large_records_are_put_in_order_some_at_a_time(store, tmp_path, monkeypatch):
    keep(store, "SELECT event_id FROM events", tmp_path / "whole")
    monkeypatch.setattr(evidence, "_AT_ONCE", 1)
    keep(store, "SELECT event_id FROM events", tmp_path / "pieces")
    assert len(lines(tmp_path / "whole" / "records.jsonl")) == 3
    names = [one.name for one in sorted((tmp_path / "whole").iterdir())]
    assert [
        (tmp_path / "pieces" / one).read_bytes() for one in names if one != "manifest.json"
    ] == [(tmp_path / "whole" / one).read_bytes() for one in names if one != "manifest.json"]


def test_ids_may_stand_in_a_list_or_a_text_of_several(store, tmp_path):
    ids = [event_id(text) for text in store.texts]
    keep(store, "SELECT array_agg(event_id) AS event_ids FROM events", tmp_path / "list")
    keep(store, f"SELECT '{', '.join(ids)}' AS event_ids", tmp_path / "text")
    for name in ("list", "text"):
        assert {one["event_id"] for one in lines(tmp_path / name / "records.jsonl")} == set(ids)


def test_all_records_of_a_conflict_are_kept(opened, tmp_path):
    text = event("A")
    other = json.dumps(json.loads(text) | {"userAgent": "planted"})
    writer = stores.Writer(tmp_path / "store")
    writer.log("first", [text])
    writer.log("second", [other])
    keep(opened(writer.finish()), "SELECT event_id FROM events", tmp_path / "case")
    assert [one["raw"] for one in lines(tmp_path / "case" / "records.jsonl")] == [text, other]


def test_of_a_repaired_record_the_original_bytes_are_kept(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    writer.log("first", ["{" + event("A")[1:-1] + ', "note": "\udcff"}'])
    writer.quarantine("first", 0, b"original \xff", "not UTF-8")
    writer.quarantine("first", 0, b"of a later file of that name", "not UTF-8", etag='"later"')
    for row in writer.rows["quarantine"]:
        row["repaired"] = True
    keep(opened(writer.finish()), "SELECT event_id FROM events", tmp_path / "case")
    [one] = lines(tmp_path / "case" / "records.jsonl")
    assert one["raw_repaired"] is True
    assert base64.b64decode(one["original"]) == b"original \xff"


def test_an_answer_that_names_no_events_leaves_none(store, tmp_path):
    with pytest.raises(UsageError, match="names no events"):
        keep(store, "SELECT count(*) AS n FROM events", tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_evidence_is_never_overwritten(store, tmp_path):
    keep(store, "SELECT event_id FROM events", tmp_path / "case")
    before = (tmp_path / "case" / "manifest.json").read_bytes()
    with pytest.raises(UsageError, match="holds something already"):
        keep(store, "SELECT event_id FROM events LIMIT 1", tmp_path / "case")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="holds something already"):
        keep(store, "SELECT event_id FROM events", tmp_path / "file")
    assert (tmp_path / "case" / "manifest.json").read_bytes() == before


def test_evidence_that_cannot_be_written_leaves_nothing(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        keep(store, "SELECT event_id FROM events", tmp_path / "file" / "case")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "store"]
