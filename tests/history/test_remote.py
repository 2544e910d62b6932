"""A store in a bucket: added to by one writer at a time, whole after any crash."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.s3faults import Kind, Plan, Rule
from ops.archive.model import Patience
from ops.archive.objects import Objects
from ops.archive.opening import open_source
from ops.errors import StoreError
from ops.history import collect, lease, manifest, remote
from ops.history.collect import Request
from ops.history.info import info
from ops.history.lease import LASTS, Lease
from ops.history.prune import prune
from ops.history.remote import RemoteShelf
from ops.history.shelf import Changes
from ops.history.store import existing
from tests.history.stores import (
    DAY,
    NOW,
    Archive,
    a_key,
    an_event,
    balanced,
    check_columns,
    kept,
    meta,
    numbers,
    rows,
    run,
)

QUICK = Patience(attempts=3, first_wait=0.001, longest_wait=0.01)
ROOT = "s3://history/store"


class Clock:
    """A clock that the test sets, or that goes on whenever somebody looks at it."""

    def __init__(self):
        self.moment = datetime(2026, 2, 1, tzinfo=UTC)
        self.step = timedelta()

    def __call__(self):
        self.moment += self.step
        return self.moment


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "archive")
    made.fill(files=9, each=3)
    made.log(
        a_key(500), *(an_event(n) for n in range(0, 10, 2)), an_event(1, userAgent="planted"), b"7"
    )
    return made


@pytest.fixture
def local(archive, tmp_path):
    """The same, collected into a directory."""
    run(archive, tmp_path / "local")
    return tmp_path / "local"


def shelf(tmp_path, clock=lease.clock):
    return RemoteShelf(open_source(ROOT, patience=QUICK), tmp_path / "cache", now=clock)


def collected(archive, place):
    source = open_source(str(archive.root))
    outcome = collect.collect(source, place, Request(now=NOW, workers=1))
    balanced(outcome)
    return outcome


def copied(server, target):
    """Write a store in the bucket into a directory, to be looked at; return the directory."""
    for key in server.bucket.keys:
        path = target / key.removeprefix("store/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(server.bucket.get(key).body())
    return target


def test_a_store_in_a_bucket_holds_what_a_local_one_does(server, archive, local, tmp_path):
    outcome = collected(archive, shelf(tmp_path))
    copy = copied(server, tmp_path / "copy")
    assert kept(copy) == kept(local)
    assert check_columns(copy) == outcome.counts.stored
    for folder in ("conflicts", "quarantine"):
        assert len(meta(copy, folder)) == len(meta(local, folder))
    assert not [key for key in server.bucket.keys if "lease" in key or "publication" in key]


def test_files_are_added_and_none_is_replaced(server, archive, tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "_MANY", 1)
    collected(archive, shelf(tmp_path))
    before = {key: server.bucket.get(key).etag for key in server.bucket.keys}
    assert collected(archive, shelf(tmp_path)).objects_new == 0
    archive.log(
        a_key(600), an_event(0), an_event(900), an_event(901, eventID=an_event(2)["eventID"])
    )
    outcome = collected(archive, shelf(tmp_path))
    assert numbers(outcome) == (2, 1, 1, 0)
    after = {key: server.bucket.get(key).etag for key in server.bucket.keys}
    assert before.items() <= after.items()
    assert [
        key for key in after if key not in before and "/day=2026-01-05/" in key and "ids" not in key
    ]


def test_what_is_read_of_a_store_is_read_once(server, archive, tmp_path):
    collected(archive, shelf(tmp_path))
    info(shelf(tmp_path))
    server.requests.clear()
    info(shelf(tmp_path))
    gets = [one.path for one in server.requests if one.method == "GET" and not one.query]
    assert gets == []


def test_a_file_that_changed_is_read_again(server, archive, tmp_path):
    collected(archive, shelf(tmp_path))
    path = shelf(tmp_path).fetch("_atalaya/store.json")
    server.bucket.put("store/_atalaya/store.json", b'{"changed": 1}')
    again = shelf(tmp_path).fetch("_atalaya/store.json")
    assert again != path
    assert json.loads(again.read_bytes()) == {"changed": 1}


def test_a_file_that_was_replaced_by_the_same_shelf_is_read_again(server, archive, tmp_path):
    place = shelf(tmp_path)
    collected(archive, place)
    assert info(place).about.pruned_before is None
    prune(place, DAY.date())
    assert info(place).about.pruned_before == "2026-01-05"


def test_a_kept_file_that_was_cut_short_is_brought_again(server, archive, tmp_path):
    collected(archive, shelf(tmp_path))
    path = shelf(tmp_path).fetch("_atalaya/store.json")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert shelf(tmp_path).fetch("_atalaya/store.json").read_bytes() == whole


def test_what_was_used_least_lately_leaves_when_a_store_is_opened(
    server, archive, tmp_path, monkeypatch
):
    collected(archive, shelf(tmp_path))
    [listed] = shelf(tmp_path).files("_atalaya/manifest/")
    used, other = (shelf(tmp_path).fetch(path) for path in ("_atalaya/store.json", listed.path))
    for path in (used, other):
        os.utime(path, (1, 1))
    shelf(tmp_path).fetch("_atalaya/store.json")
    monkeypatch.setattr(remote, "CACHED_BYTES", used.stat().st_size)
    shelf(tmp_path).settle()
    assert used.exists()
    assert not other.exists()


def test_the_cache_is_bounded_and_forgets_what_was_used_least_lately(tmp_path):
    for number in range(5):
        path = tmp_path / "stores" / f"{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (number, number))
    remote.trim(tmp_path, 250)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"3", "4"}


def test_a_publication_broken_off_at_any_write_is_cleared_up_by_the_next_run(
    server, archive, local, tmp_path
):
    """After each number of writes the rest is refused, in a bucket each."""
    whole = numbers(run(archive, tmp_path / "whole"))
    count = 0
    while True:
        for key in list(server.bucket.keys):
            server.bucket.purge(key)
        server.plan = Plan([Rule(Kind.DENIED, "PutObject", "store/(?!.*lease)", after=count)])
        try:
            collected(archive, shelf(tmp_path))
        except StoreError as error:
            assert "cannot be used" in str(error)  # noqa: PT017
        else:
            break
        server.plan = Plan()
        assert numbers(collected(archive, shelf(tmp_path))) == whole, "nothing was there already"
        copy = copied(server, tmp_path / f"copy{count}")
        assert kept(copy) == kept(local), count
        assert len(meta(copy, "manifest")) == len(meta(local, "manifest"))
        assert not [key for key in server.bucket.keys if "publication" in key]
        count += 1
    assert count > 6


def test_a_publication_broken_off_after_its_last_file_stands(server, archive, local, tmp_path):
    server.plan = Plan([Rule(Kind.DENIED, "DeleteObjects")])
    with pytest.raises(StoreError):
        collected(archive, shelf(tmp_path))
    server.plan = Plan()
    server.bucket.remove("store/_atalaya/lease.json")
    assert collected(archive, shelf(tmp_path)).objects_new == 0
    assert kept(copied(server, tmp_path / "copy")) == kept(local)


def test_a_second_writer_is_turned_away_and_told_who_writes(server, archive, tmp_path):
    with (
        shelf(tmp_path).hold(),
        pytest.raises(StoreError, match=r"Another process writes.*process \d+"),
    ):
        collected(archive, shelf(tmp_path))
    assert collected(archive, shelf(tmp_path)).objects_new == 10


def test_a_lease_that_ran_out_is_taken_over_and_its_holder_publishes_nothing_more(
    server, archive, tmp_path
):
    clock = Clock()
    first, second = shelf(tmp_path, clock), shelf(tmp_path, clock)
    with first.hold() as scratch:
        clock.moment += LASTS
        with pytest.raises(StoreError, match="Another process"), second.hold():
            pass
        clock.moment += timedelta(minutes=2)
        with second.hold():
            (scratch / "x").write_bytes(b"x")
            with pytest.raises(StoreError, match="has run out"):
                first.publish(Changes({"day=2026-01-05/x.parquet": scratch / "x"}))
        assert [key for key in server.bucket.keys if "x.parquet" in key] == []
    assert server.bucket.keys == []


def test_a_lease_that_runs_out_while_files_are_written_keeps_the_last_one_back(
    server, archive, local, tmp_path
):
    clock = Clock()
    place = shelf(tmp_path, clock)
    with place.hold() as scratch:
        (scratch / "x").write_bytes(b"x")
        files = ("day=2026-01-05/x.parquet", "_atalaya/manifest/x.parquet")
        clock.step = LASTS * 0.6
        with pytest.raises(StoreError, match="has run out"):
            place.publish(Changes(dict.fromkeys(files, scratch / "x")))
        assert [key for key in server.bucket.keys if "x.parquet" in key] == [f"store/{files[0]}"]
    clock.step = timedelta()
    collected(archive, shelf(tmp_path, clock))
    assert kept(copied(server, tmp_path / "copy")) == kept(local)


def test_a_lease_that_another_took_over_is_not_given_back(server, tmp_path):
    clock = Clock()
    first, second = shelf(tmp_path, clock), shelf(tmp_path, clock)
    with first.hold():
        clock.moment += LASTS * 2
        taken = second.hold()
        taken.__enter__()
    assert server.bucket.keys == ["store/_atalaya/lease.json"]
    taken.__exit__(None, None, None)
    assert server.bucket.keys == []


def test_a_lease_is_renewed_while_it_is_held(server, tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "LASTS", timedelta(seconds=0.2))
    objects = Objects(open_source(ROOT, patience=QUICK).source)
    mine = Lease(objects, "store/lease")
    with mine.held():
        first = objects.read("store/lease")
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        while objects.read("store/lease") == first and datetime.now(UTC) < deadline:
            threading.Event().wait(0.02)
        assert objects.read("store/lease") != first
        mine.check()
    assert objects.read("store/lease") is None


def test_a_lease_whose_answer_got_lost_is_known_as_ones_own(server):
    objects = Objects(open_source(ROOT, patience=QUICK).source)
    mine = Lease(objects, "store/lease")
    objects.create("store/lease", mine._text(datetime.now(UTC)))
    with mine.held():
        assert objects.read("store/lease") is not None
    assert objects.read("store/lease") is None


@pytest.mark.parametrize("text", [b"", b"{}", b'{"holder": 1, "until": 5}'])
def test_a_lease_that_cannot_be_read_is_taken_over(server, text):
    objects = Objects(open_source(ROOT, patience=QUICK).source)
    objects.create("store/lease", text)
    with Lease(objects, "store/lease").held():
        pass
    assert objects.read("store/lease") is None


def test_pruning_removes_old_days_from_a_bucket(server, archive, local, tmp_path):
    collected(archive, shelf(tmp_path))
    pruned = prune(shelf(tmp_path), (DAY + timedelta(days=1)).date())
    assert (pruned.days, pruned.events) == (
        1,
        sum(row["day"] == "2026-01-05" for row in rows(local)),
    )
    assert not [key for key in server.bucket.keys if "day=2026-01-05" in key]
    assert info(shelf(tmp_path)).about.pruned_before == "2026-01-06"
    assert collected(archive, shelf(tmp_path)).objects_new == 0


def test_a_store_is_opened_by_its_address(server, archive, tmp_path):
    outcome = collected(archive, shelf(tmp_path))
    assert info(existing(ROOT)).events == outcome.counts.stored
    with pytest.raises(StoreError, match="There is no store at s3://history/elsewhere"):
        existing("s3://history/elsewhere")
    server.plan = Plan([Rule(Kind.DENIED, "GetObject")])
    with pytest.raises(StoreError, match="cannot be used") as caught:
        existing(ROOT)
    assert "s3:GetObject" in caught.value.hint
