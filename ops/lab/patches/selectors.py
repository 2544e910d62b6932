"""Event and insight selectors replace what was there, and a trail says it has them.

The emulator keeps basic selectors beside advanced ones, appends insight
selectors, and always answers that a trail has neither: Terraform then never
compares them.

Sources: CloudTrail API Reference, "Trail" (HasCustomEventSelectors,
HasInsightSelectors), "PutEventSelectors", "GetInsightSelectors".
"""

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from ops.lab.graft import graft

Selectors = list[dict[str, Any]]
DEFAULT: Selectors = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
"""What a trail without selectors records."""


def apply() -> None:
    """Put both kinds of selectors right."""
    graft(Trail, "put_event_selectors", _put_event_selectors)
    graft(Trail, "put_insight_selectors", _put_insight_selectors)
    graft(CloudTrailResponse, "get_event_selectors", _get_event_selectors)
    graft(CloudTrailBackend, "get_insight_selectors", _get_insight_selectors)

    def description(self: Trail, *, include_region: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = original(self, include_region=include_region)
        found["HasCustomEventSelectors"] = _is_custom(self)
        found["HasInsightSelectors"] = bool(self.insight_selectors)
        return {name: value for name, value in found.items() if value is not None}

    original = graft(Trail, "description", description)


def _is_custom(trail: Trail) -> bool:
    return bool(trail.advanced_event_selectors) or _basic(trail) != DEFAULT


def _basic(trail: Trail) -> Selectors:
    """Return the basic selectors with everything the caller left out."""
    return [{**DEFAULT[0], **selector} for selector in trail.event_selectors] or DEFAULT


def _put_event_selectors(self: Trail, basic: Selectors | None, advanced: Selectors | None) -> None:
    self.event_selectors = basic or []
    self.advanced_event_selectors = advanced or []


def _put_insight_selectors(self: Trail, insight_selectors: list[dict[str, str]]) -> None:
    self.insight_selectors = list(insight_selectors)


def _get_event_selectors(self: CloudTrailResponse) -> str:
    trail = self.cloudtrail_backend.get_trail(self._get_param("TrailName"))
    if trail.advanced_event_selectors:
        kind: dict[str, Any] = {"AdvancedEventSelectors": trail.advanced_event_selectors}
    else:
        kind = {"EventSelectors": _basic(trail)}
    return json.dumps({"TrailARN": trail.arn, **kind})


def _get_insight_selectors(self: CloudTrailBackend, trail_name: str) -> tuple[str, Any]:
    trail = self.get_trail(trail_name)
    if not trail.insight_selectors:
        raise JsonRESTError(
            "InsightNotEnabledException",
            f"Trail {trail.arn} does not have Insights enabled. Edit the trail settings to "
            "enable Insights, and then try the operation again.",
        )
    return trail.arn, trail.insight_selectors
