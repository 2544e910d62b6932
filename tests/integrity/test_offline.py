"""Scenario 104, whatever was wrong: offline a bundle says what its maker's run said.

Declared to differ: the source and where the keys are from; findings name no bucket, for a
bundle is none, nor the versions of what is not lost; there are notes on what rests on the
maker's word.
"""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from benchmarks.s3faults import Kind, Rule
from ops.integrity.checkpoint import State
from ops.integrity.finding import Status
from ops.integrity.keys import KeyRing
from ops.integrity.report import Report
from ops.integrity.request import Expectation, Expected
from tests.integrity.conftest import causes
from tests.integrity.test_bundle import offline
from tests.integrity.world import (
    ACCOUNT,
    BUCKET,
    HOUR,
    OTHER,
    START,
    TRAIL,
    World,
    flipped,
    gz,
    stopped,
)

NOWHERE = re.compile("^nothing to verify: .*")
"""Which source holds nothing: the bucket, or the bundle."""
VERSIONS = re.compile("^of the versions .* is the original; ")
"""Of what is changed, not lost, a bundle does not say which versions there are."""
DIGESTS = "CloudTrail-Digest/us-east-1/"
LOGS = "/CloudTrail/us-east-1/"
MIDDLE = "us-east-1_20260105T031320Z"
HEAD = "us-east-1_20260105T061320Z"
LOG = "us-east-1_20260105T0233Z"


@dataclass(frozen=True)
class Trouble:
    """Something wrong: with what lies there, with who reads, or with what was expected."""

    told: set[str]
    """Every cause that the report gives."""
    status: Status = Status.INCOMPLETE
    rules: tuple[Rule, ...] = ()
    tamper: Callable[[World], Any] = lambda world: None
    expected: Expected | None = None
    keys: Callable[[World], KeyRing] = World.ring
    source: str = f"s3://{BUCKET}"
    prefix: str = ""
    signed_for: str = BUCKET
    knew: int = 0
    """How many more hours an earlier run had verified."""
    stopped: bool = False
    """Whether the trail was stopped for some hours."""
    open_start: bool = False
    """Whether no time was asked for."""


def denied(
    pattern: str, operation: str = "GetObject", kind: Kind = Kind.DENIED
) -> tuple[Rule, ...]:
    return (Rule(kind, operation=operation, pattern=pattern),)


def gone(hours: slice, *, logs: bool = False) -> Callable[[World], None]:
    def tamper(world: World) -> None:
        for hour in world.lines[0].hours[hours]:
            for key in (hour.key, *(hour.logs if logs else ())):
                del world.objects[key]

    return tamper


