"""The histories that are collected and asked: made by the lab's generator, kept between runs.

A history lies under `.atalaya/bench`, named after what decides its bytes; its store lies
beside it, named after what collected it.
"""

import gzip
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import ROOT, kept
from benchmarks.archives import GENERATOR
from benchmarks.runs import run
from ops.config import load
from ops.lab import delivery, history
from ops.lab.history import compress

SMALL, LARGE = 200_000, 2_000_000
"""How many events a history has, about."""
_ORGANISATION = "config/lab.yaml"
_END = datetime(2026, 11, 20, 15, 20, 7, tzinfo=UTC)
_A_DAY = 15_200
"""Events a day of the lab's organisation has at scale 1, and not at all evenly."""
_DAYS = {10_000: 1, 500_000: 6, sys.maxsize: 30}
"""How many days so many events take at most."""
_BROKEN = re.compile(rb"\\ud83d |\xff")
"""What DuckDB's JSON reader does not take."""
_NULL, _NONE = b'"resources":null', b'"resources":[]'
"""What trailscraper does not take, and what it does."""
_RECORD = b'"eventVersion":'


@dataclass(frozen=True, slots=True)
class History:
    """Log files on disk, and how many records they hold, copies among them."""

    archive: Path
    records: int

    @property
    def logs(self) -> str:
        """The pattern of its files."""
        return f"{self.archive}/AWSLogs/**/*.json.gz"

    def store(self) -> Path:
        """Return what `ops collect` makes of it, made now if it is not there yet."""
        return kept.made(
            self.archive.with_name(f"store-{kept.version('ops/history')}"),
            lambda draft: run(collecting(self.archive, draft)),
            doing=f"collecting {self.records:,} records",
        )


def collecting(archive: Path, store: Path) -> list[str]:
    """Return our command."""
    return [sys.executable, "-m", "ops", "collect", str(archive), "--store", str(store),
            "--format", "json"]  # fmt: skip


def made(events: int, home: Path) -> History:
    """Return a history of about so many events, made now if it is not there yet.

    DuckDB refuses a whole file for one broken user agent, trailscraper for resources that
    are null, and both would have to be told digests apart: there are none of them.
    """
    version = kept.version(*GENERATOR, _ORGANISATION, "benchmarks/histories.py")
    path = kept.made(
        home / f"history-{events}-{version}",
        lambda draft: _deliver(events, draft),
        doing=f"making a history of {events:,} events",
    )
    return History(path / "copy", int((path / "records").read_text(encoding="ascii")))


def _deliver(events: int, draft: Path) -> None:
    days = next(days for most, days in _DAYS.items() if events <= most)
    zone = load(ROOT / _ORGANISATION)
    plan = history.plan(zone, end=_END, days=days, scale=events / days / _A_DAY)
    delivery.to_directory(plan, draft / "copy", draft / "lab")
    records = sum(_kept(path) for path in (draft / "copy").rglob("*.json.gz"))
    (draft / "records").write_text(str(records), encoding="ascii")


def _kept(path: Path) -> int:
    """Return how many records a file holds, mended; a digest is taken away."""
    text = gzip.decompress(path.read_bytes())
    if not text.startswith(b'{"Records":'):
        path.unlink()
        return 0
    sound = _BROKEN.sub(b"", text).replace(_NULL, _NONE)
    if sound != text:
        path.write_bytes(compress(sound))
    return text.count(_RECORD)
