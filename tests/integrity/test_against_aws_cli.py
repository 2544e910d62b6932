"""Scenario 105: the same archive through aws-cli's `validate-logs` and through `ops verify`.

Intact and simply tampered archives are judged alike: the same digests and logs are
valid, the same ones are not. Where the two differ, it is by one of aws-cli's known
mistakes, which test_aws_clis_mistakes.py shows, or by scenario 33: a digest whose
metadata a copy lost is proven by its successor.
"""

import gzip
import json

import pytest

from benchmarks.s3bucket import from_directory
from benchmarks.s3control import Control
from benchmarks.s3server import Server
from ops import names
from ops.cli import run
from ops.config import load
from ops.lab import history
from tests.conftest import ROOT
from tests.integrity.compared import (
    Change,
    Ours,
    a_world,
    backfill,
    both,
    digest,
    hour,
    log,
    metadata,
    ours,
    publish,
    untouched,
    validated,
    without,
)
from tests.integrity.peer import Said
from tests.integrity.world import HOUR, START, World, flipped, gz, stamp
from tests.lab_history.conftest import delivered
from tests.loopback import reachable

__all__ = ["ours"]


def bit_flipped(body: bytes) -> bytes:
    content = gzip.decompress(body)
    return gz(flipped(content, content.index(b"hashValue") + 15))


def in_capitals(world: World) -> None:
    metadata(signature=hour(world, 3).signature.upper())(world)


def copied_to_the_next_minute(world: World) -> None:
    old = hour(world, 5).key
    world.objects[old.replace("61320Z", "61420Z")] = world.objects[old]


ALIKE: dict[str, tuple[Change, dict]] = {
    "an organisation's trail": (both(backfill, in_capitals), {}),
    "a trail of one account with a prefix": (untouched, {"organization": None, "prefix": "a/b"}),
    "logs": (
        both(
            log(lambda _: gz(b"forged"), 0),
            lambda world: world.objects.pop(hour(world, 1).logs[0]),
            log(lambda body: body + gz(b"{}"), 2),
            log(lambda _: b"junk", 3),
            log(lambda body: gz(gzip.decompress(body), 1), 4),
        ),
        {},
    ),
    "digests": (both(digest(bit_flipped, 1), without(3)), {"logs": 2}),
    "the newest digest": (digest(bit_flipped, 5), {}),
    "the newest digest and its wrapper": (digest(lambda _: b"junk", 5), {}),
    "the newest digest and its place": (copied_to_the_next_minute, {}),
}


@pytest.mark.parametrize("what", ALIKE)
def test_s105_both_judge_alike(aws_cli, served, ours, what):
    change, settings = ALIKE[what]
    world = a_world(**settings)
    change(world)
    publish(served, world)
    agree(validated(aws_cli, served, world), ours(world))


def agree(theirs: Said, mine: Ours) -> None:
    assert len(theirs.valid) == mine.count("digests") + mine.count("logs") > 0
    assert set(theirs.invalid) == mine.bad
    assert not theirs.valid & mine.bad
    assert theirs.code == mine.code


def test_s105_a_digest_without_metadata_is_proven_by_its_successor_here_alone(
    aws_cli, served, ours
):
    world = a_world()
    key = hour(world, 3).key
    world.objects[key].metadata.clear()
    publish(served, world)
    assert set(validated(aws_cli, served, world).invalid) == {key}
    assert str(ours(world)) == "exit 0: 6 digest, 6 log"


def test_s105_both_find_the_labs_history_valid(aws_cli, tmp_path, monkeypatch, capsys):
    """The lab signs as CloudTrail does, by the judgement of AWS's own program."""
    zone = load(ROOT / "config" / "lab.yaml")
    account, region = zone.organization.accounts[0].id, zone.regions.home
    plan = history.plan(
        zone,
        end=START + 12 * HOUR,
        days=0.5,
        attack=False,
        backfill=True,
        only=((account, region),),
    )
    delivered(plan, tmp_path / "copy", tmp_path / "lab")
    bucket = from_directory(tmp_path / "copy", names.bucket(zone), region=region)
    control = Control(
        trail=zone.trail.name, account=account, organization=zone.organization.id,
    )  # fmt: skip
    since, until = stamp(plan.begin), stamp(plan.end - HOUR)
    with reachable(Server(bucket, control=control), monkeypatch) as server:
        theirs = aws_cli.validate_logs(server, since=since, until=until)
        code = run([
            "verify", f"s3://{bucket.name}", "--format", "json", "--since", since, "--until", until,
        ])  # fmt: skip
    agree(theirs, Ours(code, json.loads(capsys.readouterr().out)))
    assert len(theirs.valid) > 20
