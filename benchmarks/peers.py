"""Who verifies the archives: this tool, aws-cli, and the limit. A wrong answer is an error."""

import json
import re
import sys
from pathlib import Path

from benchmarks import venv
from benchmarks.archives import HOME_REGION, MANAGEMENT, TRAIL, Made
from benchmarks.runs import Took, WrongAnswerError, run
from benchmarks.s3bucket import KEYS
from benchmarks.serving import credentials

_REQUIREMENTS = Path(__file__).with_name("requirements") / "awscli.txt"
_COUNTS = re.compile(r"(\d+)/(\d+) (digest|log) files valid")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def ours(archive: Made, url: str | None) -> Took:
    """Run `ops verify`, over HTTP or from the directory without a URL."""
    source = [f"s3://{archive.bucket}"] if url else [str(archive.path), "--keys",
                                                     str(archive.path / KEYS)]  # fmt: skip
    command = [sys.executable, "-m", "ops", "verify", *source, "--until",
               archive.until.strftime(_TIME), "--format", "json"]  # fmt: skip
    took, told = run(command, credentials(url) if url else None)
    summary = json.loads(told)["summary"]
    found = {name: sum(summary[name].values()) for name in ("digests", "logs")}
    valid = {name: summary[name]["VALID"] for name in found}
    right = {"digests": archive.digests, "logs": archive.logs}
    if summary["status"] != "PASS" or not found == valid == right:
        raise WrongAnswerError(f"ops verify says {summary} of {archive.name}, right is {right}")
    return took


def awscli(archive: Made, url: str) -> Took:
    """Run `aws cloudtrail validate-logs`, once for every account and region, in sequence."""
    aws = str(program())
    total, digests, logs = Took(0, 0, 0), 0, 0
    for account, region in archive.chains:
        command = [
            aws, "cloudtrail", "validate-logs", "--region", region, "--account-id", account,
            "--trail-arn", f"arn:aws:cloudtrail:{HOME_REGION}:{MANAGEMENT}:trail/{TRAIL}",
            "--start-time", archive.since.strftime(_TIME), "--end-time", archive.end.strftime(_TIME),
        ]  # fmt: skip
        took, told = run(command, credentials(url))
        total += took
        counted = counts(told)
        digests, logs = digests + counted["digest"], logs + counted["log"]
    if (digests, logs) != (archive.digests, archive.logs):
        raise WrongAnswerError(f"aws-cli finds {digests} digests and {logs} logs in {archive.name}")
    return total


def program() -> Path:
    """Return aws-cli's command; it is installed first if need be."""
    return venv.program("aws", _REQUIREMENTS, again="make bench")


def version() -> str:
    """Return which aws-cli is measured.

    >>> version().startswith("aws-cli 1.")
    True
    """
    pins = dict(line.split("==") for line in _REQUIREMENTS.read_text().split() if "==" in line)
    return f"aws-cli {pins['awscli']}"


def counts(told: str) -> dict[str, int]:
    r"""Return how many digests and logs aws-cli calls valid; raise WrongAnswerError if not all.

    >>> counts("24/24 digest files valid")
    {'digest': 24, 'log': 0}
    """
    found = {"digest": 0, "log": 0}
    for valid, seen, kind in _COUNTS.findall(told):
        if valid != seen:
            raise WrongAnswerError(f"aws-cli calls {valid} of {seen} {kind} files valid")
        found[kind] = int(valid)
    return found


def limit(archive: Made, processes: int, url: str | None) -> Took:
    """Read, gunzip and hash the same files, nothing else; over HTTP, or without a URL from disk."""
    command = [sys.executable, "-m", "benchmarks.limit", str(archive.path), str(processes)]
    took, told = run(
        [*command, archive.bucket] if url else command, credentials(url) if url else None
    )
    if json.loads(told)["files"] < archive.digests + archive.logs:
        raise WrongAnswerError(f"the limit read {told} files of {archive.name}")
    return took
