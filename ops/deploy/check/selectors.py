"""What a trail's selectors record: management events, and the reads and writes of objects.

Sources: CloudTrail User Guide, "Logging management events" and "Logging data
events"; prowler 5.46.0, services/cloudtrail.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.deploy.check.estate import Resource

PROWLER_SELECTOR = "Management events selector"
"""The one name by which prowler takes an advanced selector for management events."""
_OBJECT = "AWS::S3::Object"


def records_management(trail: Resource) -> bool:
    """Whether read and write management events are recorded."""
    return {"read", "write"} <= set(management(trail))


def excludes_sources(trail: Resource) -> bool:
    """Whether any source of management events is left out."""
    basic = any(
        one.get("exclude_management_event_sources") for one in trail.blocks("event_selector")
    )
    return basic or any(
        any(given.get(operator) for operator in ("not_equals", "not_starts_with", "equals"))
        for fields in _advanced(trail, "Management")
        for given in fields.get("eventSource", [])
    )


def management(trail: Resource) -> Iterator[str]:
    """Yield `read` and `write` for the management events that are recorded."""
    basic = trail.blocks("event_selector")
    if not basic and not trail.blocks("advanced_event_selector"):
        yield from ("read", "write")  # CloudTrail's default
    for one in basic:
        if one.get("include_management_events") is not False:
            yield from _kinds(one.get("read_write_type"))
    for fields in _advanced(trail, "Management"):
        yield from _advanced_kinds(fields)


def object_events(trail: Resource) -> Iterator[str]:
    """Yield `read` and `write` for the S3 data events recorded of all buckets.

    The archive's own bucket may be left out: recording its deliveries would
    never end.
    """
    everything = {f"arn:{_partition(trail)}:s3", f"arn:{_partition(trail)}:s3:::"}
    for one in trail.blocks("event_selector"):
        for data in one.get("data_resource") or ():
            if data.get("type") == _OBJECT and everything & {*data.get("values", ())}:
                yield from _kinds(one.get("read_write_type"))
    for fields in _advanced(trail, "Data"):
        if _values(fields, "resources.type") == [_OBJECT] and not any(
            given.get(operator)
            for given in fields.get("resources.ARN", [])
            for operator in ("equals", "starts_with", "ends_with")
        ):
            yield from _advanced_kinds(fields)


def _advanced(trail: Resource, category: str) -> Iterator[dict[str, list[Mapping[str, Any]]]]:
    """Yield the fields of each advanced selector of a category, by the field's name."""
    for selector in trail.blocks("advanced_event_selector"):
        fields: dict[str, list[Mapping[str, Any]]] = {}
        for given in selector.get("field_selector") or ():
            fields.setdefault(given["field"], []).append(given)
        if _values(fields, "eventCategory") == [category]:
            yield fields


def _values(fields: Mapping[str, list[Mapping[str, Any]]], name: str) -> list[str]:
    return [value for given in fields.get(name, []) for value in given.get("equals") or ()]


def _advanced_kinds(fields: Mapping[str, list[Mapping[str, Any]]]) -> tuple[str, ...]:
    chosen = _values(fields, "readOnly")
    return _kinds({"true": "ReadOnly", "false": "WriteOnly"}.get(chosen[0]) if chosen else None)


def _kinds(read_write: str | None) -> tuple[str, ...]:
    kinds = {"ReadOnly": ("read",), "WriteOnly": ("write",)}
    return kinds.get(read_write or "All", ("read", "write"))


def _partition(trail: Resource) -> str:
    starts = {"us-gov-": "aws-us-gov", "cn-": "aws-cn"}
    return next((name for head, name in starts.items() if trail.region.startswith(head)), "aws")


def prowler_takes_management(trail: Resource) -> bool:
    """Whether prowler finds a selector for management events, by its name if it is advanced."""
    if any(
        one.get("read_write_type") in (None, "All")
        and one.get("include_management_events") is not False
        for one in trail.blocks("event_selector")
    ):
        return True
    advanced = trail.blocks("advanced_event_selector")
    if not advanced and not trail.blocks("event_selector"):
        return True
    return any(
        one.get("name") == PROWLER_SELECTOR
        and all(given["field"] != "readOnly" for given in one.get("field_selector") or ())
        for one in advanced
    )


def prowler_takes_objects(trail: Resource, kind: str) -> bool:
    """Whether prowler finds object `read` or `write` events recorded.

    Of an advanced selector it looks at the resource type and at nothing else.
    """
    typed = any(
        given["field"] == "resources.type" and (given.get("equals") or [None])[0] == _OBJECT
        for one in trail.blocks("advanced_event_selector")
        for given in one.get("field_selector") or ()
    )
    return typed or kind in object_events(trail)
