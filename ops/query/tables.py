"""The two tables Athena may ask: the collected history, and the archive as it was delivered.

`Collected` is the Parquet store in S3: the columns of `ops.history.schema`, partitioned
by `day`. `Delivered` is CloudTrail's own files through AWS's reader (SerDe), partitioned
by `account`, `region` and `date` (the day of delivery, yyyy/MM/dd): dearer to scan, without
the whole record, and with the copies that CloudTrail delivers twice.

Source: Athena User Guide, "Query AWS CloudTrail logs".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import sqlglot
from sqlglot import exp

from ops.errors import UsageError
from ops.history.schema import BAGS, COLUMNS, PARTITION
from ops.query import paths
from ops.query.lately import NOW, ago, written
from ops.query.views import EVENT_COLUMNS
from ops.query.window import Window

Values = Mapping[str, str]
TEXT_COLUMNS = {
    one.paths[0]: one.name for one in COLUMNS if one.kind == "text" and len(one.paths) == 1
}
"""Columns that hold exactly the text at one path, by that path."""
FLAG_COLUMNS = {
    one.paths[0]: one.name for one in COLUMNS if one.kind == "flag" and len(one.paths) == 1
}
"""Columns that hold exactly the truth value at one path."""
_BAG_OF = {one.paths[0]: one.name for one in BAGS}
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LATE = timedelta(days=1)
"""How much later than an event its file may be delivered and still be looked at.

