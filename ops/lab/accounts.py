"""Makes the organisation of a blueprint, and the accounts outside it, in the emulator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from moto.iam.models import IAMBackend, iam_backends
from moto.organizations import utils
from moto.organizations.models import (
    FakeAccount,
    FakeOrganizationalUnit,
    OrganizationsBackend,
    organizations_backends,
)

from ops.lab.blueprint import Account, Blueprint, Unit

OPERATOR = "lab-operator"
"""The user of the management account whose keys the lab's record holds."""
_FOUNDED = datetime(2020, 1, 1)  # noqa: DTZ001 (the emulator's times are naive UTC)
_ADMINISTRATOR = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Long-term access keys."""

    access_key_id: str
    secret_access_key: str


def create(blueprint: Blueprint) -> Keys:
    """Create everything; return keys of the management account's operator."""
    backend = organizations_backends[blueprint.management][blueprint.partition]
    with _ids(blueprint.organization, blueprint.root, blueprint.management):
        backend.create_organization(blueprint.region, FeatureSet="ALL")
    for unit in blueprint.units:
        _unit(backend, unit, blueprint.root)
    for order, account in enumerate(blueprint.accounts):
        _account(backend, account, blueprint)
        joined = next(one for one in backend.accounts if one.id == account.id)
        # Listings are ordered and paged by this time, so each account has its own.
        joined.create_time = _FOUNDED + timedelta(days=order)
    for account in (*blueprint.accounts, *blueprint.standalone):
        _role(account, blueprint)
    return _operator(blueprint)


@contextmanager
def _ids(organization: str, root: str, account: str) -> Iterator[None]:
    """Let the emulator's id makers give these ids instead of random ones."""
    names = ("make_random_org_id", "make_random_root_id", "make_random_account_id")
    makers = {name: getattr(utils, name) for name in names}
    for name, value in zip(names, (organization, root, account), strict=True):
        setattr(utils, name, lambda value=value: value)
    try:
        yield
    finally:
        for name, maker in makers.items():
            setattr(utils, name, maker)


def _unit(backend: OrganizationsBackend, unit: Unit, root: str) -> None:
    backend.create_organizational_unit(Name=unit.name, ParentId=root)
    made: FakeOrganizationalUnit = backend.ou[-1]
    made.id = unit.id


def _account(backend: OrganizationsBackend, account: Account, blueprint: Blueprint) -> None:
    if account.id == blueprint.management:
        made = next(one for one in backend.accounts if one.id == account.id)
        made.name, made.email = account.name, _email(account)
        if backend.org is not None:
            backend.org.master_account_email = made.email
        made.joined_method = "INVITED"  # what AWS says of a management account
    else:
        with _ids(blueprint.organization, blueprint.root, account.id):
            backend.create_account(AccountName=account.name, Email=_email(account))
        made = backend.accounts[-1]
    _place(made, account.unit or blueprint.root)


def _place(account: FakeAccount, parent: str) -> None:
    account.parent_id = parent


def _email(account: Account) -> str:
    return f"aws+{account.id}@example.com"


def _role(account: Account, blueprint: Blueprint) -> None:
    """Give an account the role Terraform assumes there, and no other."""
    iam_backends[account.id]["aws"].roles.clear()  # the emulator's own idea of that role
    if account.role is None:
        return
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{blueprint.partition}:iam::{blueprint.management}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam = iam_backends[account.id][blueprint.partition]
    iam.create_role(
        role_name=account.role,
        assume_role_policy_document=json.dumps(trust),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    iam.put_role_policy(account.role, "AdministratorAccess", _ADMINISTRATOR)


def _operator(blueprint: Blueprint) -> Keys:
    iam: IAMBackend = iam_backends[blueprint.management][blueprint.partition]
    iam.create_user(blueprint.region, OPERATOR)
    key = iam.create_access_key(OPERATOR)
    return Keys(key.access_key_id, key.secret_access_key)
