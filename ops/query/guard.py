"""What a question may be: one SELECT over the store's views, and nothing else.

DuckDB's own parser reads the text, so that nothing it would run can look like
something else. A SELECT is more than it seems: in DuckDB one may write files
(`WITH x AS (COPY …)`) and read any (`FROM read_text(…)`). So the parsed tree is
looked through, and whatever is not known to be harmless is refused. The
engine's own lock (no access outside the store) stands behind this.
"""

from dataclasses import dataclass

import duckdb

from ops.errors import UsageError
from ops.query import spelling, syntax
from ops.query.syntax import Node

_HARMLESS_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_HARMLESS_SOURCES = {"unnest", "range", "generate_series", "json_each", "json_tree"}
"""Table functions that compute their rows."""


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT that may run."""

    text: str
    """As DuckDB is asked: our functions spelled out."""
    tables: frozenset[str]
    """The names of the tables and views it reads, in lower case."""
    parameters: frozenset[str]
    """The names of its `$name`s."""


def checked(connection: duckdb.DuckDBPyConnection, text: str, lists: spelling.Lists) -> Question:
    """Return a question that may run; raise UsageError for any other text."""
    parameters = syntax.one_select(connection, text)
    nodes = list(syntax.nodes(syntax.tree(connection, text)))
    for node in nodes:
        _refuse(node)
    tables = {str(one["table_name"]).lower() for one in nodes if one.get("type") == "BASE_TABLE"}
    changed = syntax.edited(syntax.without_end(text), spelling.edits(nodes, lists))
    return Question(changed, frozenset(tables), parameters)


def _refuse(node: Node) -> None:
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _HARMLESS_NODES:
        raise UsageError(
            f"A history is only read: {kind.partition('_')[0]} is refused in a SELECT."
        )
    if kind == "TABLE_FUNCTION":
        name = node["function"]["function_name"]
        if name not in _HARMLESS_SOURCES:
            raise UsageError(
                f"{name}(…) is refused: only the history's own views are read.",
                hint="SHOW TABLES lists them, DESCRIBE events their columns",
            )
