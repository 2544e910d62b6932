"""The judges against the matrix: where they differ, and what nobody has justified."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.config import LandingZone
from ops.deploy.check.matrix import Matrix
from ops.deploy.check.model import Row, Status
from tests.conformance import outside
from tests.conformance.finding import Finding, Said, verdict

_EXPECTED = {
    Status.PASS: Said.PASS,
    Status.FAIL: Said.FAIL,
    Status.ACCEPTED: Said.FAIL,
    Status.MANUAL: Said.MANUAL,
}
_MEND = "mend the resource, or add an entry with a reason to `accepted` in the config"
_RESTATE = "restate the control in ops/deploy/check: the judge is right about itself"


@dataclass(frozen=True, slots=True)
class Line:
    """One check a judge has run, or that the matrix says it should have."""

    name: str
    said: Said | None
    """The judge's verdict; None if it said nothing."""
    ours: Status | None
    """The matrix's; None if it does not know the check."""
    reason: str
    problem: str = ""
    """What is wrong and what to do; empty if all is well."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every check of the judges, and the findings about something else."""

    lines: tuple[Line, ...]
    outside: tuple[tuple[Finding, str], ...]
    """Findings let be, and why."""

    @property
    def problems(self) -> tuple[Line, ...]:
        """The lines that fail the run."""
        return tuple(line for line in self.lines if line.problem)


def compare(zone: LandingZone, matrix: Matrix, findings: Iterable[Finding]) -> Comparison:
    """Compare what the judges said with the matrix and with the config's exceptions."""
    by_check: dict[str, list[Finding]] = {}
    let_be: list[tuple[Finding, str]] = []
    judges = set()
    for one in findings:
        judges.add(one.framework)
        if why := outside.reason(one, zone):
            let_be.append((one, why))
        else:
            by_check.setdefault(one.name, []).append(one)
    rows = {row.control.name: row for row in matrix.rows if row.control.framework in judges}
    accepted = {one.control: one.reason for one in zone.accepted}
    lines = tuple(
        _line(name, by_check.get(name, []), rows.get(name), accepted.get(name))
        for name in sorted({*by_check, *rows})
    )
    return Comparison(lines, tuple(let_be))


def _line(name: str, findings: Sequence[Finding], row: Row | None, accepted: str | None) -> Line:
    said = verdict(findings)
    status = row.status if row else None
    problem = _unexplained(findings, accepted) or _disagreement(findings, said, row)
    return Line(name, said, status, accepted or (row.reason if row else ""), problem)


def _unexplained(findings: Sequence[Finding], accepted: str | None) -> str:
    failing = [one for one in findings if one.said is Said.FAIL]
    if not failing or accepted:
        return ""
    where = "; ".join(f"{one.resource} (account {one.account}): {one.text}" for one in failing)
    return f"fails on {where}. {_MEND}"


def _disagreement(findings: Sequence[Finding], said: Said | None, row: Row | None) -> str:
    if row is None or row.status is Status.NOT_APPLICABLE:
        return ""
    if said is None:
        # A judge may find nothing to look at; it must not be silent about a failure.
        return "" if _EXPECTED[row.status] is not Said.FAIL else f"says nothing. {_RESTATE}"
    if said is not _EXPECTED[row.status]:
        return f"says {said}, ops deploy check says {row.status} ({row.reason}). {_RESTATE}"
    failing = {one.resource for one in findings if one.said is Said.FAIL and one.is_ours}
    if failing and failing != {*row.resources}:
        return (
            f"fails on {', '.join(sorted(failing))}, ops deploy check on "
            f"{', '.join(sorted(row.resources))}. {_RESTATE}"
        )
    return ""
