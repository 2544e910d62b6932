"""A running lab, and boto3 in any account of it."""

import os
import signal
import time

import boto3
import pytest
from botocore.config import Config

from ops import endpoint
from ops import lab as labs
from ops.config import parse
from ops.endpoint import Life
from ops.lab import Lab

MANAGEMENT, LOGS, AUDIT, SHOP = "111111111111", "222222222222", "333333333333", "012345678901"
ALONE, OTHER = "777777777777", "888888888888"
ROLE = "Deployer"
SETTINGS = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def organization(**changes):
    """Ids longer than the shortest AWS gives, and accounts in the root and in units."""
    return {
        "id": "o-0123456789abcdef",
        "root_id": "r-longer99",
        "management_account": MANAGEMENT,
        "log_archive_account": LOGS,
        "audit_account": AUDIT,
        "units": [
            {"id": "ou-longer99-security00", "name": "Security"},
            {"id": "ou-longer99-workload00", "name": "Workloads"},
        ],
        "accounts": [
            {"id": MANAGEMENT, "name": "management"},
            {"id": LOGS, "name": "log-archive", "unit": "ou-longer99-security00"},
            {"id": AUDIT, "name": "audit", "unit": "ou-longer99-security00"},
            {"id": SHOP, "name": "web shop", "unit": "ou-longer99-workload00"},
        ],
    } | changes


def a_zone(**changes):
    """Return a landing zone on the lab."""
    data = {
        "name": "acme",
        "organization": organization(),
        "regions": {"home": "eu-west-1", "governed": ["eu-west-1", "us-east-1"]},
        "standalone_accounts": [
            {"id": ALONE, "name": "alone"},
            {"id": OTHER, "name": "other", "role_name": "TheirRole"},
        ],
        "trail": {"name": "organization-trail"},
        "deploy": {"endpoint": "lab", "role_name": ROLE},
    }
    return parse(data | changes, source="test")


class Cloud:
    """boto3 against a lab, as the operator or as a role."""

    def __init__(self, lab: Lab, **keys: str) -> None:
        self.lab = lab
        self.keys = keys or {
            "aws_access_key_id": lab.access_key_id,
            "aws_secret_access_key": lab.secret_access_key,
        }

    def client(self, service: str, region: str = "eu-west-1"):
        return boto3.client(
            service, region, endpoint_url=self.lab.endpoint, config=SETTINGS, **self.keys
        )

    def assume(self, role_arn: str) -> "Cloud":
        answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")
        found = answer["Credentials"]
        return Cloud(
            self.lab,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    def account(self, account: str, role: str = ROLE) -> "Cloud":
        return self.assume(f"arn:aws:iam::{account}:role/{role}")


def kill(lab):
    os.kill(lab.pid, signal.SIGKILL)
    wait_until_gone(lab)


def wait_until_gone(lab):
    for _ in range(200):
        if endpoint.life(lab) is Life.GONE:
            return
        time.sleep(0.02)
    raise AssertionError(f"{lab} still answers")


@pytest.fixture(scope="session")
def directory(tmp_path_factory):
    """The directory of the lab that most tests share."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def cloud(directory):
    """The lab that most tests share: each leaves what the next one expects."""
    yield Cloud(labs.up(a_zone(), directory))
    labs.down(directory)


@pytest.fixture(scope="session")
def trusted(cloud):
    """The same, with CloudTrail trusted by the organisation and a bucket to log to."""
    cloud.client("organizations").enable_aws_service_access(
        ServicePrincipal="cloudtrail.amazonaws.com"
    )
    cloud.account(LOGS).client("s3").create_bucket(
        Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return cloud
