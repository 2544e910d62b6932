"""Filter patterns of CloudWatch Logs for JSON events: read, evaluated, written, compiled to."""

from ops.rules.cloudwatch.compiler import TARGET, compiled
from ops.rules.cloudwatch.evaluation import explain, matches
from ops.rules.cloudwatch.parser import parsed
from ops.rules.cloudwatch.pattern import LONGEST, Pattern, expressions, written

__all__ = [
    "LONGEST",
    "TARGET",
    "Pattern",
    "compiled",
    "explain",
    "expressions",
    "matches",
    "parsed",
    "written",
]
