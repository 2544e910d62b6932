"""From a directory into a local store: what is kept, counted, skipped and told."""

import gzip
import hashlib
import json
import os
from datetime import timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from ops.errors import StoreError
from ops.history import collect, eventfile, manifest, merge, publish, schema
from ops.layout import Chain, DigestKey, Family
from tests.history.forms import text, trail
from tests.history.stores import (
    ACCOUNTS,
    DAY,
    NOW,
    REGIONS,
    Archive,
    a_key,
    an_event,
    check_columns,
    check_shape,
    event_files,
    kept,
    meta,
    numbers,
    rows,
    run,
    texts,
)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def test_events_are_stored_by_day_in_order_with_every_column(archive, store):
    archive.fill(files=12, each=7)
    outcome = run(archive, store)
    assert numbers(outcome) == (84, 0, 0, 0)
    assert (outcome.objects_seen, outcome.objects_new, outcome.foreign) == (12, 12, 0)
    assert outcome.exit_code == 0
    assert check_columns(store) == 84
    check_shape(store)
    assert [path.parent.name for path in event_files(store)] == [
        "day=2026-01-05", "day=2026-01-06", "day=2026-01-07"
    ]  # fmt: skip


def test_rows_say_where_they_come_from(archive, store):
    archive.log(a_key(), an_event(0), an_event(1))
    run(archive, store)
    for index, row in enumerate(rows(store)):
        assert (row["source_key"], row["source_index"]) == (a_key(), index)
        size, _, digest = row["source_etag"].partition("-")
        assert int(size) == (archive.root / a_key()).stat().st_size
        assert digest == hashlib.sha256((archive.root / a_key()).read_bytes()).hexdigest()
        assert row["collected_at"] == NOW.replace(tzinfo=None)
        assert (row["schema_version"], row["raw_repaired"]) == (schema.VERSION, False)


def test_a_second_run_reads_nothing_and_changes_nothing(archive, store):
    archive.fill()
    first = run(archive, store)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    second = run(archive, store)
    assert (second.objects_seen, second.objects_new) == (first.objects_seen, 0)
    assert second.counts.records == 0
    assert second.exit_code == 0
    assert {path: path.read_bytes() for path in before} == before


def test_new_files_are_added_and_a_days_file_stays_one(archive, store):
    archive.fill(files=4)
    run(archive, store)
    archive.log(a_key(99), *(an_event(1000 + n) for n in range(3)))
    outcome = run(archive, store)
    assert (outcome.objects_new, outcome.counts.stored) == (1, 3)
    assert len(event_files(store)) == 3
    assert len(rows(store)) == 23
    check_shape(store)


def test_a_file_that_was_touched_or_copied_anew_is_recognised_by_its_content(archive, store):
    archive.fill(files=3)
    run(archive, store)
    before = kept(store)
    for path in archive.root.rglob("*.gz"):
        os.utime(path, (1, 1))
    outcome = run(archive, store)
    assert (outcome.objects_new, outcome.counts.records) == (0, 0)
    assert kept(store) == before
    third = run(archive, store)
    assert third.objects_new == 0
    assert len(meta(store, "manifest")) == 6, "and the third run needed not read the files"


def test_changed_content_is_read_again_and_what_is_known_of_it_dropped(archive, store):
    archive.log(a_key(), an_event(0), an_event(1))
    run(archive, store)
    state = (archive.root / a_key()).stat()
    archive.log(a_key(), an_event(0), an_event(2))
    os.utime(archive.root / a_key(), ns=(state.st_atime_ns, state.st_mtime_ns))
    outcome = run(archive, store)
    assert (outcome.objects_new, *numbers(outcome)) == (1, 1, 1, 0, 0)
    assert sum(texts(store).values()) == 3


def test_an_event_delivered_twice_is_stored_once(archive, store):
    archive.log(a_key(1), an_event(0), an_event(1), an_event(0))
    archive.log(a_key(2), an_event(1))
    outcome = run(archive, store)
    assert numbers(outcome) == (2, 2, 0, 0)
    assert {row["source_key"] for row in rows(store)} == {a_key(1)}
    archive.log(a_key(3), an_event(0), an_event(2))
    assert numbers(run(archive, store)) == (1, 1, 0, 0)
    counted = {
        row["key"]: (row["records"], row["stored"], row["duplicates"])
        for row in meta(store, "manifest")
    }
    assert counted == {a_key(1): (3, 2, 1), a_key(2): (1, 0, 1), a_key(3): (2, 1, 1)}


