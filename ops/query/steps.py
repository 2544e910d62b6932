"""What to ask next: commands of other runbooks, their parameters filled from a row."""

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ops.errors import UsageError
from ops.query import parameters, runbook
from ops.query.cells import plain
from ops.query.model import Answer, Cell
from ops.query.runbook import Next, Runbook


def after(book: Runbook, answer: Answer, options: Mapping[str, str]) -> Iterator[str]:
    """Yield command lines, ready for a shell; a step that no row can fill is left out."""
    for step in book.next:
        words = _filled(step, answer)
        if words is not None:
            more = [word for pair in options.items() for word in pair]
            yield shlex.join(["ops", "run", step.runbook, *words, *more])


def _filled(step: Next, answer: Answer) -> list[str] | None:
    """Return a step's parameters from the first row whose values fit them."""
    wanted = {one.name: one for one in runbook.found(step.runbook).params}
    for row in answer.rows:
        cells = dict(zip(answer.columns, row, strict=True))
        texts = {name: _text(cells[column]) for name, column in step.params.items()}
        if all(_fits(wanted[name], text) for name, text in texts.items()):
            return [word for name, text in texts.items() for word in ("-p", f"{name}={text}")]
    return None


def _text(value: Cell) -> str:
    return "" if value is None else str(plain(value))


def _fits(parameter: parameters.Parameter, text: str) -> bool:
    """Whether a text from a log is a value of this parameter, and nothing else."""
    try:
        parameters.value(parameter, text, datetime.now(UTC))
    except UsageError:
        return False
    return True
