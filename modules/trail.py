"""The trail: what is recorded, and the two kinds of selectors that say so."""

from collections.abc import Sequence
from typing import Any

from modules.cdk import Construct, aws, block
from ops import names
from ops.config import LandingZone
from ops.config.events import DataEvents, NetworkActivity, Trail

MANAGEMENT_SELECTOR = "Management events selector"
"""Prowler accepts an advanced selector for management events by this name only."""


class TrailResource(Construct):
    """One multi-region trail.

    Log file validation is no setting: without digests there is nothing to
    verify. The archive's policies lie in another account's stack, which is
    applied first: CloudTrail writes a test object at creation and the provider
    does not try again when it may not.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        zone: LandingZone,
        name: str,
        key_arn: str,
        **organization: Any,
    ) -> None:
        super().__init__(scope, id)
        trail = zone.trail
        self.resource = aws.cloudtrail.Cloudtrail(
            self,
            "trail",
            name=name,
            s3_bucket_name=names.bucket(zone),
            s3_key_prefix=trail.prefix or None,
            kms_key_id=key_arn,
            enable_log_file_validation=True,
            enable_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            insight_selector=[block(insight_type=kind) for kind in trail.insights] or None,
            **selectors(zone),
            **organization,
        )


def selectors(zone: LandingZone) -> dict[str, Any]:
    """Return the selector arguments of the landing zone's trails.

    Basic selectors that only repeat CloudTrail's default are left out: the
    provider drops them when it reads and would differ at every plan.
    """
    trail = zone.trail
    if trail.selectors == "advanced":
        chosen = [_management(trail)]
        chosen += [_data(events, names.bucket_arn(zone)) for events in trail.data_events]
        chosen += [_network(activity) for activity in trail.network_activity]
        return {"advanced_event_selector": chosen}
    basic = _basic(trail, zone.partition)
    return {"event_selector": basic} if basic else {}


def _field(name: str, **operators: Sequence[str]) -> dict[str, Any]:
    lists = {operator: list(values) for operator, values in operators.items()}
    return block(field=name, **lists)


def _read_only(read_write: str) -> list[dict[str, Any]]:
    if read_write == "All":
        return []
    return [_field("readOnly", equals=["true" if read_write == "ReadOnly" else "false"])]


def _management(trail: Trail) -> dict[str, Any]:
    events = trail.management_events
    fields = [_field("eventCategory", equals=["Management"]), *_read_only(events.read_write)]
    if events.exclude_sources:
        fields.append(_field("eventSource", not_equals=events.exclude_sources))
    return block(name=MANAGEMENT_SELECTOR, field_selector=fields)


def _data(events: DataEvents, bucket_arn: str) -> dict[str, Any]:
    fields = [
        _field("eventCategory", equals=["Data"]),
        _field("resources.type", equals=[events.resource_type]),
        *_read_only(events.read_write),
    ]
    resources: dict[str, Sequence[str]] = {}
    if events.arns:
        resources["starts_with"] = events.arns
    if events.resource_type == "AWS::S3::Object":
        # Each delivery into the archive would else be recorded and delivered again.
        resources["not_starts_with"] = [f"{bucket_arn}/"]
    if resources:
        fields.append(_field("resources.ARN", **resources))
    return block(name=events.name, field_selector=fields)


def _network(activity: NetworkActivity) -> dict[str, Any]:
    fields = [
        _field("eventCategory", equals=["NetworkActivity"]),
        _field("eventSource", equals=[activity.event_source]),
    ]
    return block(name=f"Network activity of {activity.event_source}", field_selector=fields)


def _basic(trail: Trail, partition: str) -> list[dict[str, Any]]:
    events = trail.management_events
    if events.read_write == "All" and not events.exclude_sources and not trail.data_events:
        return []
    management = block(
        read_write_type=events.read_write,
        include_management_events=True,
        exclude_management_event_sources=events.exclude_sources or None,
    )
    return [management] + [
        block(
            read_write_type=data.read_write,
            # Else every management event would be recorded once more per selector.
            include_management_events=False,
            data_resource=[block(type=data.resource_type, values=_values(data, partition))],
        )
        for data in trail.data_events
    ]


def _values(events: DataEvents, partition: str) -> list[str]:
    service = {"AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}
    return list(events.arns) or [f"arn:{partition}:{service[events.resource_type]}"]
