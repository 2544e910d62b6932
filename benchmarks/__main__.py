"""Measure whole processes, as a user starts them, and print them beside their limits.

Each command runs once to warm the disk cache, then RUNS times; the median is
the figure to quote. Nothing here fails: a machine under load is no defect.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured command and the limit it is held against, in seconds."""

    name: str
    seconds: Sequence[float]
    limit: float

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.seconds)


def measure(name: str, command: Sequence[str], limit: float, **environment: str) -> Figure:
    """Run a command in fresh processes and take the wall time of each."""
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | environment
    seconds = [_seconds(command, variables) for _ in range(RUNS + 1)]
    return Figure(name, seconds[1:], limit)


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def figures() -> list[Figure]:
    """Return every figure."""
    with tempfile.TemporaryDirectory() as scratch:
        return [
            measure("ops --help", [sys.executable, "-m", "ops", "--help"], 0.3),
            measure(
                "synthesize config/lab.yaml",
                [sys.executable, "main.py"],
                6.0,
                ATALAYA_CONFIG="config/lab.yaml",
                CDKTF_OUTDIR=scratch,
            ),
        ]


def main() -> None:
    """Print the table."""
    table = Table(title=f"Fresh processes, {RUNS} runs after one warm-up, {os.cpu_count()} cores")
    for column in ("command", "min s", "median s", "max s", "limit s", "median/limit"):
        table.add_column(column, justify="left" if column == "command" else "right")
    for one in figures():
        values = [min(one.seconds), one.median, max(one.seconds), one.limit]
        table.add_row(
            one.name, *[f"{value:.2f}" for value in values], f"{one.median / one.limit:.2f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
