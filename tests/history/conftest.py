"""What the tests of the history share: an empty archive, and a bucket over HTTP."""

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Plan
from benchmarks.s3server import Server, serving
from ops.archive import s3
from tests.history.stores import Archive

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture
def archive(tmp_path):
    """A directory that the test fills."""
    return Archive(tmp_path / "archive")


@pytest.fixture
def store(tmp_path):
    """Where a store comes to be."""
    return tmp_path / "store"


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A bucket `history`, reached as AWS would be, in another region than boto3 would guess."""
    s3.callers.cache_clear()
    with serving(Server(Bucket("history", region="eu-west-1"), Plan())) as running:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ATALAYA_HOME", str(tmp_path / "home"))
        yield running
    s3.callers.cache_clear()
