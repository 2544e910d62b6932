"""From the `detection` of a Sigma rule to a predicate. The one place that uses pySigma.

Source: the Sigma specification, "Sigma Rules" and "Modifiers appendix", version 2.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import isfinite
from typing import Any

import sigma.types as t
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.exceptions import SigmaError
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RE2RegexEngine, RegexPattern
from sigma.rule.detection import SigmaDetections

from ops.errors import PatternError, RuleError
from ops.rules import regex
from ops.rules.predicate import (
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
    Sign,
    Test,
    Text,
    network,
)
from ops.rules.sigma import fields, written
from ops.rules.sigma.expression import rewritten

Lists = Mapping[str, Sequence[str]]
"""The site's lists, which `%name%` with `expand` stands for."""
_NEVER, _ALWAYS = Or(()), And(())
_SIGNS: Mapping[Any, Sign] = {
    t.CompareOperators.LT: "<", t.CompareOperators.LTE: "<=",
    t.CompareOperators.GT: ">", t.CompareOperators.GTE: ">=",
}  # fmt: skip
_MOST_LEAVES = 100_000


class _Silent(RE2RegexEngine):
    """RE2 that says what is wrong to its caller alone, not on stderr too."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:  # noqa: ARG002  # ours have none
        """Return a compiled expression; raise `error`."""
        options = self._re2.Options()
        options.log_errors = False
        found: RegexPattern = self._re2.compile(pattern, options)
        return found


_POLICY = SigmaPolicy(regex_engine=_Silent())


def predicate(detection: Mapping[str, Any], lists: Lists) -> Predicate:
    """Return what a detection looks for; raise RuleError or PatternError for what we do not take."""
    written.check(detection)
    try:
        read = SigmaDetections.from_dict(dict(written.plain(detection)), policy=_POLICY)
        conditions = [one.parse() for one in read.parsed_condition]
    except SigmaError as error:
        raise RuleError(f"pySigma does not take it: {_said(error)}") from error
    except RecursionError as error:
        raise RuleError("the condition lies too deep") from error
    return _simple(Or(tuple(_Reader(lists).tree(one) for one in conditions)))


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


class _Reader:
    """Turns pySigma's tree into ours."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._leaves = 0

    def tree(self, node: Any) -> Predicate:
        match node:
            case ConditionNOT():
                [inner] = node.args
                return Not(self.tree(inner))
            case ConditionAND() | ConditionOR():
                parts = tuple(self.tree(one) for one in node.args)
                return And(parts) if isinstance(node, ConditionAND) else Or(parts)
            case ConditionFieldEqualsValueExpression():
                return self._values(fields.path(node.field), node.value)
            case ConditionValueExpression():
                return self._values((), node.value)
            case ConditionItem():
                raise RuleError(f"a {type(node).__name__} has no meaning here")
        raise RuleError("the condition names nothing that is looked for")

    def _values(self, path: Path, value: t.SigmaType) -> Predicate:
        self._leaves += 1
        if self._leaves > _MOST_LEAVES:
            raise RuleError(f"it looks for more than {_MOST_LEAVES:,} values")
        if isinstance(value, t.SigmaExpansion):
            return Or(tuple(self._values(path, one) for one in value.values))
        if isinstance(value, t.SigmaString) and value.contains_placeholder():
            return Or(tuple(self._values(path, one) for one in self._expanded(value)))
        if isinstance(value, t.SigmaNull):
            return Leaf(_of_field(path, "null"), Exists(), negated=True, many=fields.many(path))
        if isinstance(value, t.SigmaExists):
            return Leaf(path, Exists(), negated=not value.exists, many=fields.many(path))
        return Leaf(path, _test(path, value), many=fields.many(path))

    def _expanded(self, value: t.SigmaString) -> Iterator[t.SigmaString]:
        """Yield a value once for each text of the list it names; pySigma stops at 200."""
        ways = [self._lists.get(one.name, ()) if isinstance(one, t.Placeholder) else (one,)
                for one in value.s]  # fmt: skip
        for parts in product(*ways):
            one = t.SigmaString()
            one.s = list(parts)
            cased = isinstance(value, t.SigmaCasedString)
            yield t.SigmaCasedString.from_sigma_string(one) if cased else one


def _of_field(path: Path, what: str) -> Path:
    if not path:
        raise RuleError(f"{what} is looked for in a field, and none is named")
    return path


