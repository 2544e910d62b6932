"""The tables of a database, asked of Athena."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ops.aws import Caller
from ops.cli.asking import Options, say
from ops.endpoint import Access
from ops.errors import UsageError
from ops.query import lists, rendering
from ops.query.athena import Athena, Scope, Workplace, estimate, price, question, source, tables
from ops.query.catalog import VIEWS
from ops.query.model import Answer, Dialect, Engine, Statement, Value
from ops.query.reading import Reading
from ops.query.runbook import Runbook
from ops.query.tables import Table
from ops.query.window import Window

if TYPE_CHECKING:
    from ops.archive.model import Archive
    from ops.config import LandingZone


class Tables:
    """The database that the options name, or the landing zone's."""

    def __init__(
        self, asked: Options, zone: "LandingZone | None", now: datetime, table: str | None
    ) -> None:
        self.zone = zone
        self._now, self._table = now, table
        self._place = _workplace(asked, zone)
        self._access = _access(zone)
        self._caller = Caller(self._access)
        self._usd = zone.analytics.usd_per_terabyte if zone else price.USD_PER_TERABYTE

    def end(self) -> datetime:
        """Return now: delivered files and tables have no other end."""
        return self._now

    def plain(self, text: str, window: Window) -> Statement:
        """Return a SELECT in Athena's SQL whose tables give the events of the time alone."""
        tree = question.checked(text, self._place)
        if window != Window():
            text = question.bounded(tree, window, self._form)
        return Statement(text, {})

    def rendered(self, book: Runbook, values: Mapping[str, Value], window: Window) -> Statement:
        """Return a runbook's statement over the store's table, else over the archive's."""
        looked_at = book.looked_at(window, values)
        if looked_at.since is None:
            raise UsageError(
                "Athena reads, and bills, every day of the table unless it is told since when.",
                hint="say --since 7d; --dry-run tells what it would cost",
            )
        times = {"since": window.begin, "until": window.end}
        known = lists.known(self.zone)
        tree = book.tree("athena", tuple(VIEWS))
        return rendering.athena(tree, self._asked_table, looked_at, {**values, **times}, known)

    def reading(self, statement: Statement, window: Window) -> Reading:
        """Return what a statement would read, from a listing of its tables' files."""
        found = estimate(
            statement.text, Scope(since=window.since, until=window.until), caller=self._caller,
            workplace=self._place, opened=self._bucket, now=self._now, usd_per_terabyte=self._usd,
        )  # fmt: skip
        return replace(found, limit=Athena(self._caller, self._place).limit())

    def opened(self, window: Window) -> AbstractContextManager[Engine]:  # noqa: ARG002 (it is in the statement)
        """Return Athena."""
        return nullcontext(_Watched(self._caller, self._place, self._usd))

    @cached_property
    def _asked_table(self) -> Table:
        """The table that runbooks are asked of; which one, is said."""
        from ops import catalog

        if self._table is not None:
            return source.named(self._caller, self._place, self._table)
        found = source.chosen(self._caller, self._place)
        say(f"Asked of table {found.name} in {self._place.database}.")
        other = catalog.STANDALONE_LOGS
        if found.name == catalog.LOGS and source.exists(self._caller, self._place, other):
            say(f"It does not hold the standalone accounts: --table {other} asks about them.")
        return found

    def _form(self, name: str) -> Table | None:
        return source.form(self._place, tables.asked(self._caller, self._place, name))

    def _bucket(self, url: str) -> "Archive":
        from ops.archive.opening import open_source

        return open_source(url, access=self._access)


@dataclass(frozen=True, slots=True)
class _Watched:
    """Athena; while it is asked, how far it is is shown."""

    caller: Caller
    place: Workplace
    usd_per_terabyte: float
    dialect: Dialect = "athena"

    def run(self, statement: Statement, *, limit: int | None) -> Answer:
        """Return the rows of a statement; raise an OpsError."""
        from ops.render.waiting import Watch

        with Watch() as watch:
            engine = Athena(
                self.caller, self.place, usd_per_terabyte=self.usd_per_terabyte,
                tell=watch.asking, say=say,
            )  # fmt: skip
            return engine.run(statement, limit=limit)


def _workplace(asked: Options, zone: "LandingZone | None") -> Workplace:
    if asked.workgroup and asked.database:
        return Workplace(asked.workgroup, asked.database)
    if zone is None:
        missing = " and ".join(
            name for name, given in (("--workgroup", asked.workgroup), ("--database", asked.database))
            if not given
        )  # fmt: skip
        raise UsageError(
            f"Athena is asked in a workgroup and a database, and {missing} is missing.",
            hint="name both, or the landing-zone file with --config",
        )
    from ops import names

    if not zone.analytics.enabled:
        raise UsageError(
            f"{asked.config} has no Athena: analytics.enabled is false.",
            hint="switch it on and apply the stack analytics, or name --workgroup and --database",
        )
    return Workplace(
        asked.workgroup or names.workgroup(zone), asked.database or names.analytics_database(zone)
    )


def _access(zone: "LandingZone | None") -> Access:
    """Return how Athena is reached: as you are, in the home region; in the lab by its role."""
    if zone is None:
        return Access()
    from ops.archive.opening import account_access

    return account_access(zone, zone.organization.audit_account)
