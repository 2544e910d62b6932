"""Landing zones for policy tests, and the callers that appear in them."""

from dataclasses import dataclass
from typing import Any

from ops import config
from ops.config import LandingZone

from .evaluator import Caller

MANAGEMENT, ARCHIVE, AUDIT = "111111111111", "222222222222", "333333333333"
MEMBER, SUBSIDIARY, PARTNER = "444444444444", "777777777777", "888888888888"
STRANGER, SIEM, LAWYER = "999999999999", "666666666666", "555555555555"
ORGANIZATION = "o-a1b2c3d4e5"
OTHER_ORGANIZATION = "o-strangers1"
REGIONS = {
    "aws": ("eu-west-1", "eu-central-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
}
"""Of each partition, the home region and another."""


def a_zone(partition: str = "aws", **sections: Any) -> LandingZone:
    """Return the smallest landing zone of a partition, with sections changed or added."""
    home, other = REGIONS[partition]
    accounts = {MANAGEMENT: "management", ARCHIVE: "log-archive", AUDIT: "audit", MEMBER: "shop"}
    data = {
        "name": "acme",
        "partition": partition,
        "organization": {
            "id": ORGANIZATION,
            "root_id": "r-acme",
            "management_account": MANAGEMENT,
            "log_archive_account": ARCHIVE,
            "audit_account": AUDIT,
            "accounts": [{"id": one, "name": name} for one, name in accounts.items()],
        },
        "regions": {"home": home, "governed": [home, other]},
        "trail": {"name": "org-trail"},
    }
    return config.parse({**data, **sections}, source="test")


def a_full_zone(partition: str = "aws") -> LandingZone:
    """Return a landing zone that uses everything a policy depends on."""
    return a_zone(
        partition,
        trail={"name": "org-trail", "prefix": "audit/logs"},
        standalone_accounts=[
            {"id": SUBSIDIARY, "name": "subsidiary"},
            {
                "id": PARTNER,
                "name": "partner",
                "home_region": REGIONS[partition][1],
                "trail_name": "partner-trail",
            },
        ],
        readers=[
            f"arn:{partition}:iam::{AUDIT}:role/auditor",
            f"arn:{partition}:iam::{MEMBER}:root",
        ],
        analytics={
            "enabled": True,
            "analysts": [
                f"arn:{partition}:iam::{AUDIT}:role/responder",
                f"arn:{partition}:iam::{MEMBER}:root",
            ],
            "store": "s3://history/organisation",
            "store_key_arn": f"arn:{partition}:kms:{REGIONS[partition][0]}:{AUDIT}:key/store",
        },
        guardrails={
            "break_glass_role": "BreakGlass",
            "external_readers": [
                f"arn:{partition}:iam::{SIEM}:role/siem",
                f"arn:{partition}:iam::{LAWYER}:root",
            ],
        },
        deploy={"role_name": "Deployer"},
    )


ZONES = {
    "aws": a_full_zone("aws"),
    "aws-us-gov": a_full_zone("aws-us-gov"),
    "aws-cn": a_full_zone("aws-cn"),
}


@dataclass(frozen=True)
class Cast:
    """The callers of one landing zone, by what they are."""

    zone: LandingZone

    def role(self, account: str, name: str = "Admin") -> Caller:
        """Return a role of one of the organisation's accounts."""
        return Caller(
            arn=f"arn:{self.zone.partition}:iam::{account}:role/{name}",
            organization=ORGANIZATION,
            management=account == MANAGEMENT,
        )

    def outsider(self, account: str = STRANGER, name: str = "Admin") -> Caller:
        """Return a role of an account of another organisation."""
        return Caller(
            arn=f"arn:{self.zone.partition}:iam::{account}:role/{name}",
            organization=OTHER_ORGANIZATION,
        )

    @property
    def expelled(self) -> Caller:
        """The log-archive account's administrator, once it is in no organisation."""
        return Caller(arn=f"arn:{self.zone.partition}:iam::{ARCHIVE}:role/Admin")

    @property
    def root_user(self) -> Caller:
        """The log-archive account's root user."""
        return Caller(
            arn=f"arn:{self.zone.partition}:iam::{ARCHIVE}:root", organization=ORGANIZATION
        )

    def admin(self) -> Caller:
        return self.role(ARCHIVE)

    def break_glass(self, account: str = ARCHIVE) -> Caller:
        return self.role(account, self.zone.guardrails.break_glass_role)

    def analyst(self) -> Caller:
        return self.role(AUDIT, f"atalaya-{self.zone.name}-analyst")

    def deployer(self, account: str = ARCHIVE) -> Caller:
        return self.role(account, self.zone.deploy.role_name)


CLOUDTRAIL = Caller(service="cloudtrail.amazonaws.com")
CLOUDWATCH = Caller(service="cloudwatch.amazonaws.com")
EVENTBRIDGE = Caller(service="events.amazonaws.com")
CONFIG = Caller(service="config.amazonaws.com")
S3_LOGGING = Caller(service="logging.s3.amazonaws.com")
ANYBODY = Caller()