def _test(path: Path, value: t.SigmaType) -> Test:
    match value:
        case t.SigmaString():
            return _text(path, value)
        case t.SigmaTimestampPart():
            raise RuleError(
                f"it asks for the {value.timestamp_part.name.lower()} of {'.'.join(path)}, "
                "and parts of times are not looked for here"
            )
        case t.SigmaNumber():
            number = _number(value)
            return Number("=", number) if path else Text(Op.CONTAINS, str(value.number))
        case t.SigmaBool():
            return Flag(value.boolean) if path else Text(Op.CONTAINS, str(value.boolean).lower())
        case t.SigmaRegularExpression():
            return _regex(value)
        case t.SigmaCIDRExpression():
            network(value.cidr)
            return Network(value.cidr)
        case t.SigmaCompareExpression() if value.op in _SIGNS:
            return Number(_SIGNS[value.op], _number(value.number))
        case t.SigmaFieldReference():
            raise RuleError(
                f"fieldref compares two fields of a record ({'.'.join(path)} and {value.field}), "
                "and a rule here compares fields with what is written in it"
            )
    raise RuleError(f"a value of type {type(value).__name__} is not looked for here")


def _number(value: t.SigmaNumber) -> float:
    number = value.number
    if not isfinite(number):
        raise RuleError(f"{number} is no number that a field can be compared with")
    return number


def _text(path: Path, value: t.SigmaString) -> Test:
    """Return the plainest test that says the same; in any case if no letter has one."""
    any_run, one = t.SpecialChars.WILDCARD_MULTI, t.SpecialChars.WILDCARD_SINGLE
    parts = [part for nth, part in enumerate(value.s)
             if part is not any_run or not nth or value.s[nth - 1] is not any_run]  # fmt: skip
    if not path:  # anywhere in the record
        parts = [any_run, *(part for nth, part in enumerate(parts)
                            if part is not any_run or nth not in (0, len(parts) - 1)), any_run]  # fmt: skip
    plain = "".join(part for part in parts if isinstance(part, str))
    cased = isinstance(value, t.SigmaCasedString) or _caseless(plain)
    if parts in ([any_run], [any_run, any_run]):
        return Exists()
    if one not in parts and any_run not in parts[1:-1]:
        before, after = parts[0:1] == [any_run], parts[-1:] == [any_run]
        op = (Op.CONTAINS if before and after else Op.SUFFIX if before
              else Op.PREFIX if after else Op.EQUALS)  # fmt: skip
        return Text(op, plain, cased)
    return Text(Op.WILDCARD, "".join(map(_globbed, parts)), cased)


def _globbed(part: Any) -> str:
    if isinstance(part, str):
        return "".join(f"\\{char}" if char in "*?\\" else char for char in part)
    return "*" if part is t.SpecialChars.WILDCARD_MULTI else "?"


def _regex(value: t.SigmaRegularExpression) -> Text:
    if value.contains_placeholder():
        raise RuleError("a list of the site cannot stand in a regular expression",
                        hint="use contains, startswith or endswith with expand")  # fmt: skip
    flags = {one.name for one in value.flags}
    text, cased = rewritten(str(value.regexp), flags)
    try:
        regex.compiled(text, cased=cased)
    except PatternError as error:
        raise RuleError(
            f"the regular expression {text!r} is not one that every target reads: {error.problem}"
        ) from error
    return Text(Op.REGEX, text, cased or _caseless(text))


def _caseless(text: str) -> bool:
    """Whether no letter of a text has another case, so that any case is its own."""
    return text.lower() == text.upper()


def _simple(tree: Predicate) -> Predicate:
    """Return the same without parts that decide nothing, such as lists of the site that are empty."""
    match tree:
        case Leaf():
            return tree
        case Not():
            part = _simple(tree.part)
            if part in (_NEVER, _ALWAYS):
                return _ALWAYS if part == _NEVER else _NEVER
            return part.part if isinstance(part, Not) else Not(part)
        case And() | Or():
            kind, decides = (And, _NEVER) if isinstance(tree, And) else (Or, _ALWAYS)
            parts: list[Predicate] = []
            for one in map(_simple, tree.parts):
                parts += one.parts if isinstance(one, kind) else (one,)
            if decides in parts:
                return decides
            return parts[0] if len(parts) == 1 else kind(tuple(parts))
