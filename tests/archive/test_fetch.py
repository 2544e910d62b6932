"""Many objects at once: complete, bounded, patient, and stopped cleanly."""

import gc
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
from contextlib import closing

import pytest

from benchmarks.s3faults import Kind, Plan, Rule
from ops.archive import fetch
from ops.archive.model import (
    Archived,
    Denied,
    ObjectMissing,
    TooLarge,
    Unreachable,
)
from ops.archive.opening import open_source
from ops.errors import ArchiveError
from tests.archive import jobs
from tests.archive.conftest import SIGNED
from tests.conftest import ROOT


def run(archive, keys, job=jobs.digest, *, workers=1, concurrency=8, limit=1 << 20, **more):
    with closing(
        fetch.process(
            archive.source, keys, job, workers=workers, concurrency=concurrency, limit=limit, **more
        )
    ) as results:
        return dict(results)


def run_elsewhere(archive, keys, job=jobs.digest):
    """Read with two processes only, both of them ready before the first key goes out."""
    with fetch.Fetcher(2) as fetcher:
        fetcher.begin(remote=archive.source.kind == "s3")
        while not all(lane.ready for lane in fetcher._processes):
            fetcher.collect()
        yield from fetcher.process(archive.source, keys, job, concurrency=8, limit=1 << 20)


def expected(keys):
    return {
        key: (hashlib.sha256(number.to_bytes(4, "big") * 25).hexdigest(), SIGNED)
        for number, key in enumerate(keys)
    }


def children():
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [line for line in listed.stdout.splitlines() if "ops.archive.serving" in line]


@pytest.fixture
def eager(monkeypatch):
    """Start other processes from the first key on."""
    monkeypatch.setattr(fetch, "WORTH_A_PROCESS", 0)


@pytest.fixture(params=["s3", "directory"])
def place(request, world, tmp_path):
    """An archive of one hundred small objects, on both ways of reading."""
    keys = world.put(100)
    if request.param == "s3":
        return world.open(), keys
    for number, key in enumerate(keys):
        path = tmp_path / key
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(number.to_bytes(4, "big") * 25)
    lines = [f'{{"key": "{key}", "metadata": {{"signature": "ab12", '
             f'"signature-algorithm": "SHA256withRSA"}}}}\n' for key in keys]  # fmt: skip
    (tmp_path / "metadata.jsonl").write_text("".join(lines))
    return open_source(str(tmp_path)), keys


@pytest.mark.parametrize("workers", [1, 2])
def test_every_key_is_answered_once(place, eager, workers):
    archive, keys = place
    seen = []
    for key, result in fetch.process(
        archive.source, iter(keys), jobs.digest, workers=workers, concurrency=8, limit=1000
    ):
        seen.append(key)
        assert result == expected(keys)[key]
    assert sorted(seen) == keys


def test_two_workers_are_two_processes(place):
    archive, keys = place
    found = {process for _, process in run_elsewhere(archive, keys * 5, jobs.where)}
    assert os.getpid() not in found
    assert len(found) == 2


def test_processes_take_over_when_they_are_ready(place, monkeypatch):
    monkeypatch.setattr(fetch, "WORTH_A_PROCESS", 20)
    archive, keys = place
    found = [
        process
        for _, process in fetch.process(
            archive.source, keys * 10, jobs.where_after_a_while, workers=2, concurrency=8,
            limit=1000,
        )
    ]  # fmt: skip
    assert len(found) == 10 * len(keys)
    assert found[0] == os.getpid()
    assert found[-1] != os.getpid()
    assert len(set(found)) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_results_that_travel_together_are_made_one_and_none_is_lost(place, workers):
    archive, keys = place
    many = [key for _ in range(12) for key in keys]
    found = fetch.process(
        archive.source, many, jobs.size, gather=jobs.together, worth_a_process=200,
        workers=workers, concurrency=8, limit=1000,
    )  # fmt: skip
    gathered = [one for _, one in found]
    assert sorted(key for one in gathered for key in one) == sorted(many)
    assert len(gathered) < len(many) / 4


