"""Times as records spell them: `2026-01-31T18:00:00Z`, with a fraction, or `20260131T180000Z`.

Anything else is no time. Whole columns are read at once where all are of the usual form.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

TIME = pa.timestamp("us")
"""Of the store: microseconds, in UTC, without a zone."""
_USUAL = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_FORM = re.compile(
    r"(\d{4})(?P<dash>-?)(\d\d)(?P=dash)(\d\d)T(\d\d)(?P<colon>:?)(\d\d)(?P=colon)(\d\d)"
    r"(?:\.(\d{1,9}))?Z",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def column(texts: Sequence[str | None]) -> "pa.Array[Any]":
    """Return texts as times; null where a text is none."""
    written = pa.array(texts, pa.string())
    usual = pc.all(pc.match_substring_regex(written, _USUAL)).as_py()
    if usual is not False:
        try:
            return pc.cast(written, pa.timestamp("us", "UTC")).cast(TIME)
        except pa.ArrowInvalid:
            pass  # a day that is in no calendar: read one by one
    known: dict[str | None, int | None] = {None: None}
    for text in texts:
        if text not in known:
            known[text] = microseconds(str(text))
    return pa.array([known[text] for text in texts], pa.int64()).cast(TIME)


def microseconds(text: str) -> int | None:
    """Return the microseconds from 1970 to a time; None if the text is no time.

    >>> microseconds("19700101T000001Z"), microseconds("1970-01-01T00:00:00.5Z")
    (1000000, 500000)
    """
    found = _FORM.fullmatch(text)
    if found is None or bool(found["dash"]) != bool(found["colon"]):
        return None
    year, _, month, day, hour, _, minute, second, fraction = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second),
            int((fraction or "0")[:6].ljust(6, "0")), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND
