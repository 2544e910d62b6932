"""From a filter pattern's text to its tree.

    pattern := '{' or '}'        or := and ('||' and)*        and := one ('&&' one)*
    one     := '(' or ')' | SELECTOR test
    test    := ('=' | '!=') (TEXT | '%'REGEX'%') | SIGN NUMBER
             | 'IS' ('NULL' | 'TRUE' | 'FALSE') | 'NOT' 'EXISTS'

Source: CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events".
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import get_args

from ops.errors import PatternError
from ops.rules import regex
from ops.rules.cloudwatch.lexer import Kind, Token, tokens
from ops.rules.cloudwatch.pattern import (
    LONGEST,
    REGEXES,
    All,
    Any,
    Compared,
    Is,
    NotExists,
    Pattern,
    Regex,
    Selector,
    Sign,
    Word,
)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[([0-9]+)\]")
_ESCAPE = re.compile(r'\\(["\\])')
"""AWS does not document how a quote stands in quotes: assumed to be so."""
_SIGNS = get_args(Sign)
_DEEPEST = 100
"""Parentheses inside one another; AWS names no limit."""
_IN_REGEX = re.compile(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.\s]*")
"""Source: CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax"."""


def parsed(text: str) -> Pattern:
    """Return what a pattern says; raise PatternError that points at what is wrong."""
    if len(text) > LONGEST:
        raise PatternError(f"the pattern has {len(text):,} characters; at most {LONGEST:,} may be")
    return _Parser(text).whole()


class _Parser:
    """Reads tokens, left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._at = self._depth = self._regexes = 0

    def whole(self) -> Pattern:
        if not self._take("{"):
            raise self._wrong("a pattern for JSON begins with '{'")
        found = self._any()
        self._expect("}", "the pattern's end, '}'")
        if self._next.kind is not Kind.END:
            raise self._wrong(f"nothing follows the pattern's end, but here is {self._next}")
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _wrong(self, problem: str, token: Token | None = None, *, hint: str = "") -> PatternError:
        return PatternError(problem, self._text, (token or self._next).place, hint=hint)

    def _take(self, sign: str) -> bool:
        taken = self._next.kind is Kind.SIGN and self._next.text == sign
        self._at += taken
        return taken

    def _expect(self, sign: str, what: str) -> None:
        if not self._take(sign):
            raise self._wrong(f"here should be '&&', '||' or {what}; it is {self._next}")

    def _word(self, *choices: str) -> str:
        token = self._next
        if token.kind is not Kind.WORD or token.text not in choices:
            raise self._wrong(f"here should be {' or '.join(choices)}; it is {token}")
        self._at += 1
        return token.text

    def _any(self) -> Pattern:
        parts = self._parts("||", self._all)
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Pattern:
        parts = self._parts("&&", self._one)
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _parts(self, sign: str, part: Callable[[], Pattern]) -> Sequence[Pattern]:
        found = [part()]
        while self._take(sign):
            found.append(part())
        return found

    def _one(self) -> Pattern:
        begin = self._next
        if not self._take("("):
            return self._condition()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"parentheses lie deeper than {_DEEPEST}", begin)
        found = self._any()
        self._expect(")", "')'")
        self._depth -= 1
        return found

    def _condition(self) -> Pattern:
        token = self._next
        if token.kind is not Kind.SELECTOR:
            raise self._wrong(
                f"a condition begins with a selector such as $.eventName, not {token}"
            )
        self._at += 1
        selector = Selector(tuple(
            name or int(number) for name, number in _STEP.findall(token.text)
        ))  # fmt: skip
        for sign in _SIGNS:
            if self._take(sign):
                return Compared(selector, sign, self._value(sign))
        if self._next.kind is Kind.WORD and self._next.text == "NOT":
            self._at += 1
            self._word("EXISTS")
            return NotExists(selector)
        if self._next.kind is Kind.WORD and self._next.text == "IS":
            self._at += 1
            match self._word("NULL", "TRUE", "FALSE"):
                case "NULL":
                    return Is(selector, "NULL")
                case "TRUE":
                    return Is(selector, "TRUE")
                case _:
                    return Is(selector, "FALSE")
        raise self._wrong(
            f"after a selector stands one of {', '.join(_SIGNS)}, IS or NOT EXISTS; "
            f"here is {self._next}",
            hint=f"{selector} = * asks whether it exists",
        )  # fmt: skip

    def _value(self, sign: Sign) -> Word | Regex | float:
        token = self._next
        self._at += 1
        if token.kind is Kind.WORD and _NUMBER.fullmatch(token.text):
            return self._number(token)
        if sign not in ("=", "!="):
            raise self._wrong(f"{sign} compares with a number, not {token}", token)
        match token.kind:
            case Kind.WORD:
                return opened(token.text)
            case Kind.STRING:
                return opened(_ESCAPE.sub(r"\1", token.text))
            case Kind.REGEX:
                return self._regex(token)
        raise self._wrong(f"here should be a text, a number or a %regex%; it is {token}", token)

    def _number(self, token: Token) -> float:
        value = float(token.text)
        if not math.isfinite(value):
            raise self._wrong("this number is too large", token)
        return int(value) if value.is_integer() and abs(value) < 1 << 53 else value

    def _regex(self, token: Token) -> Regex:
        self._regexes += 1
        if self._regexes > REGEXES:
            raise self._wrong(f"a pattern may hold {REGEXES} regular expressions", token)
        known = _IN_REGEX.match(token.text)
        end = known.end() if known else 0
        inside = token.place + 1
        if end < len(token.text):
            raise PatternError(
                f"{token.text[end]!r} is not supported in a regular expression", self._text, inside + end,
                hint="letters, digits, : _ # = @ / ; , - and ^ $ ? [ ] { } | \\ * + . are",
            )  # fmt: skip
        try:
            regex.compiled(token.text, groups=False)
        except PatternError as error:
            column = (error.column or 1) - 1
            raise PatternError(error.problem, self._text, inside + column) from error
        return Regex(token.text)


def opened(text: str) -> Word:
    """Return a text whose stars at the ends stand for anything; others are characters.

    >>> opened("Ev*ent*")
    Word(text='Ev*ent', open_before=False, open_after=True)
    """
    before = text.startswith("*")
    after = text.endswith("*")
    if text == "*":
        return Word("", open_before=True, open_after=True)
    return Word(text[before : len(text) - after], before, after)
