"""Values of rows as plain data: what JSON can hold, times as `YYYY-MM-DDTHH:MM:SSZ`."""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ops.query.model import Cell

Json = Any


def records(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[dict[str, Json]]:
    """Return rows as mappings from column to plain value."""
    return [dict(zip(columns, map(plain, row), strict=True)) for row in rows]


def plain(value: Cell) -> Json:
    """Return a value as JSON can hold it; bytes as base64, NaN and infinity as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return str(value)


def moment(value: datetime) -> str:
    """Return a time in UTC; a part of a second is written only where there is one.

    >>> moment(datetime(2026, 1, 5, 12, tzinfo=UTC))
    '2026-01-05T12:00:00Z'
    """
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    text = known.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}Z"


def aware(value: Cell) -> Cell:
    """Return a time without a zone as the UTC time it is; anything else as it is."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _number(value: float) -> Json:
    return value if math.isfinite(value) else str(value)


def _decimal(value: Decimal) -> Json:
    return int(value) if value == value.to_integral_value() else float(value)


_WRITERS: tuple[tuple[Any, Callable[[Any], Json]], ...] = (
    (datetime, moment),
    (date, date.isoformat),
    (timedelta, timedelta.total_seconds),
    (float, _number),
    (Decimal, _decimal),
    (bytes, lambda value: base64.b64encode(value).decode("ascii")),
    (Mapping, lambda value: {str(key): plain(one) for key, one in value.items()}),
    (list | tuple, lambda value: [plain(one) for one in value]),
)
"""How each kind of value is written; a datetime is a date, too, and comes first."""
