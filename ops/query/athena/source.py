"""Which table of a database is asked, and in which form its events lie there."""

from collections.abc import Mapping
from typing import Any

from ops import catalog
from ops.aws import Caller
from ops.errors import UsageError
from ops.query import tables as forms
from ops.query.athena import tables
from ops.query.athena.model import Workplace
from ops.query.athena.tables import NoTableError

_BY_CHOICE = (catalog.EVENTS, catalog.LOGS)
"""What runbooks are asked of where nobody names a table: the store, else the archive."""


def chosen(caller: Caller, place: Workplace) -> forms.Table:
    """Return the table to ask where nobody named one; raise NoTableError or AwsError."""
    for name in _BY_CHOICE:
        try:
            return named(caller, place, name)
        except NoTableError as error:
            missing = error
    raise NoTableError(
        f"Database {place.database} has neither a table {' nor '.join(_BY_CHOICE)}.",
        hint=missing.hint,
    )


def named(caller: Caller, place: Workplace, name: str) -> forms.Table:
    """Return a table by its name; raise NoTableError, AwsError, or UsageError if it is no log."""
    found = form(place, tables.asked(caller, place, name))
    if found is None:
        raise UsageError(
            f"Table {name} holds neither collected nor delivered events, by the days of either.",
            hint="name another one: docs/how-to/athena.md has the tables",
        )
    return found


def exists(caller: Caller, place: Workplace, name: str) -> bool:
    """Whether a database has a table; raise AwsError if it cannot be asked."""
    try:
        tables.asked(caller, place, name)
    except NoTableError:
        return False
    return True


def form(place: Workplace, found: Mapping[str, Any]) -> forms.Table | None:
    """Return how a table's events are read, by its columns; None if it holds none by the day."""
    columns = {str(one["Name"]) for one in found["StorageDescriptor"].get("Columns", ())}
    keys = {str(one["Name"]) for one in found.get("PartitionKeys", ())}
    if "raw" in columns and "day" in keys:
        return forms.Collected(place.database, found["Name"])
    if "useridentity" in columns and {"account", "date"} <= keys:
        return forms.Delivered(place.database, found["Name"])
    return None
