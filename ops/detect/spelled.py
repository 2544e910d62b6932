"""A rule's SQL in the spelling of one engine, as text that can be pasted there."""

from ops.query import dialect, rendering
from ops.query.catalog import VIEWS
from ops.query.tables import Delivered
from ops.query.window import Window


def duckdb(text: str) -> str:
    """Return what `ops query` answers."""
    return rendering.duckdb_text(dialect.parsed(text, source="the rule", views=VIEWS))


def athena(text: str, database: str, table: str, window: Window) -> str:
    """Return what Athena answers over the delivered files; raise UsageError if they lack a column."""
    tree = dialect.parsed(text, source="the rule", views=VIEWS)
    found = rendering.athena(tree, Delivered(database, table), window, {}, {})
    written = found.text
    # The window's values, which alone are left out, stand in the first WITH.
    for value in found.positional:
        written = written.replace("?", value, 1)
    return written