A record is usually there within 15 minutes; CloudTrail promises no bound."""
_MOMENT = timedelta(microseconds=1)
_COLLECTED_WITHIN = (
    f"{PARTITION.name} BETWEEN :_first_day AND :_last_day "
    "AND event_time >= :_since AND event_time < :_until"
)
_DELIVERED_WITHIN = (
    '"date" BETWEEN :_first_day AND :_last_day AND eventtime >= :_since AND eventtime < :_until'
)


class Table(Protocol):
    """A table that events are read from."""

    @property
    def name(self) -> str:
        """What it is called in its database."""

    def events(self, columns: frozenset[str] | None) -> exp.Query:
        """Return what `events` means here, with at least the named columns; None: with all."""

    def values(self, window: Window) -> Values:
        """Return the values of the `_name`s in `events`."""

    def within(self, window: Window) -> str:
        """Return the condition that leaves the events of a time, and reads their days alone."""

    def lately(self, span: timedelta) -> Values:
        """Return the values of the `_name`s for a time that ends when the query runs."""

    def field(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return the one value at a path."""

    def field_any(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return the list of all values at a path."""

    def text(self, source: str | None) -> exp.Expr:
        """Return the text to look for something anywhere in a record."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The table over the Parquet store."""

    database: str
    name: str

    def events(self, columns: frozenset[str] | None) -> exp.Query:
        """Return the events of the asked days."""
        wanted = [_collected(one) for one in _wanted(columns, EVENT_COLUMNS)]
        return _select(wanted, self.database, self.name, _COLLECTED_WITHIN)

    def values(self, window: Window) -> Values:
        """Return the days and times asked for."""
        return {
            "_first_day": f"'{window.first_day}'",
            "_last_day": f"'{window.last_day}'",
            "_since": f"TIMESTAMP '{window.begin:%Y-%m-%d %H:%M:%S}'",
            "_until": f"TIMESTAMP '{window.end:%Y-%m-%d %H:%M:%S}'",
        }

    def within(self, window: Window) -> str:
        """Return the condition for the asked days and times."""
        return _filled(_COLLECTED_WITHIN, self.values(window))

    def lately(self, span: timedelta) -> Values:
        """Return the days and times until now."""
        return {
            "_first_day": written(ago(span), "%Y-%m-%d"),
            "_last_day": written(NOW, "%Y-%m-%d"),
            "_since": ago(span),
            "_until": NOW,
        }

    def field(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return a typed column where there is one, else what the record says."""
        typed = TEXT_COLUMNS.get(".".join(path))
        return _column(source, typed) if typed else _scalar(_column(source, "raw"), path)

    def field_any(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return what the record says."""
        return _every(_column(source, "raw"), path)

    def text(self, source: str | None) -> exp.Expr:
        """Return the record."""
        return _column(source, "raw")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The table over the delivered files."""

    database: str
    name: str

    def events(self, columns: frozenset[str] | None) -> exp.Query:
        """Return the events delivered on the asked days, each of them once.

        Those that share an id and differ are all there: one may be planted to hide the other.
        """
        missing = sorted((columns or frozenset()) & _NOT_DELIVERED)
        if missing or columns is None:
            raise _lacks(", ".join(missing or ["raw"]))
        wanted = [f"{_DELIVERED[one]} AS {one}" for one in _wanted(columns, _DELIVERED)]
        more = ("*", '"$path" AS source_path', _COPY)
        inner = _select(more, self.database, self.name, _DELIVERED_WITHIN)
        outer = sqlglot.select(*wanted, dialect="trino").from_(inner.subquery("delivered"))
        return outer.where("copy = 1")

    def values(self, window: Window) -> Values:
        """Return the days of delivery, and the times as the files spell them."""
        return {
            "_first_day": f"'{window.begin:%Y/%m/%d}'",
            "_last_day": f"'{window.end - _MOMENT + LATE:%Y/%m/%d}'",
            "_since": f"'{window.begin:%Y-%m-%dT%H:%M:%SZ}'",
            "_until": f"'{window.end:%Y-%m-%dT%H:%M:%SZ}'",
        }

    def within(self, window: Window) -> str:
        """Return the condition for the asked days of delivery and times."""
        return _filled(_DELIVERED_WITHIN, self.values(window))

    def lately(self, span: timedelta) -> Values:
        """Return the days of delivery and the times until now."""
        return {
            "_first_day": written(ago(span), "%Y/%m/%d"),
            "_last_day": written(NOW, "%Y/%m/%d"),
            "_since": written(ago(span), "%Y-%m-%dT%H:%i:%sZ"),
            "_until": written(NOW, "%Y-%m-%dT%H:%i:%sZ"),
        }

    def field(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return a typed column where there is one, else what the right bag says."""
        typed = TEXT_COLUMNS.get(".".join(path))
        if typed:
            return _column(source, typed)
        return _scalar(_column(source, _bag(path)), path[1:])

    def field_any(self, source: str | None, path: paths.Path) -> exp.Expr:
        """Return what the right bag says."""
        return _every(_column(source, _bag(path)), path[1:])

    def text(self, source: str | None) -> exp.Expr:
        """Return what most of a record's names stand in: its bags, and who called."""
        own = ("user_arn", "user_access_key_id", "session_issuer_arn", "event_id")
        names = (*_BAG_OF.values(), *own)
        parts = [
            exp.func("coalesce", _column(source, one), exp.Literal.string("")) for one in names
        ]
        return exp.Concat(expressions=parts)


_TIME = "CAST(try(from_iso8601_timestamp({})) AT TIME ZONE 'UTC' AS TIMESTAMP)"
_SESSION = "useridentity.sessioncontext"
_OWN = {
    "event_time": _TIME.format("eventtime"),
    "session_creation_date": _TIME.format(f"{_SESSION}.attributes.creationdate"),
    "read_only": "TRY_CAST(readonly AS BOOLEAN)",
    "recipient_account_id": "coalesce(recipientaccountid, useridentity.accountid, account)",
    "resources": "json_format(CAST(transform(resources, r -> map(ARRAY['ARN', 'accountId', 'type'], "
    "ARRAY[r.arn, r.accountid, r.type])) AS JSON))",
    "source_key": "source_path",
    "source_index": "CAST(NULL AS BIGINT)",
    PARTITION.name: "substr(eventtime, 1, 10)",
}
"""Columns of ours that are not simply a column of AWS's table."""
_TOLD = (
    "eventtime", "useridentity", "eventsource", "eventname", "awsregion", "sourceipaddress",
    "useragent", "errorcode", "requestparameters", "responseelements", "additionaleventdata",
    "serviceeventdetails", "resources",
)  # fmt: skip
"""What makes two records with one id the same: columns that every table of AWS's form has."""
_COPY = (
    "row_number() OVER (PARTITION BY coalesce(eventid, CAST(uuid() AS VARCHAR)), "
    f"sha256(to_utf8(json_format(CAST(ROW({', '.join(_TOLD)}) AS JSON)))) "
    'ORDER BY "$path") AS copy'
)
"""Which of its copies a record is. A hash, so that the window holds no whole records."""
_NOT_DELIVERED = frozenset(
    {"management_event", "source_identity", "raw", "raw_repaired", "source_etag", "collected_at",
     "schema_version"}
)  # fmt: skip
"""Columns of ours that AWS's table says nothing of."""


def _delivered(column: str) -> str:
    [path] = [one.paths[0] for one in (*COLUMNS, *BAGS) if one.name == column]
    return path.lower()


_DELIVERED = {
    one: _OWN.get(one) or _delivered(one) for one in EVENT_COLUMNS if one not in _NOT_DELIVERED
}
"""What each of our columns is in AWS's table, whose names are the record's in lower case."""


def _wanted(
    columns: frozenset[str] | None, known: "Mapping[str, str] | tuple[str, ...]"
) -> list[str]:
    return [one for one in known if columns is None or one in columns]


def _collected(column: str) -> str:
    path = next((path for path, name in _BAG_OF.items() if name == column), None)
    if path is None:
        return column
    return f"nullif(json_format(json_extract(raw, '$.{path}')), 'null') AS {column}"


def _filled(condition: str, values: Values) -> str:
    """Return one of our conditions with its values in it."""
    for name, text in values.items():
        condition = condition.replace(f":{name}", text)
    return condition


def _select(columns: Iterable[str], database: str, name: str, condition: str) -> exp.Select:
    table = exp.table_(name, db=database, quoted=True)
    return sqlglot.select(*columns, dialect="trino").from_(table).where(condition, dialect="trino")


def _bag(path: paths.Path) -> str:
    name = _BAG_OF.get(path[0])
    if name is None:
        raise _lacks(".".join(path))
    return name


class NotDelivered(UsageError):
    """A question asks for what the delivered files do not give to Athena."""


def _lacks(what: str) -> NotDelivered:
    return NotDelivered(
        f"The delivered files do not give {what} to Athena.",
        hint="ask the collected history instead: its table, or a local store",
    )


def _column(source: str | None, name: str) -> exp.Column:
    return exp.column(name, table=source)


def _scalar(text: exp.Expr, path: paths.Path) -> exp.Expr:
    if not path:
        return text
    return exp.func(
        "json_extract_scalar", text, exp.Literal.string(_members(path)), dialect="trino"
    )


def _every(text: exp.Expr, path: paths.Path) -> exp.Expr:
    """Return the list at a path: SQL's own JSON paths go through lists by themselves.

    What is neither a text nor a number is there as its JSON text; null is not.
    """
    keys = "".join(f'."{key}"' for key in path)
    found = f"json_query({text.sql('trino')}, 'lax ${keys}[*]' WITH ARRAY WRAPPER)"
    there = f"filter(CAST(json_parse({found}) AS ARRAY(JSON)), x -> json_format(x) <> 'null')"
    texts = f"transform({there}, x -> coalesce(json_extract_scalar(x, '$'), json_format(x)))"
    return sqlglot.parse_one(f"coalesce({texts}, CAST(ARRAY[] AS ARRAY(VARCHAR)))", read="trino")


def _members(path: paths.Path) -> str:
    return "$" + "".join(f".{key}" if _PLAIN_KEY.fullmatch(key) else f'["{key}"]' for key in path)


Maker = Callable[[str, str], Table]
KINDS: dict[str, Maker] = {"collected": Collected, "delivered": Delivered}
"""The tables by the name that says which one is meant."""
