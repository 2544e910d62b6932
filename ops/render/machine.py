"""Data for machines: json, jsonl and csv, filtered by JMESPath."""

import csv
import io
import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from ops.errors import UsageError
from ops.render.text import clean

Json = Any
"""Whatever JSON can hold."""


def text(data: Json, form: str, expression: str | None = None) -> str:
    """Return data in one of the formats json, jsonl and csv, ending in a newline."""
    if expression is not None:
        data = filtered(data, expression)
    if form == "jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in _rows(data))
    if form == "csv":
        return _csv(_rows(data))
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


def _csv(rows: list[Json]) -> str:
    """Write rows under the keys of all of them; what is nested stays JSON."""
    tables = [row if isinstance(row, dict) else {"value": row} for row in rows]
    columns = list(dict.fromkeys(key for row in tables for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in tables:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return out.getvalue()


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return clean(value) if isinstance(value, str) else json.dumps(value)
