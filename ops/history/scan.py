"""Finds JSON values in text that no parser takes: broken, cut short, or simply odd.

Only brackets and strings are looked at, one after another and without recursion:
where a value ends, what elements a list has, which keys an object. Whether a value
is right inside is another's question. Places are bytes from the start of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"|([\[{])|([\]}])|(")|\Z)', re.DOTALL)
"""What lies before a bracket or a string is taken with it: it may be megabytes of white space."""
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]+')
_BETWEEN = re.compile(rb"[\s,]*")
_COLON = re.compile(rb"\s*:\s*")
_NEXT_RECORD = re.compile(rb',\s*(?=\{\s*"eventVersion"\s*:)')
"""Where reading may go on after a broken record: CloudTrail's records begin so."""
_CLOSING = {b"[": b"]", b"{": b"}"}
_DEEPEST = 2000
"""How deep values may lie in one another; parsers give up at half of that."""
MOST_BROKEN = 100
"""After how many broken values nothing more is looked for: each may cost a walk to the end."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value lies in a text."""

    start: int
    end: int
    whole: bool = True
    """False if it is broken or cut short; then it ends where reading goes on."""


@dataclass(frozen=True, slots=True)
class Member:
    """One key of an object and its value."""

    key: bytes
    """With its quotes, as written."""
    value: Span


def end_of(text: bytes, start: int) -> int | None:
    """Return where the value that begins at `start` ends; None if it is cut short or broken."""
    first = text[start : start + 1]
    if first not in _CLOSING:
        found = (_STRING if first == b'"' else _SCALAR).match(text, start)
        return found.end() if found else None
    due: list[bytes] = []
    for token in _TOKEN.finditer(text, start):
        opening, closing, unended = token.groups()
        if opening:
            due.append(_CLOSING[opening])
            if len(due) > _DEEPEST:
                return None
        elif unended or (closing and due.pop() != closing):
            return None
        elif not due:
            return token.end()
    return None


def elements(text: bytes, start: int) -> Iterator[Span]:
    """Yield the elements of the list that begins at `start`, broken ones too."""
    place, broken = after_space(text, start + 1), 0
    while place < len(text) and text[place : place + 1] != b"]":
        end = end_of(text, place)
        if end is None:
            broken += 1
            found = _NEXT_RECORD.search(text, place + 1) if broken < MOST_BROKEN else None
            yield Span(place, found.start() if found else len(text), whole=False)
            end = found.end() if found else len(text)
        else:
            yield Span(place, end)
        place = after_space(text, end)


def members(text: bytes, start: int) -> Iterator[Member]:
    """Yield the members of the object that begins at `start`, a key that is there twice twice.

    Where the object is cut short or broken, the last value reaches to the end of the text.
    """
    place = after_space(text, start + 1)
    while key := _STRING.match(text, place):
        colon = _COLON.match(text, key.end())
        if colon is None:
            return
        end = end_of(text, colon.end())
        if end is None:
            yield Member(key.group(), Span(colon.end(), len(text), whole=False))
            return
        yield Member(key.group(), Span(colon.end(), end))
        place = after_space(text, end)


def after_space(text: bytes, place: int) -> int:
    """Return the place after white space and commas."""
    found = _BETWEEN.match(text, place)
    return found.end() if found else place
