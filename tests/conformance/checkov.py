"""checkov, run on the plan of every stack.

Never on the synthesized JSON: checkov finds no runner for it there and exits 0.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.deploy.check.model import Framework
from ops.errors import DeployError
from tests.conformance.finding import Finding, Said

_RESULTS = {"passed_checks": Said.PASS, "failed_checks": Said.FAIL}


def run(program: Path, stack: str, plan: Path, directory: Path) -> Path:
    """Let checkov judge one stack's plan; return its JSON file."""
    done = subprocess.run(
        [
            str(program), "-f", str(plan), "--framework", "terraform_plan",
            "--skip-download", "--compact", "--soft-fail", "-o", "json",
        ],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    report = directory / f"{stack}.json"
    report.write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        log = directory / f"{stack}.log"
        log.write_text(done.stderr, encoding="utf-8")
        raise DeployError(f"checkov ended with {done.returncode} on {stack}.", hint=f"see {log}")
    return report


def read(report: Path, stack: str, account: str, held: int) -> Iterator[Finding]:
    """Yield what a report says; raise DeployError unless it saw all `held` resources."""
    found = json.loads(report.read_bytes())
    seen = found.get("summary", found).get("resource_count", 0)
    if seen != held:
        raise DeployError(
            f"checkov saw {seen} of {stack}'s {held} resources.", hint=f"see {report}"
        )
    for key, said in _RESULTS.items():
        for one in found["results"][key]:
            yield _finding(one, said, stack, account)


def _finding(one: Mapping[str, Any], said: Said, stack: str, account: str) -> Finding:
    return Finding(
        framework=Framework.CHECKOV,
        check=one["check_id"],
        said=said,
        account=account,
        resource=f"{stack}:{one['resource']}",
        is_ours=True,
        text=one["check_name"],
    )
