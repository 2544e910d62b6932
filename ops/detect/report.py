"""What a run of the rules came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.detect.finding import SCHEMA, Finding
from ops.detect.scan import NotRun
from ops.query.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Report:
    """Findings, the oldest first, and what they are all findings of."""

    findings: Sequence[Finding]
    refused: Sequence[NotRun]
    rules_run: int
    coverage: Coverage
    dropped: int = 0
    """How many findings there are beyond those shown: too many of one rule."""

    def as_json(self) -> Mapping[str, Any]:
        """Return it as plain data."""
        return {
            "schema": SCHEMA,
            "findings": [one.as_json() for one in self.findings],
            "refused": [{"rule": one.rule, "reason": one.reason} for one in self.refused],
            "rules_run": self.rules_run,
            "coverage": self.coverage.as_json(),
        }
