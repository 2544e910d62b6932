"""From a rule's predicate to a condition in the runbooks' SQL, for DuckDB and Athena alike.

A stored column is asked where there is one, which is fast; a value elsewhere in the
record is among those `field_any` gives. A condition is never null: what is absent makes a
test false. In a column a value of another type than CloudTrail documents counts as absent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from ops.errors import Refusal
from ops.rules import glob, regex
from ops.rules.predicate import (
    NUMBER,
    And,
    Exists,
    Flag,
    Leaf,
    Network,
    Not,
    Number,
    Op,
    Or,
    Path,
    Predicate,
    Text,
    network,
    pushed,
)

TARGET = "SQL"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_ADDRESS = f"^{_OCTET}([.]{_OCTET}){{3}}$"
_ESCAPED = "!"
"""What takes the meaning of % and _ away in LIKE."""
_ITEM = "item"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that hold exactly what is at one path of the record."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """By path, dots between keys: those of type VARCHAR."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Those of type BOOLEAN."""


def condition(tree: Predicate, columns: Columns) -> str:
    """Return the condition that a predicate is; raise Refusal for what SQL cannot tell."""
    return _written(pushed(tree), columns)


def _written(tree: Predicate, columns: Columns) -> str:
    match tree:
        case And() | Or():
            word, empty = (" AND ", "true") if isinstance(tree, And) else (" OR ", "false")
            parts = [
                _among(*group, columns) if group else _written(one, columns)
                for one, group in _grouped(tree)
            ]
            return f"({word.join(parts)})" if len(parts) > 1 else parts[0] if parts else empty
        case Leaf():
            text = _leaf(tree, columns)
            return f"NOT {text}" if tree.negated else text
        case Not():
            return _written(pushed(tree), columns)


_Group = tuple[Path, list[str], bool]


def _grouped(tree: And | Or) -> list[tuple[Predicate, _Group | None]]:
    """Return the parts; texts that one path is compared with stand together, for speed.

    Those of `Or` are any of a list, the negated ones of `And` are none of it.
    """
    groups: dict[Path, _Group] = {}
    found: list[tuple[Predicate, _Group | None]] = []
    for one in tree.parts:
        match one:
            case Leaf(test=Text(op=Op.EQUALS, cased=True, value=value)) if (
                one.negated == isinstance(tree, And)
            ):
                if one.path not in groups:
                    groups[one.path] = (one.path, [], one.negated)
                    found.append((one, groups[one.path]))
                groups[one.path][1].append(value)
            case _:
                found.append((one, None))
    return [(one, group if group and len(group[1]) > 1 else None) for one, group in found]


def _among(path: Path, texts: Sequence[str], negated: bool, columns: Columns) -> str:  # noqa: FBT001
    listed = ", ".join(map(literal, dict.fromkeys(texts)))
    column = columns.texts.get(".".join(path))
    if column:
        text = f"coalesce({column} IN ({listed}), false)"
    else:
        text = f"arrays_overlap({_values(path)}, ARRAY[{listed}])"
    return f"NOT {text}" if negated else text


def _leaf(leaf: Leaf, columns: Columns) -> str:
    path, test = ".".join(leaf.path), leaf.test
    flag = columns.flags.get(path)
    if flag and isinstance(test, Flag):
        return f"coalesce({flag} = {str(test.value).lower()}, false)"
    column = columns.texts.get(path)
    if isinstance(test, Exists):
        there = column or flag
        return f"({there} IS NOT NULL)" if there else f"(cardinality({_values(leaf.path)}) > 0)"
    if column:
        return f"coalesce({_test(column, test)}, false)"
    if isinstance(test, Text) and test.op is Op.EQUALS and test.cased:
        return f"contains({_values(leaf.path)}, {literal(test.value)})"
    return f"(cardinality(filter({_values(leaf.path)}, {_ITEM} -> {_test(_ITEM, test)})) > 0)"


def _values(path: Path) -> str:
    return f"field_any({literal('.'.join(path))})"


def _test(value: str, test: Text | Number | Network | Flag | Exists) -> str:
    """Return the test of one text, which is not null in a list and may be in a column."""
    match test:
        case Text():
            return _text(value, test)
        case Number():
            number = f"TRY_CAST({value} AS DOUBLE) {test.sign} {test.value!r}"
            return f"(regexp_like({value}, {literal(f'^{NUMBER}$')}) AND {number})"
        case Flag():
            return f"{value} = {literal(str(test.value).lower())}"
        case Network():
            return _network(value, test)
        case Exists():
            return f"{value} IS NOT NULL"


def _text(value: str, test: Text) -> str:
    if test.op is Op.REGEX:
        regex.compiled(test.value, cased=test.cased)
        return f"regexp_like({value}, {literal(test.value if test.cased else f'(?i){test.value}')})"
    wanted = test.value if test.cased else test.value.lower()
    value = value if test.cased else f"lower({value})"
    match test.op:
        case Op.EQUALS:
            return f"{value} = {literal(wanted)}"
        case Op.PREFIX:
            return f"starts_with({value}, {literal(wanted)})"
        case Op.CONTAINS:
            return f"strpos({value}, {literal(wanted)}) > 0"
        case Op.SUFFIX:
            return _like(value, (glob.Gap.RUN, *wanted))
        case Op.WILDCARD:
            return _like(value, glob.parsed(wanted))


_GAPS = {glob.Gap.RUN: "%", glob.Gap.ONE: "_"}


def _like(value: str, pieces: glob.Glob) -> str:
    text = "".join(
        _GAPS[one] if isinstance(one, glob.Gap) else re.sub(r"[%_!]", rf"{_ESCAPED}\g<0>", one)
        for one in pieces
    )
    return f"{value} LIKE {literal(text)} ESCAPE '{_ESCAPED}'"


def _network(value: str, test: Network) -> str:
    """Return the test of an address of four numbers; SQL has no type for addresses."""
    net = network(test.cidr)
    if not isinstance(net, IPv4Network):
        raise Refusal(TARGET, f"it has no addresses of IPv6 ({test.cidr})")
    octets = [f"TRY_CAST(split_part({value}, '.', {nth + 1}) AS BIGINT)" for nth in range(4)]
    number = " + ".join(f"{one} * {1 << 8 * (3 - nth)}" for nth, one in enumerate(octets))
    low, high = int(net.network_address), int(net.broadcast_address)
    return f"(regexp_like({value}, {literal(_ADDRESS)}) AND {number} BETWEEN {low} AND {high})"


def writable(text: str) -> bool:
    """Whether engines read a text back that stands in a question."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def literal(text: str) -> str:
    """Return a text in quotes; raise Refusal for one that no engine reads back."""
    if not writable(text):
        raise Refusal(TARGET, f"the text {text!r} is no valid text there")
    return "'" + text.replace("'", "''") + "'"
