"""Event patterns of EventBridge: read, evaluated over CloudTrail's events, compiled to."""

from ops.rules.eventbridge.compiler import compiled
from ops.rules.eventbridge.envelope import enveloped
from ops.rules.eventbridge.evaluation import explain, matches
from ops.rules.eventbridge.parser import parsed, read
from ops.rules.eventbridge.pattern import Fields

__all__ = ["Fields", "compiled", "enveloped", "explain", "matches", "parsed", "read"]
