"""Event patterns of EventBridge: read, evaluated over CloudTrail's events, compiled to."""

from ops.rules.eventbridge.compiler import TARGET, compiled
from ops.rules.eventbridge.envelope import enveloped
from ops.rules.eventbridge.evaluation import explain, matches
from ops.rules.eventbridge.parser import parsed, read, written
from ops.rules.eventbridge.pattern import LONGEST, Fields

__all__ = [
    "LONGEST",
    "TARGET",
    "Fields",
    "compiled",
    "enveloped",
    "explain",
    "matches",
    "parsed",
    "read",
    "written",
]
