"""What to ask next: commands of other runbooks, their parameters filled from a row."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from ops.errors import UsageError
from ops.query import parameters, runbook
from ops.query.cells import plain
from ops.query.model import Answer, Cell
from ops.query.runbook import Runbook


class Step(Protocol):
    """A runbook to run next, and what fills its parameters: a column, or a path in a record."""

    @property
    def runbook(self) -> str:
        """Its name."""

    @property
    def params(self) -> Mapping[str, str]:
        """Where each parameter's value is, by the parameter's name."""


def after(book: Runbook, answer: Answer, options: Mapping[str, str]) -> Iterator[str]:
    """Yield command lines, ready for a shell; a step that no row can fill is left out."""
    for step in book.next:
        rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
        filled = (_filled(step, cells) for cells in rows)
        words = next((one for one in filled if one is not None), None)
        if words is not None:
            yield _command(step, words, options)


def commands(
    steps: Iterable[Step], cells: Mapping[str, Cell], options: Mapping[str, str]
) -> Iterator[str]:
    """Yield command lines filled from one row; a step that it cannot fill is left out."""
    for step in steps:
        words = _filled(step, cells)
        if words is not None:
            yield _command(step, words, options)


def _command(step: Step, words: Iterable[str], options: Mapping[str, str]) -> str:
    more = [word for pair in options.items() for word in pair]
    return shlex.join(["ops", "run", step.runbook, *words, *more])


def _filled(step: Step, cells: Mapping[str, Cell]) -> list[str] | None:
    """Return a step's parameters from a row whose values fit them."""
    wanted = _parameters(step.runbook)
    texts = {name: _text(cells.get(column)) for name, column in step.params.items()}
    if all(name in wanted and _fits(wanted[name], text) for name, text in texts.items()):
        return [word for name, text in texts.items() for word in ("-p", f"{name}={text}")]
    return None


@lru_cache(maxsize=1000)
def _parameters(name: str) -> Mapping[str, parameters.Parameter]:
    return {one.name: one for one in runbook.found(name).params}


def _text(value: Cell) -> str:
    return "" if value is None else str(plain(value))


def _fits(parameter: parameters.Parameter, text: str) -> bool:
    """Whether a text from a log is a value of this parameter, and nothing else."""
    try:
        parameters.value(parameter, text, datetime.now(UTC))
    except UsageError:
        return False
    return True
