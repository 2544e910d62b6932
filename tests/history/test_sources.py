"""Where events may come from: a bucket, a bundle, the lab that CloudTrail's part is played in."""

import json
import zipfile
from collections import Counter
from datetime import UTC, datetime

import boto3
import pytest

from benchmarks.s3faults import Kind, Plan, Rule
from ops import lab as labs
from ops import names
from ops.archive.model import Patience
from ops.archive.opening import open_source
from ops.cli import run as ops
from ops.config import load
from ops.history import collect
from ops.history.collect import Request
from ops.history.store import open_store
from ops.lab.history import compress, made, plan
from tests.conftest import ROOT
from tests.history.stores import (
    NOW,
    Archive,
    an_event,
    balanced,
    check_columns,
    check_shape,
    kept,
    numbers,
    rows,
    run,
)

QUICK = Patience(attempts=2, stalls=1, first_wait=0.001, longest_wait=0.01, read_timeout=1)


def from_bucket(store, **asked):
    source = open_source("s3://history", patience=QUICK)
    outcome = collect.collect(source, open_store(str(store)), Request(now=NOW, workers=1, **asked))
    balanced(outcome)
    return outcome


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "archive")
    made.fill(files=40)
    return made


@pytest.fixture
def bucket(server, archive):
    for path in archive.root.rglob("*.gz"):
        server.bucket.put(path.relative_to(archive.root).as_posix(), path.read_bytes())
    return server.bucket


def test_a_bucket_gives_the_events_its_copy_gives(bucket, archive, tmp_path):
    outcome = from_bucket(tmp_path / "store")
    run(archive, tmp_path / "local")
    assert numbers(outcome) == (200, 0, 0, 0)
    etags = {row["source_key"]: row["source_etag"] for row in rows(tmp_path / "store")}
    assert etags == {key: bucket.get(key).etag for key in bucket.keys}
    same = ({**row, "source_etag": None, "collected_at": None} for row in rows(tmp_path / "store"))
    other = ({**row, "source_etag": None, "collected_at": None} for row in rows(tmp_path / "local"))
    assert Counter(map(str, same)) == Counter(map(str, other))


def test_objects_in_the_store_are_not_asked_for_again(server, bucket, tmp_path):
    from_bucket(tmp_path / "store")
    server.requests.clear()
    assert from_bucket(tmp_path / "store").objects_new == 0
    assert [one for one in server.requests if one.method == "GET" and not one.query] == []


def test_an_object_that_is_out_of_reach_is_told_and_costs_no_other(server, bucket, tmp_path):
    denied, gone, archived = bucket.keys[3], bucket.keys[20], bucket.keys[30]
    bucket.archive(archived, "GLACIER")
    server.plan = Plan(
        [Rule(Kind.DENIED, "GetObject", denied), Rule(Kind.INTERNAL, "GetObject", gone)]
    )
    outcome = from_bucket(tmp_path / "store")
    assert outcome.exit_code == 3
    assert (outcome.unreadable, outcome.counts.stored) == (3, 185)
    told = {one.key: one for one in outcome.problems}
    assert set(told) == {denied, gone, archived}
    assert "restore" in told[archived].hint
    server.plan = Plan()
    bucket.archive(archived, "STANDARD")
    outcome = from_bucket(tmp_path / "store")
    assert (outcome.exit_code, outcome.objects_new, len(rows(tmp_path / "store"))) == (0, 3, 200)


def test_keys_that_only_boto3_can_name_are_read_in_their_turn(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "_ROWS", 20)
    odd = [
        "AWSLogs//double.json",
        "a/../b.json",
        "line\nbreak.json",
        "AWSLogs/o-exampleorg1/./x.json",
    ]
    for number, key in enumerate(odd):
        bucket.put(key, json.dumps(an_event(5000 + number)).encode())
    outcome = from_bucket(tmp_path / "store")
    assert numbers(outcome) == (204, 0, 0, 0)
    assert set(odd) <= {row["source_key"] for row in rows(tmp_path / "store")}
    assert check_columns(tmp_path / "store") == 204


