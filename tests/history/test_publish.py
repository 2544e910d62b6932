"""What files a store is made of, run by run: few, ordered, and the same however they came."""

from datetime import timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from ops.errors import StoreError
from ops.history import collect, eventfile, manifest, merge, publish
from tests.history.stores import (
    DAY,
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
)


def test_new_files_are_added_and_a_days_file_stays_one(archive, store):
    archive.fill(files=4)
    run(archive, store)
    archive.log(a_key(99), *(an_event(1000 + n) for n in range(3)))
    outcome = run(archive, store)
    assert (outcome.objects_new, outcome.counts.stored) == (1, 3)
    assert len(event_files(store)) == 3
    assert len(rows(store)) == 23
    check_shape(store)


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


def test_an_engine_meets_few_large_rows_at_once_and_ordinary_ones_as_before(monkeypatch):
    assert list(merge._cuts([1_500] * 20_000)) == [(0, 11_184), (11_184, 20_000)]
    assert [stop - start for start, stop in merge._cuts([1_000_000] * 4)] == [2, 2]
    mixed = [1_000, *[300_000] * 8, *[1_000] * 3_000]
    assert list(merge._cuts(mixed)) == [(0, 7), (7, 3_009)]
    assert list(merge._cuts([50_000_000, 10])) == [(0, 1), (1, 2)]


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


def test_two_processes_make_the_store_that_one_makes(archive, store, tmp_path, monkeypatch):
    archive.fill(files=300, each=2)
    archive.log(a_key(500), *(an_event(n) for n in range(50)))
    monkeypatch.setattr(collect, "_WORTH_A_PROCESS", 1)
    alone = run(archive, tmp_path / "alone")
    both = run(archive, store, workers=2)
    assert numbers(both) == numbers(alone)
    assert kept(store) == kept(tmp_path / "alone")


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


def test_large_files_beside_the_events_are_left_alone(archive, store, monkeypatch):
    monkeypatch.setattr(manifest, "_MANY", 1)
    monkeypatch.setattr(manifest, "_SMALL_BYTES", 100)
    for number in range(3):
        archive.log(a_key(number), an_event(number))
        run(archive, store)
    assert len(list((store / "_atalaya" / "manifest").iterdir())) == 3


def test_a_damaged_file_of_the_store_is_told_by_its_name(archive, store):
    archive.fill(files=1)
    run(archive, store)
    [path] = event_files(store)
    path.write_bytes(path.read_bytes()[:-20])
    archive.log(a_key(9), an_event(999))
    with pytest.raises(StoreError, match=r"day=2026-01-05/events-0000.parquet"):
        run(archive, store)


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
