"""Our functions spelled out for DuckDB, and three things its optimizer does not see by itself.

`field`, `field_any`, `mentions` and `site_list` are no functions of the engine: each
stands for an expression over the record's text. Besides:

- several `field`s of one record in a SELECT's list are read in one go, as parsing the
  record is what takes the time (measured: four at the price of one);
- `column IN ('a', …)` in WHERE becomes `coalesce(column IN (…), false)`: a longer IN is
  a join to DuckDB, done after every column of every row was read (measured: 40 times
  slower), but the coalesce is asked while reading;
- a text is looked for by RE2, which compares many places of a record at once, where
  `contains` goes from letter to letter (measured: a question takes 5 to 30 % less).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.errors import UsageError
from ops.query import paths
from ops.query.syntax import Edit, Node, place, quoted
from ops.query.syntax import nodes as nodes_of

Lists = Mapping[str, Sequence[str]]

OURS = ("field", "field_any", "mentions", "site_list")
_APART = ("CASE", "CONJUNCTION", "SUBQUERY", "LAMBDA")
"""Expressions whose parts may not be worked out at all, or in a scope of their own."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of one of our functions."""

    name: str
    record: str
    """The expression of the record's text."""
    argument: Node
    begin: int
    end: int
    alias: str
    """What names the column if nobody else does; empty where it is no column."""

    @property
    def text(self) -> str:
        """The argument, which must be a text."""
        if self.argument.get("literal", {}).get("kind") != "STRING":
            raise UsageError(f"{self.name}() takes one text in quotes: {self.name}('…').")
        return str(self.argument["literal"]["text"])


def edits(nodes: Sequence[Node], lists: Lists) -> Iterator[Edit]:
    """Yield the changes to a question, given all nodes of its tree."""
    selects = [one for one in nodes if one.get("type") == "SELECT_NODE"]
    columns = {id(one) for select in selects for one in select["select_list"]}
    groups = {
        id(node): number
        for number, select in enumerate(selects)
        if not _repeats_itself(select)
        for node in _plain(select["select_list"])
    }
    together: dict[tuple[int, str], list[_Call]] = {}
    for node in nodes:
        if node.get("class") != "FUNCTION" or node["function_name"] not in OURS:
            continue
        call = _read(node, is_column=id(node) in columns and not node["alias"])
        if call.name == "field" and id(node) in groups:
            together.setdefault((groups[id(node)], call.record), []).append(call)
        else:
            yield _edit(call, _WRITERS[call.name](call, lists))
    for calls in together.values():
        yield from _in_one_go(calls)
    for select in selects:
        yield from _asked_while_reading(select.get("where_clause"))


def site_list(name: str, lists: Lists) -> Sequence[str]:
    """Return a list of the landing-zone file; raise UsageError if it has none of that name."""
    if name not in lists:
        known = ", ".join(sorted(lists)) or "none: give the landing-zone file with --config"
        raise UsageError(f"There is no site list {name!r}.", hint=f"lists known: {known}")
    return lists[name]


def _read(node: Node, *, is_column: bool) -> _Call:
    name = node["function_name"]
    arguments = [one["expression"] for one in node["arguments"]]
    record = "raw"
    if name != "site_list" and len(arguments) == 2:
        record = _column(arguments.pop(0), name)
    elif len(node["qualified_name"]["path"]) == 2:
        record = f"{quoted(node['qualified_name']['path'][0])}.raw"
    if len(arguments) != 1:
        raise UsageError(f"{name}() takes one text in quotes: {name}('…').")
    literal = arguments[0].get("literal", {})
    alias = str(literal.get("text", name)).rpartition(".")[2] if is_column else ""
    return _Call(name, record, arguments[0], *place(node), alias)


def _column(node: Node, name: str) -> str:
    if node.get("class") != "COLUMN_REF":
        raise UsageError(f"{name}(record, '…') takes a column that holds a record: raw.")
    return ".".join(quoted(part) for part in node["column_names"])


def _edit(call: _Call, text: str) -> Edit:
    named = f"{text} AS {quoted(call.alias)}" if call.alias else text
    return Edit(call.begin, call.end, named)


def _field(call: _Call, _lists: Lists) -> str:
    return paths.duckdb_field(call.record, paths.parsed(call.text))


def _field_any(call: _Call, _lists: Lists) -> str:
    return paths.duckdb_field_any(call.record, paths.parsed(call.text))


def _mentions(call: _Call, _lists: Lists) -> str:
    if call.argument.get("class") == "PARAMETER":
        text = f"${call.argument['identifier']}"
    else:
        text = _literal(call.text)
    # The end that may be missing keeps this a regular expression.
    return f"regexp_matches({call.record}, regexp_escape({text}) || '.?')"


def _site_list(call: _Call, lists: Lists) -> str:
    values = ", ".join(map(_literal, site_list(call.text, lists)))
    return f"CAST([{values}] AS VARCHAR[])"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_WRITERS: dict[str, Callable[[_Call, Lists], str]] = {
    "field": _field,
    "field_any": _field_any,
    "mentions": _mentions,
    "site_list": _site_list,
}


def _plain(expressions: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes that are worked out for every row, once for the same expression."""
    todo: list[object] = list(expressions)
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo += one
        elif isinstance(one, dict) and one.get("class") not in _APART:
            yield one
            todo += one.values()


def _repeats_itself(select: Node) -> bool:
    """Whether parts of a SELECT may have to be the same as items of its list, word for word."""
    others = [value for name, value in select.items() if name not in ("select_list", "where_clause",
                                                                     "from_table", "cte_map")]  # fmt: skip
    return any(one.get("function_name") in OURS for one in nodes_of(others))


def _in_one_go(calls: list[_Call]) -> Iterator[Edit]:
    found = list(dict.fromkeys(paths.parsed(call.text) for call in calls))
    for call in calls:
        text = paths.duckdb_fields(call.record, found, found.index(paths.parsed(call.text)))
        yield _edit(call, text)


def _asked_while_reading(condition: Node | None) -> Iterator[Edit]:
    todo = [condition]
    while todo:
        one = todo.pop() or {}
        inside = one.get("children", [])
        if one.get("type") == "CONJUNCTION_AND":
            todo += inside
        elif one.get("type") == "COMPARE_IN" and _is_column_among_constants(inside):
            begin, end = place(inside[0])[0], place(one)[1]
            yield Edit(begin, begin, "coalesce(")
            yield Edit(end, end, ", false)")


def _is_column_among_constants(inside: Sequence[Node]) -> bool:
    others = (child.get("class") == "CONSTANT" for child in inside[1:])
    return inside[0].get("class") == "COLUMN_REF" and all(others)
