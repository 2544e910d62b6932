"""From the text of an object to its records, in whatever form people have CloudTrail's events.

The files of a trail, `{"Records": […]}`, are split by one pass of a parser that keeps
each record as it stands; the split is believed only if the records and what lies
between them make up the whole text. All else goes through `ops.history.scan`: a list,
one record, JSON lines, pages of LookupEvents, exports of CloudWatch Logs, results of
CloudTrail Lake, and every broken variant of these.
"""

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import msgspec

from ops.history import table
from ops.history.scan import MOST_BROKEN, Member, Span, after_space, elements, end_of, members


@dataclass(frozen=True, slots=True)
class Broken:
    """A piece of an object that should be a record and is none."""

    text: bytes
    reason: str


class ForeignError(Exception):
    """An object holds no events: a digest, another service's file, anything."""


Item = bytes | Broken
"""A record's text as it was delivered, or what stands in its place."""
_CONTAINER = b""
"""An item that is none: the object is made for events, though it may hold none."""

_HEAD, _TAIL = b'{"Records":[', b"]}"
_SPACED_HEAD = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[\s*')
_SPACED_TAIL = re.compile(rb"\s*\]\s*\}\s*")
_COMMA = re.compile(rb"\s*,\s*")
_STAMP = re.compile(rb"[\[(]?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?[\])]?\s+(?=[{\[])")
"""The time that CloudWatch Logs puts before each line of an export."""
_NEW_LINE = re.compile(rb"\n\s*(?=[{\[]|\d{4}-\d\d-\d\dT)")

_MARKS = {b'"eventVersion"', b'"eventID"', b'"eventId"', b'"eventName"'}
"""Keys by which an object is known as a record."""
_OURS = {b'"Records"', b'"logEvents"'}
_LAKE_ROWS = b'"QueryResultRows"'
_CONTAINERS = _OURS | {b'"Events"', b'"events"', _LAKE_ROWS}
"""Keys of lists that hold records: of a trail, CloudWatch Logs, LookupEvents, Lake."""
_WRAPPINGS = {b'"CloudTrailEvent"', b'"message"', b'"eventjson"', b'"eventJson"'}
"""Keys whose value is a record, written as a string."""
_SPELLED = _WRAPPINGS - {b'"message"'}
"""Those that no record has: what stands beside them are columns of the record's table."""
_CONTROL = b'"CONTROL_MESSAGE"'
"""What CloudWatch Logs calls a message that tests a subscription's destination."""
_TELLING = 32
"""Bytes that tell what a damaged file is: one with fewer left may have held events."""
_DEEPEST = 4
"""How many lists may lie around a record."""


class _File(msgspec.Struct, gc=False):
    Records: list[msgspec.Raw]


_decode = msgspec.json.Decoder(_File).decode


def read(content: bytes, *, expected: bool, damage: str = "") -> Iterator[Item]:
    """Yield an object's records in order; raise ForeignError if it holds none.

    `expected` says that there must be events, by the key: then whatever is no record is
    yielded as broken, where else the object would be foreign. `damage` says why text is
    missing at the end: then the last item is what was cut, broken.
    """
    split = None if damage else exactly(content)
    if split is not None:
        yield from map(bytes, split)
    elif expected and not content.strip():
        yield Broken(content, damage or "it is empty")
    elif not expected and all(isinstance(one, Broken) for one in _stream(content)):
        if not damage or len(content) >= _TELLING:
            raise ForeignError
        yield Broken(content, damage)
    else:
        yield from _cut(_stream(content), damage)


def exactly(content: bytes) -> list[msgspec.Raw] | None:
    """Return the records of a trail's file; None if it is not exactly one, or not sound.

    A parser skips keys it does not know and keeps the last of two equal ones. So the
    records count only if nothing but them and their commas is in the file.
    """
    try:
        records = _decode(content).Records
    except (msgspec.MsgspecError, RecursionError):
        return None
    length = sum(map(len, records)) + max(len(records) - 1, 0)
    compact = length + len(_HEAD) + len(_TAIL) == len(content)
    if compact and content.startswith(_HEAD) and content.endswith(_TAIL):
        return records
    return records if _make_up(content, records) else None


def _make_up(content: bytes, records: list[msgspec.Raw]) -> bool:
    """Whether a text is records, and between them what may lie between records."""
    head = _SPACED_HEAD.match(content)
    if head is None:
        return False
    place = head.end()
    for number, record in enumerate(records):
        if number:
            comma = _COMMA.match(content, place)
            if comma is None:
                return False
            place = comma.end()
        if not content.startswith(bytes(record), place):
            return False
        place += len(record)
    return _SPACED_TAIL.fullmatch(content, place) is not None


def _cut(items: Iterator[Item], damage: str) -> Iterator[Item]:
    """Yield the items, the last one broken if the text was cut there."""
    last: Item = _CONTAINER
    for item in items:
        if last is not _CONTAINER:
            yield last
        last = item
    if damage and isinstance(last, Broken):
        last = Broken(last.text, damage)
    if last is not _CONTAINER:
        yield last
    if damage and not isinstance(last, Broken):
        yield Broken(b"", damage)


def _stream(text: bytes) -> Iterator[Item]:
    """Yield the records of values that stand one after another: one alone, or JSON lines."""
    cells = table.column(text)
    if cells is not None:
        yield _CONTAINER
        yield from map(_alone, cells)
        return
    place, broken = after_space(text, 0), 0
    while place < len(text):
        stamp = _STAMP.match(text, place)
        start = stamp.end() if stamp else place
        span = _span(text, start)
        broken += not span.whole
        if broken > MOST_BROKEN:
            yield Broken(text[start:], "too much of it is broken")
            return
        if text[start : start + 1] in (b"{", b"["):
            place = yield from _value(text, span, 0)
        else:
            place = _next_line(text, start)
            yield Broken(text[start:place], "it is no JSON")
        place = after_space(text, place)


def _span(text: bytes, start: int) -> Span:
    end = end_of(text, start)
    return Span(start, len(text) if end is None else end, end is not None)


def _next_line(text: bytes, place: int) -> int:
    found = _NEW_LINE.search(text, place)
    return found.start() if found else len(text)


def _value(text: bytes, span: Span, depth: int) -> Generator[Item, None, int]:
    """Yield what an object or a list holds; return where to read on."""
    if text[span.start : span.start + 1] == b"[":
        for one in elements(text, span.start):
            yield from _element(text, one, depth + 1)
        return span.end
    found = list(members(text, span.start))
    keys = {one.key for one in found}
    if b'"Records"' in keys or (keys & _CONTAINERS and not keys & _MARKS):
        yield from _contained(text, found, depth)
        return span.end
    if not span.whole:
        end = _next_line(text, span.start) if depth == 0 else span.end
        yield Broken(text[span.start : end], "its JSON is cut short or broken")
        return end
    if keys & _MARKS and not any(_is_spelled(text, one) for one in found):
        yield text[span.start : span.end]
    else:
        yield from _wrapped(text, span, found)
    return span.end


def _element(text: bytes, span: Span, depth: int) -> Iterator[Item]:
    """Yield what an element of a list holds, itself a record perhaps."""
    if text[span.start : span.start + 1] in (b"{", b"[") and depth <= _DEEPEST:
        yield from _value(text, span, depth)
    else:
        yield _no_record(text, span)


def _contained(text: bytes, found: list[Member], depth: int) -> Iterator[Item]:
    """Yield the records in the lists of an object that is made to hold records."""
    if any(one.key == b'"messageType"' and _text(text, one) == _CONTROL for one in found):
        yield _CONTAINER
        return
    for one in found:
        if one.key not in _CONTAINERS:
            continue
        if text[one.value.start : one.value.start + 1] != b"[":
            yield _no_record(text, one.value)
            continue
        if one.key in _OURS:
            yield _CONTAINER
        for inner in elements(text, one.value.start):
            if one.key == b'"Records"':
                yield _record(text, inner)
            elif one.key == _LAKE_ROWS:
                yield from _row(text, inner)
            else:
                yield from _element(text, inner, depth + 1)


def _record(text: bytes, span: Span) -> Item:
    """Return an element of `Records`: any object is a record there."""
    if span.whole and text[span.start : span.start + 1] == b"{":
        return text[span.start : span.end]
    return _no_record(text, span)


def _row(text: bytes, span: Span) -> Iterator[Item]:
    """Yield the record of a row of Lake: a list with an object for each column, or one object."""
    cells = elements(text, span.start) if text[span.start : span.start + 1] == b"[" else [span]
    columns = [
        one
        for cell in cells
        if text[cell.start : cell.start + 1] == b"{"
        for one in members(text, cell.start)
    ]
    yield from _wrapped(text, span, [one for one in columns if one.key in _SPELLED])


def _is_spelled(text: bytes, member: Member) -> bool:
    return member.key in _SPELLED and text[member.value.start : member.value.start + 1] == b'"'


def _wrapped(text: bytes, span: Span, found: list[Member]) -> Iterator[Item]:
    """Yield the records that an object holds as strings."""
    strings = [one for one in found if one.key in _WRAPPINGS]
    for one in strings:
        yield _unwrapped(_text(text, one))
    if not strings:
        yield Broken(text[span.start : span.end], "it is no CloudTrail record")


def _unwrapped(string: bytes) -> Item:
    """Return the record that a JSON string spells."""
    try:
        spelled = json.loads(string, strict=False)
    except ValueError:
        return Broken(string, "the string that should hold the record is broken")
    # A half of a surrogate pair cannot be written as UTF-8: mended like any wrong byte.
    return _alone(str(spelled).encode("utf-8", "surrogatepass").strip())


def _alone(record: bytes) -> Item:
    """Return a text that should be one record and nothing else."""
    whole = record.startswith(b"{") and end_of(record, 0) == len(record)
    if whole and any(one.key in _MARKS for one in members(record, 0)):
        return record
    return Broken(record, "it is no CloudTrail record")


def _text(text: bytes, member: Member) -> bytes:
    return text[member.value.start : member.value.end]


def _no_record(text: bytes, span: Span) -> Broken:
    reason = "it is no JSON object" if span.whole else "its JSON is cut short or broken"
    return Broken(text[span.start : span.end], reason)
