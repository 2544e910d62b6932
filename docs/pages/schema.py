"""Columns of the history."""

from docs.pages.markdown import NOTE, cell
from ops.history import schema

_KINDS = {
    "text": "text",
    "flag": "true or false",
    "time": "time, UTC",
    "json": "JSON text",
    "number": "number",
}


def page() -> str:
    """Return the reference of the store's columns, and of where each comes from."""
    read = [
        f"| `{one.name}` | {_KINDS[one.kind]} | {' or '.join(f'`{path}`' for path in one.paths)} "
        f"| {cell(one.meaning)} |"
        for one in (*schema.COLUMNS, *schema.BAGS)
    ]
    kept = [
        f"| `{one.name}` | {_KINDS[one.type]} | {cell(one.meaning)} |"
        for one in (*schema.KEPT, schema.PARTITION)
    ]
    parts = [
        "# Columns of the history",
        NOTE,
        f"Version {schema.VERSION}. One row is one event, in Parquet files under "
        "`day=YYYY-MM-DD/`; everything else of a store lies under `_atalaya/`. A column is the "
        "value at one path of the record, or null: nothing is inferred, and a value of another "
        "type than the column's is null. Where two paths are named, the first that holds a value "
        "counts. Of two equal keys in one object the last counts.",
        "## From the record",
        "\n".join(["| column | type | path | meaning |", "|---|---|---|---|", *read]),
        "The columns of JSON text are not in the files: the view `events` takes them from `raw`.",
        "## About the record",
        "\n".join(["| column | type | meaning |", "|---|---|---|", *kept]),
    ]
    return "\n\n".join(parts) + "\n"