def test_streams_share_lanes_and_keep_their_results_apart(place):
    archive, keys = place
    with fetch.Fetcher(2) as fetcher:
        fetcher.begin(remote=archive.source.kind == "s3")
        first = fetcher.process(archive.source, keys, jobs.digest, concurrency=8, limit=1000)
        seen = dict([next(first)])
        second = fetcher.process(
            archive.source, keys, jobs.size, concurrency=8, limit=1000, metadata=False
        )
        assert dict(second) == dict.fromkeys(keys, 100)
        assert seen | dict(first) == expected(keys)
        given_up = fetcher.process(archive.source, keys, jobs.digest, concurrency=8, limit=1000)
        next(given_up)
        given_up.close()
        third = fetcher.process(archive.source, keys, jobs.digest, concurrency=8, limit=1000)
        assert dict(third) == expected(keys)
    assert not children()


def test_a_small_run_stays_in_one_process(place):
    archive, keys = place
    assert set(run(archive, keys, jobs.where, workers=2).values()) == {os.getpid()}


def test_without_metadata_bodies_are_the_same(world):
    keys = world.put(20)
    world.bucket.put("empty", b"")
    world.bucket.put("long", b"x" * ((1 << 20) + 1))
    found = run(world.open(), [*keys, "empty", "long"], metadata=False, limit=1 << 21)
    assert {key: found[key][0] for key in keys} == {
        key: hashes for key, (hashes, _) in expected(keys).items()
    }
    assert found["empty"][0] == hashlib.sha256().hexdigest()
    assert found["long"][0] == hashlib.sha256(b"x" * ((1 << 20) + 1)).hexdigest()


@pytest.mark.parametrize("metadata", [True, False])
def test_each_fault_goes_to_the_job_and_the_others_go_on(world, metadata):
    keys = world.put(10)
    world.bucket.archive(keys[1], "DEEP_ARCHIVE")
    world.bucket.put(keys[2], b"x" * 1001)
    world.plan = Plan(
        [
            Rule(Kind.DENIED, pattern="0003"),
            Rule(Kind.TRUNCATE, pattern="0004"),
            Rule(Kind.RESET, pattern="0005"),
            Rule(Kind.SLOW_DOWN, pattern="0006"),
            Rule(Kind.HANG, pattern="0007"),
            Rule(Kind.DRIP, pattern="0008"),
        ]
    )
    found = run(world.open(), [*keys, "none", "odd//none"], limit=1000, metadata=metadata)
    kinds = {key[-4:]: type(result) for key, result in found.items()}
    assert kinds == {
        "0000": tuple, "0001": Archived, "0002": TooLarge, "0003": Denied, "0004": Unreachable,
        "0005": Unreachable, "0006": Unreachable, "0007": Unreachable, "0008": Unreachable,
        "0009": tuple, "none": ObjectMissing,
    }  # fmt: skip
    assert not found[keys[3]].cannot_tell


def test_faults_come_whole_from_another_process(world):
    keys = world.put(200)
    archive = world.open()
    world.plan = Plan([Rule(Kind.NO_KMS)])
    for _, fault in run_elsewhere(archive, keys):
        assert isinstance(fault, Denied)
        assert "kms:Decrypt" in fault.hint


@pytest.mark.parametrize("workers", [1, 2])
def test_a_storm_of_passing_faults_loses_nothing(world, eager, workers):
    keys = world.put(200)
    world.plan = Plan(
        [
            Rule(Kind.SLOW_DOWN, pattern="[02468]$", times=2, per_key=True),
            Rule(Kind.TRUNCATE, pattern="[13]$", times=2, per_key=True),
            Rule(Kind.RESET, pattern="[57]$", times=2, per_key=True),
        ]
    )
    assert run(world.open(), keys, workers=workers) == expected(keys)


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_requests_are_under_way_than_asked_for(world, eager, workers):
    keys = world.put(600)
    world.plan = Plan(latency=0.003)
    run(world.open(), keys, concurrency=6, workers=workers)
    assert 4 <= max(world.server.under_way) <= 6


