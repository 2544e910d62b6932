"""Whole processes, measured: time, CPU time, memory; and figures made of several runs."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ROOT

_LAUNCHER = ROOT / "benchmarks" / "launch.py"


class WrongAnswerError(Exception):
    """A command failed or gave a wrong answer: its speed is worth nothing."""


@dataclass(frozen=True, slots=True)
class Took:
    """What one run took."""

    seconds: float
    cpu: float
    """Seconds of CPU time, all processes it waited for included."""
    peak: int
    """Bytes of memory of its largest process at most."""

    def __add__(self, other: "Took") -> "Took":
        """Return what two runs in sequence took."""
        return Took(self.seconds + other.seconds, self.cpu + other.cpu, max(self.peak, other.peak))


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[Took, str]:
    """Run a command in a clean environment; return what it took and its stdout.

    Raises WrongAnswerError unless it exits with 0.
    """
    with tempfile.TemporaryDirectory() as scratch:
        out, err = Path(scratch, "out"), Path(scratch, "err")
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(out), str(err)]
        done = subprocess.run(
            [*launcher, *command], cwd=ROOT, env=clean() | dict(environment or {}),
            check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        took = json.loads(done.stdout)
        if took.pop("code") != 0:
            said = err.read_text(encoding="utf-8", errors="replace") or out.read_text("utf-8")
            raise WrongAnswerError(f"{' '.join(command)} failed: {said[-2000:]}")
        return Took(**took), out.read_text(encoding="utf-8")


def clean() -> dict[str, str]:
    """Return the environment without what changes how AWS tools and Python behave."""
    leaking = ("AWS_", "ATALAYA_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(leaking)}


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """Return pair by pair how many times longer the first took.

    >>> ratios([8.0, 9.0], [1.0, 3.0])
    [8.0, 3.0]
    """
    return [one / other for one, other in zip(slow, fast, strict=True)]


def told(values: Sequence[float], digits: int = 1) -> str:
    """Return the median, and the range it lies in if there is more than one value.

    >>> told([3.0, 1.0, 2.0]), told([2.0])
    ('2.0 (1.0 to 3.0)', '2.0')
    """
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"
