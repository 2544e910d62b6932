"""Killed, stopped, doubled or out of disk: one more collect makes the store whole."""

import errno
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from ops.errors import StoreError
from ops.history import eventfile, local, manifest, stage
from ops.history.shelf import Changes
from ops.history.store import existing, open_store
from tests.conftest import ROOT
from tests.history import slow_collect
from tests.history.stores import Archive, a_key, an_event, check_shape, event_files, kept, run


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Files of three days, with duplicates, conflicts and late events between them."""
    made = Archive(tmp_path_factory.mktemp("crash") / "archive")
    made.fill(files=18, each=4)
    made.log(a_key(500), *(an_event(n) for n in range(0, 30, 2)))
    made.log(a_key(501), *(an_event(n, userAgent="planted") for n in range(3)), b"null")
    return made


@pytest.fixture(scope="module")
def undisturbed(archive, tmp_path_factory):
    store = tmp_path_factory.mktemp("undisturbed") / "store"
    run(archive, store)
    return kept(store)


@pytest.fixture(scope="module")
def forks():
    """Processes that have imported everything: a kill can fall into the work alone."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.history.slow_collect"])
    return context


@pytest.fixture
def begin(forks, archive):
    """Start slow collects, once they are under way; end what a test leaves."""
    started = []

    def start(store, pause):
        begun = forks.Event()
        process = forks.Process(target=slow_collect.main, args=(archive.root, store, pause, begun))
        process.start()
        started.append(process)
        assert begun.wait(60)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()
        process.close()


MOMENTS = [random.Random(number).uniform(0, 1.6) for number in range(20)]


@pytest.mark.parametrize("moment", MOMENTS, ids=[f"{one:.2f}s" for one in MOMENTS])
def test_killed_at_any_moment_one_more_collect_makes_the_store_whole(
    archive, undisturbed, begin, tmp_path, moment
):
    store = tmp_path / "store"
    process = begin(store, 0.02)
    time.sleep(moment)
    process.kill()
    process.join()
    run(archive, store)
    assert kept(store) == undisturbed
    check_shape(store)
    assert run(archive, store).objects_new == 0


def test_killed_between_any_two_moves_of_a_publication_it_is_finished_by_the_next(
    archive, undisturbed, tmp_path, monkeypatch
):
    """Every move fails once, each in a store of its own."""

    class PowerCutError(Exception):
        pass

    def cut_after(count):
        left = [count]
        real = local.Path.replace

        def replace(self, target):
            left[0] -= 1
            if left[0] < 0:
                raise PowerCutError
            return real(self, target)

        return replace

    count = 0
    while True:
        store = tmp_path / f"store{count}"
        with monkeypatch.context() as patched:
            patched.setattr(local.Path, "replace", cut_after(count))
            patched.setattr(local.shutil, "rmtree", lambda *_, **__: None)
            try:
                run(archive, store)
            except PowerCutError:
                pass
            else:
                break
        run(archive, store)
        assert kept(store) == undisturbed, count
        check_shape(store)
        count += 1
    assert count > 8


def test_a_reader_finishes_a_publication_that_was_broken_off(archive, tmp_path):
    store = tmp_path / "store"
    run(archive, store)
    shelf = open_store(str(store))
    scratch = store / "_atalaya" / "scratch"
    scratch.mkdir()
    (scratch / "new.parquet").write_bytes(b"x")
    shelf._begin(
        {"moves": [["_atalaya/scratch/new.parquet", "day=2026-01-05/new.parquet"]], "removals": []}
    )
    existing(str(store))
    assert (store / "day=2026-01-05" / "new.parquet").read_bytes() == b"x"
    assert not (store / "_atalaya" / "journal.json").exists()


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "day=2026-01-05/../../outside"])
def test_a_journal_that_leads_out_of_the_store_is_refused(tmp_path, path):
    shelf = open_store(str(tmp_path / "store"))
    with shelf.hold():
        shelf._begin({"moves": [], "removals": [path]})
    with pytest.raises(StoreError, match="which is not in the store"), shelf.hold():
        pass


def test_a_second_collect_is_turned_away_and_harms_nothing(archive, undisturbed, begin, tmp_path):
    store = tmp_path / "store"
    process = begin(store, 0.05)
    deadline = time.monotonic() + 20
    while not (store / "_atalaya" / "scratch").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    with pytest.raises(StoreError, match=f"process {process.pid}"):
        run(archive, store)
    process.join(60)
    assert process.exitcode == 0
    assert kept(store) == undisturbed
    assert run(archive, store).objects_new == 0


def test_ctrl_c_leaves_a_store_that_goes_on(archive, undisturbed, begin, tmp_path):
    store = tmp_path / "store"
    process = begin(store, 0.05)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    process.join(60)
    assert process.exitcode == 1, "by a KeyboardInterrupt, which the command line makes a 3 of"
    left = (store / "_atalaya" / "scratch").exists()
    assert left == (store / "_atalaya" / "journal.json").exists()
    run(archive, store)
    assert kept(store) == undisturbed


LIMITED = """
import resource, sys
from ops.cli import run
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(run(["collect", sys.argv[1], "--store", sys.argv[2]]))
"""


def test_a_full_disk_is_told_in_words(archive, tmp_path):
    store = tmp_path / "store"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, archive.root, store],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == (
        f"ops: The store {store} cannot be written: File too large.\n"
        "  → make room and run again: what was published is kept, the rest is read again\n"
    )
    assert list(store.glob("day=*")) == []


PLACES = {
    "rows that wait": (stage.Writer, "write"),
    "an event file": (eventfile.Writer, "write"),
    "the end of an event file": (eventfile.Writer, "close"),
    "the manifest": (manifest, "write"),
    "the journal": (local.Path, "write_text"),
    "a flush": (local, "_flush"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_disk_that_fills_up_anywhere_harms_nothing(
    archive, undisturbed, tmp_path, monkeypatch, place
):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    store, other = tmp_path / "store", Archive(tmp_path / "other")
    other.log(a_key(900), an_event(900))
    run(other, store)
    before = kept(store)
    with monkeypatch.context() as patched:
        patched.setattr(*PLACES[place], full)
        with pytest.raises(StoreError, match="cannot be written: No space left on device"):
            run(archive, store)
    assert kept(store) == before
    check_shape(store)
    run(archive, store)
    assert kept(store) == undisturbed + before


def test_what_cannot_be_published_is_not_published_in_part(archive, tmp_path):
    store = tmp_path / "store"
    run(archive, store)
    before = kept(store)
    shelf = open_store(str(store))
    with shelf.hold() as scratch:
        (scratch / "one").write_bytes(b"1")
        changes = Changes({"day=2026-01-05/one": scratch / "one", "two": scratch / "missing"})
        with pytest.raises(StoreError):
            shelf.publish(changes)
    assert kept(store) == before
    check_shape(store)


def test_a_store_that_may_not_be_written_is_told(archive, tmp_path):
    if os.geteuid() == 0:
        (tmp_path / "store").write_text("a file, where a directory should be")
    else:
        (tmp_path / "store").mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        run(archive, tmp_path / "store")
    assert event_files(tmp_path / "store") == []
