"""What `ops query` and `ops run` share: their options, and the way from a question to its answer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ops.cli.options import View, print_whole
from ops.errors import StoreError, UsageError
from ops.render.text import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.config import LandingZone
    from ops.query.coverage import Coverage
    from ops.query.local import Local
    from ops.query.model import Answer, Statement
    from ops.query.window import Window

Command = TypeVar("Command", bound=Callable[..., Any])
STORE_VARIABLE = "ATALAYA_STORE"
_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST = 10_000
_FORMS = {
    "table": ("ops.render.rows", "Grid"),
    "timeline": ("ops.render.moments", "timeline"),
    "histogram": ("ops.render.moments", "histogram"),
    "tree": ("ops.render.lineage", "tree"),
}
"""The views: each is imported when it is wanted."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a question is asked of, and where its answer goes."""

    store: str
    config: Path | None
    since: str | None
    until: str | None
    limit: int
    output: Path | None
    with_coverage: bool
    evidence: Path | None
    ip_info: Path | None
    allow_empty: bool
    view_as: str | None

    @property
    def most(self) -> int | None:
        """How many rows there may be; None for all."""
        return self.limit or None


def engine_options(command: Command) -> Command:
    """Give a command the options of a question, handed over as one `asked`."""

    @click.option("--store", required=True, envvar=STORE_VARIABLE, metavar="DIR",
                  help=f"The history to ask.  [env: {STORE_VARIABLE}]")  # fmt: skip
    @click.option("--since", metavar="TIME", help="Only events from then on.")
    @click.option("--until", metavar="TIME", help="Only events before then.")
    @click.option("--limit", type=click.IntRange(0), default=_MOST, show_default=True,
                  help="At most so many rows; 0 for all.")  # fmt: skip
    @click.option("--view", "view_as", type=click.Choice(list(_FORMS)),
                  help="How --format table looks.")  # fmt: skip
    @click.option("--output", type=_FILE, metavar="FILE",
                  help="Write the rows to a file: .csv, .json, .jsonl or .parquet.")  # fmt: skip
    @click.option("--with-coverage", is_flag=True,
                  help="Show one JSON object of rows and coverage.")  # fmt: skip
    @click.option("--evidence", type=click.Path(path_type=Path), metavar="DIR",
                  help="Keep the records the answer names, with their sources and hashes.")  # fmt: skip
    @click.option("--ip-info", type=_FILE, metavar="FILE",
                  help="What is known of addresses: CSV of cidr, country, asn.")  # fmt: skip
    @click.option("--config", type=_FILE, envvar="ATALAYA_CONFIG",
                  help="The landing-zone file: its lists, and who ought to record events.")  # fmt: skip
    @click.option("--allow-empty", is_flag=True, help="A history without events is no error.")
    @wraps(command)
    def with_options(*args: Any, **given: Any) -> Any:
        names = Options.__dataclass_fields__
        asked = Options(**{name: given.pop(name) for name in names})
        return command(*args, asked=asked, **given)

    return with_options  # type: ignore[return-value]  # click keeps the type of what it decorates


@dataclass(frozen=True, slots=True)
class Told:
    """A question as it was asked, for the evidence."""

    sql: str
    parameters: Mapping[str, Any]
    runbook: str | None = None


