"""The project's own S3 server as the AWS that everything in a test talks to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from benchmarks.s3faults import Kind, Plan
from benchmarks.s3server import Server, serving
from ops.archive import s3
from ops.archive.model import Patience

CALM = Patience(attempts=5, stalls=2, first_wait=0.01, longest_wait=0.05)
"""As many attempts as make a difference, and no long waits between them."""
HASTY = replace(CALM, connect_timeout=1, read_timeout=0.3, total_timeout=0.8)
"""The same with short timeouts: a busy machine may exceed them, so only where one must end."""


def patience(plan: Plan) -> Patience:
    """Return how long to try against a server that goes wrong so."""
    slow = any(rule.kind in (Kind.HANG, Kind.DRIP) for rule in plan.rules)
    return HASTY if slow else CALM


def credentials(url: str) -> dict[str, str]:
    """Return the environment in which AWS's programs and libraries find the server."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


@contextmanager
def reachable(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run a server that this process takes for AWS."""
    s3.callers.cache_clear()
    with serving(server):
        for name, value in credentials(server.url).items():
            monkeypatch.setenv(name, value)
        yield server
    s3.callers.cache_clear()
