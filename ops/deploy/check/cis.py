"""The logging and monitoring controls of the CIS AWS Foundations Benchmark.

Versions 1.2, 3.0 and 5.0; in 3.0 and 5.0 the S3 controls too that concern the
archive. Numbers: the benchmarks themselves, as prowler's compliance files and
Security Hub's tables repeat them.
"""

from collections.abc import Iterator

from ops.deploy.check import archive, buckets, keys, monitoring, trails
from ops.deploy.check.facts import manual, not_applicable
from ops.deploy.check.model import Control, Fact, Framework
from ops.rules.controls import controls
from ops.rules.model import Dialect
from ops.rules.rule import Rule

_CONFIG = manual(
    "no plan of the landing zone sets up AWS Config: look at `aws configservice "
    "describe-configuration-recorder-status` in every account and region"
)
_FLOW_LOGS = not_applicable(
    "the landing zone holds no VPC; flow logs belong to the stacks that make VPCs"
)
_SECURITY_HUB = manual(
    "no plan of the landing zone enables Security Hub: look at `aws securityhub describe-hub` "
    "in every account and region"
)
_DISCOVERED = manual(
    "a plan does not know what is in the objects: the archive's are CloudTrail's log files; "
    "classify the data of other buckets with Amazon Macie or by hand"
)

_LOGGING: tuple[tuple[str, str | None, str | None, Fact], ...] = (
    ("CloudTrail is enabled in all regions", "2.1", "3.1", trails.MULTI_REGION),
    ("Log file validation is enabled", "2.2", "3.2", trails.VALIDATED),
    ("The trail's bucket is not public", "2.3", None, archive.NOT_PUBLIC),
    ("The trail is integrated with CloudWatch Logs", "2.4", None, trails.TO_LOG_GROUP),
    ("AWS Config is enabled in all regions", "2.5", "3.3", _CONFIG),
    ("The trail's bucket logs its accesses", "2.6", "3.4", archive.LOGGED),
    ("CloudTrail logs are encrypted with customer keys", "2.7", "3.5", trails.ENCRYPTED),
    ("Customer keys rotate", "2.8", "3.6", keys.ROTATED),
    ("VPC flow logs are enabled", "2.9", "3.7", _FLOW_LOGS),
    ("S3 object-level writes are logged", None, "3.8", trails.OBJECT_WRITES),
    ("S3 object-level reads are logged", None, "3.9", trails.OBJECT_READS),
    ("Bucket policies deny plain HTTP", None, "2.1.1", buckets.DENIES_PLAIN_HTTP),
    ("MFA Delete is enabled", None, "2.1.2", archive.mfa_delete_by_hand),
    ("Data in S3 is discovered and classified", None, "2.1.3", _DISCOVERED),
    ("Buckets block public access", None, "2.1.4", buckets.ACCESS_BLOCKED),
    ("AWS Security Hub is enabled", None, "4.16", _SECURITY_HUB),
)
"""Title, number in 1.2, number in 3.0 and 5.0, fact."""


def _controls() -> Iterator[Control]:
    for title, old, new, fact in _LOGGING:
        if old:
            yield Control(Framework.CIS_1_2, old, title, fact)
        if new:
            yield Control(Framework.CIS_3_0, new, title, fact)
            yield Control(Framework.CIS_5_0, new, title, fact)
    for rule in controls():
        yield from _monitoring(rule)


def _monitoring(rule: Rule) -> Iterator[Control]:
    # Security Hub's texts are those of CIS 1.2.
    first, later = monitoring.exact(rule, Dialect.SECURITYHUB), monitoring.cis(rule)
    for framework, fact in (
        (Framework.CIS_1_2, first),
        (Framework.CIS_3_0, later),
        (Framework.CIS_5_0, later),
    ):
        if number := rule.said.cis.get(framework.removeprefix("cis-")):
            yield Control(framework, number, rule.said.title, fact)


CONTROLS: tuple[Control, ...] = tuple(_controls())
