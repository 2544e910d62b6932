"""Security Hub's controls of CloudTrail, CloudWatch and Athena.

Source: Security Hub User Guide, "CloudTrail controls", "CloudWatch controls" and
"Athena controls".
"""

from collections.abc import Iterator

from ops.deploy.check import alarms, archive, athena, monitoring, trails
from ops.deploy.check.facts import not_applicable
from ops.deploy.check.model import Control, Fact, Framework
from ops.rules.controls import controls
from ops.rules.model import Dialect

_NO_LAKE = not_applicable(
    "the landing zone has no CloudTrail Lake event data store; Lake is closed to new customers "
    "since 2026-05-31"
)

_FACTS: tuple[tuple[str, str, Fact], ...] = (
    ("Athena.3", "Workgroups are tagged", athena.TAGGED),
    ("Athena.4", "Workgroups publish metrics", athena.LOGGED),
    ("CloudTrail.1", "A multi-region trail logs management events", trails.MULTI_REGION_COMPLETE),
    ("CloudTrail.2", "CloudTrail is encrypted at rest", trails.ENCRYPTED),
    ("CloudTrail.3", "At least one trail is enabled", trails.ENABLED),
    ("CloudTrail.4", "Log file validation is enabled", trails.VALIDATED),
    ("CloudTrail.5", "Trails are integrated with CloudWatch Logs", trails.TO_LOG_GROUP),
    ("CloudTrail.6", "The trail's bucket is not public", archive.NOT_PUBLIC),
    ("CloudTrail.7", "The trail's bucket logs its accesses", archive.LOGGED),
    ("CloudTrail.9", "Trails are tagged", trails.TAGGED),
    ("CloudTrail.10", "Lake event data stores are encrypted with customer keys", _NO_LAKE),
    ("CloudWatch.15", "Alarms have an action for the ALARM state", alarms.ALARM_ACTS),
    ("CloudWatch.16", "Log groups are kept for at least a year", alarms.GROUP_KEPT_A_YEAR),
    ("CloudWatch.17", "Alarm actions are enabled", alarms.ALARM_ENABLED),
)


def _controls() -> Iterator[Control]:
    for number, title, fact in _FACTS:
        yield Control(Framework.SECURITYHUB, number, title, fact)
    for rule in controls():
        if rule.said.securityhub:
            fact = monitoring.exact(rule, Dialect.SECURITYHUB)
            yield Control(Framework.SECURITYHUB, rule.said.securityhub, rule.said.title, fact)


CONTROLS: tuple[Control, ...] = tuple(
    sorted(_controls(), key=lambda one: (one.id.split(".")[0], int(one.id.split(".")[1])))
)
