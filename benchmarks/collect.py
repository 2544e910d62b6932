"""Collecting: events a second as whole processes, beside DuckDB's own way and the limits.

    python -m benchmarks.collect [--events 200000] [--runs 3] [--peers]

The history is generated and delivered as the lab does it. Peer and ours run in turns on
the same files, so that a busy machine slows both; compare ratios rather than seconds.
DuckDB refuses a whole file for one broken user agent, so those are taken out for all.
"""

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ops.config import load
from ops.history import schema
from ops.lab import delivery, history
from ops.lab.history import compress

ROOT = Path(__file__).resolve().parents[1]
END = datetime(2026, 11, 20, 15, 20, 7, tzinfo=UTC)
_A_DAY = 15_200
"""Events a day of the lab's organisation has at scale 1, and not at all evenly."""
_BROKEN = re.compile(rb"\\ud83d |\xff")


@dataclass(slots=True)
class Measured:
    """One way to collect, run several times."""

    name: str
    events: int
    wall: list[float] = field(default_factory=list)
    """Seconds of each run."""
    cpu: list[float] = field(default_factory=list)
    """Seconds of processor time, of the process and those it started."""
    peak: int = 0
    """Bytes in memory at most, of the largest of these processes."""

    @property
    def rate(self) -> float:
        """Events a second in the median run."""
        return self.events / statistics.median(self.wall)

    def run(self, command: Sequence[str]) -> None:
        """Run it once more, in a fresh process."""
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        self.wall.append(time.perf_counter() - begun)
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.peak = max(self.peak, usage.ru_maxrss * 1024)


def archive(place: Path, events: int) -> int:
    """Deliver about so many events into a directory; return how many log files hold them."""
    zone = load(ROOT / "config" / "lab.yaml")
    days = 6 if events <= 500_000 else 30
    plan = history.plan(zone, end=END, days=days, scale=events / days / _A_DAY)
    delivery.to_directory(plan, place, place.with_name(f"{place.name}-keys"))
    count = 0
    for path in place.rglob("*.json.gz"):
        text = gzip.decompress(path.read_bytes())
        if not text.startswith(b'{"Records":'):
            path.unlink()  # a digest: DuckDB would have to be told them apart
            continue
        count += text.count(b'"eventVersion":')
        sound = _BROKEN.sub(b"", text)
        if sound != text:
            path.write_bytes(compress(sound))
    return count


def ours(source: Path, store: Path) -> list[str]:
    """Return our command."""
    return [sys.executable, "-m", "ops", "collect", str(source), "--store", str(store)]


def duckdb_command(source: Path, target: Path) -> list[str]:
    """Return the command by which DuckDB writes the same columns, sorted, by day."""
    return [sys.executable, "-c", _DUCKDB, str(source), str(target), json.dumps(_columns())]


def _columns() -> list[tuple[str, str, list[str]]]:
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
"""
_GUNZIP = """
import pathlib, sys
from ops.history.unpack import unpack
for path in pathlib.Path(sys.argv[1]).rglob("*.json.gz"):
    unpack(path.read_bytes())
"""
_PARSE = """
import pathlib, sys, msgspec
from ops.history.unpack import unpack
for path in pathlib.Path(sys.argv[1]).rglob("*.json.gz"):
    msgspec.json.decode(unpack(path.read_bytes()).content)
"""


def limits(source: Path) -> dict[str, list[str]]:
    """Return what has to be done in any case, as commands of one process."""
    return {
        "limit: gunzip, one process": [sys.executable, "-c", _GUNZIP, str(source)],
        "limit: gunzip and parse, one process": [sys.executable, "-c", _PARSE, str(source)],
    }


def figures(scratch: Path, events: int, *, runs: int, peers: bool) -> list[Measured]:
    """Measure collecting about so many events; ours first, then with `peers` what it is held against."""
    source = scratch / f"archive-{events}"
    count = archive(source, events)
    found = [Measured("ops collect", count)]
    others = limits(source) if peers else {}
    if peers:
        found.append(Measured("DuckDB read_json, COPY", count))
    found += [Measured(name, count) for name in others]
    for number in range(runs):
        target = scratch / f"{events}-{number}"
        found[0].run(ours(source, target.with_suffix(".ours")))
        if peers:
            found[1].run(duckdb_command(source, target.with_suffix(".duckdb")))
        for measured in found[2:]:
            measured.run(others[measured.name])
    return found


def table(found: Sequence[Measured]) -> Table:
    """Return the figures for people."""
    made = Table(title=f"Collecting {found[0].events:,} events, {os.cpu_count()} cores")
    made.add_column("what")
    for name in ("wall s", "CPU s", "events/s", "peak MB", "ours is faster by"):
        made.add_column(name, justify="right")
    first = found[0]
    for one in found:
        pairs = [other / mine for other, mine in zip(one.wall, first.wall, strict=True)]
        made.add_row(
            one.name,
            f"{statistics.median(one.wall):.2f}",
            f"{statistics.median(one.cpu):.2f}",
            f"{one.rate:,.0f}",
            f"{one.peak / 1e6:.0f}",
            "" if one is first else f"{statistics.median(pairs):.2f}",
        )
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collect")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="DuckDB and the limits too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = figures(Path(scratch), asked.events, runs=asked.runs, peers=asked.peers)
    Console().print(table(found))


if __name__ == "__main__":
    main()
