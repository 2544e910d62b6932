"""What commands that ask a history share: their options, and what a history to ask is."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click
from click.core import ParameterSource

from ops.errors import UsageError
from ops.render.text import clean

if TYPE_CHECKING:
    from ops.cli.collected import Collected
    from ops.config import LandingZone
    from ops.query.model import Engine, Statement, Value
    from ops.query.reading import Reading
    from ops.query.runbook import Runbook
    from ops.query.window import Window

Command = TypeVar("Command", bound=Callable[..., Any])
STORE_VARIABLE = "ATALAYA_STORE"
_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST = 10_000
FORMS = {
    "table": ("ops.render.rows", "Grid"),
    "timeline": ("ops.render.moments", "timeline"),
    "histogram": ("ops.render.moments", "histogram"),
    "tree": ("ops.render.lineage", "tree"),
}
"""The views: each is imported when it is wanted."""
_OF_STORE = ("store", "config", "since", "until", "allow_empty")
_ATHENAS = ("workgroup", "database", "table")
_NOT_OF_ATHENA = {
    "store": "Athena reads the tables of its database, no --store.",
    "with_coverage": "--with-coverage: Athena's tables do not say what was collected or verified.",
    "evidence": "--evidence: Athena does not give records with their places and hashes.",
    "ip_info": "--ip-info: no file of yours can be joined in Athena.",
    "allow_empty": "--allow-empty: Athena does not tell an empty history from one without rows.",
}
_NOT_TRIED = {
    "output": "--dry-run answers nothing that --output could write.",
    "evidence": "--dry-run names no records that --evidence could keep.",
    "with_coverage": "--dry-run answers nothing that --with-coverage could be said of.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a question is asked of, and where its answer goes."""

    engine: str = "duckdb"
    store: str | None
    workgroup: str | None = None
    database: str | None = None
    dry_run: bool = False
    config: Path | None
    since: str | None
    until: str | None
    limit: int = _MOST
    output: Path | None = None
    with_coverage: bool = False
    evidence: Path | None = None
    ip_info: Path | None = None
    allow_empty: bool
    view_as: str | None = None

    @property
    def most(self) -> int | None:
        """How many rows there may be; None for all."""
        return self.limit or None

    def again(self) -> dict[str, str]:
        """Return the options that ask another question of the same history and time."""
        place = {"--store": self.store}
        if self.engine == "athena":
            config = str(self.config) if self.config else None
            place = {"--engine": "athena", "--workgroup": self.workgroup,
                     "--database": self.database, "--config": config}  # fmt: skip
        named = {**place, "--since": self.since, "--until": self.until}
        return {name: text for name, text in named.items() if text}


history_option = click.option(
    "--store", required=True, envvar=STORE_VARIABLE, metavar="S",
    help=f"The history: a directory or s3://BUCKET[/PREFIX].  [env: {STORE_VARIABLE}]",
)  # fmt: skip
"""`--store S`, where DuckDB alone is asked: see `of_store`."""


def engine_options(command: Command) -> Command:
    """Give a command the options of a question, handed over as one `asked`."""

    @click.option("--engine", type=click.Choice(["duckdb", "athena"]), default="duckdb",
                  show_default=True, help="Who answers: DuckDB here, from a store; or Athena.")  # fmt: skip
    @click.option("--store", envvar=STORE_VARIABLE, metavar="S",
                  help="The history to ask: a directory or s3://BUCKET[/PREFIX].  "
                  f"[env: {STORE_VARIABLE}]")  # fmt: skip
    @click.option("--workgroup", metavar="W", help="Athena's workgroup; --config knows it, too.")
    @click.option("--database", metavar="D", help="Athena's database; --config knows it, too.")
    @click.option("--dry-run", is_flag=True,
                  help="Say what would be read, and what that costs; read nothing.")  # fmt: skip
    @click.option("--since", metavar="TIME", help="Only events from then on.")
    @click.option("--until", metavar="TIME", help="Only events before then.")
    @click.option("--limit", type=click.IntRange(0), default=_MOST, show_default=True,
                  help="At most so many rows; 0 for all.")  # fmt: skip
    @click.option("--view", "view_as", type=click.Choice(list(FORMS)),
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
                  help="The landing-zone file: its lists, its Athena, who ought to record events.")  # fmt: skip
    @click.option("--allow-empty", is_flag=True, help="A history without events is no error.")
    @wraps(command)
    def with_options(*args: Any, **given: Any) -> Any:
        asked = Options(**{name: given.pop(name) for name in Options.__dataclass_fields__})
        _check(asked, _typed())
        return command(*args, asked=asked, **given)

    return with_options  # type: ignore[return-value]  # click keeps the type of what it decorates


