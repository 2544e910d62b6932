"""What a store says about itself, and what pruning takes away."""

from datetime import date, timedelta

import pytest

from ops.errors import StoreError
from ops.history.info import info
from ops.history.prune import prune
from ops.history.shelf import day_of, ids_of
from ops.history.store import existing
from tests.history.forms import text
from tests.history.stores import (
    ACCOUNTS,
    DAY,
    NOW,
    REGIONS,
    Archive,
    a_key,
    an_event,
    check_shape,
    kept,
    meta,
    rows,
    run,
)


@pytest.fixture
def archive(tmp_path):
    """Three days of events, a conflict between two of them, a mended and a broken record."""
    made = Archive(tmp_path / "archive")
    made.fill(files=6)
    later = DAY + timedelta(days=2)
    made.log(a_key(90, day=later), an_event(0, day=later))
    for day in (DAY, later):
        odd = f'{{"eventID":"odd-{day.day}","eventTime":"{day:%Y-%m-%d}T01:00:00Z","userAgent":"'
        made.log(a_key(91, day=day), odd.encode() + b'\xff"}', b"null")
    made.put("notes.txt", b"no events")
    return made


@pytest.fixture
def store(archive, tmp_path):
    run(archive, tmp_path / "store")
    return tmp_path / "store"


def test_a_store_counts_what_it_holds(store):
    found = info(existing(str(store)))
    assert (found.events, found.days, found.undated) == (33, 3, 0)
    assert (found.first_day, found.last_day) == ("2026-01-05", "2026-01-07")
    assert found.accounts == ACCOUNTS
    assert found.regions == REGIONS
    assert (found.files, found.objects) == (3, 9)
    assert (found.conflicts, found.quarantined, found.mended) == (1, 2, 2)
    assert found.about.created_at == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert found.bytes == sum(path.stat().st_size for path in store.glob("day=*/*"))


def test_the_last_run_is_the_one_that_published_last(archive, store):
    first = info(existing(str(store))).last_run
    assert first is not None
    assert (first.objects, first.events) == (10, 33)
    archive.log(a_key(95), an_event(950), an_event(951))
    run(archive, store, now=NOW + timedelta(hours=1))
    last = info(existing(str(store))).last_run
    assert last is not None
    assert (last.objects, last.events) == (1, 2)
    assert last.run > first.run


def test_pruning_removes_whole_days_and_what_is_known_of_them_alone(archive, store):
    (archive.root / "lines.jsonl").write_bytes(b'{"eventVersion":"1.08"}\n' + text(0)[0] + b"\n7")
    run(archive, store)
    before = kept(store)
    pruned = prune(existing(str(store)), date(2026, 1, 7))
    assert (pruned.days, pruned.events) == (2, 22)
    assert {row["day"] for row in rows(store)} == {"2026-01-07", "unknown"}
    assert kept(store) <= before
    assert not list(store.glob("day=2026-01-05"))
    assert not list(store.glob("_atalaya/ids/day=2026-01-05"))
    assert meta(store, "conflicts") == [], "the other row of the conflict is gone"
    left = {(one["source_key"], one["repaired"]) for one in meta(store, "quarantine")}
    later = a_key(91, day=DAY + timedelta(days=2))
    assert left == {(later, True), (later, False), ("lines.jsonl", False)}
    check_shape(store)


def test_what_was_pruned_is_not_collected_again(archive, store):
    prune(existing(str(store)), date(2026, 1, 7))
    before = kept(store)
    assert run(archive, store).objects_new == 0
    assert kept(store) == before
    assert info(existing(str(store))).about.pruned_before == "2026-01-07"
    prune(existing(str(store)), date(2026, 1, 6))
    assert info(existing(str(store))).about.pruned_before == "2026-01-07"


def test_pruning_nothing_leaves_everything(store):
    before = kept(store)
    assert prune(existing(str(store)), date(2020, 1, 1)).days == 0
    assert kept(store) == before
    assert len(meta(store, "conflicts")) == 2
    assert len(meta(store, "quarantine")) == 4


def test_an_empty_directory_is_no_store(tmp_path):
    with pytest.raises(StoreError, match="There is no store"):
        existing(str(tmp_path))


@pytest.mark.parametrize("path", ["day=2026-1-5/a.parquet", "x/day=2026-01-05/a.parquet",
                                  "day=2026-01-05/a.ids", "day=2026-01-05"])  # fmt: skip
def test_only_parquet_files_in_a_days_folder_are_event_files(path):
    assert day_of(path) is None
    assert day_of("day=unknown/a.parquet") == "unknown"
    assert ids_of("day=unknown/a.parquet") == "_atalaya/ids/day=unknown/a.ids"