def test_a_bundle_of_logs_is_read_and_known_again_by_its_contents(archive, tmp_path):
    bundle = tmp_path / "logs.zip"
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as file:
        for path in archive.root.rglob("*.gz"):
            file.write(path, path.relative_to(archive.root).as_posix())
    assert numbers(run(bundle, tmp_path / "store")) == (200, 0, 0, 0)
    again = run(bundle, tmp_path / "store")
    assert (again.objects_seen, again.objects_new, again.counts.records) == (40, 0, 0)
    same = run(archive, tmp_path / "store")
    assert (same.objects_new, same.counts.records) == (0, 0), "the copy holds what the bundle does"


END = datetime(2026, 11, 20, 15, 20, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Half a day of a generated organisation on disk, and its records by file."""
    archive = Archive(tmp_path_factory.mktemp("history") / "archive")
    wanted = plan(load(ROOT / "config" / "lab.yaml"), end=END, days=0.5, scale=0.3)
    records = {}
    for batch in made(wanted):
        for file in batch.files:
            archive.put(file.key.key, compress(file.text()))
            records[file.key.key] = [
                text.encode("utf-8", "surrogateescape") for _, text in file.events
            ]
    return archive, records


def test_a_generated_history_is_stored_whole_with_every_column(history, tmp_path):
    archive, records = history
    outcome = run(archive, tmp_path / "store", workers=2)
    count = sum(map(len, records.values()))
    assert outcome.counts.records == count > 2000
    assert outcome.counts.stored + outcome.counts.duplicates == count
    assert outcome.counts.duplicates == count - len(set().union(*records.values())) > 0
    assert check_columns(tmp_path / "store") == outcome.counts.stored
    check_shape(tmp_path / "store")
    mended = 0
    for row in rows(tmp_path / "store"):
        delivered = records[row["source_key"]][row["source_index"]]
        mended += row["raw_repaired"]
        assert row["raw_repaired"] or row["raw"].encode() == delivered
    assert mended > 0


def test_a_generated_history_collected_in_parts_is_the_same(history, tmp_path, monkeypatch):
    archive, _ = history
    run(archive, tmp_path / "whole")
    monkeypatch.setattr(collect, "_ROWS", 300)
    for accounts in (["111111111111"], ["333333333333", "444444444444"], []):
        run(archive, tmp_path / "parts", accounts=frozenset(accounts))
    assert kept(tmp_path / "parts") == kept(tmp_path / "whole")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    place = tmp_path_factory.mktemp("lab")
    labs.up(load(ROOT / "config" / "lab.yaml"), place)
    yield labs.status(place)
    labs.down(place)


def test_the_labs_bucket_is_collected_into_a_store_in_another_bucket(
    lab, history, monkeypatch, tmp_path, capsys
):
    archive, records = history
    zone = load(ROOT / "config" / "lab.yaml")
    monkeypatch.setenv("AWS_ENDPOINT_URL", lab.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", lab.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", lab.secret_access_key)
    monkeypatch.setenv("ATALAYA_HOME", str(tmp_path / "home"))
    s3 = boto3.client("s3", region_name="us-east-1")
    for bucket in (names.bucket(zone), "acme-history"):
        s3.create_bucket(Bucket=bucket)
    for key in list(records)[:40]:
        s3.put_object(Bucket=names.bucket(zone), Key=key, Body=(archive.root / key).read_bytes())
    count = sum(len(records[key]) for key in list(records)[:40])
    words = [
        "collect",
        f"s3://{names.bucket(zone)}",
        "--store",
        "s3://acme-history/store",
        "--format",
        "json",
    ]
    assert ops(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["records_read"] == count
    assert ops(words) == 0
    assert json.loads(capsys.readouterr().out)["objects_new"] == 0
    assert ops(["store", "info", "--store", "s3://acme-history/store", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == first["events_stored"]
    assert "store/_atalaya/lease.json" not in {
        one["Key"] for one in s3.list_objects_v2(Bucket="acme-history")["Contents"]
    }
    s3.put_object(Bucket="acme-history", Key="store/_atalaya/lease.json", Body=json.dumps(
        {"holder": "somebody", "until": datetime.now(UTC).isoformat()}).encode())  # fmt: skip
    assert ops(words) == 3
    assert (
        "Another process writes to the store s3://acme-history/store: somebody"
        in capsys.readouterr().err
    )
