"""Rows written to a file, whole or not at all: csv, json, jsonl or parquet by its ending."""

import json
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from ops import whole
from ops.errors import StoreError, UsageError
from ops.query.cells import plain, records
from ops.query.model import Cell
from ops.render import machine

Row = Sequence[Cell]
Batches = Iterable[Sequence[Row]]
_GROUP, _GROUP_BYTES = 5_000, 16 << 20
"""Rows and bytes from which on rows become a row group in Parquet: they wait in memory."""
ENDINGS = (".csv", ".json", ".jsonl", ".parquet")


def write(
    path: Path,
    columns: Sequence[str],
    batches: Batches,
    *,
    most: int | None = None,
    types: Sequence[str] = (),
) -> tuple[int, bool]:
    """Write rows; return how many, and whether there were more than `most`.

    `types` are the columns' types as DuckDB names them: Parquet keeps them.
    Raises UsageError for an ending of another kind, StoreError if writing fails.
    """
    check(path)
    counted = _Counted(batches, most)
    try:
        with whole.written(path) as file:
            _WRITERS[path.suffix](file, columns, counted.batches(), types)
    except OSError as error:
        raise StoreError(f"--output {path} cannot be written: {error.strerror}") from error
    return counted.count, counted.truncated


def check(path: Path) -> None:
    """Raise UsageError unless a file's ending names a form."""
    if path.suffix not in ENDINGS:
        raise UsageError(
            f"--output {path} ends in none of {', '.join(ENDINGS)}.",
            hint="the ending chooses the form",
        )


class _Counted:
    """Batches that end after so many rows, and know how many there were."""

    def __init__(self, batches: Batches, most: int | None) -> None:
        self._batches, self._most = batches, most
        self.count, self.truncated = 0, False

    def batches(self) -> Iterator[Sequence[Row]]:
        for batch in self._batches:
            room = len(batch) if self._most is None else self._most - self.count
            kept = batch[:room]
            self.count += len(kept)
            self.truncated = self.truncated or len(kept) < len(batch)
            if kept:
                yield kept


def _csv(file: IO[bytes], columns: Sequence[str], batches: Batches, _types: Sequence[str]) -> None:
    file.write(machine.csv_line(columns).encode())
    for batch in batches:
        file.write("".join(machine.csv_line(map(plain, row)) for row in batch).encode())


def _jsonl(
    file: IO[bytes], columns: Sequence[str], batches: Batches, _types: Sequence[str]
) -> None:
    for batch in batches:
        file.write("".join(f"{json.dumps(row)}\n" for row in records(columns, batch)).encode())


def _json(file: IO[bytes], columns: Sequence[str], batches: Batches, _types: Sequence[str]) -> None:
    before = b"[\n"
    for batch in batches:
        for row in records(columns, batch):
            file.write(before + json.dumps(row).encode())
            before = b",\n"
    file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _parquet(
    file: IO[bytes], columns: Sequence[str], batches: Batches, types: Sequence[str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = [types[nth] if types else "VARCHAR" for nth in range(len(columns))]
    schema = pa.schema([(name, _arrow(kind)) for name, kind in zip(columns, named, strict=True)])
    held: list[Any] = []
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            values = [
                _column([row[nth] for row in batch], field.type) for nth, field in enumerate(schema)
            ]
            held.append(pa.table(values, schema=schema))
            rows, size = (sum(map(attrgetter(of), held)) for of in ("num_rows", "nbytes"))
            if rows >= _GROUP or size >= _GROUP_BYTES:
                writer.write_table(pa.concat_tables(held))
                held = []
        if held:
            writer.write_table(pa.concat_tables(held))


def _arrow(kind: str) -> Any:
    """Return the Arrow type of one of DuckDB's; what has none of its own is kept as text."""
    import pyarrow as pa

    whole = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
    known = {
        "BOOLEAN": pa.bool_(), "DOUBLE": pa.float64(), "FLOAT": pa.float64(), "DATE": pa.date32(),
        "BLOB": pa.binary(), "VARCHAR[]": pa.list_(pa.string()),
    }  # fmt: skip
    if kind in whole:
        return pa.int64()
    return (
        pa.timestamp("us", "UTC") if kind.startswith("TIMESTAMP") else known.get(kind, pa.string())
    )


def _column(values: list[Cell], kind: Any) -> Any:
    import pyarrow as pa

    if kind == pa.string():
        values = [
            None if one is None else one if isinstance(one, str) else _text(one) for one in values
        ]
    return pa.array(values, kind)


def _text(value: Cell) -> str:
    flat = plain(value)
    return flat if isinstance(flat, str) else json.dumps(flat)


_WRITERS = {".csv": _csv, ".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}
