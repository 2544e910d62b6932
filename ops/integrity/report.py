"""The report: one value, and the JSON object every other form is made from.

Equal archives and equal questions give equal bytes, `run` aside: everything is
sorted, nothing depends on the order in which answers came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.errors import Exit
from ops.integrity.finding import Finding, Status, Verdict
from ops.integrity.outcome import ChainOutcome, Counts
from ops.integrity.span import Span, clock

SCHEMA = "atalaya.verify/1"
FINDING = ("verdict", "kind", "bucket", "key", "account", "region", "from", "to", "reason", "hint")
"""What a finding says, in the order it is printed."""
_HOLES = {"digest-missing": "missing", "checkpoint-older": "missing"}
_GAPS = {
    "gap": False,
    "restart": False,
    "head-stale": False,
    "gap-explained": True,
    "restart-explained": True,
    "chain-ended": True,
}


@dataclass(frozen=True, slots=True)
class Run:
    """Who ran what, and when: the only part that differs between equal runs."""

    version: str
    started: datetime
    ended: datetime
    caller_arn: str | None
    args: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as the report prints it."""
        return {
            "version": self.version,
            "started": clock(self.started),
            "ended": clock(self.ended),
            "caller_arn": self.caller_arn,
            "args": list(self.args),
        }


@dataclass(frozen=True, slots=True)
class Requested:
    """What was asked, with every default filled in."""

    since: datetime | None
    until: datetime
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    trail: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the report prints it."""
        return {
            "since": clock(self.since) if self.since else None,
            "until": clock(self.until),
            "accounts": list(self.accounts),
            "regions": list(self.regions),
            "trail": self.trail,
        }


@dataclass(frozen=True, slots=True)
class FamilyReport:
    """One kind of log files over the whole run."""

    covered: bool
    """Whether digests name files of this kind."""
    referenced: int
    unreferenced: int
    uncovered: int
    pending: int

    def as_json(self) -> dict[str, Any]:
        """Return it as the report prints it."""
        return {
            "status": "covered" if self.covered else "not covered by digests",
            "referenced": self.referenced,
            "unreferenced": self.unreferenced,
            "uncovered": self.uncovered,
            "pending": self.pending,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run found."""

    source: str
    requested: Requested
    status: Status
    digests: Counts
    logs: Counts
    uncovered: int
    """Log files outside proven hours."""
    families: Mapping[str, FamilyReport]
    keys_source: str
    chains: tuple[ChainOutcome, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    run: Run
    expected: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Accounts and regions that should have chains; for the coverage map."""
    end_from_copy: bool = False
    """Whether the end of the range is that of the copy's newest digest."""

    @property
    def exit_code(self) -> Exit:
        """Return the exit code: 0 pass, 1 findings, 3 incomplete."""
        return {
            Status.PASS: Exit.OK,
            Status.FAIL: Exit.FINDINGS,
            Status.INCOMPLETE: Exit.INCOMPLETE,
        }[self.status]

    def as_json(self) -> dict[str, Any]:
        """Return the whole report as one JSON object."""
        return {
            "schema": SCHEMA,
            "source": self.source,
            "requested": self.requested.as_json(),
            "summary": {
                "status": self.status.value,
                "digests": _counts(self.digests),
                "logs": {**_counts(self.logs), "uncovered": self.uncovered},
            },
            "families": {name: one.as_json() for name, one in sorted(self.families.items())},
            "keys_source": self.keys_source,
            "chains": [chain_json(chain) for chain in self.chains],
            "findings": [finding_json(one) for one in self.findings],
            "notes": list(self.notes),
            "run": self.run.as_json(),
        }


def chain_json(chain: ChainOutcome) -> dict[str, Any]:
    """Return one chain as the report prints it."""
    trust = chain.trusted
    return {
        "account": chain.account,
        "region": chain.region,
        "trail": chain.trail,
        "home_region": chain.home_region,
        "first": clock(chain.first) if chain.first else None,
        "last": clock(chain.last) if chain.last else None,
        "digests": _counts(chain.digests),
        "logs": _counts(chain.logs),
        "proven": [_span(span) for span in chain.proven],
        "missing": [_span(hole.span) for hole in chain.holes if hole.cause in _HOLES],
        "gaps": [
            {**_span(hole.span), "explained": _GAPS[hole.cause]}
            for hole in chain.holes
            if hole.cause in _GAPS
        ],
        "trusted": trust
        and {**_span(Span(trust.since, trust.until)), "digests": trust.digests, "logs": trust.logs},
    }


def finding_json(found: Finding) -> dict[str, Any]:
    """Return one finding as the report prints it."""
    return {
        "verdict": found.verdict.value,
        "kind": found.kind.value,
        "bucket": found.bucket,
        "key": found.key,
        "account": found.account,
        "region": found.region,
        "from": clock(found.start) if found.start else None,
        "to": clock(found.end) if found.end else None,
        "reason": found.reason,
        "hint": found.hint,
    }


def _counts(counts: Counts) -> dict[str, int]:
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict}


def _span(span: Span) -> dict[str, str]:
    return {"from": clock(span.start), "to": clock(span.end)}
