"""aws-cli's `validate-logs`, run as the program that it is, and what it says."""

import os
import re
import subprocess
from dataclasses import dataclass

from benchmarks import venv
from benchmarks.s3server import Server
from tests.loopback import credentials

_LINE = re.compile(r"^(?:\(backfill\) )?(?:Digest|Log) file\ts3://[^/]+/(\S+)\t(.*)$", re.MULTILINE)
_RATIO = re.compile(r"^(\d+/\d+ (?:backfill digest|digest|log)) files valid", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """What one run of aws-cli said."""

    code: int
    valid: frozenset[str]
    """The keys it called valid."""
    invalid: dict[str, str]
    """The keys it did not, and why."""
    ratios: tuple[str, ...]
    """Its summary, such as `6/6 digest`."""
    text: str
    """Everything it printed."""

    def __str__(self) -> str:
        """Return it in a line, as the table of mistakes spells it."""
        summary = ", ".join(self.ratios)
        if not summary:
            summary = "no digests" if "No digests found" in self.text else "aborted"
        return f"exit {self.code}: {summary}"


def validate_logs(server: Server, *more: str, since: str, until: str) -> Said:
    """Let aws-cli validate what the server's trail delivered."""
    control = server.control
    command = [
        str(venv.program("aws", venv.AWS_CLI, again="make test")), "cloudtrail", "validate-logs", "--verbose",
        "--trail-arn", control.arn, "--account-id", control.account,
        "--start-time", since, "--end-time", until, *more,
    ]  # fmt: skip
    found = {"AWS_DEFAULT_REGION": control.home_region, **credentials(server.url)}
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **found},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    text = done.stdout + done.stderr
    lines = _LINE.findall(text)
    return Said(
        code=done.returncode,
        valid=frozenset(key for key, what in lines if what == "valid"),
        invalid={key: what for key, what in lines if what != "valid"},
        ratios=tuple(_RATIO.findall(done.stdout)),
        text=text,
    )
