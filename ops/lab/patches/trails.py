"""Trails: found by ARN, several in one account, the organisation's seen by its members.

The emulator's DescribeTrails ignores the names asked for, DeleteTrail an ARN,
CreateTrail a trail of that name, and nobody checks who may have an organisation
trail.

Sources: CloudTrail API Reference, "DescribeTrails", "CreateTrail",
"DeleteTrail", "UpdateTrail"; User Guide, "Creating a trail for an
organization" (members see the trail, by ARN, and cannot change it).
"""

import json
from typing import Any

from moto.cloudtrail.exceptions import TrailNameTooShort, TrailNotFoundException
from moto.cloudtrail.models import CloudTrailBackend, Trail, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from ops.lab.graft import graft, parameter
from ops.lab.patches import organizations

SERVICE = "cloudtrail.amazonaws.com"
SHORTEST_NAME = 3


def apply() -> None:
    """Replace what finds, creates and deletes trails."""
    graft(CloudTrailBackend, "get_trail", get_trail)
    graft(CloudTrailBackend, "delete_trail", _delete_trail)
    graft(CloudTrailBackend, "describe_trails", _describe_trails)
    graft(CloudTrailResponse, "describe_trails", _answer_describe_trails)
    _guard_creation()
    for name in ("start_logging", "stop_logging", "put_event_selectors", "put_insight_selectors"):
        _guard(name)


def get_trail(self: CloudTrailBackend, name_or_arn: str) -> Trail:
    """Return a trail this account and region can see, its own by name too."""
    if len(name_or_arn) < SHORTEST_NAME:
        raise TrailNameTooShort(actual_length=len(name_or_arn))
    found = [
        trail
        for trail in _describe_trails(self, include_shadow_trails=True)
        if trail.arn == name_or_arn
        or (trail.trail_name == name_or_arn and trail.account_id == self.account_id)
    ]
    found.sort(key=lambda trail: trail.region_name != self.region_name)
    if not found:
        raise TrailNotFoundException(account_id=self.account_id, name=name_or_arn)
    return found[0]


def refuse_organization_trail(self: CloudTrailBackend) -> None:
    """Raise unless this account may own an organisation trail, as CreateTrail does."""
    management = organizations.management_of(self.account_id, self.partition)
    if management is None:
        raise JsonRESTError(
            "OrganizationsNotInUseException",
            "Your account is not a member of an organization in AWS Organizations.",
        )
    if SERVICE not in {one["ServicePrincipal"] for one in management.services}:
        raise JsonRESTError(
            "CloudTrailAccessNotEnabledException",
            "Trusted access between AWS CloudTrail and AWS Organizations is not enabled. "
            "Enable it with EnableAWSServiceAccess, then try again.",
        )
    if management.account_id != self.account_id and self.account_id not in _administrators(self):
        raise JsonRESTError(
            "NotOrganizationMasterAccountException",
            "The account is not the management account of the organization or a "
            "delegated administrator.",
        )


def _administrators(backend: CloudTrailBackend) -> set[str]:
    management = organizations.management_of(backend.account_id, backend.partition)
    return organizations.administrators(management, SERVICE) if management else set()


def _describe_trails(
    self: CloudTrailBackend,
    include_shadow_trails: bool,  # noqa: FBT001 (the emulator's signature)
) -> list[Trail]:
    if not include_shadow_trails:
        return list(self.trails.values())
    return [
        trail
        for owner in _owners(self)
        for backend in list(cloudtrail_backends[owner].values())
        for trail in list(backend.trails.values())
        if owner == self.account_id or trail.is_org_trail
        if trail.is_multi_region or trail.region_name == self.region_name
    ]


def _owners(backend: CloudTrailBackend) -> list[str]:
    management = organizations.management_of(backend.account_id, backend.partition)
    others = [management.account_id] if management else []
    return list(dict.fromkeys([backend.account_id, *others]))


def _answer_describe_trails(self: CloudTrailResponse) -> str:
    shadows = parameter(self, "includeShadowTrails") is not False
    wanted = set(parameter(self, "trailNameList") or [])
    trails = self.cloudtrail_backend.describe_trails(shadows)
    chosen = [
        trail.description(include_region=True)
        for trail in trails
        if not wanted
        or trail.arn in wanted
        or (trail.trail_name in wanted and trail.account_id == self.current_account)
    ]
    return json.dumps({"trailList": chosen})


def _guard_creation() -> None:
    def create_trail(self: CloudTrailBackend, name: str, *args: Any) -> Any:
        is_organization_trail = args[6]
        if is_organization_trail:
            refuse_organization_trail(self)
            self = _owning(self)
        if name in self.trails:
            raise JsonRESTError(
                "TrailAlreadyExistsException",
                f"Trail {name} already exists for customer: {self.account_id}",
            )
        return create(self, name, *args)

    def update_trail(self: CloudTrailBackend, name: str, **kwargs: Any) -> Any:
        if kwargs["is_organization_trail"]:
            refuse_organization_trail(self)
        return update(_owned(self, name), name, **kwargs)

    create = graft(CloudTrailBackend, "create_trail", create_trail)
    update = graft(CloudTrailBackend, "update_trail", update_trail)


def _guard(name: str) -> None:
    def guarded(self: CloudTrailBackend, *args: Any, **kwargs: Any) -> Any:
        trail = args[0] if args else kwargs["trail_name"]
        return original(_owned(self, trail), *args, **kwargs)

    original = graft(CloudTrailBackend, name, guarded)


def _delete_trail(self: CloudTrailBackend, name: str) -> None:
    owner = _owned(self, name)
    trail = owner.get_trail(name)
    del owner.trails[trail.trail_name]
    owner.tagging_service.delete_all_tags_for_resource(trail.arn)


def _owning(backend: CloudTrailBackend) -> CloudTrailBackend:
    """Return where organisation trails lie: the management account, whoever makes them."""
    return cloudtrail_backends[_owners(backend)[-1]][backend.region_name]


def _owned(self: CloudTrailBackend, name: str) -> CloudTrailBackend:
    """Return the backend a trail may be changed in; raise if this account may not."""
    trail = self.get_trail(name)
    if trail.account_id != self.account_id and self.account_id not in _administrators(self):
        raise JsonRESTError(
            "NotOrganizationMasterAccountException",
            f"The account {self.account_id} may not change the organization trail {trail.arn}.",
        )
    if trail.region_name != self.region_name:
        raise JsonRESTError(
            "InvalidHomeRegionException",
            f"The home region of trail {trail.arn} is {trail.region_name}.",
        )
    return cloudtrail_backends[trail.account_id][trail.region_name]
