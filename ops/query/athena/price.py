"""What reading costs.

Source: Athena pricing, "SQL queries": billed by the bytes read from S3, rounded up
to the megabyte, ten megabytes a query at least. Cancelled queries are billed for
what they had read.
"""

USD_PER_TERABYTE = 5.00
"""The price in most regions; a few are dearer."""
LEAST_BYTES = 10_000_000
_TERABYTE, _MEGABYTE = 1_000_000_000_000, 1_000_000


def usd(read: int, per_terabyte: float = USD_PER_TERABYTE) -> float:
    """Return what one query that reads so many bytes costs.

    >>> usd(0)
    5e-05
    >>> usd(1_500_000_000_000)
    7.5
    """
    billed = max(LEAST_BYTES, -(-read // _MEGABYTE) * _MEGABYTE)
    return billed * per_terabyte / _TERABYTE
