"""Runs that continue where others ended: over one directory, with one state file."""

from pathlib import Path

from ops.archive.opening import open_source
from ops.integrity.checkpoint import State
from ops.integrity.report import Report
from ops.integrity.request import Expected, Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.integrity.world import HOUR, World

KEY = b"a key of thirty-two random bytes"


class Runs:
    """Runs over one directory with one state file."""

    def __init__(self, path: Path) -> None:
        self.copy = path / "copy"
        self.file = path / "state.json"

    def __call__(
        self, world: World, *, key: bytes | None = KEY, commit: bool = True,
        expected: Expected | None = None, **asked,
    ) -> Report:  # fmt: skip
        for old in sorted(self.copy.rglob("*"), reverse=True) if self.copy.exists() else ():
            old.rmdir() if old.is_dir() else old.unlink()
        world.write(self.copy)
        archive = open_source(str(self.copy))
        end = max(hour.end for line in world.lines for hour in line.hours)
        question = {"now": end + HOUR, "until": end, "workers": 1}
        state = State(self.file, key, str(archive.source))
        try:
            report = verify(
                archive, Request(**{**question, **asked}), keys=fixed_keys(world.ring()),
                context=Context(state=state, expected=expected),
            )  # fmt: skip
            if commit:
                state.commit(report)
        finally:
            state.close()
        return report


def a_world(hours: int = 6) -> World:
    world = World()
    world.line().run(hours)
    world.line(region="eu-west-1").run(hours)
    return world


def more(world: World, hours: int = 3) -> World:
    for line in world.lines:
        line.run(hours)
    return world
