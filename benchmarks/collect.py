"""Collecting, as whole processes: `ops collect` beside DuckDB's own way and the limits.

Peer and ours run in turns on the same files, so that a busy machine slows both;
compare ratios rather than seconds. Every run must have read every record.
"""

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import histories, kept
from benchmarks.histories import History
from benchmarks.runs import Took, WrongAnswerError, ratios, run, told
from ops.history import schema

OURS = "ops collect"
_TURNS = 2


@dataclass(frozen=True, slots=True)
class Way:
    """A way to read every record, and perhaps to write it."""

    command: Callable[[Path], list[str]]
    """Given a place that does not exist yet."""
    count: Callable[[str], int]
    """How many records it read, by what it printed."""


def main(console: Console) -> None:
    """Collect a history in every way, and print one table."""
    place = kept.place()
    found = histories.made(histories.SMALL, place)
    runs: dict[str, list[Took]] = {}
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        for turn in range(_TURNS):
            for name, way in _ways(found).items():
                runs.setdefault(name, []).append(
                    _run(name, way, Path(scratch, name + str(turn)), found)
                )
    console.print(_table(runs, found))


def _ways(found: History) -> Mapping[str, Way]:
    archive = str(found.archive)
    return {
        OURS: Way(lambda place: histories.collecting(found.archive, place),
                  lambda out: int(json.loads(out)["records_read"])),
        "DuckDB read_json": Way(
            lambda place: [sys.executable, "-c", _DUCKDB, archive, str(place), json.dumps(columns())],
            int),
        "limit: gunzip, one process": Way(lambda _: [sys.executable, "-c", _GUNZIP, archive], int),
        "limit: and parse": Way(lambda _: [sys.executable, "-c", _PARSE, archive], int),
    }  # fmt: skip


def _run(name: str, way: Way, place: Path, found: History) -> Took:
    took, out = run(way.command(place))
    sys.stderr.write(f"collecting: {name} {took.seconds:.2f} s\n")
    if way.count(out) != found.records:
        raise WrongAnswerError(f"{name} read {way.count(out):,} of {found.records:,} records")
    return took


def columns() -> list[tuple[str, str, list[str]]]:
    """Return the columns both write: name, kind, and the paths it is taken from."""
    return [(one.name, one.kind, list(one.paths)) for one in schema.COLUMNS]


_DUCKDB = """
import duckdb, json, sys
source, target, columns = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
paths = [f"$.{path}" for _, _, found in columns for path in found]
selected, number = [], 0
for name, kind, found in columns:
    values = [f"v[{number + n + 1}]" for n in range(len(found))]
    number += len(found)
    value = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
    typed = {"time": f"try_cast({value} AS TIMESTAMP)", "flag": f"try_cast({value} AS BOOLEAN)"}
    selected.append(f"{typed.get(kind, value)} AS {name}")
listed = ", ".join(f"'{path}'" for path in paths)
connection = duckdb.connect()
connection.execute("SET threads = 2")
connection.execute("SET enable_progress_bar = false")
connection.execute(f'''
    COPY (
        WITH files AS (
            SELECT unnest(Records) AS record, filename
            FROM read_json('{source}/AWSLogs/**/*.json.gz', columns = {{Records: 'JSON[]'}},
                           filename = true, maximum_object_size = 33554432)
        ), read AS (
            SELECT json_extract_string(record, [{listed}]) AS v, record::VARCHAR AS raw, filename FROM files
        ), events AS (
            SELECT {', '.join(selected)}, raw, false AS raw_repaired, filename AS source_key,
                   now()::TIMESTAMP AS collected_at, 1 AS schema_version FROM read
        )
        SELECT *, coalesce(strftime(event_time, '%Y-%m-%d'), 'unknown') AS day FROM events
        ORDER BY recipient_account_id, aws_region, event_time
    ) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20000, PARTITION_BY (day))
''')
print(connection.execute(f"SELECT count(*) FROM read_parquet('{target}/*/*.parquet')").fetchall()[0][0])
"""
_GUNZIP = """
import pathlib, sys
from ops.history.unpack import unpack
print(sum(unpack(path.read_bytes()).content.count(b'"eventVersion":')
          for path in pathlib.Path(sys.argv[1]).rglob("*.json.gz")))
"""
_PARSE = """
import pathlib, sys, msgspec
from ops.history.unpack import unpack
print(sum(len(msgspec.json.decode(unpack(path.read_bytes()).content)["Records"])
          for path in pathlib.Path(sys.argv[1]).rglob("*.json.gz")))
"""


def _table(runs: Mapping[str, list[Took]], found: History) -> Table:
    table = Table(
        title=f"Collecting {found.records:,} records, whole processes, {os.cpu_count()} cores"
    )
    table.add_column("what", no_wrap=True)
    for name in ("runs", "seconds", "records/s", "CPU s", "peak MB", "ops collect is faster by"):
        table.add_column(name, justify="right", no_wrap=True)
    mine = [one.seconds for one in runs[OURS]]
    for name, took in runs.items():
        seconds = [one.seconds for one in took]
        table.add_row(
            name,
            str(len(took)),
            told(seconds, 2),
            f"{found.records / statistics.median(seconds):,.0f}",
            f"{statistics.median(one.cpu for one in took):.2f}",
            f"{max(one.peak for one in took) / 1e6:.0f}",
            "" if name == OURS else told(ratios(seconds, mine), 2),
        )
    return table
