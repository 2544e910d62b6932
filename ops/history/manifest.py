"""What the store keeps about a run beside the events: objects, quarantine, conflicts.

A row of the manifest says that an object is in the store, all of it. It is published
together with the object's events, so it is never true too early.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops.history import moment
from ops.history.parquet import opened
from ops.history.shelf import MANIFEST, Shelf

Table = Any
"""An Arrow table."""

OBJECTS = pa.schema(
    [
        ("key", pa.string()),
        ("etag", pa.string()),
        ("stamp", pa.string()),
        ("size", pa.int64()),
        ("foreign", pa.bool_()),
        ("family", pa.string()),
        ("account", pa.string()),
        ("region", pa.string()),
        ("day", pa.string()),
        ("records", pa.int64()),
        ("stored", pa.int64()),
        ("duplicates", pa.int64()),
        ("conflicts", pa.int64()),
        ("quarantined", pa.int64()),
        ("oldest", moment.TIME),
        ("newest", moment.TIME),
        ("collected_at", moment.TIME),
        ("run", pa.string()),
    ]
)
QUARANTINED = pa.schema(
    [
        ("source_key", pa.string()),
        ("source_index", pa.int32()),
        ("source_etag", pa.string()),
        ("reason", pa.string()),
        ("repaired", pa.bool_()),
        ("bytes", pa.binary()),
        ("collected_at", moment.TIME),
    ]
)
CONFLICTING = pa.schema(
    [
        ("event_id", pa.string()),
        ("source_key", pa.string()),
        ("source_index", pa.int32()),
        ("day", pa.string()),
    ]
)


_SMALL_BYTES, _MANY = 1 << 20, 32
"""When there are so many files as small as that, they become one."""


def write(path: Path, rows: Table | Sequence[dict[str, Any]], schema: Any) -> Path:
    """Write rows as a Parquet file; raise OSError."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows, schema)
    pq.write_table(table, path, compression="zstd", store_schema=False)
    return path


def small_files(shelf: Shelf, folder: str) -> list[str]:
    """Return the files of a folder that are to become one with the next one; none while they are few."""
    if not shelf.rewrites:
        return []
    small = [one.path for one in shelf.files(folder) if one.size < _SMALL_BYTES]
    return small if len(small) >= _MANY else []


def read(shelf: Shelf, path: str) -> Table:
    """Return the rows of a file; raise StoreError."""
    with opened(shelf, path) as found:
        return found.read()


def objects(shelf: Shelf, columns: Sequence[str]) -> Iterator[Table]:
    """Yield some columns of the manifest, some rows at a time; raise StoreError."""
    for file in shelf.files(MANIFEST):
        with opened(shelf, file.path) as found:
            for batch in found.iter_batches(columns=list(columns)):
                yield pa.Table.from_batches([batch])
