"""The way to a value inside a record, `requestParameters.bucketName`, and its text in SQL.

A path begins at the record's root. `field` gives the value there as text,
`field_any` every value there as a list: on its way a list stands for each of
its elements.
"""

import re
from collections.abc import Sequence

from ops.errors import UsageError

Path = tuple[str, ...]

_KEY = re.compile(r"[A-Za-z0-9_:/@ -]+")
"""What CloudTrail's keys are made of, but for dots, which separate keys here."""


def parsed(text: str) -> Path:
    """Return a path's keys; raise UsageError if it is none."""
    keys = tuple(text.split("."))
    if not all(_KEY.fullmatch(key) for key in keys):
        raise UsageError(
            f"{text!r} is no path into a record.",
            hint="say keys with dots between: requestParameters.bucketName",
        )
    return keys


def duckdb_field(record: str, path: Path) -> str:
    r"""Return DuckDB's text for one value; `record` is an expression of JSON text.

    >>> duckdb_field("raw", ("tlsDetails", "tlsVersion"))
    'json_extract_string(raw, \'$."tlsDetails"."tlsVersion"\')'
    """
    return f"json_extract_string({record}, '{_members(path)}')"


def duckdb_fields(record: str, found: Sequence[Path], place: int) -> str:
    """Return DuckDB's text for one of several values that are read in one go.

    The same paths give the same expression but for the place, so that the
    engine works it out once.
    """
    if len(found) == 1:
        return duckdb_field(record, found[0])
    listed = ", ".join(f"'{_members(path)}'" for path in found)
    return f"json_extract_string({record}, [{listed}])[{place + 1}]"


def duckdb_field_any(record: str, path: Path) -> str:
    """Return DuckDB's text for the list of all values."""
    found = f"[json_extract({record}, '{_members(path[:1])}')]"
    for key in path[1:]:
        found = (
            f"flatten(list_transform({found}, lambda x: list_prepend("
            f"json_extract(x, '$.\"{key}\"'), json_extract(x, '$[*].\"{key}\"'))))"
        )
    spread = (
        "CASE json_type(x) WHEN 'ARRAY' THEN json_extract_string(x, '$[*]') "
        "ELSE [json_extract_string(x, '$')] END"
    )
    texts = f"flatten(list_transform({found}, lambda x: {spread}))"
    return f"list_filter({texts}, lambda x: x IS NOT NULL)"


def _members(path: Path) -> str:
    return "$" + "".join(f'."{key}"' for key in path)
