r"""Regular expressions that take time in proportion to the text, whoever wrote it.

Log text is an attacker's, and Python's `re` can be made to try for hours; RE2 cannot, and
it is what DuckDB uses. The language is what RE2, Athena and, without groups, CloudWatch
Logs read alike: `^ $ . | ? * + {m,n} [] () (?:) \d \D \s \S \w \W \xhh`. Classes are those
of ASCII; `.` is any character but a new line.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from ops.errors import PatternError

_CLASSES, _PLAIN = "dsw", "tnrf"
_MOST_TIMES = 1_000
"""RE2's own limit for a repetition."""
_DEEPEST = 50
_HEX = 2


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, ready to look for."""

    _compiled: Any

    def found(self, text: str) -> bool:
        """Whether it is found anywhere in a text."""
        # JSON may hold half of a surrogate pair, which is no UTF-8.
        return self._compiled.search(text.encode(errors="replace")) is not None


@lru_cache(maxsize=1000)
def compiled(text: str, *, cased: bool = True, groups: bool = True) -> Expression:
    """Return an expression ready to look for; raise PatternError if it is outside the language."""
    _Check(text, groups=groups).all()
    options = re2.Options()
    options.case_sensitive = cased
    options.log_errors = False
    try:
        return Expression(re2.compile(text.encode(), options))
    except UnicodeEncodeError as error:
        raise PatternError(f"the expression {text!r} is no text") from error
    except re2.error as error:
        why = error.args[0].decode(errors="replace")
        raise PatternError(f"the expression {text!r} asks for too much: {why}") from error


class _Check:
    """Reads an expression, left to right, and points at what is outside the language."""

    def __init__(self, text: str, *, groups: bool) -> None:
        self._text, self._groups = text, groups
        self._place = self._depth = 0

    def all(self) -> None:
        """Raise PatternError where the text leaves the language."""
        self._either()
        if self._place < len(self._text):
            raise self._wrong(
                "a ')' without its '('" if self._groups else "groups are not supported"
            )

    def _wrong(self, problem: str) -> PatternError:
        return PatternError(problem, self._text, min(self._place, len(self._text)))

    def _next(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._place)
        self._place += len(text) * found
        return found

    def _either(self) -> None:
        while True:
            while self._next() and self._next() not in "|)":
                self._repetition(anchor=self._atom())
            if not self._take("|"):
                return

    def _repetition(self, *, anchor: bool) -> None:
        if not self._times():
            return
        if anchor:
            raise self._wrong("an anchor cannot be repeated")
        # With a '?' less is taken first, which does not change whether it matches.
        if not self._take("?") and self._next() and self._next() in "*+{":
            raise self._wrong("a repetition cannot be repeated")

    def _times(self) -> bool:
        if self._next() and self._next() in "*+?":
            self._place += 1
            return True
        if not self._take("{"):
            return False
        inside, brace, _ = self._text[self._place :].partition("}")
        low, _, high = inside.partition(",")
        if not (brace and low.isdecimal() and (high.isdecimal() or not high)):
            raise self._wrong("'{' begins a repetition: {2}, {2,} or {2,3}")
        most = int(high) if high else int(low)
        if most > _MOST_TIMES or most < int(low):
            raise self._wrong("no such number of repetitions")
        self._place += len(inside) + 1
        return True

    def _atom(self) -> bool:
        """Read one part; return whether it is an anchor."""
        char = self._next()
        if char == "(":
            self._group()
        elif char == "[":
            self._class()
        elif char == "\\":
            self._escaped()
        elif char in "*+?{}]":
            raise self._wrong(f"nothing stands before {char!r} that it could repeat or end")
        else:
            self._place += 1
        return char in "^$"

    def _group(self) -> None:
        if not self._groups:
            raise self._wrong("groups are not supported")
        if self._depth == _DEEPEST:
            raise self._wrong(f"groups lie deeper than {_DEEPEST}")
        self._place += 1
        if self._take("?") and not self._take(":"):
            raise self._wrong("of the groups with '?' only (?:…) is supported")
        self._depth += 1
        self._either()
        self._depth -= 1
        if not self._take(")"):
            raise self._wrong("')' is missing")

    def _escaped(self) -> str:
        """Read a backslash and what it escapes; return the one character, empty for a class."""
        self._place += 1
        char = self._next()
        if char == "x":
            digits = self._text[self._place + 1 : self._place + 1 + _HEX]
            self._place += 1
            if len(digits) < _HEX or any(one not in "0123456789abcdefABCDEF" for one in digits):
                raise self._wrong("\\x needs two hexadecimal digits")
            self._place += _HEX
            return chr(int(digits, 16))
        if not char or (char.isalnum() and char.lower() not in _CLASSES and char not in _PLAIN):
            raise self._wrong(f"\\{char} is not supported")
        self._place += 1
        return "" if char.lower() in _CLASSES else char

    def _class(self) -> None:
        begin = self._place
        self._place += 1
        self._take("^")
        if self._next() == "]":
            raise self._wrong("a class in [] names at least one character")
        while not self._take("]"):
            if not self._next():
                self._place = begin
                raise self._wrong("']' is missing")
            low = self._member()
            if not low or self._next() != "-" or self._text[self._place + 1 :][:1] in ("]", ""):
                continue
            self._place += 1
            high = self._member()
            if not high or high < low:
                raise self._wrong("this range has no end after its begin")

    def _member(self) -> str:
        """Read a member of a class; return the one character, empty for a class of them."""
        if self._next() == "\\":
            if self._text[self._place + 1 :][:1] in ("D", "S", "W"):
                raise self._wrong("a negated class cannot stand in []")
            return self._escaped()
        char = self._next()
        self._place += 1
        return char
