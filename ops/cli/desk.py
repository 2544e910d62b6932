"""The way from a statement to its answer, and from there to the user."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from ops.cli.asking import FORMS, Options, say
from ops.cli.histories import History, expected
from ops.cli.options import View, print_whole
from ops.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.query.coverage import Coverage
    from ops.query.local import Local
    from ops.query.model import Answer, Engine, Statement
    from ops.query.window import Window


@dataclass(frozen=True, slots=True)
class Told:
    """A question as it was asked, for the evidence."""

    sql: str
    parameters: Mapping[str, Any]
    runbook: str | None = None


class Desk:
    """A history, open to be asked about a time; a context manager."""

    def __init__(self, asked: Options, view: View, history: History, window: "Window") -> None:
        self.asked, self.window = asked, window
        self.view = _with_room_for_coverage(view) if asked.with_coverage else view
        self._stack = ExitStack()
        self._expected = expected(history.zone)
        self._engine: Engine = self._stack.enter_context(history.opened(window))

    def __enter__(self) -> "Desk":
        """Begin to ask."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Close the history."""
        self._stack.close()

    def answer(self, statement: "Statement", told: Told, *, form: str = "table") -> "Answer":
        """Ask, and hand out the answer; return it, without its rows if they went to a file."""
        asked, local = self.asked, self._local
        if asked.evidence is not None:
            from ops.query import evidence

            evidence.check(asked.evidence)  # Before anything is asked.
        if local is not None and asked.output is not None and asked.evidence is None:
            return self._exported(local, statement, asked.output)
        answer = self._engine.run(statement, limit=asked.most)
        if asked.evidence is not None:
            evidence.event_ids(answer)  # Before anything is shown.
        coverage = self._coverage(truncated=answer.truncated)
        if asked.output is not None:
            from ops.render import export

            export.write(asked.output, answer.columns, [answer.rows])
        else:
            self._show(answer, coverage, form)
        self._say(answer, coverage, len(answer.rows))
        if local is not None and coverage is not None and asked.evidence is not None:
            self._keep(local, answer, coverage, told, asked.evidence)
        return answer

    @property
    def _local(self) -> "Local | None":
        """The engine, if it has a store's files: then it answers in batches, and can prove."""
        from ops.query.local import Local

        return self._engine if isinstance(self._engine, Local) else None

    def _exported(self, local: "Local", statement: "Statement", path: Path) -> "Answer":
        from ops.query.model import Answer
        from ops.render import export

        rows = local.rows(statement, limit=None if self.asked.most is None else self.asked.most + 1)
        written, truncated = export.write(
            path, rows.columns, rows.batches(), most=self.asked.most, types=rows.types
        )
        answer = Answer(rows.columns, (), truncated)
        self._say(answer, self._coverage(truncated=truncated), written)
        return answer

    def _coverage(self, *, truncated: bool) -> "Coverage | None":
        """Return what the answer covers; None where no store tells."""
        local = self._local
        if local is None:
            return None
        from ops.query import coverage

        return coverage.of(
            local, self.window, truncated=truncated, expected=self._expected,
            pruned=local.files.pruned,
        )  # fmt: skip

    def _show(self, answer: "Answer", coverage: "Coverage | None", form: str) -> None:
        if self.view.format == "table":
            print_whole(_view(self.asked.view_as or form, answer))
            return
        from ops.query.cells import records
        from ops.render import machine

        rows = records(answer.columns, answer.rows)
        told = coverage.as_json() if coverage is not None and self.asked.with_coverage else None
        data = rows if told is None else {"rows": rows, "coverage": told}
        view = self.view
        text = machine.text(data, view.format, view.expression, columns=answer.columns)
        click.echo(text, nl=False)

    def _say(self, answer: "Answer", coverage: "Coverage | None", count: int) -> None:
        for line in coverage.words() if coverage is not None else ():
            say(line)
        if answer.scan is not None:
            from ops.render import waiting

            say(waiting.scan(answer.scan))
        if answer.truncated:
            say(f"Truncated: only the first {count:,} rows; --limit 0 gives all.")

    def _keep(
        self, local: "Local", answer: "Answer", coverage: "Coverage", told: Told, directory: Path
    ) -> None:
        from ops.query import evidence

        asked = evidence.Asked(
            store=str(self.asked.store), sql=told.sql, parameters=dict(told.parameters),
            runbook=told.runbook, asked_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )  # fmt: skip
        digest = evidence.write(directory, local, answer, coverage, asked)
        say(f"Evidence in {directory}; its manifest's SHA-256 is {digest}.")


def estimated(history: History, view: View, statement: "Statement", window: "Window") -> None:
    """Show what a statement would read; nothing of it is read."""
    found = history.reading(statement, window)

    def table() -> "RenderableType":
        from ops.render.reading import reading

        return reading(found)

    view.show(dict(found.as_json()), table)


def _with_room_for_coverage(view: View) -> View:
    if view.format in ("jsonl", "csv"):
        raise UsageError(
            f"--with-coverage does not fit --format {view.format}.",
            hint="use --format json: one object with rows and coverage",
        )
    return View("json", view.expression)


def _view(form: str, answer: "Answer") -> "RenderableType":
    module, name = FORMS[form]
    renderable: RenderableType = getattr(import_module(module), name)(answer.columns, answer.rows)
    return renderable
