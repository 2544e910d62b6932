"""CloudTrail's delegated administrator: registered, listed by Organizations, removed.

The emulator implements neither operation and does not know CloudTrail as a
service that delegates.

Sources: CloudTrail API Reference, "RegisterOrganizationDelegatedAdmin",
"DeregisterOrganizationDelegatedAdmin"; User Guide, "Organization delegated
administrator" (three at most; the management account registers).
"""

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError
from moto.organizations.exceptions import OrganizationsClientError
from moto.organizations.models import FakeDelegatedAdministrator, OrganizationsBackend

from ops.lab.graft import graft, parameter
from ops.lab.patches import organizations
from ops.lab.patches.trails import SERVICE

MOST = 3


def apply() -> None:
    """Add both operations."""
    FakeDelegatedAdministrator.SUPPORTED_SERVICES.append(SERVICE)
    graft(CloudTrailResponse, "register_organization_delegated_admin", _register)
    graft(CloudTrailResponse, "deregister_organization_delegated_admin", _deregister)


def _register(self: CloudTrailResponse) -> str:
    management, account = _management(self), str(parameter(self, "MemberAccountId"))
    registered = organizations.administrators(management, SERVICE)
    if account in registered:
        raise _error("AccountRegisteredException", f"Account {account} is registered already.")
    if len(registered) >= MOST:
        raise _error(
            "DelegatedAdminAccountLimitExceededException",
            f"An organization can have {MOST} CloudTrail delegated administrators at most.",
        )
    try:
        management.register_delegated_administrator(AccountId=account, ServicePrincipal=SERVICE)
    except OrganizationsClientError as error:
        raise _error(error.code, error.message) from error
    return "{}"


def _deregister(self: CloudTrailResponse) -> str:
    management = _management(self)
    account = str(parameter(self, "DelegatedAdminAccountId"))
    if account not in organizations.administrators(management, SERVICE):
        raise _error("AccountNotRegisteredException", f"Account {account} is not registered.")
    management.deregister_delegated_administrator(AccountId=account, ServicePrincipal=SERVICE)
    return "{}"


def _management(response: CloudTrailResponse) -> OrganizationsBackend:
    """Return the caller's organisation; raise unless the caller is its management account."""
    found = organizations.management_of(response.current_account, response.partition)
    if found is None:
        raise _error("OrganizationsNotInUseException", "The account is in no organization.")
    if found.account_id != response.current_account:
        raise _error(
            "NotOrganizationManagementAccountException",
            "Only the management account registers a delegated administrator.",
        )
    if parameter(response, "MemberAccountId") == found.account_id:
        raise _error(
            "CannotDelegateManagementAccountException",
            "The management account cannot be the delegated administrator.",
        )
    if SERVICE not in {one["ServicePrincipal"] for one in found.services}:
        raise _error(
            "CloudTrailAccessNotEnabledException",
            "Trusted access between AWS CloudTrail and AWS Organizations is not enabled.",
        )
    return found


def _error(code: str, message: str) -> JsonRESTError:
    return JsonRESTError(code, message)
