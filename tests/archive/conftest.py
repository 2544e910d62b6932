"""A bucket served over HTTP, with faults on demand."""

from dataclasses import dataclass

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Plan
from benchmarks.s3server import Server, serving
from ops.archive import s3
from ops.archive.model import Patience
from ops.archive.opening import open_source

QUICK = Patience(
    attempts=5, stalls=2, first_wait=0.01, longest_wait=0.05,
    connect_timeout=1, read_timeout=0.3, total_timeout=0.8,
)  # fmt: skip
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
        return open_source(text, patience=more.pop("patience", QUICK), **more)

    def asked(self, method="GET"):
        return [one for one in self.server.requests if one.method == method]


@pytest.fixture
def world(monkeypatch):
    s3.callers.cache_clear()
    with serving(Server(Bucket("archive", region="eu-west-1"), Plan())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        yield World(server)
    s3.callers.cache_clear()
