"""From a filter pattern's text to its tokens, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ops.errors import PatternError


class Kind(Enum):
    """What a token is, as a message calls it."""

    SIGN = "a sign"
    SELECTOR = "a selector"
    STRING = "a text in quotes"
    WORD = "a word"
    REGEX = "a regular expression"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a pattern."""

    kind: Kind
    text: str
    """As it is written, without quotes or percent signs."""
    place: int

    def __str__(self) -> str:
        """Return what a message calls it."""
        return self.kind.value if self.kind is Kind.END else repr(self.text)


_SPACE = re.compile(r"\s*")
_SIGN = re.compile(r"&&|\|\||!=|<=|>=|[{}()=<>]")
_SELECTOR = re.compile(r"\$(?:\.[A-Za-z0-9_-]+(?:\[[0-9]+\])*)+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_REGEX = re.compile(r"%([^%]*)%")
_WORD = re.compile(r"[A-Za-z0-9_.*+-]+")
"""What may stand without quotes. AWS documents letters, digits and `*`, and shows `.`."""
_FORMS = ((Kind.SIGN, _SIGN), (Kind.SELECTOR, _SELECTOR), (Kind.STRING, _STRING),
          (Kind.REGEX, _REGEX), (Kind.WORD, _WORD))  # fmt: skip


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens, the end last; raise PatternError at what begins none."""
    place = 0
    while (place := _space(text, place)) < len(text):
        token, place = _one(text, place)
        yield token
    yield Token(Kind.END, "", len(text))


def _one(text: str, place: int) -> tuple[Token, int]:
    for kind, form in _FORMS:
        found = form.match(text, place)
        if found:
            _check(text, kind, found.end())
            return Token(kind, found[form.groups], place), found.end()
    raise _wrong(text, place)


def _space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _check(text: str, kind: Kind, end: int) -> None:
    """Refuse what sticks to a token: it was meant to be part of it."""
    char = text[end : end + 1]
    if kind is Kind.SELECTOR and char in ("[", "."):
        raise PatternError(
            "a selector goes on with .NAME, or [NUMBER] after a name", text, end,
            hint="names are letters, digits, '-' and '_': $.users[0].id",
        )  # fmt: skip
    if kind in (Kind.SELECTOR, Kind.WORD) and char and not (char.isspace() or char in "{}()=!<>&|"):
        what = "a name in a selector" if kind is Kind.SELECTOR else "a text without quotes"
        raise PatternError(f"{char!r} cannot stand in {what}", text, end,
                           hint='put texts in quotes: $.eventName = "…"')  # fmt: skip


_STARTS = {
    "$": ("a selector is $.NAME, with [NUMBER] after a name", "$.eventName, $.users[0].id"),
    '"': ("this quote is never closed", ""),
    "%": ("this regular expression is never closed: % stands before and after it", ""),
    "&": ("'and' is written &&", ""),
    "|": ("'or' is written ||", ""),
    "!": ("there is no '!' but in !=", "turn the condition round: != for =, NOT EXISTS"),
    "'": ("texts stand in double quotes", '$.eventName = "…"'),
}


def _wrong(text: str, place: int) -> PatternError:
    char = text[place]
    problem, hint = _STARTS.get(
        char, (f"{char!r} begins nothing known", "put texts in double quotes")
    )
    return PatternError(problem, text, place, hint=hint)
