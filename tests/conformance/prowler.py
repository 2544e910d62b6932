"""prowler, run in one account of the deployed landing zone."""

import csv
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ops import endpoint, names
from ops.aws import Caller
from ops.config import LandingZone
from ops.deploy.check.model import Framework
from ops.endpoint import Access
from ops.errors import DeployError
from tests.conformance.finding import Finding, Names, Said

SERVICES = ("athena", "cloudtrail", "cloudwatch", "s3", "kms", "sns")
_LEAKING = "AWS_"


def run(program: Path, zone: LandingZone, account: str, directory: Path) -> Path:
    """Let prowler judge one account; return its CSV file."""
    regions = {zone.regions.home, zone.where.global_region}
    command = [
        str(program), "aws", "--service", *SERVICES, "--region", *sorted(regions),
        "--output-formats", "csv", "--output-directory", str(directory),
        "--output-filename", account, "--no-banner", "--no-color", "--ignore-exit-code-3",
    ]  # fmt: skip
    report = directory / f"{account}.csv"
    # prowler would add to the findings of an earlier run.
    report.unlink(missing_ok=True)
    done = subprocess.run(
        command,
        cwd=directory,
        env=_environment(zone, account),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    log = directory / f"{account}.log"
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode or not report.exists():
        raise DeployError(
            f"prowler ended with {done.returncode} in account {account}.", hint=f"see {log}"
        )
    return report


def read(report: Path, known: Names) -> Iterator[Finding]:
    """Yield what a report says."""
    with report.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            label = known.label(row["RESOURCE_UID"], row["RESOURCE_NAME"])
            yield Finding(
                framework=Framework.PROWLER,
                check=row["CHECK_ID"],
                said=Said(row["STATUS"]),
                account=row["ACCOUNT_UID"],
                resource=label or row["RESOURCE_UID"],
                is_ours=label is not None,
                text=row["STATUS_EXTENDED"],
            )


def _environment(zone: LandingZone, account: str) -> dict[str, str]:
    """Return an environment with the account's credentials and nothing else of AWS."""
    where = endpoint.resolve(zone)
    role = names.deploy_role_arn(zone, account)
    caller = Caller(Access(role_arn=role, region=zone.regions.home, endpoint=where))
    key, secret, token = caller.credentials()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_LEAKING) or name == "AWS_CA_BUNDLE"
    }
    kept |= {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": zone.regions.home,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if token:
        kept["AWS_SESSION_TOKEN"] = token
    if where:
        kept["AWS_ENDPOINT_URL"] = where.url
    return kept
