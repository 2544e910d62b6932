"""What a lab is built from: the organisation of a config and the roles in it.

Only this part of a config shapes the lab. Its fingerprint tells whether a
running lab still fits: a changed retention does, a changed account id does not.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.config import LandingZone


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit, directly below the root."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the role Terraform assumes in it."""

    id: str
    name: str
    unit: str | None
    """The unit it lies in; None is the root, or outside the organisation."""
    role: str | None
    """None: no role; one comes with keys of the account itself."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One organisation, and the accounts outside it, as plain values."""

    zone: str
    partition: str
    region: str
    organization: str
    root: str
    management: str
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]
    standalone: tuple[Account, ...]

    @property
    def fingerprint(self) -> str:
        """A hash of everything in it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return it as JSON text; `from_json` gives it back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Blueprint":
        """Return the blueprint that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["units"] = tuple(Unit(**unit) for unit in data["units"])
        for field in ("accounts", "standalone"):
            data[field] = tuple(Account(**account) for account in data[field])
        return cls(**data)


def of(zone: "LandingZone") -> Blueprint:
    """Return the blueprint of a landing zone."""
    organization = zone.organization
    return Blueprint(
        zone=zone.name,
        partition=zone.partition,
        region=zone.regions.home,
        organization=organization.id,
        root=organization.root_id,
        management=organization.management_account,
        units=tuple(Unit(unit.id, unit.name) for unit in organization.units),
        accounts=tuple(_member(zone, account.id) for account in organization.accounts),
        standalone=tuple(
            Account(one.id, one.name, None, one.role_name or zone.deploy.role_name)
            for one in zone.standalone_accounts
        ),
    )


def _member(zone: "LandingZone", account_id: str) -> Account:
    account = next(one for one in zone.organization.accounts if one.id == account_id)
    is_management = account.id == zone.organization.management_account
    role = zone.deploy.management_role_name if is_management else zone.deploy.role_name
    return Account(account.id, account.name, account.unit, role)
