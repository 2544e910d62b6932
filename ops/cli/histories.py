"""Which history the options of a command name, and the time of it that is asked about."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ops.cli.asking import Options

if TYPE_CHECKING:
    from ops.cli.collected import Collected
    from ops.config import LandingZone
    from ops.query.model import Engine, Statement, Value
    from ops.query.reading import Reading
    from ops.query.runbook import Runbook
    from ops.query.window import Window

_OF_STORE = ("store", "config", "since", "until", "allow_empty")


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


def _zone(config: Path | None) -> "LandingZone | None":
    if config is None:
        return None
    from ops.config import load

    return load(config)
