"""What of the recorded events must fit together, and CloudTrail's quotas on selectors.

Each check reads a few sections and yields what does not fit; `ops.config.coherence`
runs them with its own.
"""

from collections.abc import Callable, Iterator

from ops.config import bucket_names
from ops.config.events import Trail
from ops.config.landing_zone import LandingZone
from ops.config.problem import Problem, twice

SELECTOR_CONDITIONS = 500
"""Conditions over all advanced selectors of a trail (CloudTrail quotas page)."""
BASIC_DATA_RESOURCES = 250
"""Data resources over all basic selectors of a trail (CloudTrail quotas page)."""
BASIC_SELECTORS = 5
"""Basic selectors of a trail (CloudTrail quotas page); management events take one."""
BASIC_TYPES = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
EXCLUDABLE = ("kms.amazonaws.com", "rdsdata.amazonaws.com")


def excluded_sources(zone: LandingZone) -> Iterator[Problem]:
    """Only the two sources CloudTrail lets out are left out."""
    place = ("trail", "management_events", "exclude_sources")
    sources = zone.trail.management_events.exclude_sources
    for index, source in enumerate(sources):
        if source not in EXCLUDABLE:
            yield Problem((*place, index), f"must be one of {', '.join(EXCLUDABLE)}", source)
    yield from twice(place, sources)


def insights(zone: LandingZone) -> Iterator[Problem]:
    """Call rates are computed from write management events.

    Source: CloudTrail User Guide, "Working with CloudTrail Insights".
    """
    kinds: list[str] = list(zone.trail.insights)
    yield from twice(("trail", "insights"), kinds)
    if "ApiCallRateInsight" in kinds and zone.trail.management_events.read_write == "ReadOnly":
        yield Problem(
            ("trail", "insights", kinds.index("ApiCallRateInsight")),
            "needs write management events: trail.management_events.read_write must be "
            "All or WriteOnly",
            "ApiCallRateInsight",
        )


def network_activity(zone: LandingZone) -> Iterator[Problem]:
    """Each service once, and in advanced selectors only."""
    activity = zone.trail.network_activity
    yield from twice(("trail", "network_activity"), (one.event_source for one in activity))
    if activity and zone.trail.selectors == "basic":
        yield Problem(("trail", "network_activity"), "needs trail.selectors: advanced")


def advanced_selectors(zone: LandingZone) -> Iterator[Problem]:
    """Advanced selectors stay within CloudTrail's quota."""
    count = advanced_conditions(zone.trail)
    if zone.trail.selectors == "advanced" and count > SELECTOR_CONDITIONS:
        yield Problem(
            ("trail", "data_events"),
            f"{count} conditions over all selectors: must be at most {SELECTOR_CONDITIONS}; "
            "let ARNs share a beginning",
        )


def basic_selectors(zone: LandingZone) -> Iterator[Problem]:
    """Basic selectors stay within CloudTrail's quotas and know three resource types."""
    trail, place = zone.trail, ("trail", "data_events")
    if trail.selectors != "basic":
        return
    if (count := sum(len(events.arns) for events in trail.data_events)) > BASIC_DATA_RESOURCES:
        yield Problem(
            place,
            f"{count} data resources over all basic selectors: must be at most "
            f"{BASIC_DATA_RESOURCES}; use trail.selectors: advanced",
        )
    if (count := len(trail.data_events)) >= BASIC_SELECTORS:
        yield Problem(
            place,
            f"{count} selectors: must be at most {BASIC_SELECTORS - 1} beside the one for "
            "management events; use trail.selectors: advanced",
        )
    for index, events in enumerate(trail.data_events):
        if events.resource_type not in BASIC_TYPES:
            yield Problem(
                (*place, index, "resource_type"),
                f"must be one of {', '.join(BASIC_TYPES)} with trail.selectors: basic",
                events.resource_type,
            )


def archive_not_recorded(zone: LandingZone) -> Iterator[Problem]:
    """Basic selectors cannot leave the archive out, so they may not take it in.

    Each delivery would be recorded, and the record delivered.
    """
    if zone.trail.selectors != "basic":
        return
    buckets = [f"arn:{zone.partition}:s3:::{bucket_names.archive(zone)}/"]
    buckets.append(f"arn:{zone.partition}:s3:::{bucket_names.access_logs(zone)}/")
    reason = (
        "the archive itself, and each delivery would record another: name other buckets, "
        "or use trail.selectors: advanced"
    )
    for index, events in enumerate(zone.trail.data_events):
        if events.resource_type != "AWS::S3::Object":
            continue
        place = ("trail", "data_events", index, "arns")
        if not events.arns:
            yield Problem(place, f"means every bucket with {reason}", [])
        for number, arn in enumerate(events.arns):
            if any(one.startswith(arn) or arn.startswith(one) for one in buckets):
                yield Problem((*place, number), f"takes in {reason}", arn)


def advanced_conditions(trail: Trail) -> int:
    """Return how many condition values the trail's advanced selectors hold.

    Counted as CloudTrail does: every value of every operator of every field.
    """
    management = 1 + (trail.management_events.read_write != "All")
    management += len(trail.management_events.exclude_sources)
    data = sum(
        2 + (events.read_write != "All") + len(events.arns)
        + (events.resource_type == "AWS::S3::Object")
        for events in trail.data_events
    )  # fmt: skip
    network = 2 * len(trail.network_activity)
    return management + data + network


CHECKS: tuple[Callable[[LandingZone], Iterator[Problem]], ...] = (
    excluded_sources,
    insights,
    network_activity,
    advanced_selectors,
    basic_selectors,
    archive_not_recorded,
)
