"""What a question in Athena's own SQL may be: one SELECT over the tables of one database.

Athena reads what the analyst role may read, and that role changes nothing. This
stands before it, so that a mistake is told before it costs: what begins like a
SELECT is one in Trino's grammar, and the parsed tree is looked through for what
would read elsewhere.
"""

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ops.errors import UsageError
from ops.query import dialect
from ops.query.athena.model import Workplace
from ops.query.tables import Table
from ops.query.window import Window

_BEGINNINGS = {"SELECT", "WITH", "("}
_HOW = "docs/how-to/athena.md has the tables and examples"

Find = Callable[[str], Table | None]
"""Tells the form of a table by its name; None if it has no days."""


def checked(text: str, place: Workplace) -> exp.Query:
    """Return a SELECT as a tree; raise UsageError for any other text."""
    tree = _one_select(text)
    for words in _problems(tree, place):
        raise UsageError(words, hint=_HOW)
    return tree


def tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Yield the tables of a tree that lie in a database: no WITH defines them."""
    for table in tree.find_all(exp.Table):
        if table.db or not _is_defined(table):
            yield table


def _is_defined(table: exp.Table) -> bool:
    """Whether a WITH around a table defines what its name means there.

    In its own definition a name means the table, unless the WITH is recursive.
    """
    inside: exp.Expr = table
    while (above := inside.parent) is not None:
        before = above.args.get("with_")
        seen = before.expressions if before is not None and before is not inside else []
        if isinstance(above, exp.With):
            last = above.expressions.index(inside) + bool(above.args.get("recursive"))
            seen = above.expressions[:last]
        if any(one.alias.lower() == table.name.lower() for one in seen):
            return True
        inside = above
    return False


def bounded(tree: exp.Query, window: Window, find: Find) -> str:
    """Return the text of a SELECT whose tables give the events of a time alone.

    Of a table divided into days no other day is read. Raises UsageError for a
    table of which that cannot be said.
    """
    hidden = [one.name for one in tree.find_all(exp.Column) if one.name.startswith("$")]
    if hidden:
        raise UsageError(
            f"--since and --until do not go together with {hidden[0]}.",
            hint="name the days in the SQL's WHERE instead",
        )
    limited = tree.copy()
    for node in list(tables(limited)):
        found = find(node.name.lower())
        if found is None:
            raise UsageError(
                f"Table {node.name} has no days of events, so --since and --until mean nothing "
                "to it.",
                hint="name the time in the SQL's WHERE instead",
            )
        name = node.alias or node.name
        inside = sqlglot.select("*", dialect="trino").from_(
            exp.table_(node.name, db=node.db or None, quoted=True)
        )
        only = inside.where(found.within(window), dialect="trino")
        named = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        node.replace(_with_parts_of(node, only.subquery(named)))
    return str(limited.sql(dialect="athena", pretty=True))


def _with_parts_of(node: exp.Table, subquery: exp.Subquery) -> exp.Subquery:
    """Keep what hangs on a table: the joins behind it, and the names of its columns."""
    for part in ("joins", "laterals", "sample", "pivots"):
        if node.args.get(part):
            subquery.set(part, node.args[part])
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        subquery.args["alias"].set("columns", alias.args["columns"])
    return subquery


def _one_select(text: str) -> exp.Query:
    try:
        tokens = sqlglot.tokenize(text, read="athena")
        if tokens and tokens[0].text.upper() not in _BEGINNINGS:
            # A command is one token without a text.
            word = tokens[0].text or text.split(maxsplit=1)[0]
            raise UsageError(
                f"A history is only read: {word.upper()} is refused, SELECT is answered."
            )
        found = [one for one in sqlglot.parse(text, read="athena") if one is not None]
    except SqlglotError as error:
        raise UsageError(
            f"This is no SQL of Athena's: {str(error).partition(chr(10))[0]}", hint=_HOW
        ) from error
    if len(found) != 1:
        raise UsageError(f"One SELECT is answered at a time; here are {len(found)} statements.")
    [tree] = found
    if not isinstance(tree, exp.Query):
        raise UsageError("A history is only read: only a SELECT is answered.")
    return tree


def _problems(tree: exp.Query, place: Workplace) -> Iterator[str]:
    for node in tree.find_all(exp.DDL, exp.DML, exp.Command, exp.Into):
        if not isinstance(node, exp.Query):
            yield f"A history is only read: {node.key.upper()} is refused in a SELECT."
    for one in tree.find_all(exp.Anonymous):
        if dialect.called(one) in dialect.OURS:
            yield (
                f"{one.this}() is of a history with --store; Athena's own functions look into "
                "records: json_extract_scalar(requestparameters, '$.bucketName')."
            )
    if tree.find(exp.Placeholder) is not None:
        yield "The question has a ? without a value: write the value there."
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield f"{table.sql('trino')[:60]} is refused: only tables are read."
        elif table.catalog or table.db.lower() not in ("", place.database.lower()):
            yield f"{table.sql('trino')} is refused: only tables of {place.database} are read."
