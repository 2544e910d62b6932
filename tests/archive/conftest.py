"""A bucket served over HTTP, with faults on demand."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3server import Server
from ops.archive import s3
from ops.archive.opening import open_source
from tests.loopback import patience, reachable

SIGNED = {"signature": "ab12", "signature-algorithm": "SHA256withRSA"}


@dataclass
class World:
    """A served bucket, and the archive that reads it."""

    server: Server

    @property
    def bucket(self):
        return self.server.bucket

    @property
    def plan(self):
        return self.server.plan

    @plan.setter
    def plan(self, plan):
        self.server.plan = plan

    def put(self, count, *, size=100, prefix="logs"):
        keys = [f"{prefix}/{number:04d}" for number in range(count)]
        for number, key in enumerate(keys):
            self.bucket.put(key, number.to_bytes(4, "big") * (size // 4), SIGNED)
        return keys

    def open(self, text="s3://archive", **more):
        return open_source(text, patience=more.pop("patience", patience(self.plan)), **more)

    def asked(self, method="GET"):
        return [one for one in self.server.requests if one.method == method]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for many tests: AWS's library takes long to make its clients anew."""
    with pytest.MonkeyPatch.context() as patch, reachable(Server(Bucket("archive")), patch) as one:
        yield one


@pytest.fixture
def world(server) -> World:
    server.reset(Bucket("archive", region="eu-west-1"))
    return World(server)


@pytest.fixture
def anew() -> Iterator[None]:
    """Forget the credentials found so far, before and after."""
    s3.callers.cache_clear()
    yield
    s3.callers.cache_clear()