def test_different_events_of_one_id_are_both_stored_and_told_as_a_conflict(archive, store):
    true, planted = an_event(0), an_event(0, sourceIPAddress="203.0.113.9")
    elsewhere = an_event(0, eventTime="2025-12-31T00:00:00Z")
    archive.log(a_key(1), true, an_event(1))
    assert numbers(run(archive, store)) == (2, 0, 0, 0)
    archive.log(a_key(2), planted, planted)
    assert numbers(run(archive, store)) == (1, 1, 1, 0)
    told = meta(store, "conflicts")
    assert {(one["source_key"], one["source_index"]) for one in told} == {
        (a_key(1), 0),
        (a_key(2), 0),
    }
    archive.log(a_key(3), elsewhere, true)
    assert numbers(run(archive, store)) == (1, 1, 1, 0)
    told = [
        (one["event_id"], one["source_key"], one["source_index"], one["day"])
        for one in meta(store, "conflicts")
    ]
    assert sorted(told) == [
        (true["eventID"], a_key(1), 0, "2026-01-05"),
        (true["eventID"], a_key(2), 0, "2026-01-05"),
        (true["eventID"], a_key(3), 0, "2025-12-31"),
    ]


def test_conflicts_within_one_run_are_told_with_every_row(archive, store):
    changed = [an_event(0, userAgent=str(n)) for n in range(3)]
    archive.log(a_key(1), changed[0])
    archive.log(a_key(2), changed[1], changed[2], changed[1])
    assert numbers(run(archive, store)) == (3, 1, 2, 0)
    told = {(one["source_key"], one["source_index"]) for one in meta(store, "conflicts")}
    assert told == {(a_key(1), 0), (a_key(2), 0), (a_key(2), 1)}


def test_events_without_an_id_are_known_by_their_place(archive, store):
    nameless = an_event(0, eventID=None)
    archive.log(a_key(1), nameless, nameless)
    archive.log(a_key(2), nameless)
    assert numbers(run(archive, store)) == (3, 0, 0, 0)
    archive.log(a_key(1), nameless, an_event(5, eventID=None), an_event(6))
    outcome = run(archive, store)
    assert numbers(outcome) == (2, 1, 0, 0), "the changed second one is stored, and is no conflict"
    assert meta(store, "conflicts") == []


def test_ids_that_are_no_uuids_are_told_apart_like_all_others(archive, store):
    ids = ["", "1", "x" * 36, "0000000000-0-4000-8000-000000000000", "é"]
    events = [an_event(n, eventID=one) for n, one in enumerate(ids)]
    archive.log(a_key(1), *events)
    archive.log(a_key(2), *events, an_event(99))
    assert numbers(run(archive, store)) == (6, 5, 0, 0)


def test_every_family_of_events_is_stored_and_digests_are_foreign(archive, store):
    for family in Family:
        if family is not Family.DIGEST:
            archive.log(a_key(1, family=family), an_event(len(family)))
    chain = Chain("", "o-exampleorg1", ACCOUNTS[0], REGIONS[1], "trail", REGIONS[1])
    digest = DigestKey(chain.prefix, chain.organization, chain.account, chain.region, DAY.date(),
                       chain.trail, chain.home_region, DAY, backfill=False)  # fmt: skip
    archive.put(digest.key, gzip.compress(b'{"logFiles":[]}'))
    archive.put("folder/placeholder", b"")
    archive.put("README.md", b"# Logs\n")
    outcome = run(archive, store)
    assert (outcome.objects_seen, outcome.objects_new, outcome.foreign) == (7, 5, 3)
    assert numbers(outcome) == (4, 0, 0, 0)
    again = run(archive, store)
    assert (again.objects_seen, again.objects_new, again.foreign) == (7, 0, 3)
    families = {row["family"] for row in meta(store, "manifest") if not row["foreign"]}
    assert families == {
        "CloudTrail",
        "CloudTrail-Insight",
        "CloudTrail-NetworkActivity",
        "CloudTrail-Aggregated",
    }


def test_an_aggregated_event_without_a_time_lies_in_the_day_unknown(archive, store):
    event = {
        "eventVersion": "1.0",
        "accountId": ACCOUNTS[1],
        "eventId": "e-1",
        "eventCategory": "Aggregated",
    }
    archive.log(a_key(family=Family.AGGREGATED), event)
    run(archive, store)
    [row] = rows(store)
    assert (row["day"], row["event_id"], row["event_time"]) == ("unknown", "e-1", None)
    assert row["recipient_account_id"] == ACCOUNTS[1]


