r"""Regular expressions that take time in proportion to the text, whoever wrote it.

Log text is an attacker's, and Python's `re` can be made to try for hours; so an expression
becomes an automaton. The language is what RE2 (DuckDB), Athena and, without groups,
CloudWatch Logs read alike: `^ $ . | ? * + {m,n} [] () (?:) \d \D \s \S \w \W \xhh`.
Classes are those of ASCII; `.` is any character but a new line.
"""

from functools import lru_cache

from ops.errors import PatternError
from ops.rules.automaton import MOST_STATES, Chars, Edge, Either, Machine, Part, Ranges, Repeat

_CLASSES = {"d": (("0", "9"),), "s": (("\t", "\n"), ("\f", "\r"), (" ", " ")),
            "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))}  # fmt: skip
_PLAIN = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_DEEPEST = 50
_HEX = 2


@lru_cache(maxsize=1000)
def compiled(text: str, *, cased: bool = True, groups: bool = True) -> Machine:
    """Return the machine of an expression; raise PatternError if it is outside the language."""
    return Machine(_Parser(text, groups=groups).all(), text, cased=cased)


class _Parser:
    """Reads an expression, left to right."""

    def __init__(self, text: str, *, groups: bool) -> None:
        self._text, self._groups = text, groups
        self._place = self._depth = 0

    def all(self) -> Either:
        found = self._either()
        if self._place < len(self._text):
            raise self._wrong(
                "a ')' without its '('" if self._groups else "groups are not supported"
            )
        return found

    def _wrong(self, problem: str) -> PatternError:
        return PatternError(problem, self._text, min(self._place, len(self._text)))

    def _next(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._place)
        self._place += len(text) * found
        return found

    def _either(self) -> Either:
        ways = [self._sequence()]
        while self._take("|"):
            ways.append(self._sequence())
        return Either(tuple(ways))

    def _sequence(self) -> tuple[Part, ...]:
        found: list[Part] = []
        while self._next() and self._next() not in "|)":
            found.append(self._repeated(self._atom()))
        return tuple(found)

    def _repeated(self, part: Part) -> Part:
        times = self._times()
        if times is None:
            return part
        if isinstance(part, Edge):
            raise self._wrong("an anchor cannot be repeated")
        if self._take("?"):  # how much is taken first makes no difference to whether it matches
            pass
        elif self._next() and self._next() in "*+{":
            raise self._wrong("a repetition cannot be repeated")
        return Repeat(part, *times)

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return times
        if not self._take("{"):
            return None
        inside, brace, _ = self._text[self._place :].partition("}")
        low, comma, high = (one.strip() for one in inside.partition(","))
        if not (brace and low.isdecimal() and (high.isdecimal() or not high)):
            raise self._wrong("'{' begins a repetition: {2}, {2,} or {2,3}")
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > MOST_STATES or (most is not None and most < least):
            raise self._wrong("no such number of repetitions")
        self._place += len(inside) + 1
        return least, most

    def _atom(self) -> Part:
        if self._next() == "(":
            return self._group()
        if self._take("["):
            return self._class()
        if self._take("."):
            return Chars((("\n", "\n"),), negated=True)
        if self._take("\\"):
            return self._escaped()
        char = self._next()
        if char in "^$":
            self._place += 1
            return Edge("^" if char == "^" else "$")
        if char in "*+?{}]":
            raise self._wrong(f"nothing stands before {char!r} that it could repeat or end")
        self._place += 1
        return Chars(((char, char),))

    def _group(self) -> Part:
        if not self._groups:
            raise self._wrong("groups are not supported")
        if self._depth == _DEEPEST:
            raise self._wrong(f"groups lie deeper than {_DEEPEST}")
        self._place += 1
        if self._take("?") and not self._take(":"):
            raise self._wrong("of the groups with '?' only (?:…) is supported")
        self._depth += 1
        found = self._either()
        self._depth -= 1
        if not self._take(")"):
            raise self._wrong("')' is missing")
        return found

    def _escaped(self) -> Chars:
        char = self._next()
        self._place += 1
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], negated=char.isupper())
        if char == "x":
            digits = self._text[self._place : self._place + _HEX]
            if len(digits) < _HEX or any(one not in "0123456789abcdefABCDEF" for one in digits):
                raise self._wrong("\\x needs two hexadecimal digits")
            self._place += _HEX
            char = chr(int(digits, 16))
        elif char.isalnum() or not char:
            if char not in _PLAIN:
                self._place -= 1
                raise self._wrong(f"\\{char} is not supported")
            char = _PLAIN[char]
        return Chars(((char, char),))

    def _class(self) -> Chars:
        begin, negated = self._place, self._take("^")
        ranges: list[tuple[str, str]] = []
        if self._next() == "]":
            raise self._wrong("a class in [] names at least one character")
        while not self._take("]"):
            if not self._next():
                self._place = begin
                raise self._wrong("']' is missing")
            low = self._member()
            if isinstance(low, tuple):
                ranges += low
                continue
            high: str | Ranges = low
            if self._next() == "-" and self._text[self._place + 1 : self._place + 2] not in (
                "]",
                "",
            ):
                self._place += 1
                high = self._member()
            if isinstance(high, tuple) or high < low:
                raise self._wrong("this range has no end after its begin")
            ranges.append((low, high))
        return Chars(tuple(ranges), negated)

    def _member(self) -> str | Ranges:
        if self._take("\\"):
            found = self._escaped()
            if found.negated:
                raise self._wrong("a negated class cannot stand in []")
            [(low, high), *more] = found.ranges
            return found.ranges if more or low != high else low
        char = self._next()
        self._place += 1
        return char
