"""What `ops verify` found of each log file, kept beside the events that came from it.

Rows are written as the verification goes on, outside the store; they appear in it
together at the end. The newest row of a file counts.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from ops.history import moment
from ops.history.refusal import by_disk
from ops.history.shelf import VERDICTS, Changes, Shelf

_ROWS = pa.schema(
    [
        ("source_key", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("digest_key", pa.string()),
        ("verified_at", moment.TIME),
    ]
)
_TOGETHER = 20_000
"""Rows held in memory."""


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What was found of one log file."""

    key: str
    verdict: str
    """VALID, INVALID, MISSING, …"""
    reason: str | None = None
    digest: str | None = None
    """The key of the digest that names it."""


class Verdicts:
    """Takes verdicts on log files, and puts them into a store when asked to."""

    def __init__(self, shelf: Shelf, at: datetime) -> None:
        self._shelf = shelf
        self._at = at.replace(tzinfo=None)
        self._name = f"verdicts-{at:%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}.parquet"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin, in a directory of the machine's temporary files."""
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._sure = self._stack.enter_context(_Rows(folder / "sure", self._at))
        self._otherwise = self._stack.enter_context(_Rows(folder / "otherwise", self._at))
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was not published."""
        self._stack.close()

    def add(self, one: LogVerdict, *, otherwise: bool = False) -> None:
        """Take one verdict, or one that counts where there is no other; raise StoreError.

        It is raised if there is no room for it.
        """
        (self._otherwise if otherwise else self._sure).add(one)

    def publish(
        self, last: Iterable[LogVerdict] = (), *, without: Callable[[str], bool] | None = None
    ) -> None:
        """Put everything into the store, with what is known only at the end; raise StoreError.

        Of two verdicts on a file in one run the later one counts. Those that count where there
        is no other are left out for keys that `without` is true of.
        """
        with self._shelf.hold() as scratch:
            for one in last:
                self.add(one)
            others = self._otherwise.table()
            if without is not None:
                keys = others["source_key"].to_pylist()
                others = others.filter(pa.array([not without(key) for key in keys], pa.bool_()))
            table = _newest(pa.concat_tables([others, self._sure.table()]))
            file = scratch / self._name
            with by_disk(str(self._shelf)):
                pq.write_table(table, file, compression="zstd", store_schema=False)
            self._shelf.publish(Changes({f"{VERDICTS}{self._name}": file}))


class _Rows:
    """Verdicts in a file of the machine's own, in the order they came."""

    def __init__(self, path: Path, at: datetime) -> None:
        self._path = path
        self._at = at
        self._rows: list[LogVerdict] = []

    def __enter__(self) -> Self:
        self._file: Any = pq.ParquetWriter(self._path, _ROWS, compression="zstd")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, one: LogVerdict) -> None:
        """Take one; raise StoreError if there is no room for it."""
        self._rows.append(one)
        if len(self._rows) >= _TOGETHER:
            self._write()

    def table(self) -> Any:
        """Return all that came; no more can come."""
        self._write()
        self._file.close()
        return pq.read_table(self._path)

    def _write(self) -> None:
        rows = [(one.key, one.verdict, one.reason, one.digest, self._at) for one in self._rows]
        columns = list(zip(*rows, strict=True)) or [()] * len(_ROWS)
        table = pa.table(dict(zip(_ROWS.names, map(list, columns), strict=True)), schema=_ROWS)
        with by_disk("of temporary files"):
            self._file.write_table(table)
        self._rows = []


def _newest(table: Any) -> Any:
    """Return each file's last row."""
    places = {key: place for place, key in enumerate(table["source_key"].to_pylist())}
    return table.take(pa.array(sorted(places.values()), pa.int64()))