def test_what_is_no_event_goes_to_the_quarantine_with_its_place_and_bytes(archive, store):
    odd = b'{"eventName":"x","userAgent":"\xff"}'
    archive.log(a_key(1), an_event(0), b"null", odd, b'{"a":tru}')
    archive.put(a_key(2), gzip.compress(trail(*text(7, 8)))[:-12])
    outcome = run(archive, store)
    assert outcome.exit_code == 1
    assert outcome.counts.quarantined == 3
    assert [(one.key, one.what) for one in outcome.problems] == [
        (a_key(1), "quarantined"), (a_key(2), "quarantined")
    ]  # fmt: skip
    found = {(one["source_key"], one["source_index"]): one for one in meta(store, "quarantine")}
    assert found[a_key(1), 1]["bytes"] == b"null"
    assert found[a_key(1), 3]["bytes"] == b'{"a":tru}'
    mended = found[a_key(1), 2]
    assert (mended["bytes"], mended["repaired"]) == (odd, True)
    assert found[a_key(2), 1]["reason"] == "the gzip data is cut short"
    by_index = {row["source_index"]: row for row in rows(store) if row["source_key"] == a_key(1)}
    assert by_index[2]["raw_repaired"]
    assert by_index[2]["raw"] == '{"eventName":"x","userAgent":"\ufffd"}'
    assert run(archive, store).exit_code == 0, "what was told once is not told again"


def test_files_that_cannot_be_read_are_told_and_tried_again(archive, store, monkeypatch):
    archive.fill(files=3)
    path = archive.root / a_key(77)
    archive.log(a_key(77), an_event(777))
    monkeypatch.setattr("ops.history.collect.LIMIT", path.stat().st_size - 1)
    outcome = run(archive, store)
    assert outcome.exit_code == 3
    assert outcome.unreadable == len(outcome.problems) >= 1
    assert a_key(77) in {one.key for one in outcome.problems}
    assert {one.what for one in outcome.problems} == {"unreadable"}
    monkeypatch.undo()
    outcome = run(archive, store)
    assert outcome.exit_code == 0
    assert len(rows(store)) == 16


@pytest.mark.parametrize("allowed", [True, False])
def test_a_source_without_events_is_incomplete_unless_it_is_allowed(archive, store, allowed):
    archive.put("notes.txt", b"nothing here")
    outcome = run(archive, store, allow_empty=allowed)
    assert outcome.exit_code == (0 if allowed else 3)


def test_late_events_join_the_file_of_their_day(archive, store):
    archive.log(a_key(1), an_event(0))
    run(archive, store)
    archive.log(
        a_key(1, day=DAY + timedelta(days=1)), an_event(1), an_event(2, day=DAY + timedelta(days=1))
    )
    run(archive, store)
    assert [len(pq.ParquetFile(path).read()) for path in event_files(store)] == [2, 1]
    check_shape(store)


def test_a_large_day_is_several_files_and_full_ones_are_left_alone(archive, store, monkeypatch):
    monkeypatch.setattr(eventfile, "MOST_BYTES", 40_000)
    monkeypatch.setattr(publish, "_FULL_BYTES", 8_000)
    monkeypatch.setattr(merge, "ROW_GROUP", 40)
    for number in range(6):
        archive.log(a_key(number), *(an_event(number * 100 + n) for n in range(50)))
    run(archive, store)
    first = event_files(store)
    assert len(first) > 2
    check_shape(store)
    before = {path: path.read_bytes() for path in first[:-1]}
    archive.log(a_key(50), *(an_event(10_000 + n) for n in range(40)))
    run(archive, store)
    assert {path: path.read_bytes() for path in before} == before
    assert check_columns(store) == 340
    check_shape(store)
    archive.log(a_key(51), an_event(3), an_event(103), an_event(20_000))
    assert numbers(run(archive, store)) == (1, 2, 0, 0), "duplicates are found in every file"


def test_large_files_and_records_pass_with_little_in_memory(archive, store, monkeypatch):
    monkeypatch.setattr(merge, "_WINDOW_BYTES", 3_000_000)
    monkeypatch.setattr(merge, "_HELD_BYTES", 1_000_000)
    for number in range(3):
        large = [
            an_event(number * 10 + n, requestParameters={"x": "y" * 900_000}) for n in range(8)
        ]
        archive.log(a_key(number), *large)
    assert numbers(run(archive, store)) == (24, 0, 0, 0)
    [path] = event_files(store)
    assert pq.ParquetFile(path).num_row_groups >= 8
    assert check_columns(store) == 24


