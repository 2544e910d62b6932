"""Evidence for an answer: the records it names, word for word, and where they came from.

A directory that a stranger can check with `sha256sum --check SHA256SUMS`:

    manifest.json   the question, its values, the coverage, and the source of every record
    answer.jsonl    the rows, one a line
    records.jsonl   the records, one a line: their exact text, key, place and hash
"""

import base64
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ops import __version__
from ops.errors import StoreError, UsageError
from ops.query.cells import records
from ops.query.coverage import Coverage
from ops.query.local import Local
from ops.query.model import Answer, Cell, Statement, Value

SCHEMA = "atalaya.evidence/1"
SUMS = "SHA256SUMS"
_ID = re.compile(r"(.+_)?event_ids?")
_PLACES = """
SELECT source_key, source_index, CAST(sum(strlen(raw)) AS BIGINT) FROM records
WHERE event_id IN (SELECT unnest($ids)) GROUP BY ALL ORDER BY ALL"""
_AT_ONCE = 16 << 20
"""Bytes of records that are put in order together: the engine has them in memory several times."""
_RECORDS = """
SELECT records.event_id, records.source_key, records.source_index, records.source_etag,
    integrity.verdict, records.raw_repaired, records.raw,
    quarantine.bytes AS original
FROM records LEFT JOIN integrity USING (source_key)
LEFT JOIN quarantine ON quarantine.repaired AND quarantine.source_key = records.source_key
    AND quarantine.source_index = records.source_index
    AND quarantine.source_etag = records.source_etag
WHERE records.event_id IN (SELECT unnest($ids))
    AND records.source_key BETWEEN $first AND $last
    AND (records.source_key, records.source_index) >= ($first, $from)
    AND (records.source_key, records.source_index) <= ($last, $to)
ORDER BY records.source_key, records.source_index"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, for the manifest."""

    store: str
    sql: str
    parameters: dict[str, Any]
    runbook: str | None
    asked_at: str


def write(directory: Path, engine: Local, answer: Answer, coverage: Coverage, asked: Asked) -> str:
    """Write the evidence, whole or not at all; return the manifest's SHA-256.

    Raises UsageError if the answer names no events or the directory is in use.
    """
    ids = event_ids(answer)
    check(directory)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
        try:
            digest = _Case(engine, ids).fill(made, answer, coverage, asked)
            made.replace(directory)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"--evidence {directory} cannot be written: {error.strerror}") from error
    return digest


def check(directory: Path) -> None:
    """Raise UsageError if a directory is in use."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(
            f"--evidence {directory} holds something already.",
            hint="evidence is never overwritten: name a new directory",
        )


def event_ids(answer: Answer) -> list[str]:
    """Return every event id that an answer's columns name, each once."""
    places = [nth for nth, name in enumerate(answer.columns) if _ID.fullmatch(name)]
    if not places:
        raise UsageError(
            "The answer names no events, so there are no records to keep.",
            hint="--evidence needs a column event_id (or one that ends with _event_id or event_ids)",
        )
    found = (one for row in answer.rows for nth in places for one in _ids(row[nth]))
    return list(dict.fromkeys(found))


def _ids(value: Cell) -> Sequence[str]:
    if isinstance(value, str):
        return value.split(", ")
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


class _Case:
    """The evidence of one answer, being gathered."""

    def __init__(self, engine: Local, ids: list[str]) -> None:
        self._engine, self._ids = engine, ids
        self._sources: dict[str, dict[str, Any]] = {}
        self._found: set[str] = set()

    def fill(self, made: Path, answer: Answer, coverage: Coverage, asked: Asked) -> str:
        """Write every file; return the manifest's SHA-256."""
        sums = {
            "answer.jsonl": _lines(made / "answer.jsonl", records(answer.columns, answer.rows)),
            "records.jsonl": _lines(made / "records.jsonl", self._records()),
        }
        manifest = {
            "schema": SCHEMA, "version": __version__, **asdict(asked),
            "coverage": coverage.as_json(), "columns": list(answer.columns),
            "rows": len(answer.rows), "events": len(self._found),
            "not_in_the_store": [one for one in self._ids if one not in self._found],
            "sources": [{"key": key, **about} for key, about in sorted(self._sources.items())],
            "sha256": dict(sums),
        }  # fmt: skip
        text = json.dumps(manifest, indent=2) + "\n"
        sums["manifest.json"] = _written(made / "manifest.json", [text.encode()])
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
        _written(made / SUMS, [lines.encode()])
        return sums["manifest.json"]

    def _records(self) -> Iterator[dict[str, Any]]:
        for named in list(self._portions()):
            yield from self._between(named)

    def _portions(self) -> Iterator[dict[str, Value]]:
        """Yield from where to where records are looked at together."""
        ids = tuple(self._ids)
        places = self._engine.run(Statement(_PLACES, {"ids": ids}), limit=None).rows
        size, start = 0, 0
        for nth, (key, index, length) in enumerate(places):
            size += int(str(length))
            if size >= _AT_ONCE or nth == len(places) - 1:
                first, from_, _ = places[start]
                yield {"ids": ids, "first": str(first), "from": int(str(from_)),
                       "last": str(key), "to": int(str(index))}  # fmt: skip
                size, start = 0, nth + 1

    def _between(self, named: dict[str, Value]) -> Iterator[dict[str, Any]]:
        rows = self._engine.rows(Statement(_RECORDS, named), limit=None)
        for batch in rows.batches():
            for row in batch:
                one: dict[str, Any] = dict(zip(rows.columns, row, strict=True))
                self._found.add(one["event_id"])
                source = self._sources.setdefault(
                    one["source_key"],
                    {"etag": one["source_etag"], "verdict": one["verdict"], "records": []},
                )
                source["records"].append(one["source_index"])
                yield _record(one)


def _record(one: dict[str, Any]) -> dict[str, Any]:
    """Return a line of records.jsonl."""
    del one["verdict"]
    original = one.pop("original")
    if original is not None:
        one["original"] = base64.b64encode(original).decode()
    return {**one, "sha256": hashlib.sha256(one["raw"].encode()).hexdigest()}


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> str:
    return _written(path, (f"{json.dumps(row)}\n".encode() for row in rows))


def _written(path: Path, parts: Iterable[bytes]) -> str:
    """Write a file to disk; return its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in parts:
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
