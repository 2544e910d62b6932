"""Data for machines: json, jsonl and csv, filtered by JMESPath.

JSON is exact. CSV is opened in spreadsheets, so a text that one would take for a
formula gets an apostrophe before it, and characters a terminal obeys are spelled out.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from ops.errors import UsageError
from ops.render.text import clean

Json = Any
"""Whatever JSON can hold."""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How texts begin that a spreadsheet would run. Source: OWASP, "CSV Injection"."""


def text(
    data: Json, form: str, expression: str | None = None, *, columns: Sequence[str] = ()
) -> str:
    """Return data in one of the formats json, jsonl and csv, ending in a newline.

    `columns` come first in csv, and stand there even if there is no row.
    """
    if expression is not None:
        data, columns = filtered(data, expression), ()
    if form == "jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in _rows(data))
    if form == "csv":
        return _csv(_rows(data), columns)
    return f"{json.dumps(data, indent=2)}\n"


def filtered(data: Json, expression: str) -> Json:
    """Return what a JMESPath expression finds in data; raise UsageError if it cannot look."""
    try:
        return compiled(expression).search(data)
    except JMESPathError as error:
        raise UsageError(
            f"--jmespath {expression!r} does not fit the data: {_first_line(error)}"
        ) from error


def compiled(expression: str) -> Any:
    """Return a compiled expression; raise UsageError if it is none."""
    try:
        return jmespath.compile(expression)
    except JMESPathError as error:
        raise UsageError(
            f"--jmespath {expression!r} is not an expression: {_first_line(error)}",
            hint="https://jmespath.org/tutorial.html",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _rows(data: Json) -> list[Json]:
    return data if isinstance(data, list) else [data]


def _csv(rows: list[Json], columns: Sequence[str]) -> str:
    """Write rows under the keys of all of them; what is nested stays JSON."""
    tables = [row if isinstance(row, dict) else {"value": row} for row in rows]
    names = list(dict.fromkeys([*columns, *(key for row in tables for key in row)]))
    return csv_line(names) + "".join(csv_line([row.get(name) for name in names]) for row in tables)


def csv_line(values: Iterable[Json]) -> str:
    """Return one line of CSV, safe to open in a spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(map(_cell, values))
    return out.getvalue()


def _cell(value: Json) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value)
    return f"'{clean(value)}" if value.startswith(_FORMULAS) else clean(value)
