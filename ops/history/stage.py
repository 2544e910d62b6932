"""Where rows wait until they are published: files of Arrow messages, written by the lanes.

A lane appends, and tells where; nobody reads a file before its piece is complete. The
directory lies in the store, is named after the run and is removed after it.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ops.history.rows import BODY, HEAD, Batch, Rows

_ROLL = 64 << 20
"""Bytes after which a lane begins a new file, so that the old one can be removed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one day that came together, and where they wait."""

    day: str
    rows: int
    file: str
    offset: int
    head_bytes: int
    body_bytes: int
    keys: tuple[str, ...]
    """The objects that `object` in the body counts."""

    def head(self) -> Batch:
        """Return the heads of the rows."""
        return _message(self.file, self.offset, self.head_bytes, HEAD)

    def body(self) -> Batch:
        """Return the rest of the rows."""
        return _message(self.file, self.offset + self.head_bytes, self.body_bytes, BODY)


class Writer:
    """Appends to files of its own in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._number = 0
        self._file: Any = None
        self._path = ""
        self._size = 0

    def write(self, day: str, rows: Rows, keys: tuple[str, ...]) -> Piece:
        """Append rows of one day and return where they are; raise OSError."""
        if self._file is None or self._size >= _ROLL:
            self._open()
        head, body = rows.head.serialize(), rows.body.serialize()
        count = rows.head.num_rows
        piece = Piece(day, count, self._path, self._size, len(head), len(body), keys)
        self._file.write(head)
        self._file.write(body)
        self._file.flush()
        self._size += len(head) + len(body)
        return piece

    def close(self) -> None:
        """Close the file it appends to."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        self.close()
        self._number += 1
        name = f"{os.getpid()}-{threading.get_ident()}-{self._number}.arrow"
        self._path = str(self._directory / name)
        self._file = Path(self._path).open("xb")  # noqa: SIM115  # it stays open
        self._size = 0


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


def _message(file: str, offset: int, size: int, schema: Any) -> Batch:
    with Path(file).open("rb", buffering=0) as opened:
        data = os.pread(opened.fileno(), size, offset)
    return pa.ipc.read_record_batch(pa.py_buffer(data), schema)
