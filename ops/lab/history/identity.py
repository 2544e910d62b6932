"""Who calls: the `userIdentity` of each kind of caller, and where the caller sits.

Addresses are those kept for documentation (RFC 5737, RFC 3849), so that no
history accuses anybody.

Source: CloudTrail User Guide, "CloudTrail userIdentity element".
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops import names
from ops.lab.history.dice import fixed, pick, principal_id
from ops.lab.history.plan import Place, Plan
from ops.lab.history.record import Caller

TIME = "%Y-%m-%dT%H:%M:%SZ"
OFFICE = tuple(f"203.0.113.{last}" for last in range(10, 42))
"""Addresses of the organisation's own people and networks."""
NAT = tuple(f"198.51.100.{last}" for last in range(1, 9))
"""Addresses from which the workloads reach AWS."""
_CIPHERS = {"TLSv1.3": "TLS_AES_128_GCM_SHA256", "TLSv1.2": "ECDHE-RSA-AES128-GCM-SHA256"}
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)
BOTO = "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.12.11"
CLI = "aws-cli/2.31.9 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.7"
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) "
    "terraform-provider-aws/5.100.0 (+https://registry.terraform.io/providers/hashicorp/aws)"
)


@dataclass(frozen=True, slots=True)
class Role:
    """A role and how one session of it is known."""

    account: str
    name: str
    session: str
    path: str = ""
    """With a slash at its end, such as `service-role/`."""

    @property
    def id(self) -> str:
        """The role's unique id."""
        return principal_id("AROA", self.account, self.name)

    def arn(self, plan: Plan) -> str:
        """Return the role's ARN."""
        return plan.arn("iam", self.account, f"role/{self.path}{self.name}")

    def session_arn(self, plan: Plan) -> str:
        """Return the session's ARN."""
        return plan.arn("sts", self.account, f"assumed-role/{self.name}/{self.session}")

    def key(self, plan: Plan, *since: object) -> str:
        """Return the access key id of the session that began then."""
        return principal_id("ASIA", plan.seed, self.account, self.name, self.session, *since)


@dataclass(frozen=True, slots=True)
class Seat:
    """From where somebody calls, and with what."""

    address: str
    agent: str
    tls: str = "TLSv1.3"


def caller(place: Place, user: dict[str, Any], seat: Seat, plan: Plan) -> Caller:
    """Return a caller of one identity in one account and region."""
    principal = str(user.get("arn") or user.get("invokedBy") or user.get("accountId", ""))
    slots = {
        "user": json.dumps(user, separators=(",", ":")),
        "address": seat.address,
        "agent": seat.agent,
        "tls": seat.tls,
        "cipher": _CIPHERS.get(seat.tls, "ECDHE-RSA-AES128-SHA"),
        "account": place.account,
        "region": place.region,
        "partition": plan.zone.partition,
        "key8": fixed(8, place.account, place.region, "kms"),
        "bucket": bucket(plan, place.account, "data"),
        "trailarn": names.trail_arn(plan.zone),
        "principal": principal,
    }
    return Caller(slots, principal, user.get("accessKeyId"))


def assumed(
    plan: Plan,
    role: Role,
    created: datetime,
    key: str,
    *,
    invoked_by: str | None = None,
    delivery: str | None = None,
    mfa: bool = False,
) -> dict[str, Any]:
    """Return the identity of a role's session; `delivery` is how EC2 handed it over."""
    context: dict[str, Any] = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role.id,
            "arn": role.arn(plan),
            "accountId": role.account,
            "userName": role.name,
        },
        "webIdFederationData": {},
        "attributes": {
            "creationDate": created.strftime(TIME),
            "mfaAuthenticated": "true" if mfa else "false",
        },
    }
    if delivery:
        context["ec2RoleDelivery"] = delivery
    user: dict[str, Any] = {
        "type": "AssumedRole",
        "principalId": f"{role.id}:{role.session}",
        "arn": role.session_arn(plan),
        "accountId": role.account,
        "accessKeyId": key,
        "sessionContext": context,
    }
    return user | ({"invokedBy": invoked_by} if invoked_by else {})


def iam_user(plan: Plan, account: str, name: str, key: str | None) -> dict[str, Any]:
    """Return the identity of an IAM user; without a key, as at console sign-in."""
    user = {
        "type": "IAMUser",
        "principalId": principal_id("AIDA", account, name),
        "arn": plan.arn("iam", account, f"user/{name}"),
        "accountId": account,
        "userName": name,
    }
    return user | ({"accessKeyId": key} if key else {})


def user_key(plan: Plan, account: str, name: str) -> str:
    """Return the long-term access key id of an IAM user."""
    return principal_id("AKIA", plan.seed, account, name)


def service(name: str) -> dict[str, str]:
    """Return the identity of an AWS service."""
    return {"type": "AWSService", "invokedBy": f"{name}.amazonaws.com"}


def service_seat(name: str) -> Seat:
    """Return the place from which an AWS service calls."""
    return Seat(f"{name}.amazonaws.com", f"{name}.amazonaws.com")


def bucket(plan: Plan, account: str, purpose: str) -> str:
    """Return the name of one of an account's own buckets."""
    return f"{plan.name(account)}-{purpose}-{account}".lower().replace(" ", "-")


def office(*name: object) -> str:
    """Return the office address that belongs to a name."""
    return pick(OFFICE, *name)
