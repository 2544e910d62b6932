"""Stores on disk, written the plain way: records → pyarrow → Parquet, as the contract says.

Nothing of ops.history writes here: what a query finds is checked against an
independent reading of the same records.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ops.history.schema import COLUMNS, KEPT, VERSION

COLLECTED = datetime(2026, 11, 20, 16, tzinfo=UTC)
_TYPES = {
    "text": pa.string(), "flag": pa.bool_(), "time": pa.timestamp("us"), "number": pa.int64(),
}  # fmt: skip
EVENTS = pa.schema([(one.name, _TYPES[getattr(one, "kind", None) or one.type])
                    for one in (*COLUMNS, *KEPT)])  # fmt: skip
FOLDERS = {
    "manifest": {"key": "text", "etag": "text", "stamp": "text", "size": "number", "foreign": "flag",
                 "family": "text", "account": "text",
                 "region": "text", "day": "text", "records": "number", "stored": "number",
                 "duplicates": "number", "conflicts": "number", "quarantined": "number", "oldest": "time",
                 "newest": "time", "collected_at": "time", "run": "text"},
    "quarantine": {"source_key": "text", "source_index": "number", "source_etag": "text", "reason": "text",
                   "repaired": "flag", "bytes": "bytes", "collected_at": "time"},
    "conflicts": {"event_id": "text", "source_key": "text", "source_index": "number"},
    "integrity": {"source_key": "text", "verdict": "text", "reason": "text", "digest_key": "text",
                  "verified_at": "time"},
}  # fmt: skip
_LONE = re.compile(r"(?<!\\)((?:\\\\)*)(?:\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f][0-9a-f]{2})", re.I)  # fmt: skip


def moment(text):
    """Return a time as CloudTrail spells it, without its zone; None for anything else."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError):
        return None


def _value(record, path):
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


_PATHS = {one.name: [path.split(".") for path in one.paths] for one in COLUMNS}
_KINDS = {"text": str, "flag": bool, "time": str}


def cell(record, column):
    """Return what a typed column holds of a record."""
    found = next((value for path in _PATHS[column.name]
                  if (value := _value(record, path)) is not None), None)  # fmt: skip
    found = found if isinstance(found, _KINDS[column.kind]) else None
    return moment(found) if column.kind == "time" else found


def repaired(text):
    """Return a record's text as every JSON reader takes it."""
    clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _LONE.sub(r"\1\\ufffd", clean)


class Writer:
    """Collects the rows of a store and writes it in one go."""

    def __init__(self, root):
        self.root = Path(root)
        self.seen = {}
        self.days = {}
        self.rows = {name: [] for name in FOLDERS}

    def log(self, key, texts, *, account=None, region=None, day=None, family="CloudTrail",
            etag=None, collected=COLLECTED):  # fmt: skip
        """Add one log file: a key and its records' texts, in order."""
        etag, collected = etag or f'"etag of {key[-24:]}"', collected.replace(tzinfo=None)
        times, stored, duplicates, conflicts = [], 0, 0, 0
        for index, text in enumerate(texts):
            raw = repaired(text)
            record = json.loads(raw)
            row = {column.name: cell(record, column) for column in COLUMNS}
            row |= {"raw": raw, "raw_repaired": raw != text, "source_key": key, "source_index": index,
                    "source_etag": etag, "collected_at": collected,
                    "schema_version": VERSION}  # fmt: skip
            row["recipient_account_id"] = row["recipient_account_id"] or account
            copies = self.seen.setdefault(row["event_id"] or (key, index), [])
            if any(raw == one["raw"] for one in copies):
                duplicates += 1
                continue
            copies.append(row)
            conflicts += len(copies) > 1
            stored += 1
            if row["event_time"]:
                times.append(row["event_time"])
            name = row["event_time"].strftime("%Y-%m-%d") if row["event_time"] else "unknown"
            self.days.setdefault(name, []).append(row)
        self.rows["manifest"].append({
            "key": key, "etag": etag, "size": sum(map(len, texts)), "family": family,
            "stamp": "1", "foreign": False,
            "account": account, "region": region, "day": day, "records": len(texts), "stored": stored,
            "duplicates": duplicates, "conflicts": conflicts, "quarantined": 0,
            "oldest": min(times, default=None), "newest": max(times, default=None),
            "collected_at": collected, "run": "run-1"})  # fmt: skip

    def foreign(self, key, **place):
        """Note an object that is no log file."""
        self.log(key, [], **place)
        self.rows["manifest"][-1] |= {"foreign": True, "family": None}

    def verdict(self, key, verdict, at, reason=""):
        """Add what verification said of a log file."""
        self.rows["integrity"].append({"source_key": key, "verdict": verdict, "reason": reason,
                                       "digest_key": f"digest of {key}", "verified_at": at.replace(tzinfo=None)})  # fmt: skip

    def quarantine(self, key, index, content, reason, *, etag=None):
        """Add a record that could not be stored."""
        self.rows["quarantine"].append({"source_key": key, "source_index": index, "source_etag": etag or f'"etag of {key[-24:]}"',
            "reason": reason, "repaired": False, "bytes": content, "collected_at": COLLECTED.replace(tzinfo=None)})  # fmt: skip

    def flush(self, before="~"):
        """Write the days before one, and forget their rows."""
        for day in sorted(one for one in self.days if one < before):
            rows = sorted(self.days.pop(day), key=_order)
            folder = self.root / f"day={day}"
            folder.mkdir(parents=True, exist_ok=True)
            names = [field.name for field in EVENTS]
            table = pa.table({name: [row[name] for row in rows] for name in names}, schema=EVENTS)
            pq.write_table(table, folder / "events-0001.parquet", compression="zstd",
                           row_group_size=20_000, bloom_filter_options={"event_id": True})  # fmt: skip

    def finish(self):
        """Write everything; return the store's root."""
        groups = [rows for rows in self.seen.values() if len(rows) > 1]
        self.rows["conflicts"] += [
            {name: row[name] for name in FOLDERS["conflicts"]} for rows in groups for row in rows
        ]
        self.flush()
        for name, rows in self.rows.items():
            types = {
                key: {**_TYPES, "bytes": pa.binary()}[kind] for key, kind in FOLDERS[name].items()
            }
            folder = self.root / "_atalaya" / name
            folder.mkdir(parents=True, exist_ok=True)
            if rows:
                pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(types)), folder / "part-1.parquet")  # fmt: skip
        about = {
            "format": "atalaya.store",
            "schema_version": VERSION,
            "created_at": "2026-11-20T16:00:00Z",
        }
        (self.root / "_atalaya" / "store.json").write_text(json.dumps(about))
        return self.root


def _order(row):
    return (row["recipient_account_id"] or "", row["aws_region"] or "",
            str(row["event_time"] or ""), row["source_key"], row["source_index"])  # fmt: skip


def of_history(root, batches):
    """Write the store of a generated history."""
    writer = Writer(root)
    for batch in batches:
        for file in batch.files:
            add(writer, file)
    return writer.finish()


def add(writer, file):
    """Add a generated log file."""
    key = file.key
    writer.log(key.key, [text for _, text in file.events], account=key.account, region=key.region,
               day=key.day.isoformat(), family=key.family.value)  # fmt: skip
