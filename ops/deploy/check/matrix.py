"""The matrix: every control of every framework, judged from one estate."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ops.config.settings import Accepted
from ops.deploy.check import checkov, cis, prowler, securityhub
from ops.deploy.check.estate import Estate
from ops.deploy.check.model import Control, Fact, Framework, Judgement, Row, Status

CONTROLS: tuple[Control, ...] = (
    *sorted(cis.CONTROLS, key=lambda one: (one.framework, [int(n) for n in one.id.split(".")])),
    *securityhub.CONTROLS,
    *prowler.CONTROLS,
    *checkov.CONTROLS,
)
"""All controls, framework by framework."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All controls, judged, and what is odd about the config's exceptions."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether any control fails that the config does not accept."""
        return any(row.status is Status.FAIL for row in self.rows)

    def counts(self) -> dict[Framework, Counter[Status]]:
        """Return how many controls stand how, by framework."""
        found: dict[Framework, Counter[Status]] = {one: Counter() for one in Framework}
        for row in self.rows:
            found[row.control.framework][row.status] += 1
        return found

    def open(self) -> "Matrix":
        """Return it with only the rows that want a person's eye: neither pass nor moot."""
        quiet = (Status.PASS, Status.NOT_APPLICABLE)
        return replace(self, rows=tuple(row for row in self.rows if row.status not in quiet))


def judge(
    estate: Estate, accepted: Iterable[Accepted] = (), controls: Iterable[Control] = CONTROLS
) -> Matrix:
    """Judge every control; a failing one that the config accepts is `accepted`.

    An exception that names no control, or one that does not fail, changes
    nothing and becomes a note.
    """
    known: dict[Fact, Judgement] = {}
    reasons = {one.control: one.reason for one in accepted}
    rows = []
    for control in controls:
        if control.fact not in known:
            known[control.fact] = control.fact(estate)
        rows.append(_row(control, known[control.fact], reasons.get(control.name)))
    return Matrix(tuple(rows), tuple(_notes(rows, reasons)))


def _row(control: Control, judgement: Judgement, reason: str | None) -> Row:
    status, words = judgement.status, judgement.reason
    if status is Status.FAIL and reason:
        status, words = Status.ACCEPTED, f"{reason} ({words})"
    return Row(control, status, words, judgement.resources)


def _notes(rows: Iterable[Row], reasons: Iterable[str]) -> Iterable[str]:
    found = {row.control.name: row for row in rows}
    for name in reasons:
        row = found.get(name)
        if row is None:
            yield f"accepted names {name}, which is no control of `ops deploy check`"
        elif row.status is not Status.ACCEPTED:
            yield f"accepted names {name}, which does not fail: it is {row.status}"
