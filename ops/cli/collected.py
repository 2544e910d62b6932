"""A store of collected events, asked by DuckDB in this process."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ops.cli.asking import Options
from ops.errors import StoreError

if TYPE_CHECKING:
    from ops.config import LandingZone
    from ops.query.files import Files, Held
    from ops.query.local import Local
    from ops.query.model import Statement, Value
    from ops.query.reading import Reading
    from ops.query.runbook import Runbook
    from ops.query.window import Window


class Collected:
    """The store that `--store` names, on this machine or in a bucket."""

    def __init__(self, asked: Options, zone: "LandingZone | None", now: datetime) -> None:
        from ops.history.store import existing
        from ops.query import files

        self.zone, self._now = zone, now.astimezone(UTC)
        self._asked, self._name = asked, str(asked.store)
        self._held: Held = files.listed(existing(self._name))

    def end(self) -> datetime:
        """Return the end of the last day it holds; a later one than tomorrow is nobody's."""
        tomorrow = (self._now + timedelta(days=1)).date().isoformat()
        days = [day for day in self._held.days if day <= tomorrow]
        last = datetime.fromisoformat(days[-1]).replace(tzinfo=UTC) if days else self._now
        return last + timedelta(days=1)

    def plain(self, text: str, window: "Window") -> "Statement":  # noqa: ARG002 (files are chosen by it)
        """Return the question as it stands: the engine looks through it."""
        from ops.query.model import Statement

        return Statement(text, {})

    def rendered(
        self, book: "Runbook", values: "Mapping[str, Value]", window: "Window"
    ) -> "Statement":
        """Return a runbook's statement."""
        from ops.query import rendering
        from ops.query.catalog import VIEWS

        times = {"since": window.begin, "until": window.end}
        return rendering.duckdb(book.tree("duckdb", tuple(VIEWS)), {**values, **times})

    def reading(self, statement: "Statement", window: "Window") -> "Reading":  # noqa: ARG002 (it may read any)
        """Return what would be opened of a time, whatever the question."""
        from ops.query.reading import Reading

        dated = self._held.dated(window)
        wanted = self._held.wanted(window)
        return Reading(
            engine="duckdb",
            tables=(self._name,),
            files=len(wanted),
            bytes=sum(one.size for one in wanted),
            partitions=len({one.path.rpartition("/")[0] for one in wanted}),
            days=tuple(dated),
        )

    def opened(self, window: "Window") -> "Local":
        """Return an engine over the files of a time; those of a bucket are brought here first."""
        from ops.query import addresses, lists
        from ops.query.local import Local
        from ops.query.window import Window

        held, asked = self._held, self._asked
        # Events without a time are at hand whatever time is asked about: they are no answer to it.
        undated = held.undated if window == Window() else ()
        if not (held.dated(window) or undated or asked.allow_empty):
            days = f"its days are {held.days[0]} to {held.days[-1]}" if held.days else "it is empty"
            raise StoreError(
                f"{self._name} holds no events of the time asked about: {days}.",
                hint="collect them, ask about another time, or say --allow-empty",
            )
        known = addresses.load(asked.ip_info) if asked.ip_info else None
        files = self._fetched(window)
        return Local(files, window, lists=lists.known(self.zone), known=known)

    def _fetched(self, window: "Window") -> "Files":
        if not self._name.startswith("s3://"):
            return self._held.fetched(window)
        from ops.render.waiting import Watch

        with Watch() as watch:
            return self._held.fetched(window, watch.fetching)
