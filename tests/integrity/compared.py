"""One archive in a bucket, through aws-cli's `validate-logs` and through `ops verify`.

Both read the project's own S3 server, and get the public keys from its
ListPublicKeys. Here is how a world gets there, how both are asked, and the ways to
spoil it that the tests share.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ops.cli import run
from tests.integrity.peer import AwsCli, Said
from tests.integrity.served import Served
from tests.integrity.world import BUCKET, HOUR, START, TRAIL, Hour, World, stamp
from tests.integrity.world import a_world as world_of

Change = Callable[[World], object]
BAD = ("INVALID", "MISSING")


@dataclass(frozen=True)
class Ours:
    """What `ops verify` said."""

    code: int
    report: dict

    def count(self, kind: str) -> int:
        return self.report["summary"][kind]["VALID"]

    @property
    def bad(self) -> set[str]:
        return {one["key"] for one in self.report["findings"] if one["verdict"] in BAD}

    def __str__(self) -> str:
        found = {one["reason"].partition(":")[0] for one in self.report["findings"]}
        told = f"exit {self.code}: {self.count('digests')} digest, {self.count('logs')} log"
        return "; ".join([told, *sorted(found)])


@pytest.fixture
def ours(served, capsys, monkeypatch):
    """Call `ops verify` for exactly a world's time.

    As on a machine with one processor: a few hours are not worth the start of processes.
    """
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    def call(world: World, *more: str, since: str = "") -> Ours:
        capsys.readouterr()
        code = run([
            "verify", f"s3://{BUCKET}", "--format", "json", "--trail", TRAIL,
            "--since", since or stamp(world.start), "--until", stamp(world.end), *more,
        ])  # fmt: skip
        return Ours(code, json.loads(capsys.readouterr().out))

    return call


def publish(served: Served, world: World) -> None:
    """Put a world into the bucket, and tell the control plane about its trail."""
    served.upload(world)
    line, control = world.lines[0], served.server.control
    control.trail, control.account, control.prefix = TRAIL, line.account, line.prefix
    control.organization = line.organization


def validated(aws_cli: AwsCli, served: Served, world: World, *more: str, since: str = "") -> Said:
    """Call aws-cli for exactly a world's time."""
    return aws_cli.validate_logs(
        served.server, *more, since=since or stamp(world.start), until=stamp(world.end)
    )


def a_world(hours: int = 6, **settings) -> World:
    """Return a world with one chain, whose digests name a log each."""
    return world_of(hours, **{"logs": 1, **settings})


def hour(world: World, number: int) -> Hour:
    return world.lines[0].hours[number]


def untouched(world: World) -> None:
    """Leave it as it is."""


def without(*hours: int, logs: bool = False) -> Change:
    def change(world: World) -> None:
        for number in hours:
            del world.objects[hour(world, number).key]
            for key in hour(world, number).logs if logs else ():
                del world.objects[key]

    return change


def log(edit: Callable[[bytes], bytes], number: int = 3) -> Change:
    def change(world: World) -> None:
        stored = world.objects[hour(world, number).logs[0]]
        stored.body = edit(stored.body)

    return change


def digest(edit: Callable[[bytes], bytes], number: int = 3) -> Change:
    def change(world: World) -> None:
        stored = world.objects[hour(world, number).key]
        stored.body = edit(stored.body)

    return change


def both(*changes: Change) -> Change:
    """Make several changes in one archive."""
    return lambda world: [change(world) for change in changes]


def metadata(**values: str) -> Change:
    return lambda world: world.objects[hour(world, 3).key].metadata.update(values)


def backfill(world: World, number: int = 2, **more) -> None:
    line = world.lines[0]
    now, line.now = line.now, START + number * HOUR
    line.hour(logs=1, backfill=START + 40 * HOUR, **more)
    line.now = now
