"""The rows that one object becomes, and what of it becomes none.

Every item of an object counts once: as a row, or as spoiled. A record that had to be
mended is a row, and its original bytes are kept beside the spoiled ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from ops.history import extract, repair
from ops.history.records import Broken, Item

FULL = 8 << 20
"""Bytes of text after which a sheet is full: what a lane works on at once."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A piece of an object for the quarantine."""

    index: int
    """Which item of the object it is, from 0."""
    text: bytes
    """Its bytes, as they were delivered."""
    reason: str
    repaired: bool = False
    """Whether the event is stored all the same, mended."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one object, as columns."""

    columns: list[extract.Values]
    """A list for each of `schema.COLUMNS`."""
    raw: Sequence[bytes]
    index: Sequence[int]
    mended: Sequence[bool]


def sheets(items: Iterable[Item], spoiled: list[Spoiled], *, utf8: bool) -> Iterator[Sheet]:
    """Yield an object's rows, and put what is none into `spoiled`.

    `utf8` says that the whole object is known to be UTF-8.
    """
    first = 0
    for some in _portions(items):
        sheet = _at_once(some, first) if utf8 else None
        yield sheet or _one_by_one(some, first, spoiled, utf8=utf8)
        first += len(some)


def _portions(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in lists that are not too large to be worked on at once."""
    some: list[Item] = []
    size = 0
    for item in items:
        some.append(item)
        size += len(item.text if isinstance(item, Broken) else item)
        if size >= FULL:
            yield some
            some, size = [], 0
    if some:
        yield some


def _at_once(items: Sequence[Item], first: int) -> Sheet | None:
    """Return the rows of items that all are sound records; None if one is not."""
    records = [one for one in items if not isinstance(one, Broken)]
    if len(records) < len(items):
        return None
    try:
        events = list(map(extract.decode, records))
    except (msgspec.MsgspecError, RecursionError):
        return None
    index = range(first, first + len(records))
    return Sheet(extract.columns(events), records, index, [False] * len(records))


def _one_by_one(items: Sequence[Item], first: int, spoiled: list[Spoiled], *, utf8: bool) -> Sheet:
    """Return the rows of items of any kind."""
    rows = _Rows()
    for index, item in enumerate(items, first):
        if isinstance(item, Broken):
            spoiled.append(Spoiled(index, item.text, item.reason))
            continue
        event = _plain(item, utf8=utf8)
        if event is not None:
            rows.add(event, item, index, mended=False)
        else:
            _mend(item, index, rows, spoiled)
    return rows.sheet()


@dataclass(slots=True)
class _Rows:
    """Rows being gathered."""

    events: list[msgspec.Struct] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    mended: list[bool] = field(default_factory=list)

    def add(self, event: msgspec.Struct, raw: bytes, index: int, *, mended: bool) -> None:
        self.events.append(event)
        self.raw.append(raw)
        self.index.append(index)
        self.mended.append(mended)

    def sheet(self) -> Sheet:
        return Sheet(extract.columns(self.events), self.raw, self.index, self.mended)


def _plain(record: bytes, *, utf8: bool) -> msgspec.Struct | None:
    """Return the fields of a sound record; None if it is not sound or no object."""
    try:
        if not utf8:
            record.decode()
        return extract.decode(record)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _odd(record)


def _odd(record: bytes) -> msgspec.Struct | None:
    """Return the fields of a record that is sound but has fields of other types."""
    if not repair.is_sound(record):
        return None
    try:
        return extract.typed(record)
    except RecursionError:  # deeper than any engine reads
        return None


def _mend(record: bytes, index: int, rows: _Rows, spoiled: list[Spoiled]) -> None:
    mended = repair.repaired(record)
    event = _odd(mended) if mended is not None else None
    if mended is None or event is None:
        sound = repair.is_sound(record)
        reason = "it is no JSON object" if sound else "it is no JSON and cannot be mended"
        spoiled.append(Spoiled(index, record, reason))
    else:
        spoiled.append(Spoiled(index, record, "mended: it was no JSON in UTF-8", repaired=True))
        rows.add(event, mended, index, mended=True)
