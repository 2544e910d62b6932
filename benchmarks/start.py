"""How long it takes to begin: whole processes, as a user starts them, beside their limits."""

import os
import sys
import tempfile
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.runs import Took, run, told

_RUNS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured command and the limit it is held against, in seconds."""

    name: str
    runs: list[Took]
    limit: float


def main(console: Console) -> None:
    """Measure, and print the table."""
    table = Table(title=f"Fresh processes, {_RUNS} runs after one warm-up, {os.cpu_count()} cores")
    for column in ("command", "seconds", "limit", "median/limit"):
        table.add_column(column, justify="left" if column == "command" else "right")
    for one in _figures():
        seconds = [took.seconds for took in one.runs]
        share = [second / one.limit for second in seconds]
        table.add_row(one.name, told(seconds, 2), f"{one.limit:.1f}", told(share, 2))
    console.print(table)


def _figures() -> list[Figure]:
    help_command = [sys.executable, "-m", "ops", "--help"]
    with tempfile.TemporaryDirectory() as scratch:
        environment = {"ATALAYA_CONFIG": "config/lab.yaml", "CDKTF_OUTDIR": scratch}
        return [
            Figure("ops --help", _runs(help_command, {}), 0.3),
            Figure(
                "synthesize config/lab.yaml", _runs([sys.executable, "main.py"], environment), 6
            ),
        ]


def _runs(command: list[str], environment: dict[str, str]) -> list[Took]:
    """Run a command in fresh processes; the first time warms the disk cache."""
    return [run(command, environment)[0] for _ in range(_RUNS + 1)][1:]
