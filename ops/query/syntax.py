"""DuckDB's own reading of a text: its parsed tree, and changes to stretches of the text."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from ops.errors import UsageError

Node = Mapping[str, Any]


def one_select(connection: duckdb.DuckDBPyConnection, text: str) -> frozenset[str]:
    """Return the names of a SELECT's parameters; raise UsageError for any other statement."""
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
    return frozenset(statement.named_parameters)


def tree(connection: duckdb.DuckDBPyConnection, text: str) -> Node:
    """Return the parsed tree of a SELECT."""
    [(written,)] = connection.execute("SELECT json_serialize_sql($1)", [text]).fetchall()
    parsed: Node = json.loads(written)
    if parsed.get("error"):
        raise UsageError(f"This SELECT cannot be looked through: {parsed.get('error_message')}")
    return parsed


def nodes(root: Any) -> Iterator[Node]:
    """Yield every node of a tree."""
    todo: list[Any] = [root]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            yield one
            todo += one.values()
        elif isinstance(one, list):
            todo += one


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a text, in bytes, and what stands there instead."""

    begin: int
    end: int
    text: str


def place(node: Node) -> tuple[int, int]:
    """Return where a node's text begins and ends."""
    begin: int = node["query_location"]
    return begin, begin + int(node["query_location_length"])


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with every stretch replaced; none may lie inside another."""
    content = text.encode()
    for one in sorted(edits, key=lambda edit: -edit.begin):
        content = content[: one.begin] + one.text.encode() + content[one.end :]
    return content.decode()


def without_end(text: str) -> str:
    """Return a statement without the semicolons that end it, and the remarks behind them."""
    content = text.encode()
    for offset, kind in reversed(duckdb.tokenize(text)):
        if kind == duckdb.token_type.operator and content[offset : offset + 1] == b";":
            content = content[:offset]
        elif kind != duckdb.token_type.comment:
            break
    return content.decode()


def quoted(name: str) -> str:
    """Return a name as an identifier."""
    return '"' + name.replace('"', '""') + '"'
