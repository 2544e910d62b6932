"""Scenario 105: where aws-cli's `validate-logs` and `ops verify` differ.

Each difference is one of aws-cli's known mistakes, by its number in the list that
test_mistakes.py goes through: what aws-cli says of an archive, and what is right.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Kind, Plan, Rule
from ops.archive import opening
from tests.integrity.compared import (
    Change,
    a_world,
    backfill,
    both,
    digest,
    hour,
    log,
    metadata,
    ours,
    publish,
    validated,
    without,
)
from tests.integrity.world import BUCKET, HOUR, REGION, START, TRAIL, Listed, World, gz
from tests.loopback import CALM

__all__ = ["ours"]


@dataclass(frozen=True)
class Row:
    """One of aws-cli's mistakes: what it says, and what is right."""

    number: int
    what: str
    world: Callable[[], World]
    theirs: str
    ours: str
    rules: Callable[[World], list[Rule]] = lambda _: []
    """What the server does wrong."""
    bucket: Callable[[Bucket, World], object] = lambda _, __: None
    """What happens in the bucket."""
    since: str = ""
    """What both are asked; without it, the world's own beginning."""
    more: tuple[str, ...] = ()
    """What aws-cli is told beside."""


def changed(change: Change, **settings) -> Callable[[], World]:
    def make() -> World:
        world = a_world(**settings)
        change(world)
        return world

    return make


def restarted(*lost: int, pause: float = 0) -> Callable[[], World]:
    """A chain that began anew after six hours, without some of its files."""

    def make() -> World:
        world = a_world()
        world.lines[0].pause(pause).run(6)
        without(*lost, logs=True)(world)
        return world

    return make


def edited(**fields) -> Callable[[], World]:
    """A chain whose fourth digest was signed with other words in it."""

    def make() -> World:
        world = a_world(3)
        world.lines[0].hour(edit=lambda signed: signed.update(fields))
        world.lines[0].run(2)
        return world

    return make


def a_hole() -> World:
    world = a_world(3)
    world.lines[0].now += 3 * HOUR
    world.lines[0].run(3)
    return world


def an_old_key() -> World:
    world = World()
    world.keys.append(Listed("old", REGION, START - 99 * 24 * HOUR, START - 50 * 24 * HOUR))
    world.line(logs=1).run(6, signer="old")
    return world


def a_new_prefix() -> World:
    world = a_world(prefix="old")
    log(lambda _: gz(b"forged"))(world)
    world.lines[0].prefix = "new"
    world.lines[0].restart().run(6)
    return world


def a_hidden_backfill() -> World:
    """A tampered log behind a backfill digest that another, longer one reaches around."""
    world = a_world()
    backfill(world, 1)
    backfill(world, 0, length=5 * HOUR)
    world.objects[hour(world, 6).logs[0]].body = gz(b"forged")
    return world


def interleaved() -> World:
    world = a_world(8)
    world.line(logs=1, start=START + 2 * HOUR + HOUR / 3).run(8)
    return world


def no_list_of_logs() -> World:
    world = a_world(3)
    world.lines[0].hour(edit=lambda signed: signed.pop("logFiles"))
    world.lines[0].run(2)
    return world


def one_log(kind: Kind) -> Callable[[World], list[Rule]]:
    return lambda world: [Rule(kind, pattern=hour(world, 3).logs[0])]


