"""Times as people say them: dates, ISO 8601, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from ops.errors import UsageError

_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
"""Room for a day before and after any time."""
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def moment(text: str, now: datetime) -> datetime:
    """Return the time a text means; raise UsageError if it means none.

    A bare date is 00:00 UTC, a time without an offset is UTC, and `7d` or `36h`
    is that long before `now`.

    >>> moment("2h", datetime(2026, 1, 5, 12, tzinfo=UTC)).isoformat()
    '2026-01-05T10:00:00+00:00'
    >>> moment("2026-01-05T01:00:00+02:00", datetime.now(UTC)).isoformat()
    '2026-01-04T23:00:00+00:00'
    """
    try:
        read = _read(text, now)
        if not _FIRST_YEAR <= read.year < _LAST_YEAR:
            raise ValueError("no log file is that old or that new")
        return read
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is no time.",
            hint="say 2026-01-31, 2026-01-31T18:00:00+01:00, or how long ago: 7d, 36h",
        ) from error


def _read(text: str, now: datetime) -> datetime:
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * _UNITS[ago[2]]
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def checked(since: datetime | None, until: datetime | None) -> None:
    """Raise UsageError unless a range runs forward."""
    if since is not None and until is not None and since >= until:
        raise UsageError(
            f"The range ends at {until:%Y-%m-%dT%H:%M:%SZ}, "
            f"not after its start {since:%Y-%m-%dT%H:%M:%SZ}.",
            hint="give --since an earlier time than --until",
        )