class Desk:
    """A history, open to be asked; a context manager."""

    def __init__(self, asked: Options, view: View, window: "Window") -> None:
        self.asked, self.window = asked, window
        self.view = _with_room_for_coverage(view) if asked.with_coverage else view
        self._stack = ExitStack()
        zone = _zone(asked.config)
        self._expected = _expected(zone)
        self._engine = self._stack.enter_context(self._opened(zone))

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
        asked = self.asked
        if asked.output is not None and asked.evidence is None:
            return self._exported(statement, asked.output)
        answer = self._engine.run(statement, limit=asked.most)
        if asked.evidence is not None:
            from ops.query import evidence

            evidence.event_ids(answer)  # Before anything is shown.
        coverage = self._coverage(truncated=answer.truncated)
        if asked.output is not None:
            from ops.render import export

            export.write(asked.output, answer.columns, [answer.rows])
        else:
            self._show(answer, coverage, form)
        self._say(coverage, len(answer.rows))
        if asked.evidence is not None:
            self._keep(answer, coverage, told, asked.evidence)
        return answer

    def _opened(self, zone: "LandingZone | None") -> "Local":
        from ops.query import addresses, files, lists
        from ops.query.local import Local
        from ops.query.window import Window

        held = files.found(_directory(self.asked.store), self.window)
        # Events without a time are at hand whatever time is asked about: they are no answer to it.
        undated = held.undated if self.window == Window() else ()
        if not (held.dated or undated or self.asked.allow_empty):
            days = f"its days are {held.days[0]} to {held.days[-1]}" if held.days else "it is empty"
            raise StoreError(
                f"{self.asked.store} holds no events of the time asked about: {days}.",
                hint="collect them, ask about another time, or say --allow-empty",
            )
        known = addresses.load(self.asked.ip_info) if self.asked.ip_info else None
        return Local(held, self.window, lists=lists.known(zone), known=known)

    def _exported(self, statement: "Statement", path: Path) -> "Answer":
        from ops.query.model import Answer
        from ops.render import export

        rows = self._engine.rows(
            statement, limit=None if self.asked.most is None else self.asked.most + 1
        )
        written, truncated = export.write(
            path, rows.columns, rows.batches(), most=self.asked.most, types=rows.types
        )
        self._say(self._coverage(truncated=truncated), written)
        return Answer(rows.columns, (), truncated)

    def _coverage(self, *, truncated: bool) -> "Coverage":
        from ops.query import coverage

        return coverage.of(self._engine, self.window, truncated=truncated, expected=self._expected)

    def _show(self, answer: "Answer", coverage: "Coverage", form: str) -> None:
        if self.view.format == "table":
            print_whole(_view(self.asked.view_as or form, answer))
            return
        from ops.query.cells import records
        from ops.render import machine

        rows = records(answer.columns, answer.rows)
        data = {"rows": rows, "coverage": coverage.as_json()} if self.asked.with_coverage else rows
        view = self.view
        text = machine.text(data, view.format, view.expression, columns=answer.columns)
        click.echo(text, nl=False)

    def _say(self, coverage: "Coverage", count: int) -> None:
        for line in coverage.words():
            say(line)
        if coverage.truncated:
            say(f"Truncated: only the first {count:,} rows; --limit 0 gives all.")

    def _keep(self, answer: "Answer", coverage: "Coverage", told: Told, directory: Path) -> None:
        from ops.query import evidence

        asked = evidence.Asked(
            store=self.asked.store, sql=told.sql, parameters=dict(told.parameters),
            runbook=told.runbook, asked_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )  # fmt: skip
        digest = evidence.write(directory, self._engine, answer, coverage, asked)
        say(f"Evidence in {directory}; its manifest's SHA-256 is {digest}.")


def _with_room_for_coverage(view: View) -> View:
    if view.format in ("jsonl", "csv"):
        raise UsageError(
            f"--with-coverage does not fit --format {view.format}.",
            hint="use --format json: one object with rows and coverage",
        )
    return View("json", view.expression)


def say(text: str) -> None:
    """Tell the user something, beside the data."""
    click.echo(clean(text), err=True)


def window(asked: Options, now: datetime, *, default_since: str | None = None) -> "Window":
    """Return the time asked about; raise UsageError if it is none."""
    from ops import timerange
    from ops.query.window import Window

    until = timerange.moment(asked.until, now) if asked.until else None
    since = timerange.moment(asked.since, now) if asked.since else None
    if since is None and default_since is not None:
        since = timerange.moment(default_since, until or _end_of_history(asked.store))
    timerange.checked(since, until)
    return Window(since, until)


def _end_of_history(store: str) -> datetime:
    """Return the end of the last day that a store holds."""
    from datetime import timedelta

    from ops.query import files
    from ops.query.window import Window

    days = files.found(_directory(store), Window()).days
    last = datetime.fromisoformat(days[-1]).replace(tzinfo=UTC) if days else datetime.now(UTC)
    return last + timedelta(days=1)


def _directory(store: str) -> Path:
    if store.startswith("s3://"):
        raise UsageError(f"{store} is no directory.", hint="name a local history")
    return Path(store)


def _view(form: str, answer: "Answer") -> "RenderableType":
    module, name = _FORMS[form]
    renderable: RenderableType = getattr(import_module(module), name)(answer.columns, answer.rows)
    return renderable


def _zone(config: Path | None) -> "LandingZone | None":
    if config is None:
        return None
    from ops.config import load

    return load(config)


def _expected(zone: "LandingZone | None") -> Sequence[tuple[str, str]]:
    """Return the accounts and regions that a landing zone expects events of."""
    if zone is None:
        return ()
    from ops.query import lists

    regions = (*zone.regions.governed, *zone.regions.opt_in)
    return [(account, region) for account in lists.accounts(zone) for region in regions]
