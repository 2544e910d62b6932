"""What `ops verify` found of each log file, kept beside the events that came from it.

Rows are written as the verification goes on, outside the store; they appear in it
together at the end. The newest row of a file counts.
"""

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
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
        self._rows: list[LogVerdict] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin, in a directory of the machine's temporary files."""
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._file: Any = pq.ParquetWriter(self._folder / self._name, _ROWS, compression="zstd")
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was not published."""
        self._file.close()
        self._stack.close()

    def add(self, one: LogVerdict) -> None:
        """Take one verdict; raise StoreError if there is no room for it."""
        self._rows.append(one)
        if len(self._rows) >= _TOGETHER:
            self._write()

    def publish(
        self, last: Iterable[LogVerdict] = (), *, otherwise: Iterable[LogVerdict] = ()
    ) -> None:
        """Put everything into the store, with what is known only at the end; raise StoreError.

        Of two verdicts on a file in one run the later one counts; those of `otherwise` count
        where there is no other.
        """
        with self._shelf.hold() as scratch:
            for one in last:
                self.add(one)
            self._write()
            self._file.close()
            table = _newest(pq.read_table(self._folder / self._name))
            table = pa.concat_tables([table, self._others(table, otherwise)])
            file = scratch / self._name
            with by_disk(str(self._shelf)):
                pq.write_table(table, file, compression="zstd", store_schema=False)
            self._shelf.publish(Changes({f"{VERDICTS}{self._name}": file}))

    def _write(self) -> None:
        with by_disk("of temporary files"):
            self._file.write_table(self._table(self._rows))
        self._rows = []

    def _table(self, verdicts: Sequence[LogVerdict]) -> Any:
        rows = [(one.key, one.verdict, one.reason, one.digest, self._at) for one in verdicts]
        columns = list(zip(*rows, strict=True)) or [()] * len(_ROWS)
        return pa.table(dict(zip(_ROWS.names, map(list, columns), strict=True)), schema=_ROWS)

    def _others(self, known: Any, verdicts: Iterable[LogVerdict]) -> Any:
        """Return the rows of verdicts on files that are not among the known."""
        more = self._table(list(verdicts))
        return more.filter(pc.invert(pc.is_in(more["source_key"], known["source_key"])))


def _newest(table: Any) -> Any:
    """Return each file's last row."""
    places = {key: place for place, key in enumerate(table["source_key"].to_pylist())}
    return table.take(pa.array(sorted(places.values()), pa.int64()))
