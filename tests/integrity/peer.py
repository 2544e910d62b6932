"""aws-cli's `validate-logs`, run as the program that it is, and what it says."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from benchmarks import venv
from benchmarks.s3server import Server
from tests.loopback import credentials

_LINE = re.compile(r"^(?:\(backfill\) )?(?:Digest|Log) file\ts3://[^/]+/(\S+)\t(.*)$", re.MULTILINE)
_RATIO = re.compile(r"^(\d+/\d+ (?:backfill digest|digest|log)) files valid", re.MULTILINE)
_PROGRAM = """
import json, os, sys
import awscli.clidriver  # what its script does, and all that takes long

for line in sys.stdin:
    asked = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    os.environ.update(asked["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), number)
    sys.argv = asked["words"]
    sys.exit(awscli.clidriver.main())
"""


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


class AwsCli:
    """aws-cli, loaded once: each call is a process of its own that goes on from there."""

    def __init__(self) -> None:
        program = venv.program("aws", venv.AWS_CLI, again="make test")
        self._process = subprocess.Popen(
            [str(program.with_name("python")), "-c", _PROGRAM],
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def validate_logs(self, server: Server, *more: str, since: str, until: str) -> Said:
        """Let aws-cli validate what the server's trail delivered."""
        control = server.control
        words = [
            "aws", "cloudtrail", "validate-logs", "--verbose",
            "--trail-arn", control.arn, "--account-id", control.account,
            "--start-time", since, "--end-time", until, *more,
        ]  # fmt: skip
        found = {"AWS_DEFAULT_REGION": control.home_region, **credentials(server.url)}
        return self._call(words, found)

    def _call(self, words: list[str], environment: dict[str, str]) -> Said:
        with TemporaryDirectory() as directory:
            out, err = Path(directory, "out"), Path(directory, "err")
            asked = {"words": words, "environment": environment, "out": str(out), "err": str(err)}
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return _said(code, out.read_text(), err.read_text())


def _said(code: int, out: str, err: str) -> Said:
    lines = _LINE.findall(out + err)
    return Said(
        code=code,
        valid=frozenset(key for key, what in lines if what == "valid"),
        invalid={key: what for key, what in lines if what != "valid"},
        ratios=tuple(_RATIO.findall(out)),
        text=out + err,
    )
