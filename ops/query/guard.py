"""What a question may be: one SELECT over the store's views, and nothing else.

DuckDB's own parser reads the text, so that nothing it would run can look like
something else. A SELECT is more than it seems: in DuckDB one may write files
(`WITH x AS (COPY …)`) and read any (`FROM read_text(…)`). So the parsed tree is
looked through, and whatever is not known to be harmless is refused. The
engine's own lock (no access outside the store) stands behind this.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from ops.errors import UsageError
from ops.query import paths

Node = Mapping[str, Any]

_HARMLESS_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_HARMLESS_SOURCES = {"unnest", "range", "generate_series", "json_each", "json_tree"}
"""Table functions that compute their rows."""
_OURS = ("field", "field_any", "site_list")


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT that may run."""

    text: str
    """With `field`, `field_any` and `site_list` spelled out."""
    tables: frozenset[str]
    """The names of the tables and views it reads, in lower case."""
    parameters: frozenset[str]
    """The names of its `$name`s."""


def checked(
    connection: duckdb.DuckDBPyConnection, text: str, lists: Mapping[str, Sequence[str]]
) -> Question:
    """Return a question that may run; raise UsageError for any other text."""
    parameters = _one_select(connection, text)
    tree = _tree(connection, text)
    tables, edits, shown = set(), [], set[int]()
    for node in _nodes(tree):
        _refuse(node)
        if node.get("type") == "BASE_TABLE":
            tables.add(str(node["table_name"]).lower())
        if node.get("type") == "SELECT_NODE":
            shown |= {id(one) for one in node["select_list"]}
        if node.get("class") == "FUNCTION" and node["function_name"] in _OURS:
            edits.append(_edit(node, lists, is_column=id(node) in shown and not node["alias"]))
    return Question(_edited(_without_end(text), edits), frozenset(tables), frozenset(parameters))


def _one_select(connection: duckdb.DuckDBPyConnection, text: str) -> set[str]:
    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise UsageError(f"This is no SQL: {error}") from error
    if len(statements) != 1:
        raise UsageError(
            f"One SELECT is answered at a time; here are {len(statements)} statements."
        )
    [statement] = statements
    if statement.type != duckdb.StatementType.SELECT:
        raise UsageError(
            f"A history is only read: {statement.type.name} is refused, SELECT is answered."
        )
    return set(statement.named_parameters)


def _tree(connection: duckdb.DuckDBPyConnection, text: str) -> Node:
    [(written,)] = connection.execute("SELECT json_serialize_sql($1)", [text]).fetchall()
    tree: Node = json.loads(written)
    if tree.get("error"):
        raise UsageError(f"This SELECT cannot be looked through: {tree.get('error_message')}")
    return tree


def _nodes(tree: Node) -> Iterator[Node]:
    todo: list[Any] = [tree]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo += one.values()
        elif isinstance(one, list):
            todo += one


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


@dataclass(frozen=True, slots=True)
class _Edit:
    """A stretch of the question, in bytes, and what stands there instead."""

    begin: int
    end: int
    text: str


def _edit(node: Node, lists: Mapping[str, Sequence[str]], *, is_column: bool) -> _Edit:
    name = node["function_name"]
    arguments = [one["expression"] for one in node["arguments"]]
    record = "raw"
    if name != "site_list" and len(arguments) == 2:
        record = _column(arguments.pop(0), name)
    elif len(node["qualified_name"]["path"]) == 2:
        record = f"{_quoted(node['qualified_name']['path'][0])}.raw"
    if len(arguments) != 1 or arguments[0].get("literal", {}).get("kind") != "STRING":
        raise UsageError(f"{name}() takes one text in quotes: {name}('…').")
    begin, given = node["query_location"], arguments[0]["literal"]["text"]
    written = _WRITERS[name](record, given, lists)
    if is_column:
        written += f" AS {_quoted(given.rpartition('.')[2])}"
    return _Edit(begin, begin + node["query_location_length"], written)


def _column(node: Node, name: str) -> str:
    if node.get("class") != "COLUMN_REF":
        raise UsageError(f"{name}(record, '…') takes a column that holds a record: raw.")
    return ".".join(_quoted(part) for part in node["column_names"])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _field(record: str, text: str, _lists: Mapping[str, Sequence[str]]) -> str:
    return paths.duckdb_field(record, paths.parsed(text))


def _field_any(record: str, text: str, _lists: Mapping[str, Sequence[str]]) -> str:
    return paths.duckdb_field_any(record, paths.parsed(text))


def _site_list(_record: str, text: str, lists: Mapping[str, Sequence[str]]) -> str:
    values = ", ".join("'" + one.replace("'", "''") + "'" for one in site_list(text, lists))
    return f"CAST([{values}] AS VARCHAR[])"


def site_list(name: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return a list of the landing-zone file; raise UsageError if it has none of that name."""
    if name not in lists:
        known = ", ".join(sorted(lists)) or "none: give the landing-zone file with --config"
        raise UsageError(f"There is no site list {name!r}.", hint=f"lists known: {known}")
    return lists[name]


_WRITERS: dict[str, Callable[[str, str, Mapping[str, Sequence[str]]], str]] = {
    "field": _field,
    "field_any": _field_any,
    "site_list": _site_list,
}


def _without_end(text: str) -> str:
    """Return one statement without the semicolons that end it, and the remarks behind them."""
    content = text.encode()
    for offset, kind in reversed(duckdb.tokenize(text)):
        if kind == duckdb.token_type.operator and content[offset : offset + 1] == b";":
            content = content[:offset]
        elif kind != duckdb.token_type.comment:
            break
    return content.decode()


def _edited(text: str, edits: list[_Edit]) -> str:
    """Return the question with every stretch replaced; none lies inside another."""
    content = text.encode()
    for one in sorted(edits, key=lambda edit: -edit.begin):
        content = content[: one.begin] + one.text.encode() + content[one.end :]
    return content.decode()
