"""Views of the conformance matrix."""

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.deploy.check.matrix import Matrix
from ops.deploy.check.model import Row, Status
from ops.render.text import clean

_STYLES = {
    Status.PASS: "green",
    Status.FAIL: "red",
    Status.MANUAL: "yellow",
    Status.ACCEPTED: "cyan",
    Status.NOT_APPLICABLE: "dim",
}
_URGENCY = (Status.FAIL, Status.ACCEPTED, Status.MANUAL)


def matrix(found: Matrix) -> RenderableType:
    """Return every control with its status and reason, then the counts."""
    lines = ((row.status, [row], row.reason) for row in found.rows)
    return Group(_listed(lines), _counts(found), _verdict(found))


def summary(found: Matrix) -> RenderableType:
    """Return what wants a person's eye, failures first, then the counts.

    Controls that stand the same way for the same reason are listed together.
    """
    together: dict[tuple[Status, str], list[Row]] = {}
    for row in found.open().rows:
        together.setdefault((row.status, row.reason), []).append(row)
    lines = sorted(
        ((status, rows, reason) for (status, reason), rows in together.items()),
        key=lambda line: _URGENCY.index(line[0]),
    )
    return Group(_listed(lines), _counts(found), _verdict(found))


def _listed(lines: Iterable[tuple[Status, list[Row], str]]) -> RenderableType:
    """Return each reason below its controls: names and addresses are too long for columns."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for status, rows, reason in lines:
        names = ", ".join(row.control.name for row in rows)
        words = Text(f"{names}: {rows[0].control.title}\n", overflow="fold")
        words.append(clean(reason), style="dim")
        table.add_row(Text(status.value, style=_STYLES[status]), words)
    return table


def _counts(found: Matrix) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("framework", no_wrap=True)
    for status in Status:
        table.add_column(status.value, justify="right", no_wrap=True)
    for framework, counts in found.counts().items():
        cells = (
            Text(str(counts[status]), style=_STYLES[status] if counts[status] else "dim")
            for status in Status
        )
        table.add_row(framework.value, *cells)
    return table


def _verdict(found: Matrix) -> Text:
    failing = sum(row.status is Status.FAIL for row in found.rows)
    if not failing:
        return Text("No control fails but those the config accepts.", style="green")
    return Text(
        f"{failing} {'control fails' if failing == 1 else 'controls fail'}: mend what they name, "
        "or accept them with a reason in the config.",
        style="red",
    )
