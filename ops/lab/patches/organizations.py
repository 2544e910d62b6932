"""Organizations as AWS serves it: ids of any length, policy types, who may ask.

The emulator knows ids of the shortest form only, attaches policies of a type
that is not enabled, and answers a member account as if it had an organisation
of its own, an empty one.

Sources: Organizations API Reference, "AttachPolicy", "ListAccounts" ("only
from the management account or by a member account that is a delegated
administrator"); "Organization", "Root", "OrganizationalUnit" (forms of ids).
"""

from typing import Any

from moto.organizations import models, utils
from moto.organizations.exceptions import OrganizationsClientError, PolicyTypeNotEnabledException
from moto.organizations.models import OrganizationsBackend, organizations_backends
from moto.organizations.responses import OrganizationsResponse

from ops.lab.graft import before, graft

EVERYBODY = ("DescribeOrganization",)
READING = ("Describe", "List")


def apply() -> None:
    """Put all three right."""
    utils.ORG_ID_REGEX = r"o-[a-z0-9]{10,32}"
    utils.ROOT_ID_REGEX = r"r-[0-9a-z]{4,32}"
    utils.OU_ID_REGEX = r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}"
    before(OrganizationsBackend, "attach_policy", _type_is_enabled)
    graft(OrganizationsResponse, "organizations_backend", property(_backend))


def administrators(management: OrganizationsBackend, service: str | None = None) -> set[str]:
    """Return the delegated administrators' account ids, of one service or of any."""
    return {
        one.account.id for one in management.admins if service is None or service in one.services
    }


def management_of(account: str, partition: str) -> OrganizationsBackend | None:
    """Return the backend that holds an account's organisation; None outside of one."""
    owner, _ = organizations_backends.master_accounts.get(account, (account, partition))
    backend = organizations_backends[owner][partition]
    return backend if backend.org else None


def _type_is_enabled(self: OrganizationsBackend, **kwargs: str) -> None:
    policy = self.get_policy_by_id(kwargs["PolicyId"])
    root = next(unit for unit in self.ou if isinstance(unit, models.FakeRoot))
    if not policy.aws_managed and policy.type not in {one["Type"] for one in root.policy_types}:
        if policy.id in (utils.DEFAULT_SCP_POLICY_ID, utils.DEFAULT_RCP_POLICY_ID):
            return
        raise PolicyTypeNotEnabledException


def _backend(self: OrganizationsResponse) -> Any:
    account, action = self.current_account, self._get_action()
    own = organizations_backends[account][self.partition]
    management = management_of(account, self.partition)
    if management is None or management is own or action in EVERYBODY:
        return own
    if action.startswith(READING) and account in administrators(management):
        return management
    raise OrganizationsClientError(
        "AccessDeniedException", "You don't have permissions to access this resource."
    )