def test_batches_make_the_store_that_one_batch_makes(archive, store, tmp_path, monkeypatch):
    archive.fill(files=60, each=4)
    archive.log(a_key(500), *(an_event(n) for n in range(0, 240, 3)))
    archive.log(
        a_key(501, day=DAY + timedelta(days=2)), *(an_event(n, userAgent="x") for n in range(9))
    )
    whole = run(archive, tmp_path / "whole")
    monkeypatch.setattr(collect, "_ROWS", 50)
    parts = run(archive, store)
    assert numbers(parts) == numbers(whole)
    assert kept(store) == kept(tmp_path / "whole")
    assert len(list((store / "_atalaya" / "manifest").iterdir())) > 1
    check_shape(store)


def test_many_small_files_beside_the_events_become_one(archive, store, monkeypatch):
    monkeypatch.setattr(manifest, "_MANY", 4)
    for number in range(10):
        archive.log(a_key(number), an_event(number), an_event(0, userAgent=str(number)), b"null")
        run(archive, store)
        count = len(list((store / "_atalaya" / "manifest").iterdir()))
        assert count <= 4
    assert count == 2, "once four became one, and then again"
    assert len(meta(store, "manifest")) == len(meta(store, "quarantine")) == 10
    assert len({row["key"] for row in meta(store, "manifest")}) == 10
    assert len(meta(store, "conflicts")) == 11
    assert run(archive, store).objects_new == 0


def test_two_processes_make_the_store_that_one_makes(archive, store, tmp_path, monkeypatch):
    archive.fill(files=300, each=2)
    archive.log(a_key(500), *(an_event(n) for n in range(50)))
    monkeypatch.setattr(collect, "_WORTH_A_PROCESS", 1)
    alone = run(archive, tmp_path / "alone")
    both = run(archive, store, workers=2)
    assert numbers(both) == numbers(alone)
    assert kept(store) == kept(tmp_path / "alone")


def test_one_file_and_a_folder_of_any_files_can_be_collected(archive, store):
    archive.put("export/one.jsonl", b"\n".join(text(0, 1)))
    archive.put("export/two.json", trail(*text(1, 2)))
    outcome = run(archive.root / "export" / "one.jsonl", store)
    assert numbers(outcome) == (2, 0, 0, 0)
    assert outcome.source.endswith("export/one.jsonl")
    assert [row["source_key"] for row in rows(store)] == ["one.jsonl"] * 2
    assert numbers(run(archive, store)) == (1, 3, 0, 0)


def test_a_store_of_other_columns_is_refused(archive, store):
    archive.fill(files=1)
    run(archive, store)
    about = store / "_atalaya" / "store.json"
    for version, word in ((schema.VERSION + 1, "newer ops"), (0, "new store")):
        about.write_text(json.dumps({**json.loads(about.read_text()), "schema_version": version}))
        with pytest.raises(StoreError, match=f"version {version}") as caught:
            run(archive, store)
        assert word in caught.value.hint
    about.write_text("{}")
    with pytest.raises(StoreError, match="does not say what the store is"):
        run(archive, store)


def test_a_damaged_file_of_the_store_is_told_by_its_name(archive, store):
    archive.fill(files=1)
    run(archive, store)
    [path] = event_files(store)
    path.write_bytes(path.read_bytes()[:-20])
    archive.log(a_key(9), an_event(999))
    with pytest.raises(StoreError, match=r"day=2026-01-05/events-0000.parquet"):
        run(archive, store)


def test_lost_fingerprints_are_made_again_from_the_events(archive, store):
    archive.log(a_key(1), an_event(0), an_event(1, eventID=None))
    run(archive, store)
    for path in store.rglob("*.ids"):
        path.unlink()
    archive.log(a_key(2), an_event(0), an_event(2))
    assert numbers(run(archive, store)) == (1, 1, 0, 0)
    check_shape(store)


def test_engines_read_the_store_by_its_folders(archive, store):
    archive.fill(files=9)
    run(archive, store)
    query = f"SELECT day, count(*), min(event_time) FROM read_parquet('{store}/day=*/*.parquet', hive_partitioning=true, hive_types_autocast=false) GROUP BY day ORDER BY day"
    found = duckdb.connect().execute(query).fetchall()
    assert [(day, count) for day, count, _ in found] == [
        ("2026-01-05", 15), ("2026-01-06", 15), ("2026-01-07", 15)
    ]  # fmt: skip
    kinds = f"SELECT path_in_schema, bloom_filter_length > 0, compression FROM parquet_metadata('{store}/day=*/*.parquet')"
    about = duckdb.connect().execute(kinds).fetchall()
    assert {name for name, bloom, _ in about if bloom} == {"event_id"}
    assert {compression for _, _, compression in about} == {"ZSTD"}
    assert REGIONS