ROWS = [
    Row(1, "the newest digests deleted", changed(without(3, 4, 5)),
        "exit 0: 3/3 digest, 3/3 log",
        "exit 1: 3 digest, 3 log; head stale; log files outside proven hours"),
    Row(2, "all digests deleted", changed(without(*range(6))),
        "exit 0: no digests",
        "exit 3: 0 digest, 0 log; log files outside proven hours; nothing to verify"),
    Row(3, "three digests deleted in a row", changed(without(2, 3, 4)),
        "exit 1: 3/4 digest, 3/3 log",
        "exit 1: 3 digest, 3 log; digests are gone; log files outside proven hours"),
    Row(4, "a restart, and everything older deleted", restarted(*range(6)),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 3: 6 digest, 6 log; first digest is later than asked for"),
    Row(5, "a restart, and the end of the old chain deleted", restarted(3, 4, 5),
        "exit 0: 9/9 digest, 9/9 log",
        "exit 1: 9 digest, 9 log; no digests, and nothing explains it"),
    Row(6, "a year asked, six hours found", a_world,
        "exit 0: 6/6 digest, 6/6 log",
        "exit 3: 6 digest, 6 log; first digest is later than asked for",
        since="2025-01-05T00:13:20Z"),
    Row(7, "a forged log", changed(lambda world: world.log(at=START + 2 * HOUR)),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 6 digest, 6 log; no digest names it"),
    Row(8, "another hash in the link", edited(previousDigestHashValue="0" * 64),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 5 digest, 5 log; log files outside proven hours; "
        "not the digest its successor names"),
    Row(8, "another signature in the link", edited(previousDigestSignature="0" * 512),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 5 digest, 6 log; not the signature its successor names"),
    Row(9, "a hole between linked digests", a_hole,
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 6 digest, 6 log; linked digests leave a hole"),
    Row(10, "bytes after a digest", changed(digest(lambda body: body + gz(b"x"))),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 5 digest, 5 log; damaged file; log files outside proven hours"),
    Row(11, "another algorithm named", changed(metadata(**{"signature-algorithm": "x"})),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 6 digest, 6 log; metadata is wrong, content is proven"),
    Row(12, "a key used outside its validity", an_old_key,
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 0 digest, 0 log; key not valid at that time; log files outside proven hours"),
    Row(13, "an organisation's bucket named", a_world,
        "exit 0: no digests",
        "exit 0: 6 digest, 6 log",
        more=("--s3-bucket", BUCKET)),
    Row(14, "digests of another trail only", lambda: a_world(trail=f"{TRAIL}_{REGION}_x"),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 3: 0 digest, 0 log; nothing to verify"),
    Row(15, "a time with an offset", a_world,
        "exit 0: 6/6 digest, 6/6 log",
        "exit 0: 3 digest, 3 log",
        since="2026-01-04T22:13:20-05:00"),
    Row(16, "a prefix changed with a restart", a_new_prefix,
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 12 digest, 11 log; content changed; restart that nothing explains"),
    Row(17, "a log in an archived class", a_world,
        "exit 255: aborted",
        "exit 3: 6 digest, 5 log; log file in an archived storage class",
        rules=one_log(Kind.ARCHIVED)),
    Row(17, "a log that may not be decrypted", a_world,
        "exit 255: aborted",
        "exit 3: 6 digest, 5 log; log file may not be read",
        rules=one_log(Kind.NO_KMS)),
    Row(18, "a log that comes in half", a_world,
        "exit 1: 6/6 digest, 5/6 log",
        "exit 3: 6 digest, 5 log; log file could not be read",
        rules=one_log(Kind.TRUNCATE)),
    Row(19, "no public keys", a_world,
        "exit 255: aborted",
        "exit 3: 0 digest, 0 log; log files outside proven hours; public key unknown",
        bucket=lambda bucket, _: bucket.public_keys.clear()),
    Row(20, "a log cut in its trailer", changed(log(lambda body: body[:-4])),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 6 digest, 5 log; damaged log file"),
    Row(21, "another region set", a_world,
        "exit 0: no digests",
        "exit 0: 6 digest, 6 log",
        more=("--region", "eu-west-1"),
        bucket=lambda bucket, _: bucket.public_keys.update({"*": bucket.public_keys[REGION]})),
    Row(22, "a backfill digest deleted", changed(both(backfill, without(6))),
        "exit 0: 6/6 digest, 6/6 log",
        "exit 1: 6 digest, 6 log; no digest names it"),
    Row(22, "a tampered log behind a hidden backfill digest", a_hidden_backfill,
        "exit 0: 6/6 digest, 1/1 backfill digest, 7/7 log",
        "exit 1: 7 digest, 6 log; content changed",
        since="2026-01-05T01:13:20Z"),
    Row(23, "a backfill digest after a standard one",
        changed(lambda world: backfill(world, previous=hour(world, 5))),
        "exit 0: 6/6 digest, 7/7 backfill digest, 13/13 log",
        "exit 0: 7 digest, 7 log"),
    Row(24, "two chains interleaved", interleaved,
        "exit 0: 11/11 digest, 11/11 log",
        "exit 3: 16 digest, 16 log; restart that nothing explains"),
    Row(25, "a digest without logFiles", no_list_of_logs,
        "exit 255: aborted",
        "exit 1: 5 digest, 5 log; log files outside proven hours; not a well-formed digest"),
    Row(26, "a log that may be missing or denied", a_world,
        "exit 255: aborted",
        "exit 3: 6 digest, 5 log; log file may not be read",
        rules=one_log(Kind.DENIED)),
    Row(27, "a delete marker on a log", a_world,
        "exit 1: 6/6 digest, 5/6 log",
        "exit 1: 6 digest, 5 log; log file is gone, a version survives",
        bucket=lambda bucket, world: bucket.delete(hour(world, 3).logs[0])),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.what}")
def test_s105_the_two_differ_by_aws_clis_mistakes(aws_cli, served, ours, row, monkeypatch):
    monkeypatch.setattr(opening, "Patience", lambda: CALM)
    world = row.world()
    publish(served, world)
    row.bucket(served.server.bucket, world)
    served.server.plan = Plan(row.rules(world))
    theirs = validated(aws_cli, served, world, *row.more, since=row.since)
    assert str(theirs) == row.theirs, theirs.text
    assert str(ours(world, since=row.since)) == row.ours


def test_every_mistake_is_in_the_table():
    assert {row.number for row in ROWS} == set(range(1, 28))
