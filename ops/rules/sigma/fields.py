"""The fields that a Sigma rule names: paths from the record's root, dots between keys."""

import re

from ops.errors import RuleError
from ops.rules.predicate import Path

_KEY = re.compile(r"[A-Za-z0-9_:/@ -]+")
"""What CloudTrail's keys are made of, but for dots."""
_LISTS = frozenset({
    "resources", "items", "ipRanges", "Rule", "Statement", "Grant", "valuesToAdd", "valuesToRemove",
    "eventSelectors", "advancedEventSelectors", "fieldSelectors", "dataResources",
    "excludeManagementEventSources", "insightSelectors", "secretIdList", "containerDefinitions",
    "layers", "tags", "tagSet",
})  # fmt: skip
"""Keys under which CloudTrail writes lists. Source: CloudTrail User Guide, "CloudTrail record
contents"; the API references of EC2 (each list of its XML is `items`), RDS, S3, CloudTrail, ECS and Lambda.
That none is missing which a rule of ours goes through, its events show in a test."""


def path(name: str) -> Path:
    """Return the path that a field is; raise RuleError if it is none."""
    keys = tuple(name.split("."))
    if not all(_KEY.fullmatch(one) for one in keys):
        raise RuleError(
            f"{name[:80]!r} is no field of a record",
            hint="write CloudTrail's keys with dots between: requestParameters.bucketName",
        )
    return keys


def many(found: Path) -> bool:
    """Whether a path is known to lead through a list."""
    return any(one in _LISTS for one in found)
