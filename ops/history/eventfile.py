"""Writes event files: Parquet that engines read only the needed parts of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.history.merge import ROW_GROUP, Window
from ops.history.rows import STORED

MOST_BYTES = 128 << 20
"""How large an event file may become."""
_LEVEL = 1
"""Of zstd: higher ones cost more time than the bytes they save are worth here."""
_UNIQUE = {"raw", "event_id", "request_id", "shared_event_id"}
"""Columns with too many values for a dictionary."""
_BLOOM = {"event_id": {"ndv": ROW_GROUP, "fpp": 0.01}}
"""Lets the search for one event pass over nearly every row group without it."""


@dataclass(frozen=True, slots=True)
class Written:
    """An event file that was written, and its fingerprints."""

    events: Path
    ids: Path
    rows: int


class Writer:
    """Writes windows into one file after another, none too large."""

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._sink: Any = None
        self._parquet: Any = None
        self._ids: list[bytes] = []
        self._rows = 0
        self.written: list[Written] = []

    def write(self, window: Window) -> None:
        """Append a window as a row group; raise OSError."""
        if self._sink is not None and self._sink.tell() + window.table.nbytes > MOST_BYTES:
            self.close()
        if self._sink is None:
            self._open()
        self._parquet.write_table(window.table, row_group_size=ROW_GROUP)
        self._ids.append(_bytes(window.fingerprints))
        self._rows += window.table.num_rows

    def close(self) -> None:
        """Finish the file at hand."""
        if self._sink is None:
            return
        self._parquet.close()
        self._sink.close()
        ids = self._path().with_suffix(".ids")
        ids.write_bytes(b"".join(self._ids))
        self.written.append(Written(self._path(), ids, self._rows))
        self._sink, self._ids, self._rows = None, [], 0

    def _path(self) -> Path:
        return self._stem.with_name(f"{self._stem.name}-{len(self.written):04d}.parquet")

    def _open(self) -> None:
        self._sink = pa.OSFile(str(self._path()), "wb")
        self._parquet = pq.ParquetWriter(
            self._sink,
            STORED,
            compression="zstd",
            compression_level=_LEVEL,
            use_dictionary=[name for name in STORED.names if name not in _UNIQUE],
            write_statistics=[name for name in STORED.names if name != "raw"],
            bloom_filter_options=_BLOOM,
            store_schema=False,
        )


def _bytes(fingerprints: Any) -> bytes:
    return b"".join(
        memoryview(chunk.buffers()[1])[8 * chunk.offset : 8 * (chunk.offset + len(chunk))]
        for chunk in fingerprints.chunks
    )
