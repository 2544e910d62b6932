"""What Glue knows of a table: where its partitions lie, as Athena projects them.

Source: Athena User Guide, "Set up partition projection", "Supported types for
partition projection".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from ops.aws import Caller, error_code
from ops.errors import AwsError, QueryError
from ops.query.athena.model import Workplace

_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d"}
"""The letters of Java's DateTimeFormatter that days are written in here."""
_AGO = re.compile(r"NOW(?:(?P<sign>[+-])(?P<number>[0-9]+)(?P<unit>DAY|WEEK|MONTH|YEAR)S?)?")
_DAYS = {"DAY": 1, "WEEK": 7, "MONTH": 31, "YEAR": 366}
_PLACE = re.compile(r"\$\{([^}]+)\}")


class NoTableError(QueryError):
    """A database, or its table, does not exist."""


@dataclass(frozen=True, slots=True)
class Enumerated:
    """A partition column with a list of values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Daily:
    """A partition column of days, in a form of `strftime`."""

    form: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Run:
    """Objects of which some are read: those under a prefix, from one day to another."""

    prefix: str
    first: str = ""
    """What comes after the prefix, from here on; both empty for everything."""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as far as its place is concerned."""

    name: str
    location: str
    template: str
    """A partition's folder with `${column}` in it; empty if nothing is projected."""
    columns: Mapping[str, Enumerated | Daily]

    @property
    def bucket(self) -> str:
        """The bucket all of it lies in."""
        return self.location.removeprefix("s3://").partition("/")[0]

    def runs(self, wanted: Mapping[str, frozenset[str]], days: tuple[date, date]) -> Iterator[Run]:
        """Yield what is read for some values of its columns and some days.

        Of a column that is not in `wanted` every value is. Where the day is the
        last part of a folder's name, its days are one run.
        """
        if not self.template:
            yield Run(self._key(self.location))
            return
        names = _PLACE.findall(self.template)
        *listed, last = names
        daily = self.columns.get(last)
        if not isinstance(daily, Daily) or any(
            isinstance(self.columns[name], Daily) for name in listed
        ):
            raise QueryError(f"The partitions of {self.name} cannot be listed: {self.template}")
        first, until = max(days[0], daily.first), min(days[1], daily.last)
        if first > until:
            return
        head = self._key(self.template.partition(f"${{{last}}}")[0])
        for values in product(*(self._values(name, wanted) for name in listed)):
            filled = head
            for name, value in zip(listed, values, strict=True):
                filled = filled.replace(f"${{{name}}}", value)
            yield Run(filled, first.strftime(daily.form), until.strftime(daily.form))

    def _values(self, name: str, wanted: Mapping[str, frozenset[str]]) -> Sequence[str]:
        column = self.columns[name]
        known = column.values if isinstance(column, Enumerated) else ()
        return [one for one in known if name not in wanted or one in wanted[name]]

    def _key(self, url: str) -> str:
        return url.removeprefix(f"s3://{self.bucket}/")


def described(caller: Caller, place: Workplace, name: str, today: date) -> Table:
    """Ask Glue for a table; raise QueryError if there is none, AwsError if it cannot be asked."""
    return read(asked(caller, place, name), today)


def asked(caller: Caller, place: Workplace, name: str) -> Mapping[str, Any]:
    """Return Glue's description of a table; raise NoTableError or AwsError."""
    client = caller.client("glue")
    try:
        with caller.explained("glue:get_table"):
            found: Mapping[str, Any] = client.get_table(DatabaseName=place.database, Name=name)[
                "Table"
            ]
    except AwsError as error:
        if error_code(error) != "EntityNotFoundException":
            raise
        raise NoTableError(
            f"Database {place.database} has no table {name}.",
            hint="name the database with --database; after the config changed, apply the stack "
            "analytics",
        ) from error
    return found


def read(found: Mapping[str, Any], today: date) -> Table:
    """Return a table from Glue's description of it."""
    parameters: Mapping[str, str] = found.get("Parameters", {})
    location = str(found["StorageDescriptor"]["Location"])
    if parameters.get("projection.enabled", "").lower() != "true":
        return Table(found["Name"], location, "", {})
    keys = [str(one["Name"]) for one in found.get("PartitionKeys", ())]
    columns = {key: _column(found["Name"], key, parameters, today) for key in keys}
    hive = location.rstrip("/") + "".join(f"/{key}=${{{key}}}" for key in keys) + "/"
    template = parameters.get("storage.location.template", hive)
    return Table(found["Name"], location, template, columns)


def _column(
    table: str, name: str, parameters: Mapping[str, str], today: date
) -> Enumerated | Daily:
    kind = parameters.get(f"projection.{name}.type", "").lower()
    if kind == "enum":
        return Enumerated(tuple(parameters[f"projection.{name}.values"].split(",")))
    if kind != "date":
        raise QueryError(
            f"How much {table} holds cannot be told beforehand: its partitions by {name} are "
            f"projected as {kind or 'nothing known'}.",
            hint="leave out the estimate; the workgroup's limit holds anyway",
        )
    form = parameters[f"projection.{name}.format"]
    for letters, sign in _JAVA.items():
        form = form.replace(letters, sign)
    first, _, last = parameters[f"projection.{name}.range"].partition(",")
    return Daily(form, _day(first.strip(), form, today), _day(last.strip(), form, today))


def _day(text: str, form: str, today: date) -> date:
    found = _AGO.fullmatch(text.replace(" ", ""))
    if found is None:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 (a day has no zone)
    if not found["number"]:
        return today
    days = timedelta(days=int(found["number"]) * _DAYS[found["unit"]])
    return today + days if found["sign"] == "+" else today - days
