"""What the tests of the history share: a bucket over HTTP, reached as AWS would be."""

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Plan
from benchmarks.s3server import Server, serving
from ops.archive import s3

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIATEST",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A bucket `history` in another region than boto3 would guess."""
    s3.callers.cache_clear()
    with serving(Server(Bucket("history", region="eu-west-1"), Plan())) as running:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ATALAYA_HOME", str(tmp_path / "home"))
        yield running
    s3.callers.cache_clear()
