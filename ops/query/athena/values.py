"""Athena's texts as Python values.

Every cell of a result is text, whatever its column's type; one that is missing is
null. Lists, maps and structures come in a form of Athena's own and stay text.

Source: Athena User Guide, "Data types in Amazon Athena".
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.query.model import Cell


def value(kind: str, text: str | None) -> Cell:
    """Return the value of a cell; its text if that is none of the column's type.

    >>> value("bigint", "12"), value("boolean", "true"), value("varchar", None)
    (12, True, None)
    """
    if text is None:
        return None
    try:
        return _READERS.get(kind, str)(text)
    except (ValueError, ArithmeticError, ZoneInfoNotFoundError):
        return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _zoned_time(text: str) -> datetime:
    """Read `2026-11-01 12:00:00.000 Europe/Berlin`: a zone's name or an offset behind it."""
    moment, _, zone = text.rpartition(" ")
    if zone[:1] in ("+", "-"):
        return datetime.fromisoformat(f"{moment}{zone}").astimezone(UTC)
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


_READERS: dict[str, Callable[[str], Cell]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "int", "bigint"), int),
    **dict.fromkeys(("double", "float", "real"), float),
    "decimal": Decimal,
    "boolean": _flag,
    "date": date.fromisoformat,
    "timestamp": _time,
    "timestamp with time zone": _zoned_time,
}
