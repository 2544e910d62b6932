"""What an interrupted run had finished: one line a cell, each vouching for those before.

A torn or changed line ends what is believed; whatever comes after it is done again.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from ops.integrity.outcome import CellOutcome
from ops.integrity.request import Request

_OLDEST = timedelta(hours=24)
"""An interrupted run older than this is not taken up again."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Begun:
    """The first line of a journal: what was asked, with the clock of that run."""

    request: Request
    base: str
    """The HMAC of the state it began from."""
    source: str


class Journal:
    """The journal of one state file."""

    def __init__(self, path: Path, key: bytes, base: str, source: str) -> None:
        self._path = path
        self._key = key
        self._base = base
        self._source = source
        self._tag = b""
        self._file: IO[bytes] | None = None

    def begin(self, request: Request) -> tuple[Request, list[CellOutcome]]:
        """Take up an interrupted run, or begin a new one; return its question and outcomes."""
        begun, outcomes, size = self._read(request)
        if begun is not None:
            self._file = self._path.open("r+b")
            self._file.truncate(size)
            self._file.seek(size)
            return _continued(request, begun), outcomes
        self._file = self._path.open("wb")
        self._tag = b""
        self._append(Begun(request, self._base, self._source))
        return request, []

    def record(self, outcome: CellOutcome) -> None:
        """Write one finished cell down."""
        self._append(outcome)

    def close(self) -> None:
        """Close the file; what it holds can be taken up again."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Forget the run: it ended."""
        self._path.unlink(missing_ok=True)

    def _append(self, value: Begun | CellOutcome) -> None:
        """Append a line whose tag vouches for all lines before it, too."""
        assert self._file is not None  # noqa: S101
        line = msgspec.json.encode(value)
        self._tag = self._mac(self._tag + line)
        self._file.write(self._tag.hex().encode() + b" " + line + b"\n")
        self._file.flush()

    def _read(self, request: Request) -> tuple[Begun | None, list[CellOutcome], int]:
        lines = self._authentic()
        first = next(lines, None)
        begun = _decoded(first[0], Begun) if first else None
        if begun is None or first is None or not self._same(begun, request):
            return None, [], 0
        outcomes: list[CellOutcome] = []
        size = first[1]
        for line, end in lines:
            outcome = _decoded(line, CellOutcome)
            if outcome is None:
                break
            outcomes.append(outcome)
            size = end
        return begun, outcomes, size

    def _authentic(self) -> Iterator[tuple[bytes, int]]:
        """Yield the journal's lines and where each ends, up to the first doubtful one."""
        self._tag = b""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for raw in file:
                tag, _, line = raw.rstrip(b"\n").partition(b" ")
                made = self._mac(self._tag + line)
                if not raw.endswith(b"\n") or not hmac.compare_digest(tag, made.hex().encode()):
                    return
                self._tag = made
                yield line, file.tell()

    def _same(self, begun: Begun, request: Request) -> bool:
        """Whether a journal's run asked the same; its clock then goes on."""
        young = timedelta(0) <= request.now - begun.request.now < _OLDEST
        if not young or begun.request.asked != request.asked:
            return False
        if (begun.base, begun.source) != (self._base, self._source):
            return False
        # Times said in words, such as 7d, mean what they meant when the run began.
        relative = _continued(request, begun) if any(request.asked) else request
        return _plain(begun.request) == replace(_plain(relative), now=begun.request.now)

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.sha256).digest()


def _continued(request: Request, begun: Begun) -> Request:
    first = begun.request
    return replace(request, now=first.now, since=first.since, until=first.until)


def _plain(request: Request) -> Request:
    """Return a question without what does not change the answer."""
    return replace(request, workers=1, concurrency=1)


def _decoded(line: bytes, form: type[Value]) -> Value | None:
    try:
        return msgspec.json.decode(line, type=form)
    except msgspec.MsgspecError:
        return None