def test_requests_become_fewer_when_told_to_slow_down_and_more_again(world):
    keys = world.put(400)
    archive = world.open()
    world.plan = Plan([Rule(Kind.SLOW_DOWN, times=40)], latency=0.01)
    assert run(archive, keys, concurrency=16) == expected(keys)
    met = world.server.under_way[1:]  # the first asked where the bucket is
    assert len(met) == 440
    assert max(met[:16]) == 16
    assert max(met[50:60]) <= 8
    assert max(met[-100:]) >= 12


def test_keys_that_no_path_spells_are_read_too(world):
    for key in ("a//b", "a/../b", "a/"):
        world.bucket.put(key, b"body", SIGNED)
    found = run(world.open(), ["a//b", "a/../b", "a/"])
    assert {metadata["signature"] for _, metadata in found.values()} == {"ab12"}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_job_raises_ends_the_run_here(place, workers):
    archive, keys = place
    with pytest.raises(LookupError, match="0007"):
        run(archive, keys, jobs.fail_at_seven, workers=workers)
    assert not [one for one in threading.enumerate() if one.name == "lane"]


def test_a_process_that_dies_is_an_error_and_no_end_of_results(place, eager, monkeypatch):
    archive, keys = place
    monkeypatch.setenv("TEST_PARENT", str(os.getpid()))
    with pytest.raises(ArchiveError, match="exit code 9"):
        run(archive, keys * 100, jobs.die_elsewhere, workers=2)
    assert not children()


@pytest.mark.parametrize("workers", [1, 2])
def test_who_stops_early_leaves_nothing_behind(place, eager, workers):
    archive, keys = place
    results = fetch.process(
        archive.source, keys * 20, jobs.slowly, workers=workers, concurrency=8, limit=1000
    )
    next(results)
    assert len(children()) == (workers if workers > 1 else 0)
    results.close()
    assert not children()
    assert not [one for one in threading.enumerate() if one.name in ("lane", "inbox")]


def test_keys_are_taken_only_as_fast_as_results_are(place, eager):
    archive, keys = place
    taken = []

    def source():
        for number in range(100_000):
            taken.append(number)
            yield keys[number % 100]

    results = fetch.process(
        archive.source, source(), jobs.size, workers=2, concurrency=8, limit=1000
    )
    for _ in range(10):
        next(results)
    time.sleep(0.5)
    assert len(taken) < 1000
    results.close()


def test_memory_does_not_grow_with_the_number_of_objects(world):
    keys = world.put(40, size=400_000)
    archive = world.open()
    run(archive, keys, jobs.size)
    peaks = []
    for rounds in (2, 12):
        gc.collect()
        tracemalloc.start()
        for _ in fetch.process(
            archive.source, keys * rounds, jobs.size, workers=1, concurrency=4, limit=1 << 20
        ):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        world.server.requests.clear()
    assert peaks[1] < peaks[0] + 4_000_000


@pytest.mark.parametrize("when", [0.3, 1.0])
def test_ctrl_c_ends_a_run_quietly_with_all_its_processes(place, when, tmp_path):
    archive, _ = place
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(f"""
        import itertools, subprocess, sys, os
        from ops.archive import fetch
        from ops.archive.opening import open_source
        from tests.archive import jobs
        fetch.WORTH_A_PROCESS = 0
        archive = open_source({str(archive.source)!r})
        keys = itertools.cycle(["logs/0001"])
        try:
            for key, _ in fetch.process(
                archive.source, keys, jobs.slowly, workers=2, concurrency=8, limit=1000
            ):
                print(key, flush=True)
        except KeyboardInterrupt:
            args = ["ps", "-ww", "-o", "args=", "--ppid", str(os.getpid())]
            left = subprocess.run(args, capture_output=True, text=True).stdout
            sys.exit(5 if "ops.archive.serving" in left else 3)
        """)
    )
    running = subprocess.Popen(
        [sys.executable, str(program)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running.stdout.readline()
    time.sleep(when)
    os.killpg(running.pid, signal.SIGINT)
    _, complaint = running.communicate(timeout=30)
    assert running.returncode == 3
    assert complaint == ""
