"""The queries saved in Athena's workgroup: runbooks that can be run as they are, and one more.

Each asks about the days until it is run, over the store's table if there is one, else
over the archive's. A runbook that must be told something is none of them.

Source: Athena API Reference, "CreateNamedQuery": 128 characters of a name, 1,024 of a
description, 262,144 bytes of a query.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from ops import catalog, names, timerange
from ops.config import LandingZone
from ops.query import lists, parameters, rendering, runbook, tables
from ops.query.catalog import VIEWS
from ops.query.window import LAST

_LATELY = "7d"
"""How far back a query looks whose runbook does not say."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query to be found in the workgroup, ready to run."""

    name: str
    meaning: str
    text: str


DELIVERED = Query(
    "delivered",
    "Which accounts and regions delivered events into the archive on each of the last seven days",
    """SELECT account, region, "date", count(*) AS events,
       min(eventtime) AS oldest, max(eventtime) AS newest
FROM cloudtrail
WHERE "date" >= date_format(current_date - interval '7' day, '%Y/%m/%d')
GROUP BY account, region, "date"
ORDER BY "date", account, region""",
)
"""By the day of delivery: runbooks speak of the day of the event."""


def queries(zone: LandingZone) -> tuple[Query, ...]:
    """Return every query to save for a landing zone."""
    return (DELIVERED, *_runbooks(zone))


def _runbooks(zone: LandingZone) -> Iterator[Query]:
    database = names.analytics_database(zone)
    table: tables.Table = tables.Delivered(database, catalog.LOGS)
    if zone.analytics.store is not None:
        table = tables.Collected(database, catalog.EVENTS)
    for name in runbook.names():
        book = runbook.found(name)
        if parameters.missing(book.params, {}):
            continue
        try:
            text = _text(book, table, zone)
        except tables.NotDelivered:
            continue
        yield Query(book.name, f"{book.title} ({_when(book)})", text)


def _text(book: runbook.Runbook, table: tables.Table, zone: LandingZone) -> str:
    values = parameters.values(book.params, {}, LAST)
    return rendering.saved(
        book.tree("athena", tuple(VIEWS)), table, _span(book), values, lists.known(zone),
        earlier=timedelta(days=_days_before(book)),
    )  # fmt: skip


def _span(book: runbook.Runbook) -> timedelta:
    """Return how long before it is run the time begins that a query asks about."""
    return LAST - timerange.moment(book.since or _LATELY, LAST)


def _days_before(book: runbook.Runbook) -> int:
    """Return how many days before that it reads, too."""
    value = parameters.values(book.params, {}, LAST).get(book.looks_back or "")
    return value if isinstance(value, int) else 0


def _when(book: runbook.Runbook) -> str:
    days, before = _span(book).days, _days_before(book)
    said = f"the last {days} days" if days > 1 else "the last day"
    return f"{said}, compared with {before} before" if before else said
