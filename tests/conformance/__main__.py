"""`python -m tests.conformance --config F`: exit code 0 if the judges and the config agree."""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from ops import home
from ops.config import LandingZone, load
from ops.deploy import session
from ops.deploy.check import Estate, judge, read, stand_ins
from ops.errors import Exit, OpsError
from tests.conformance import checkov, prowler, report, venv
from tests.conformance.comparison import compare
from tests.conformance.finding import Finding, Names
from tests.conftest import ROOT

_TOGETHER = 2


def main(arguments: list[str]) -> int:
    """Deploy, let the judges judge, compare, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("config/lab.yaml"))
    config = parser.parse_args(arguments).config
    try:
        return _conform(config)
    except OpsError as error:
        _say(f"conformance: {error}")
        if error.hint:
            _say(f"  → {error.hint}")
        return error.exit_code


def _conform(config: Path) -> int:
    zone = load(config)
    programs = {name: venv.program(name) for name in ("prowler", "checkov")}
    if zone.deploy.endpoint == "lab":
        _ops("lab", "up", "--config", str(config))
    _ops("deploy", "apply", "--config", str(config), "--auto-approve")
    _say("planning every stack for checkov")
    with session.opened(config, listen=lambda _: None) as opened:
        plans = opened.deployment.documents(stand_ins=stand_ins(zone))
        estate = read(plans)
        findings = _judged(zone, programs, plans, estate)
    matrix = judge(estate, zone.accepted)
    comparison = compare(zone, matrix, findings)
    report.show(Console(width=_width(), highlight=False), matrix, comparison)
    return Exit.FINDINGS if comparison.problems or matrix.notes else Exit.OK


def _judged(
    zone: LandingZone, programs: Mapping[str, Path], plans: Mapping[str, Path], estate: Estate
) -> list[Finding]:
    directory = home.zone_directory(zone) / "conformance"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    organization = zone.organization
    accounts = [organization.management_account, organization.log_archive_account]
    if zone.analytics.enabled:
        accounts.append(organization.audit_account)
    names = Names(estate)
    findings: list[Finding] = []
    with ThreadPoolExecutor(_TOGETHER) as pool:
        _say(f"prowler judges accounts {', '.join(accounts)}; checkov {len(plans)} plans")
        seen = [
            pool.submit(prowler.run, programs["prowler"], zone, account, directory)
            for account in accounts
        ]
        planned = {
            stack: pool.submit(checkov.run, programs["checkov"], stack, path, directory)
            for stack, path in plans.items()
        }
        for one in seen:
            findings += prowler.read(one.result(), names)
        for stack, one in planned.items():
            held = [resource for resource in estate.resources if resource.stack == stack]
            findings += checkov.read(one.result(), stack, held[0].account, len(held))
    return findings


def _ops(*words: str) -> None:
    """Run an `ops` command; raise OpsError if it did not do what it should."""
    _say(f"ops {' '.join(words)}")
    done = subprocess.run(
        [sys.executable, "-m", "ops", *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise OpsError(f"`ops {' '.join(words)}` ended with {done.returncode}.")


def _width() -> int | None:
    """Return a width that keeps a check's name in one line where there is no terminal."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
