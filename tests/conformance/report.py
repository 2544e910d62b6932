"""What a person reads of a comparison."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.deploy.check.matrix import Matrix
from ops.deploy.check.model import Framework, Status
from ops.rules.controls import controls
from tests.conformance.comparison import Comparison, Line
from tests.conformance.finding import Said

_STYLES = {Said.PASS: "green", Said.FAIL: "red", Said.MANUAL: "yellow"}


def show(console: Console, matrix: Matrix, comparison: Comparison) -> None:
    """Print every check, what was let be, the problems, and a line that sums up."""
    console.print(_table(comparison))
    _show_accepted(console, comparison)
    _show_outside(console, comparison)
    for line in comparison.problems:
        console.print(Text(f"✗ {line.name} {line.problem}", style="red"), soft_wrap=True)
    for note in matrix.notes:
        console.print(Text(f"✗ {note}", style="red"), soft_wrap=True)
    console.print(_sum(matrix, comparison))


def _table(comparison: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("check", overflow="fold")
    table.add_column("judge", no_wrap=True)
    table.add_column("ops deploy check", no_wrap=True)
    for line in comparison.lines:
        if line.said is None and not line.problem:
            continue
        table.add_row(
            Text(line.name, style="red" if line.problem else ""),
            Text(line.said or "silent", style=_STYLES[line.said] if line.said else "dim"),
            line.ours.value if line.ours else Text("not restated", style="dim"),
        )
    return table


def _show_accepted(console: Console, comparison: Comparison) -> None:
    for line in comparison.lines:
        if line.said is Said.FAIL and not line.problem:
            console.print(Text(f"accepted {line.name}: {line.reason}"), soft_wrap=True)


def _show_outside(console: Console, comparison: Comparison) -> None:
    counted = Counter((why, one.account) for one, why in comparison.outside)
    for (why, account), count in counted.items():
        words = f"not of the landing zone: {count} findings in account {account}: {why}"
        console.print(Text(words), soft_wrap=True)


def _sum(matrix: Matrix, comparison: Comparison) -> Text:
    judged = [line for line in comparison.lines if line.said]
    both = [line for line in judged if line.ours not in (None, Status.NOT_APPLICABLE)]
    filters = {f"{Framework.PROWLER}:{rule.said.prowler}" for rule in controls()}
    taken = sum(line.said is Said.PASS for line in judged if line.name in filters)
    exact = [
        row.status is Status.PASS
        for row in matrix.rows
        if row.control.framework is Framework.SECURITYHUB
        and row.control.id in {rule.said.securityhub for rule in controls()}
    ]
    problems = len(comparison.problems) + len(matrix.notes)
    return Text(
        f"{len(judged)} checks judged, {sum(map(_agrees, both))} of {len(both)} restated ones "
        f"agree; prowler metric filters {taken}/{len(filters)}, Security Hub exact texts "
        f"{sum(exact)}/{len(exact)}; {sum(line.said is Said.FAIL for line in judged)} failures, "
        f"{sum(line.said is Said.FAIL and not line.problem for line in judged)} of them accepted; "
        f"{problems} problems",
        style="red" if problems else "green",
    )


def _agrees(line: Line) -> bool:
    return "ops deploy check" not in line.problem and "says nothing" not in line.problem
