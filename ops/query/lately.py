"""Times that are told when a query runs, as expressions of Trino's SQL."""

from datetime import timedelta

NOW = "CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP)"
"""The time in UTC, without a zone, as the tables have it; the same for a whole query."""


def ago(span: timedelta) -> str:
    """Return the time so long before a query runs, to the hour.

    >>> ago(timedelta(days=7))
    "(CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) - INTERVAL '7' DAY)"
    >>> ago(timedelta(hours=36))
    "(CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) - INTERVAL '36' HOUR)"
    """
    days, rest = divmod(span, timedelta(days=1))
    interval = f"'{span // timedelta(hours=1)}' HOUR" if rest else f"'{days}' DAY"
    return f"({NOW} - INTERVAL {interval})"


def written(moment: str, form: str) -> str:
    """Return a time as text, in the letters of MySQL's date_format."""
    return f"date_format({moment}, '{form}')"
