"""Where rows wait until they are published: files of Arrow messages, written by the lanes.

A lane appends, and tells where; nobody reads a file before its piece is complete. The
directory lies in the store, is named after the run and is removed after it.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops.history.rows import BODY, HEAD, Batch, Rows

_ROLL = 64 << 20
"""Bytes after which a lane begins a new file, so that the old one can be removed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that came together, and where they wait."""

    days: tuple[str, ...]
    """Of their events."""
    rows: int
    file: str
    offset: int
    head_bytes: int
    body_bytes: int
    keys: tuple[str, ...]
    """The objects that `object` in the body counts."""
    placed: bool
    """Whether the keys of all say where they belong, so that rows come nearly in order."""

    @property
    def size(self) -> int:
        """Its bytes on disk."""
        return self.head_bytes + self.body_bytes

    def head(self) -> Batch:
        """Return the heads of the rows."""
        return message(self.file, self.offset, self.head_bytes, HEAD)

    def body(self) -> Batch:
        """Return the rest of the rows."""
        return message(self.file, self.offset + self.head_bytes, self.body_bytes, BODY)


class Writer:
    """Appends to files of its own in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._number = 0
        self._file: Any = None
        self._streams: tuple[Any, Any] = (None, None)
        self._path = ""

    def write(self, rows: Rows, keys: tuple[str, ...], *, placed: bool) -> Piece:
        """Append rows and return where they are; raise OSError."""
        if self._file is None or self._file.tell() >= _ROLL:
            self._open()
        places = [self._file.tell()]
        for stream, batch in zip(self._streams, (rows.head, rows.body), strict=True):
            stream.write_batch(batch)
            places.append(self._file.tell())
        start, middle, stop = places
        return Piece(
            tuple(rows.days()), rows.head.num_rows,
            self._path, start, middle - start, stop - middle, keys, placed,
        )  # fmt: skip

    def close(self) -> None:
        """Close the file it appends to."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        self.close()
        self._number += 1
        name = f"{os.getpid()}-{threading.get_ident()}-{self._number:06d}.arrow"
        self._path = str(self._directory / name)
        self._file = pa.OSFile(self._path, "wb")
        self._streams = (
            pa.ipc.new_stream(self._file, HEAD),
            pa.ipc.new_stream(self._file, BODY),
        )
        for stream, schema in zip(self._streams, (HEAD, BODY), strict=True):
            # A stream writes its schema with its first rows: here, so that it is in no piece.
            stream.write_batch(pa.RecordBatch.from_pylist([], schema))


_writers: dict[tuple[str, int], Writer] = {}


def writer(directory: str) -> Writer:
    """Return this thread's writer into a directory."""
    mine = (directory, threading.get_ident())
    if mine not in _writers:
        _writers[mine] = Writer(Path(directory))
    return _writers[mine]


def close(directory: str) -> None:
    """Close this process's files in a directory; its threads must have ended."""
    for one in [one for one in _writers if one[0] == directory]:
        _writers.pop(one).close()


class Depot:
    """Which files still hold rows that wait; the others are removed."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._newest: dict[str, str] = {}
        """The file that each lane writes to."""

    def add(self, pieces: Iterable[Piece]) -> None:
        """Take note of pieces that were put down."""
        for piece in pieces:
            self._waiting[piece.file] += 1
            lane = piece.file.rpartition("-")[0]
            self._newest[lane] = max(self._newest.get(lane, ""), piece.file)

    def done(self, pieces: Iterable[Piece]) -> None:
        """Forget pieces that are published, and remove the files that no lane needs."""
        self._waiting.subtract(piece.file for piece in pieces)
        open_ones = set(self._newest.values())
        for file in [one for one, count in self._waiting.items() if not count]:
            if file not in open_ones:
                Path(file).unlink()
                del self._waiting[file]


def message(file: str, offset: int, size: int, schema: Any) -> Batch:
    """Return the rows that lie in a file as one Arrow message."""
    # Mapped, so that only what is looked at is read, and nothing of it is copied.
    with pa.memory_map(file) as mapped:
        data = mapped.read_buffer().slice(offset, size)
    return pa.ipc.read_record_batch(data, schema)