def _typed() -> frozenset[str]:
    """Return the options that stand on the command line: those of the environment mean less."""
    context = click.get_current_context()
    return frozenset(
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    )


def _check(asked: Options, typed: frozenset[str]) -> None:
    """Raise UsageError for options that do not go together: none is silently left out."""
    if asked.engine == "athena":
        for name, reason in _NOT_OF_ATHENA.items():
            if name in typed:
                raise UsageError(reason, hint="leave it out, or ask a store with --engine duckdb")
    else:
        for name in _ATHENAS:
            if name in typed:
                raise UsageError(
                    f"--{name} is of Athena, and DuckDB is asked.", hint="add --engine athena"
                )
        if asked.store is None:
            raise UsageError(
                "There is no history to ask.",
                hint="name a store with --store, or ask Athena: --engine athena --config F",
            )
    for name, reason in _NOT_TRIED.items():
        if asked.dry_run and name in typed:
            raise UsageError(reason, hint="leave out one of the two")


class History(Protocol):
    """What questions are asked of: a store with DuckDB, or the tables of Athena."""

    @property
    def zone(self) -> "LandingZone | None":
        """The landing zone it is of, if the user named one."""

    def end(self) -> datetime:
        """Return when it ends: from there a runbook looks back."""

    def plain(self, text: str, window: "Window") -> "Statement":
        """Return the statement of a question in the engine's own SQL; raise UsageError."""

    def rendered(
        self, book: "Runbook", values: Mapping[str, "Value"], window: "Window"
    ) -> "Statement":
        """Return the statement of a runbook; `window` is the time asked about."""

    def reading(self, statement: "Statement", window: "Window") -> "Reading":
        """Return what a statement would read of a time; raise an OpsError."""

    def opened(self, window: "Window") -> "AbstractContextManager[Engine]":
        """Return an engine to be asked about a time; raise an OpsError."""


def history(asked: Options, now: datetime, *, table: str | None = None) -> History:
    """Return the history that the options name; `table` is the one runbooks ask of Athena."""
    zone = _zone(asked.config)
    if asked.engine == "athena":
        from ops.cli.athena import Tables

        return Tables(asked, zone, now, table)
    from ops.cli.collected import Collected

    return Collected(asked, zone, now)


def window(
    asked: Options, now: datetime, place: History, *, default_since: str | None = None
) -> "Window":
    """Return the time asked about; raise UsageError if it is none."""
    from ops import timerange
    from ops.query.window import Window

    now = now.replace(microsecond=0)  # times are shown in whole seconds
    until = timerange.moment(asked.until, now) if asked.until else None
    since = timerange.moment(asked.since, now) if asked.since else None
    if since is None and default_since is not None:
        since = timerange.moment(default_since, until or place.end())
    timerange.checked(since, until)
    return Window(since, until)


def of_store(asked: Mapping[str, Any], now: datetime) -> "tuple[Collected, Window]":
    """Return the store that a command names which asks DuckDB alone, and the time asked about.

    `asked` has its --store, --config, --since, --until and --allow-empty.
    """
    from ops.cli.collected import Collected

    options = Options(**{name: asked[name] for name in _OF_STORE})
    place = Collected(options, _zone(options.config), now)
    return place, window(options, now, place)


def expected(zone: "LandingZone | None") -> Sequence[tuple[str, str]]:
    """Return the accounts and regions that a landing zone expects events of."""
    if zone is None:
        return ()
    from ops.query import lists

    regions = (*zone.regions.governed, *zone.regions.opt_in)
    return [(account, region) for account in lists.accounts(zone) for region in regions]


def say(text: str) -> None:
    """Tell the user something, beside the data."""
    click.echo(clean(text), err=True)


def _zone(config: Path | None) -> "LandingZone | None":
    if config is None:
        return None
    from ops.config import load

    return load(config)
