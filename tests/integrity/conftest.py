"""What the integrity tests share: short ways to say what a report must hold."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3server import Server
from ops.integrity.finding import Finding
from ops.integrity.report import Report
from tests.integrity.peer import AwsCli
from tests.integrity.runs import Runs
from tests.integrity.served import Served
from tests.integrity.world import BUCKET, World
from tests.loopback import reachable


@pytest.fixture
def check(tmp_path) -> Callable[..., Report]:
    """Verify a world; each call writes to a file, or on demand to a directory, of its own."""
    calls = iter(range(100))

    def run(world: World, *, ending: str = ".zip", **asked: Any) -> Report:
        return world.verify(tmp_path / f"copy{next(calls)}{ending}", **asked)

    return run


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for many tests: AWS's library takes long to make its clients anew."""
    with pytest.MonkeyPatch.context() as patch, reachable(Server(Bucket(BUCKET)), patch) as running:
        yield running


@pytest.fixture
def served(server) -> Served:
    server.reset(Bucket(BUCKET, region="eu-west-1"))
    return Served(server)


@pytest.fixture
def runs(tmp_path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[AwsCli]:
    """aws-cli, loaded once."""
    with AwsCli() as running:
        yield running


def causes(report: Report) -> list[str]:
    return sorted(one.cause for one in report.findings)


def only(report: Report, cause: str) -> Finding:
    (found,) = [one for one in report.findings if one.cause == cause]
    return found
