"""The SQL that runbooks and rules are written in: Trino's, of which a part.

A text is parsed once and looked through node by node: what is not in the list
below is refused, because some engine would reject it, or answer differently
without a word. `field('a.b')`, `field_any('a.items.b')` and `site_list('x')` are
ours; `:name` is a parameter.
"""

from collections.abc import Iterable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ops.errors import UsageError
from ops.query import paths

DEEPEST = 8
"""Levels of recursion: Athena stops at ten."""
_NODES = (
    # Statements and their parts.
    exp.Select, exp.Union, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group,
    exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Distinct, exp.Unnest, exp.Values,
    # Names and values.
    exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Dot, exp.Literal,
    exp.Boolean, exp.Null, exp.Placeholder, exp.Array, exp.Tuple, exp.Interval, exp.Var, exp.DataType,
    exp.DataTypeParam, exp.Paren,
    # Conditions.
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.Escape, exp.Exists, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    exp.NullSafeEQ, exp.RegexpLike, exp.StartsWith,
    # Values from values.
    exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Trim,
    exp.Length, exp.Substring, exp.SplitPart, exp.StrPosition, exp.Replace, exp.RegexpExtract,
    exp.RegexpExtractAll,
    exp.Cast, exp.TryCast, exp.TimestampTrunc, exp.DateDiff, exp.Greatest, exp.Least,
    # Lists.
    exp.ArrayAgg, exp.ArrayContains, exp.ArrayDistinct, exp.ArraySort, exp.ArrayToString,
    exp.ArraySize, exp.ArraySlice, exp.ArrayFilter, exp.Transform, exp.Lambda, exp.Flatten,
    # Of many rows.
    exp.Count, exp.CountIf, exp.Sum, exp.Min, exp.Max, exp.ArgMin, exp.ArgMax, exp.LogicalOr,
    exp.LogicalAnd, exp.AnyValue, exp.Filter, exp.Window, exp.WindowSpec, exp.RowNumber, exp.Lag,
    exp.Lead,
)  # fmt: skip
NODES = frozenset(_NODES)
"""Every kind of node that every engine reads alike, as sqlglot names them."""
OURS = frozenset({"field", "field_any", "mentions", "site_list"})
FUNCTIONS = OURS | {"arrays_overlap"}
"""Functions that sqlglot has no node for."""
_TYPES = {"VARCHAR", "BIGINT", "INT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE", "ARRAY"}


def parsed(text: str, *, source: str, views: Iterable[str]) -> exp.Query:
    """Return a text as a tree; raise UsageError with what is wrong in it, naming `source`.

    `views` are the tables it may name, besides what it defines itself.
    """
    try:
        found = sqlglot.parse(text, read="trino")
    except SqlglotError as error:
        raise UsageError(f"{source}: this is no SQL: {_first_line(error)}") from error
    tree = found[0] if len(found) == 1 else None
    if not isinstance(tree, exp.Select | exp.Union) or not tree.selects:
        raise UsageError(f"{source}: must be one SELECT.")
    for words in _problems(tree, frozenset(views)):
        raise UsageError(
            f"{source}: {words}", hint="docs/reference/query-language.md lists the language"
        )
    return tree


def parameters(tree: exp.Query) -> frozenset[str]:
    """Return the names of a tree's parameters."""
    return frozenset(str(one.this) for one in tree.find_all(exp.Placeholder))


def tables(tree: exp.Expr) -> frozenset[str]:
    """Return the names of the views a tree reads, without what it defines itself."""
    own = {one.alias for one in tree.find_all(exp.CTE)}
    return frozenset(one.name for one in tree.find_all(exp.Table)) - own


def called(node: exp.Expr) -> str:
    """Return the name of the function that has no node of its own; empty for other nodes."""
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else ""


def _problems(tree: exp.Query, views: frozenset[str]) -> Iterator[str]:
    own = {one.alias for one in tree.find_all(exp.CTE)}
    for name in sorted(own & views):
        yield f"WITH {name} hides the view of that name."
    for node in tree.walk():
        yield from _of_kind(node)
        if isinstance(node, exp.Table) and (node.db or node.name not in own | views):
            yield f"there is no view {node.sql('trino')}; there are {', '.join(sorted(views))}."
    yield from _of_recursion(tree)


def _of_kind(node: exp.Expr) -> Iterator[str]:
    name = called(node)
    if name and name not in FUNCTIONS:
        yield f"{name}() is not in the language."
    elif name in OURS:
        yield from _of_ours(node, name)
    elif not name and type(node) not in NODES:
        yield f"{node.sql('trino')[:60]!r} is not in the language ({type(node).__name__})."
    match node:
        case exp.Placeholder() if not node.this or not _in_where(node):
            yield f"{node.sql('trino')} must stand in WHERE: Athena takes parameters there only."
        case exp.DateDiff() if str(node.args.get("unit")).upper() != "SECOND":
            yield "date_diff() counts seconds only: engines count larger units differently."
        case exp.ArraySlice() if node.args["start"] != exp.Literal.number(1):
            yield "slice() begins at 1: DuckDB's third argument is an end, not a length."
        case exp.DataType() if node.this.value not in _TYPES:
            yield f"the type {node.sql('trino')} is not in the language."
        case exp.Union() if node.args.get("distinct"):
            yield "UNION without ALL is not in the language."


def _of_ours(node: exp.Expr, name: str) -> Iterator[str]:
    arguments = node.expressions
    given = arguments[0] if len(arguments) == 1 else None
    if name == "mentions" and isinstance(given, exp.Placeholder):
        return
    if not isinstance(given, exp.Literal) or not given.is_string:
        yield f"{name}() takes one text in quotes."
    elif name in ("field", "field_any"):
        try:
            paths.parsed(given.name)
        except UsageError as error:
            yield str(error)


def _in_where(node: exp.Expr) -> bool:
    """Whether a node's nearest clause is WHERE."""
    clause = node.find_ancestor(exp.Where, exp.Select, exp.Join, exp.Having)
    return isinstance(clause, exp.Where)


def _of_recursion(tree: exp.Query) -> Iterator[str]:
    """Yield what is wrong with queries that name themselves: each must end by `depth`."""
    for one in tree.find_all(exp.CTE):
        if any(table.name == one.alias for table in one.this.find_all(exp.Table)):
            bounds = [lower for lower in one.this.find_all(exp.LT)
                      if lower.this.name == "depth" and lower.expression == exp.Literal.number(DEEPEST)]  # fmt: skip
            if not bounds:
                yield f"WITH RECURSIVE {one.alias} must end by: depth < {DEEPEST}."


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
