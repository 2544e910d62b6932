"""Facts about trails.

Sources: Security Hub User Guide, "CloudTrail controls" and the AWS Config rules
behind them; CIS AWS Foundations Benchmark v5.0, section 3; prowler 5.46.0,
services/cloudtrail.
"""

from ops.deploy.check import selectors
from ops.deploy.check.estate import Estate, Resource
from ops.deploy.check.facts import Test, every, verdict
from ops.deploy.check.model import Fact, Judgement, Status

TRAIL = "aws_cloudtrail"


def some(test: Test, *, good: str, bad: str) -> Fact:
    """Return the fact that in every account with a trail, at least one passes a test."""

    def fact(estate: Estate) -> Judgement:
        trails = estate.of(TRAIL)
        if not trails:
            return Judgement(Status.FAIL, f"{bad}: the landing zone has no trail")
        passing = [trail for trail in trails if test(estate, trail)]
        served = {trail.account for trail in passing}
        failing = [trail for trail in trails if trail.account not in served]
        return verdict(failing, passing, good=good, bad=bad)

    return fact


def logs_everywhere(_: Estate, trail: Resource) -> bool:
    """Whether a trail is multi-region and logging."""
    return _is(trail, "is_multi_region_trail") and trail.values.get("enable_logging") is not False


def _is(trail: Resource, argument: str) -> bool:
    return trail.value(argument) is True


MULTI_REGION = some(
    lambda estate, trail: logs_everywhere(estate, trail) and selectors.records_management(trail),
    good="a trail logs read and write management events in all regions",
    bad="no trail logs read and write management events in all regions",
)
MULTI_REGION_COMPLETE = some(
    lambda estate, trail: (
        logs_everywhere(estate, trail)
        and selectors.records_management(trail)
        and not selectors.excludes_sources(trail)
    ),
    good="a trail logs all management events in all regions and leaves no source out",
    bad="no trail logs all management events of all sources in all regions",
)
LOGS_EVERYWHERE = some(
    logs_everywhere, good="a trail logs in all regions", bad="no trail logs in all regions"
)
PROWLER_MANAGEMENT = some(
    lambda estate, trail: (
        logs_everywhere(estate, trail) and selectors.prowler_takes_management(trail)
    ),
    good="a trail logs management events by a selector prowler knows",
    bad=f"no trail has a selector prowler knows: its name must be {selectors.PROWLER_SELECTOR!r}, "
    "without a readOnly field",
)
RECORDS_WRITES = some(
    lambda _, trail: "write" in selectors.management(trail),
    good="write management events are recorded, those of Amazon Bedrock among them",
    bad="no trail records write management events",
)
ENABLED = some(
    lambda _, trail: trail.values.get("enable_logging") is not False,
    good="a trail is logging",
    bad="no trail is logging",
)
ALL_LOGGING = every(
    TRAIL,
    lambda _, trail: trail.values.get("enable_logging") is not False,
    good="every trail is logging",
    bad="trails that are not logging (enable_logging)",
)
ALL_MULTI_REGION = every(
    TRAIL,
    lambda _, trail: _is(trail, "is_multi_region_trail"),
    good="every trail is multi-region",
    bad="trails of one region (is_multi_region_trail)",
)
VALIDATED = every(
    TRAIL,
    lambda _, trail: _is(trail, "enable_log_file_validation"),
    good="log file validation is on",
    bad="no digests are written (enable_log_file_validation)",
)
ENCRYPTED = every(
    TRAIL,
    lambda _, trail: trail.sets("kms_key_id"),
    good="log files are encrypted with a customer managed key",
    bad="log files are not encrypted with a customer managed key (kms_key_id)",
)
TO_LOG_GROUP = every(
    TRAIL,
    lambda _, trail: trail.sets("cloud_watch_logs_group_arn"),
    good="events go to a log group",
    bad="events go to no log group (cloud_watch_logs_group_arn)",
)
ANNOUNCED = every(
    TRAIL,
    lambda _, trail: trail.sets("sns_topic_name"),
    good="deliveries are announced on a topic",
    bad="deliveries are announced on no topic (sns_topic_name)",
)
INSIGHTS = every(
    TRAIL,
    lambda _, trail: bool(trail.blocks("insight_selector")),
    good="Insights are computed",
    bad="no Insights are computed (trail.insights in the config; billed)",
)
TAGGED = every(
    TRAIL,
    lambda _, trail: bool(trail.values.get("tags_all") or trail.values.get("tags")),
    good="the trail is tagged",
    bad="trails without a tag (tags)",
)
OBJECT_WRITES = some(
    lambda _, trail: "write" in selectors.object_events(trail),
    good="writes to the objects of all buckets (but the archive's) are recorded",
    bad="writes to objects are not recorded for all buckets (trail.data_events in the config; "
    "billed)",
)
OBJECT_READS = some(
    lambda _, trail: "read" in selectors.object_events(trail),
    good="reads of the objects of all buckets (but the archive's) are recorded",
    bad="reads of objects are not recorded for all buckets (trail.data_events in the config; "
    "billed)",
)
PROWLER_OBJECT_WRITES = some(
    lambda _, trail: selectors.prowler_takes_objects(trail, "write"),
    good="a selector records S3 data events",
    bad="no selector records S3 data events (trail.data_events in the config; billed)",
)
PROWLER_OBJECT_READS = some(
    lambda _, trail: selectors.prowler_takes_objects(trail, "read"),
    good="a selector records S3 data events",
    bad="no selector records S3 data events (trail.data_events in the config; billed)",
)