def body(of: str, change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    def tamper(world: World) -> None:
        hour = world.lines[0].hours[2]
        stored = world.objects[hour.key if of == "digest" else hour.logs[0]]
        stored.body = change(stored.body)

    return tamper


def no_metadata(number: int) -> Callable[[World], None]:
    def tamper(world: World) -> None:
        world.objects[world.lines[0].hours[number].key].metadata.clear()

    return tamper


def began_elsewhere(world: World) -> None:
    old = world.line(region="eu-north-1", prefix="old").run(2)
    new = world.line(region="eu-north-1", prefix="new", start=old.now)
    new.previous = old.previous
    new.run(4)
    world.lines.remove(old)


def beside(world: World, region: str, folder: str = "") -> None:
    log = world.lines[0].hours[0].logs[0]
    place = log.partition(region)[0]
    world.objects[f"{place}/CloudTrail/{folder}0.json.gz"] = world.objects[log]


def few_keys(world: World) -> KeyRing:
    ring = world.ring()
    return replace(ring, keys=tuple(key for key in ring.keys if key.region != "us-east-1"))


EXPECTED = Expected(
    frozenset(
        Expectation(ACCOUNT, region, TRAIL) for region in ("us-east-1", "eu-west-1", "eu-north-1")
    )
)
LISTING = "ListObjects"
FAIL = Status.FAIL
TROUBLES = {
    "nothing": Trouble(set(), Status.PASS),
    "a digest folder that may not be listed": Trouble(
        {"listing-denied", "uncovered-logs"}, rules=denied(f"{DIGESTS}$", LISTING)),
    "a digest folder that is never listed": Trouble(
        {"listing-failed", "uncovered-logs"},
        rules=denied(f"{DIGESTS}$", LISTING, Kind.SLOW_DOWN)),
    "all digest folders that may not be listed": Trouble(
        {"listing-denied", "uncovered-logs", "nothing-found"},
        rules=denied("CloudTrail-Digest/$", LISTING)),
    "an account that may not be listed": Trouble(
        {"listing-denied", "nothing-found"}, rules=denied(f"{ACCOUNT}/$", LISTING)),
    "an account that may not be listed and is expected": Trouble(
        {"listing-denied", "nothing-found"}, rules=denied(f"{ACCOUNT}/$", LISTING),
        expected=EXPECTED),
    "a log folder that may not be listed": Trouble(
        {"listing-denied"}, rules=denied(f"{LOGS}$", LISTING)),
    "a part of a digest folder that may not be listed": Trouble(
        {"listing-denied", "absence-unknown", "uncovered-logs"},
        rules=(Rule(Kind.DENIED, operation=LISTING, pattern=f"{DIGESTS}$", after=1),)),
    "a file beside the folders of regions": Trouble(
        {"foreign"}, FAIL, tamper=lambda world: beside(world, "/CloudTrail/us-east-1/")),
    "a file in a folder that is no region's": Trouble(
        {"foreign"}, FAIL, tamper=lambda world: beside(world, "/CloudTrail/us-east-1/", "x/")),
    "a digest that may not be read": Trouble(
        {"digest-denied", "uncovered-logs"}, rules=denied(MIDDLE)),
    "a head that may not be read": Trouble(
        {"digest-denied", "uncovered-logs"}, rules=denied(HEAD)),
    "no digest of a region that may be read": Trouble(
        {"digest-denied", "uncovered-logs"}, rules=denied(DIGESTS)),
    "no digest that may be read": Trouble(
        {"digest-denied", "uncovered-logs"}, rules=denied("CloudTrail-Digest")),
    "a log that may not be read": Trouble({"log-denied"}, rules=denied(LOG)),
    "a log without permission for its key": Trouble(
        {"log-denied"}, rules=denied(LOG, kind=Kind.NO_KMS)),
    "an archived digest": Trouble(
        {"digest-archived", "uncovered-logs"}, rules=denied(MIDDLE, kind=Kind.ARCHIVED)),
    "an archived log": Trouble({"log-archived"}, rules=denied(LOG, kind=Kind.ARCHIVED)),
    "a digest that never comes": Trouble(
        {"digest-unread", "uncovered-logs"}, rules=denied(MIDDLE, kind=Kind.SLOW_DOWN)),
    "a log that never comes": Trouble({"log-unread"}, rules=denied(LOG, kind=Kind.SLOW_DOWN)),
    "nothing that comes": Trouble(
        {"digest-unread", "uncovered-logs"}, rules=denied("", kind=Kind.INTERNAL)),
    "a key that is not at hand": Trouble({"key-unknown", "uncovered-logs"}, keys=few_keys),
    "no keys at all": Trouble(
        {"key-unknown", "uncovered-logs"}, keys=lambda world: KeyRing(source="the test's keys")),
    "a damaged digest": Trouble(
        {"digest-damaged", "uncovered-logs"}, FAIL, tamper=body("digest", lambda b: b[:-3])),
    "a digest with something behind it": Trouble(
        {"digest-damaged", "uncovered-logs"}, FAIL, tamper=body("digest", lambda b: b + b"x")),
    "a changed digest": Trouble(
        {"digest-format", "uncovered-logs"}, FAIL, tamper=body("digest", lambda b: gz(b"{}"))),
    "a damaged log": Trouble({"log-damaged"}, FAIL, tamper=body("log", lambda b: flipped(b, -6))),
    "a changed log": Trouble({"log-hash"}, FAIL, tamper=body("log", lambda b: gz(b"forged"))),
    "a deleted log": Trouble(
        {"log-missing"}, FAIL,
        tamper=lambda world: world.objects.pop(world.lines[0].hours[2].logs[0])),
    "deleted digests": Trouble(
        {"digest-missing", "uncovered-logs"}, FAIL, tamper=gone(slice(2, 4))),
    "a deleted head": Trouble({"head-stale", "uncovered-logs"}, FAIL, tamper=gone(slice(3, 6))),
    "a deleted beginning": Trouble({"digest-missing"}, FAIL, tamper=gone(slice(2), logs=True)),
    "a head without metadata": Trouble(
        {"signature-absent", "uncovered-logs"}, tamper=no_metadata(5)),
    "a digest without metadata": Trouble(set(), Status.PASS, tamper=no_metadata(3)),
    "a planted log": Trouble(
        {"unreferenced"}, FAIL, tamper=lambda world: world.log(at=START + HOUR / 2)),
    "a log before the asked time": Trouble(
        set(), Status.PASS, tamper=lambda world: world.log(at=START - HOUR)),
    "a log before the first digest": Trouble(
        {"uncovered-logs"}, tamper=lambda world: world.log(at=START - HOUR),
        open_start=True),
    "a chain that is expected": Trouble({"chain-missing"}, FAIL, expected=EXPECTED),
    "a checkpoint that knew more": Trouble({"checkpoint-older", "head-stale"}, FAIL, knew=3),
    "a stopped chain": Trouble({"gap-explained"}, stopped=True),
    "a digest that vanishes": Trouble(
        {"digest-vanished", "uncovered-logs"}, FAIL, rules=denied(MIDDLE, kind=Kind.MISSING)),
    "a copy in another bucket": Trouble({"moved", "uncovered-logs"}, FAIL, signed_for="the-first"),
    "a copy whose bucket is expected": Trouble(
        set(), Status.PASS, signed_for="the-first",
        expected=Expected(buckets=frozenset({"the-first"}))),
    "a prefix": Trouble(set(), Status.PASS, prefix="new", source=f"s3://{BUCKET}/new"),
    "a prefix that may not be listed": Trouble(
        {"listing-denied", "nothing-found"}, prefix="new", source=f"s3://{BUCKET}/new",
        rules=denied("new/$", LISTING), expected=EXPECTED),
    "a chain that began under another prefix": Trouble(
        {"elsewhere"}, prefix="new", source=f"s3://{BUCKET}/new", tamper=began_elsewhere),
    "an account without digests": Trouble(
        {"uncovered-logs"}, tamper=lambda world: world.log(OTHER, at=START + HOUR / 2)),
}  # fmt: skip


@pytest.mark.parametrize("what", TROUBLES)
def test_s104_offline_a_bundle_says_what_its_makers_run_said(served, tmp_path, what):
    trouble = TROUBLES[what]
    world = stopped(World()) if trouble.stopped else World()
    for region in ("eu-west-1",) if trouble.stopped else ("us-east-1", "eu-west-1"):
        line = world.line(region=region, prefix=trouble.prefix, bucket=trouble.signed_for)
        line.run(17 if trouble.stopped else 6 + trouble.knew)
    state = None
    if trouble.knew:
        served.upload(world)
        with closing(State(tmp_path / "state", b"k" * 32, "here")) as earlier:
            earlier.commit(served.run(world, state=earlier, open_start=True))
        state = State(tmp_path / "state", b"k" * 32, "here")
        for line in world.lines:
            for hour in line.hours[6:]:
                for key in (hour.key, *hour.logs):
                    served.server.bucket.remove(key)
    trouble.tamper(world)
    if not trouble.knew:
        served.upload(world)
    made = served.run(
        world, *trouble.rules, expected=trouble.expected, state=state, ring=trouble.keys(world),
        source=trouble.source, bundle=tmp_path / "evidence.zip", open_start=trouble.open_start, page_size=3,
    )  # fmt: skip
    if state is not None:
        state.close()
    again = offline(tmp_path / "evidence.zip", expected=trouble.expected)
    assert made.status is trouble.status
    assert set(causes(made)) == trouble.told
    assert plain(again) == plain(made)
    if trouble.expected:  # the maker's file need not be at hand
        assert plain(offline(tmp_path / "evidence.zip"))["findings"] == plain(made)["findings"]


def plain(report: Report) -> dict[str, Any]:
    """Return what must be equal of two reports."""
    told = report.as_json()
    for name in ("source", "keys_source", "run"):
        del told[name]
    told["notes"] = [one for one in told["notes"] if not is_offline_only(one)]
    for one in told["findings"]:
        one["bucket"] = None
        one["reason"] = NOWHERE.sub("nothing to verify", one["reason"])
        one["hint"] = VERSIONS.sub("", one["hint"])
    return told


def is_offline_only(note: str) -> bool:
    return note.startswith(("the bundle was made at", "key ")) or any(
        part in note for part in ("KEYS COME FROM THE BUNDLE", "are not in the bundle: what they")
    )


@pytest.mark.parametrize("which", ["a log", "digests", "what a checkpoint knew"])
def test_s104_what_was_deleted_and_survives_in_versions_is_told_offline_as_well(
    served, tmp_path, which
):
    world = World()
    line = world.line().run(9)
    served.upload(world)
    state = tmp_path / "state"
    with closing(State(state, b"k" * 32, "here")) as earlier:
        earlier.commit(served.run(world, state=earlier, open_start=True))
    if which == "what a checkpoint knew":
        deleted = [hour.key for hour in line.hours[6:]]
        line.now = line.hours[6].start
        line.previous = line.hours[5]
        line.run(5, length=0.7 * HOUR)
        served.upload(world)
    else:
        hours = line.hours[2:4]
        deleted = [hours[0].logs[0]] if which == "a log" else [hour.key for hour in hours]
    for key in deleted:
        served.server.bucket.delete(key)
    with closing(State(state, b"k" * 32, "here")) as known:
        made = served.run(world, state=known, bundle=tmp_path / "evidence.zip", open_start=True)
    again = offline(tmp_path / "evidence.zip")
    assert {"log-recoverable", "digest-recoverable"} & set(causes(made))
    assert again.status is Status.FAIL
    assert plain(again)["findings"] == plain(made)["findings"]
    assert plain(again)["summary"] == plain(made)["summary"]
