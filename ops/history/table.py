"""Reads a table that CloudTrail Lake wrote: CSV with the records in a column `eventjson`."""

import csv
import io
import re
from collections.abc import Iterator

_HEADER = re.compile(rb'[^\n{\[]*\b"?eventjson"?\b[^\n{\[]*\n', re.IGNORECASE)


def column(text: bytes) -> Iterator[bytes] | None:
    """Return the cells of the column; None if the text is no such table."""
    if _HEADER.match(text) is None:
        return None
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # a record may have a megabyte
    lines = io.StringIO(text.decode("utf-8", "surrogateescape"), newline="")
    rows = csv.reader(lines)
    names = [name.strip().lower() for name in next(rows)]
    return _cells(lines, rows, names.index("eventjson")) if "eventjson" in names else None


def _cells(lines: io.StringIO, rows: Iterator[list[str]], place: int) -> Iterator[bytes]:
    """Yield the cells, and of a table that breaks off what is left of it."""
    try:
        for row in rows:
            if row:
                yield _bytes(row[place] if place < len(row) else "")
    except csv.Error:
        yield _bytes(lines.read())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape").strip()
