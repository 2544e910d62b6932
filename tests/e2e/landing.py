"""One landing zone on an emulator of its own, driven by the command line as a user would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3

from ops import names
from ops.config import LandingZone, load
from tests.conftest import ROOT, ZONES


@dataclass(eq=False)
class Landing:
    """A landing zone's file, its home directory and its emulator."""

    zone: LandingZone
    config: Path
    home: Path

    def ops(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one `ops` command on this landing zone."""
        command = [sys.executable, "-m", "ops", *words, "--config", str(self.config)]
        environment = os.environ | {"ATALAYA_HOME": str(self.home), "COLUMNS": "120"}
        return subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def data(self, *words: str) -> Any:
        """Run one `ops` command and return what it gives as JSON."""
        run = self.ops(*words, "--format", "json")
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout)

    @cached_property
    def lab(self) -> Any:
        """What `ops lab status` says: asked once, the process stays the same."""
        return self.data("lab", "status")

    @cache  # noqa: B019 (a landing zone lives as long as its tests)
    def session(self, account: str, region: str) -> boto3.Session:
        """Return a session of one account, by the role Terraform assumes there."""
        session = boto3.Session(
            aws_access_key_id=self.lab["access_key_id"],
            aws_secret_access_key=self.lab["secret_access_key"],
            region_name=region,
        )
        role = names.deploy_role_arn(self.zone, account)
        if role is None:
            return session
        sts = session.client("sts", endpoint_url=self.lab["endpoint"])
        given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=region,
        )

    def client(self, service: str, account: str, region: str | None = None) -> Any:
        """Return a client of one account; of the home region without another."""
        session = self.session(account, region or self.zone.regions.home)
        return session.client(service, endpoint_url=self.lab["endpoint"])

    def allowances(self) -> list[str]:
        """Return the options that allow archive, key and trails to be destroyed."""
        standalone = (f"standalone-{one.id}" for one in self.zone.standalone_accounts)
        addresses = [f"{stack}:aws_cloudtrail.trail_trail" for stack in ("trail", *standalone)]
        addresses += [
            "log-archive:aws_s3_bucket.archive_bucket",
            "log-archive:aws_s3_bucket.archive_access-logs_bucket",
            "log-archive:aws_kms_key.archive-key_key",
        ]
        return [word for one in addresses for word in ("--allow-destroy", one)]


@contextmanager
def landing(variant: str, home: Path) -> Iterator[Landing]:
    """Start a variant's emulator, and stop it in the end."""
    config = ZONES / f"{variant}.yaml"
    one = Landing(load(config), config, home)
    started = one.ops("lab", "up")
    assert started.returncode == 0, started.stderr
    try:
        yield one
    finally:
        one.ops("lab", "down")
