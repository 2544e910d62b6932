"""From the runbooks' language to one engine's: text with its values beside it.

DuckDB has the views already and binds values by name. For Athena every view
that a question names goes before it as a WITH, over one of two tables, and each
value becomes a quoted literal of its own, in place of a `?`. A text to be saved has
its values in it, and times that are told when it runs.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlglot import exp, parse_one

from ops.errors import UsageError
from ops.query import derived, dialect, lately, paths, tables
from ops.query.model import Statement, Value
from ops.query.spelling import site_list
from ops.query.window import FIRST, LAST, Window

Values = Mapping[str, Value]
Lists = Mapping[str, Sequence[str]]

_LONGEST = 1024
"""Characters an execution parameter of Athena may have."""
_NO_ADDRESSES = (
    "SELECT CAST(NULL AS VARCHAR) AS source_ip_address, CAST(NULL AS VARCHAR) AS country, "
    "CAST(NULL AS VARCHAR) AS asn WHERE false"
)
"""Athena knows nothing of addresses."""
_MARK = "__atalaya_parameter_{}__"
_MARKS = re.compile(r"__atalaya_parameter_(\d+)__")


def duckdb(tree: exp.Query, values: Values) -> Statement:
    """Return the statement for DuckDB."""
    found = _settled(tree, values)
    for node in list(found.find_all(exp.In)):
        name = _listed(node, values)
        if name is not None:
            node.replace(exp.func("list_contains", exp.Placeholder(this=name), node.this.copy()))
    used = dialect.parameters(found)
    return Statement(duckdb_text(found), {name: values[name] for name in sorted(used)})


def duckdb_text(tree: exp.Query) -> str:
    """Return a tree as DuckDB reads it; `field` and its like are left to the engine."""
    found = tree.copy()
    for node in list(found.find_all(exp.Anonymous)):
        name = dialect.called(node)
        node.set("this", "list_has_any" if name == "arrays_overlap" else name)
    for one in list(found.find_all(exp.CTE)):
        if _asked_again(one, found):
            one.args["materialized"] = True
    return str(found.sql(dialect="duckdb", pretty=True, normalize_functions=False))


def _asked_again(cte: exp.CTE, tree: exp.Query) -> bool:
    """Whether conditions elsewhere ask more than once for what a WITH reads out of records.

    DuckDB puts the reading itself where such a column is asked for, each time.
    """
    read = {one.alias for one in cte.this.selects
            if any(dialect.called(node) in dialect.OURS for node in one.find_all(exp.Anonymous))}  # fmt: skip
    asked = [column for where in tree.find_all(exp.Where) if where.find_ancestor(exp.CTE) is not cte
             for column in where.find_all(exp.Column) if column.name in read]  # fmt: skip
    return len(asked) > 1


def athena(
    tree: exp.Query, table: tables.Table, window: Window, values: Values, lists: Lists
) -> Statement:
    """Return the statement for Athena over a table; raise UsageError if the table lacks a column."""
    prepared = _prepared(tree, table, values, lists)
    own = {name: [text] for name, text in table.values(window).items()}
    text, order = _marked(prepared, {**_literals_of(values), **own})
    return Statement(_MARKS.sub("?", text), {}, tuple(order))


def saved(
    tree: exp.Query, table: tables.Table, span: timedelta, values: Values, lists: Lists,
    *, earlier: timedelta = timedelta(),
) -> str:  # fmt: skip
    """Return the text of a question about the time until it is run, complete in itself.

    `earlier` is how much longer than `span` ago the events are that it reads, too.
    Raises UsageError if the table lacks a column.
    """
    prepared = _prepared(tree, table, {**values, "since": FIRST, "until": LAST}, lists)
    own = {name: [text] for name, text in table.lately(span + earlier).items()}
    times = {"since": [lately.ago(span)], "until": [lately.NOW]}
    text, order = _marked(prepared, {**_literals_of(values), **own, **times})
    inside = iter(order)
    return _MARKS.sub(lambda _: next(inside), text)


def _prepared(tree: exp.Query, table: tables.Table, values: Values, lists: Lists) -> exp.Query:
    """Return a question with every view it names before it, over a table; values are missing."""
    settled = _settled(tree, values)
    named = dialect.tables(settled)
    for name in sorted(named - {"events", "ip_info", *derived.NAMES}):
        raise UsageError(
            f"Athena has no view {name}.", hint="it is a store's own: ask a local history"
        )
    for name in derived.needed(named):
        _define(settled, name, derived.tree(name).copy())
    if "ip_info" in named:
        _define(settled, "ip_info", parse_one(_NO_ADDRESSES, read="trino", into=exp.Select))
    _replace_ours(settled, table, lists)
    _define(settled, "events", table.events(_named_columns(settled)))
    return settled


def _settled(tree: exp.Query, values: Values) -> exp.Query:
    """Return a copy in which `:name IS NULL` is decided, and what has no value is NULL or false."""
    found = tree.copy()
    for inside in list(found.find_all(exp.In)):
        name = _listed(inside, values)
        if name is not None and not values[name]:
            inside.replace(exp.false())
    for test in list(found.find_all(exp.Is)):
        if isinstance(test.this, exp.Placeholder):
            test.replace(exp.Boolean(this=values[str(test.this.this)] is None))
    for either in list(found.find_all(exp.Or)):
        if exp.true() in (either.this, either.expression):
            either.replace(exp.true())
    for place in list(found.find_all(exp.Placeholder)):
        if values[str(place.this)] is None:
            place.replace(exp.cast(exp.Null(), "VARCHAR"))
    return found


def _listed(node: exp.In, values: Values) -> str | None:
    """Return the parameter of `x IN (:name)` whose value is a list."""
    inside = node.expressions
    if len(inside) == 1 and isinstance(inside[0], exp.Placeholder):
        name = str(inside[0].this)
        return name if isinstance(values[name], tuple) else None
    return None


def _define(tree: exp.Query, name: str, query: exp.Query) -> None:
    """Put a view before a question, and before what the question defines itself."""
    own = tree.args.get("with_")
    definition = exp.CTE(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))
    if own is None:
        tree.set("with_", exp.With(expressions=[definition]))
    else:
        own.set("expressions", [definition, *own.expressions])


def _replace_ours(tree: exp.Query, table: tables.Table, lists: Lists) -> None:
    for node in list(tree.find_all(exp.Anonymous)):
        name = dialect.called(node)
        if name in dialect.OURS:
            whole = node.parent if isinstance(node.parent, exp.Dot) else node
            source = whole.this.name if isinstance(whole, exp.Dot) else None
            whole.replace(_WRITERS[name](table, source, node.expressions[0], lists))


def _field(table: tables.Table, source: str | None, argument: exp.Expr, _lists: Lists) -> exp.Expr:
    return table.field(source, paths.parsed(argument.name))


def _field_any(
    table: tables.Table, source: str | None, argument: exp.Expr, _lists: Lists
) -> exp.Expr:
    return table.field_any(source, paths.parsed(argument.name))


def _mentions(
    table: tables.Table, source: str | None, argument: exp.Expr, _lists: Lists
) -> exp.Expr:
    place = exp.StrPosition(this=table.text(source), substr=argument.copy())
    return exp.Paren(this=exp.GT(this=place, expression=exp.Literal.number(0)))


def _site_list(
    _table: tables.Table, _source: str | None, argument: exp.Expr, lists: Lists
) -> exp.Expr:
    values = [exp.Literal.string(one) for one in site_list(argument.name, lists)]
    return exp.cast(exp.Array(expressions=values), "ARRAY<VARCHAR>")


_WRITERS: dict[str, Callable[[tables.Table, str | None, exp.Expr, Lists], exp.Expr]] = {
    "field": _field,
    "field_any": _field_any,
    "mentions": _mentions,
    "site_list": _site_list,
}


def _named_columns(tree: exp.Query) -> frozenset[str] | None:
    """Return the names of all columns a question names; None if it wants every one."""
    stars = [one for one in tree.find_all(exp.Star) if not isinstance(one.parent, exp.Count)]
    return None if stars else frozenset(one.name for one in tree.find_all(exp.Column))


def _marked(tree: exp.Query, literals: Mapping[str, Sequence[str]]) -> tuple[str, Iterator[str]]:
    """Return a text with a mark for each value, and the values in the order of their marks."""
    marked: list[str] = []
    for node in list(tree.find_all(exp.Placeholder)):
        written = literals[str(node.this)]
        marks = [exp.Var(this=_MARK.format(len(marked) + nth)) for nth in range(len(written))]
        marked += written
        if isinstance(node.parent, exp.In):
            node.parent.set("expressions", marks)
        else:
            node.replace(marks[0])
    text = str(tree.sql(dialect="athena", pretty=True))
    return text, (marked[int(found[1])] for found in _MARKS.finditer(text))


def _literals_of(values: Values) -> dict[str, list[str]]:
    return {name: _literals(value) for name, value in values.items() if value is not None}


def _literals(value: Value) -> list[str]:
    """Return a value as literals that Athena's parser cannot take for anything else."""
    return [_literal(one) for one in value] if isinstance(value, tuple) else [_literal(value)]


def _literal(value: Value) -> str:
    """Return a value as a literal that Athena's parser cannot take for anything else."""
    match value:
        case bool():
            text = "true" if value else "false"
        case int():
            text = str(value)
        case datetime():
            text = f"TIMESTAMP '{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
        case str():
            text = "'" + value.replace("'", "''") + "'"
        case _:
            raise UsageError("A list stands in IN (:name) only.")
    if len(text) > _LONGEST:
        raise UsageError(
            f"Athena takes values of at most {_LONGEST} characters; one has {len(text)}."
        )
    return text
