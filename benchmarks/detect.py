"""Detecting: all shipped rules over a history, as a whole process, beside the same SQL on raw logs.

DuckDB is given the same conditions of the rules for single records, over the .json.gz files
themselves; it must find no fewer, for it sees records twice that were delivered twice. Correlations are ours alone, and in our time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import ROOT, histories, kept
from benchmarks.histories import History
from benchmarks.runs import Took, WrongAnswerError, run, told

_RUNS, _LIMIT = 3, 10.0
_CONFIG = str(ROOT / "config" / "lab.yaml")
_DETECT = """
import sys
from ops import cli
code = cli.run(sys.argv[1:])
sys.exit(0 if code == 1 else code or 4)
"""
"""Findings are what is asked for here."""
_PEER = """
import json, sys
import duckdb
from benchmarks.collect import columns
from benchmarks.detect import conditions
logs = sys.argv[1]
connection = duckdb.connect()
connection.execute("SET threads = 2")
connection.execute("SET enable_progress_bar = false")
parts = []
for name, kind, paths in columns():
    value = "coalesce(" + ", ".join(f"json_extract_string(raw, '$.{one}')" for one in paths) + ")"
    typed = {"time": f"try_cast({value} AS TIMESTAMP)", "flag": f"try_cast({value} AS BOOLEAN)"}
    parts.append(f"{typed.get(kind, value)} AS {name}")
connection.execute(f'''CREATE VIEW events AS SELECT {', '.join(parts)}, raw FROM (
    SELECT CAST(unnest(Records) AS VARCHAR) AS raw FROM read_json('{logs}',
        columns = {{Records: 'JSON[]'}}, maximum_object_size = 33554432))''')
found = connection.execute(conditions(connection)).fetchall()
print(json.dumps({"findings": sum(sum(held) for _, held in found)}))
"""


def main(console: Console) -> None:
    """Measure, and print the table."""
    table = Table(title=f"ops detect, all rules, {_RUNS} runs, {os.cpu_count()} cores")
    for column in (
        "what",
        "events",
        "seconds",
        "CPU s",
        "events/s",
        "peak MB",
        f"limit {_LIMIT:.0f} s",
    ):
        table.add_column(column, justify="left" if column == "what" else "right")
    place = kept.place()
    with tempfile.TemporaryDirectory() as scratch:
        for size in (histories.SMALL, histories.LARGE):
            found = histories.made(size, place)
            for row in _rows(Path(scratch), found, peer=size == histories.SMALL):
                table.add_row(*row)
    console.print(table)


def _rows(scratch: Path, history: History, *, peer: bool) -> list[list[str]]:
    store, events = history.store(), history.records
    output = scratch / "found.json"
    command = [sys.executable, "-c", _DETECT, "detect", "--store", str(store), "--config", _CONFIG,
               "--format", "json", "--limit", "0", "--output", str(output)]  # fmt: skip
    times = [run(command)[0] for _ in range(_RUNS)]
    rows = [_row("ops detect", events, times, within=True)]
    if peer:
        took, said = run([sys.executable, "-c", _PEER, history.logs])
        single = [one for one in json.loads(output.read_text())["findings"] if not one["key"]]
        if json.loads(said)["findings"] < len(single):
            raise WrongAnswerError(f"DuckDB finds less than ops detect, {len(single):,}: {said}")
        rows.append(_row("DuckDB, raw .json.gz, no correlations", events, [took], within=False))
    return rows


def _row(name: str, events: int, times: list[Took], *, within: bool) -> list[str]:
    seconds = [one.seconds for one in times]
    share = told([one / _LIMIT for one in seconds], 2) if within else ""
    return [name, f"{events:,}", told(seconds), told([one.cpu for one in times]),
            f"{events / min(seconds):,.0f}", f"{max(one.peak for one in times) / 1e6:,.0f}", share]  # fmt: skip


def conditions(connection: Any) -> str:
    """Return for DuckDB the SELECT of the events that rules for single records hold for."""
    from ops.config import load
    from ops.detect.columns import COLUMNS
    from ops.query import dialect, guard, lists, rendering
    from ops.query.catalog import VIEWS
    from ops.rules import catalogue, sql
    from ops.rules.rule import Rule

    known = lists.known(load(Path(_CONFIG)))
    rules = catalogue.shipped({**known, "archive_bucket": known["archive_buckets"]}).rules
    held = [sql.condition(one.predicate, COLUMNS) for one in rules if isinstance(one, Rule)]
    listed, either = ", ".join(held), " OR ".join(held)
    text = f"SELECT event_id, ARRAY[{listed}] AS held FROM events WHERE {either}"  # noqa: S608  # of rules of ours
    tree = dialect.parsed(text, source="the rules", views=VIEWS)
    return guard.checked(connection, rendering.duckdb(tree, {}).text, {}).text
