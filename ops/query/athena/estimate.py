"""How much a query would read, from a listing of the files it would read, before it runs.

It is the most the query can read: Athena reads a compressed log as a whole, but of
a Parquet file the columns and row groups it needs only.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlglot

from ops.archive.model import Archive, Entry
from ops.aws import Caller
from ops.errors import QueryError
from ops.query.athena import price, question, tables
from ops.query.athena.model import Workplace
from ops.query.reading import Reading
from ops.query.tables import LATE

_IGNORED = ("_", ".")
"""How the names of files begin that Athena leaves out (User Guide, "Create tables")."""

Open = Callable[[str], Archive]
"""Opens a bucket, given as s3://BUCKET."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is about; nothing means everything."""

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""

    def wanted(self) -> dict[str, frozenset[str]]:
        """Return the values of partition columns that matter, by the column's name."""
        named = {"account": self.accounts, "region": self.regions}
        return {name: values for name, values in named.items() if values}

    def days(self) -> tuple[date, date]:
        """Return the first and the last day (UTC) whose folders can hold such events."""
        first = self.since.astimezone(UTC).date() if self.since else date.min
        if self.until is None:
            return first, date.max
        last = (self.until.astimezone(UTC) - timedelta(microseconds=1)).date()
        return first, last + LATE


def estimate(
    text: str,
    scope: Scope,
    *,
    caller: Caller,
    workplace: Workplace,
    opened: Open,
    now: datetime,
    usd_per_terabyte: float = price.USD_PER_TERABYTE,
) -> Reading:
    """List what a statement's tables hold of a scope; raise QueryError, AwsError or ArchiveError.

    A table that a statement reads twice counts once: Athena may read it twice.
    """
    today = now.astimezone(UTC).date()
    named = tables_of(text)
    found = [tables.described(caller, workplace, name, today) for name in named]
    files = [one for table in found for one in _files(table, scope, opened)]
    read = sum(one.size for one in files)
    return Reading(
        engine="athena",
        tables=named,
        files=len(files),
        bytes=read,
        partitions=len({one.folder for one in files}),
        days=tuple(sorted({one.day for one in files if one.day})),
        usd=price.usd(read, usd_per_terabyte),
    )


def tables_of(text: str) -> tuple[str, ...]:
    """Return the names of the tables a statement reads; raise QueryError if it is no SQL."""
    try:
        tree = sqlglot.parse_one(text, read="athena")
    except sqlglot.errors.SqlglotError as error:
        reason = " ".join(str(error).split())
        raise QueryError(
            f"The statement cannot be read as Athena's SQL: {reason}",
            hint="correct the SQL, or leave out the estimate",
        ) from error
    named = (one.name.lower() for one in question.tables(tree))
    return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, slots=True)
class _File:
    folder: str
    day: str
    size: int


def _files(table: tables.Table, scope: Scope, opened: Open) -> Iterator[_File]:
    archive = opened(f"s3://{table.bucket}")
    for run in table.runs(scope.wanted(), scope.days()):
        for entry in _of_run(archive, run):
            day = entry.key[len(run.prefix) :][: len(run.first)].replace("/", "-")
            yield _File(f"{table.name}/{entry.key.rpartition('/')[0]}", day, entry.size)


def _of_run(archive: Archive, run: tables.Run) -> Iterable[Entry]:
    start = f"{run.prefix}{run.first}" if run.first else None
    for entry in archive.list(run.prefix, start_after=start):
        rest = entry.key.removeprefix(run.prefix)
        # Days sort as they are written, so what is after the last one ends the run.
        if run.last and rest[: len(run.last)] > run.last:
            return
        if not rest.rpartition("/")[2].startswith(_IGNORED):
            yield entry
