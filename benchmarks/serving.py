"""The project's own S3 server as a process, serving one archive."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import ROOT
from benchmarks.archives import HOME_REGION, MANAGEMENT, ORGANISATION_ID, TRAIL, Made
from benchmarks.runs import clean


@contextmanager
def serving(archive: Made, latency_ms: int) -> Iterator[str]:
    """Serve an archive for as long as the block lasts; yield the server's URL."""
    command = [
        sys.executable, "-m", "benchmarks.s3server", str(archive.path), "--bucket", archive.bucket,
        "--latency-ms", str(latency_ms), "--account", MANAGEMENT, "--trail", TRAIL,
        "--home-region", HOME_REGION, "--organization", ORGANISATION_ID,
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, env=clean(), stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None  # noqa: S101  # it was asked for
            yield str(json.loads(server.stdout.readline())["url"])
        finally:
            server.terminate()


def credentials(url: str) -> dict[str, str]:
    """Return the environment in which AWS's tools find the server, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": HOME_REGION,
        "AWS_DEFAULT_REGION": HOME_REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
