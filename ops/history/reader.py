"""What a lane does with objects: unpack, split, extract, and put the rows where they wait.

The rows of small objects are put down together, chunk by chunk; an object that is not
small is put down by itself, sheet by sheet, so that memory does not grow with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

from ops import layout
from ops.archive.model import Fault, Object
from ops.history import records, stage
from ops.history.rows import Origin, Part, rows
from ops.history.sheet import Sheet, Spoiled, sheets
from ops.history.stage import Piece
from ops.history.tuning import seldom_collect
from ops.history.unpack import unpack

LIMIT = 128 << 20
"""Bytes an object may have as it is stored, packed or not."""
_SMALL = 512 << 10
"""Bytes of text up to which an object is put down together with others."""


@dataclass(slots=True)
class Read:
    """What became of one object."""

    key: str
    hash: str = ""
    """What a local file is known by; empty where there is an ETag."""
    rows: int = 0
    oldest: int | None = None
    """The first time of its events, in microseconds since 1970."""
    newest: int | None = None
    foreign: bool = False
    spoiled: list[Spoiled] = field(default_factory=list)
    fault: Fault | None = None
    """Why it could not be read."""
    failure: OSError | None = None
    """Why its rows could not be put down: the disk is full, for example."""
    known: bool = False
    """Whether it was found to be what the store has, and not read any further."""

    @property
    def records(self) -> int:
        """How many items it held."""
        return self.rows + sum(not one.repaired for one in self.spoiled)


@dataclass(slots=True)
class Haul:
    """Objects that were read together, and all their rows."""

    reads: list[Read]
    pieces: list[Piece]


@dataclass(slots=True)
class _Taken:
    """An object just read."""

    read: Read
    account: str | None = None
    """The account in its key, if that follows CloudTrail's layout."""
    waiting: list[Sheet] = field(default_factory=list)
    """Rows not put down yet."""
    pieces: list[Piece] = field(default_factory=list)
    """Where the others are."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The job of a lane: `gather` makes a haul of what it returns."""

    directory: str
    """Where rows are put down."""
    hashes: bool
    """Whether objects are known by the hash of their content, not by an ETag."""

    def __call__(self, key: str, found: Object | Fault) -> _Taken:
        """Read one object; nothing is raised."""
        seldom_collect()  # a lane may be a process of its own
        taken = _Taken(Read(key))
        if isinstance(found, Fault):
            taken.read.fault = found
            return taken
        if self.hashes:
            taken.read.hash = content_hash(found.body)
        try:
            self._take(taken, found.body)
        except records.ForeignError:
            taken.read.foreign = True
        except OSError as error:
            taken.read.failure = error
        return taken

    def gather(self, results: Sequence[tuple[str, _Taken]]) -> Sequence[tuple[str, Haul]]:
        """Put down the rows of objects that travel together."""
        taken = [one for _, one in results]
        reads = [one.read for one in taken]
        pieces = list(chain.from_iterable(one.pieces for one in taken))
        try:
            pieces += self._put_down(taken)
        except OSError as error:
            reads[-1].failure = error
        return [(results[0][0], Haul(reads, pieces))]

    def _take(self, taken: _Taken, body: bytes) -> None:
        unpacked = unpack(body)
        place = layout.parse(taken.read.key)
        expected = isinstance(place, layout.LogKey)
        taken.account = place.account if place else None
        items = records.read(unpacked.content, expected=expected, damage=unpacked.damage)
        small = len(unpacked.content) <= _SMALL
        for sheet in sheets(items, taken.read.spoiled, utf8=_is_utf8(unpacked.content)):
            taken.read.rows += len(sheet.raw)
            taken.waiting.append(sheet)
            if not small:
                taken.pieces += self._put_down([taken])
                taken.waiting = []

    def _put_down(self, taken: Sequence[_Taken]) -> list[Piece]:
        """Write the waiting rows of some objects."""
        reads = [one.read for one in taken]
        parts = [Part(number, sheet) for number, one in enumerate(taken) for sheet in one.waiting]
        if not parts:
            return []
        made = rows([Origin(one.read.key, one.account) for one in taken], parts)
        spans = made.spans([len(part.sheet.raw) for part in parts])
        for part, (oldest, newest) in zip(parts, spans, strict=True):
            _widen(reads[part.object], oldest, newest)
        keys, file = tuple(one.key for one in reads), stage.writer(self.directory)
        return [file.write(made, keys, placed=all(one.account for one in taken))]


def content_hash(body: bytes) -> str:
    """Return what a local file is known by, as S3 has an ETag: its size and its SHA-256."""
    return f"{len(body)}-{sha256(body).hexdigest()}"


def _widen(read: Read, oldest: int | None, newest: int | None) -> None:
    if oldest is not None and newest is not None:
        read.oldest = oldest if read.oldest is None else min(read.oldest, oldest)
        read.newest = newest if read.newest is None else max(read.newest, newest)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
