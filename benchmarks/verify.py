"""Verification against its peers: in turn, over HTTP with and without latency, and from disk."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from benchmarks import peers
from benchmarks.archives import LONG, MEDIUM, SMALL, Made, Size, made
from benchmarks.runs import Took, ratios, told
from benchmarks.serving import serving
from ops import home

AWSCLI, OURS, LIMIT = "aws-cli", "ops verify", "limit"


@dataclass(frozen=True, slots=True)
class Contest:
    """Who verifies what, and how often in turn."""

    size: Size
    latency_ms: int | None
    """Of every answer; None to read from the directory."""
    turns: int
    against: str | None
    """Who goes first in every turn; None: nobody, it would take too long."""


CONTESTS = (
    Contest(LONG, 0, 3, AWSCLI),
    Contest(LONG, 20, 2, AWSCLI),
    Contest(SMALL, 0, 2, AWSCLI),
    Contest(SMALL, 20, 1, AWSCLI),
    Contest(MEDIUM, 0, 1, AWSCLI),
    Contest(MEDIUM, 0, 3, None),
    Contest(MEDIUM, 20, 3, None),
    Contest(LONG, None, 5, LIMIT),
    Contest(MEDIUM, None, 5, LIMIT),
)


@dataclass(slots=True)
class Outcome:
    """What a contest took, a list in turn for each who ran."""

    contest: Contest
    archive: Made
    runs: dict[str, list[Took]] = field(default_factory=dict)

    @property
    def ratio(self) -> list[float]:
        """How many times longer the other took than we, turn by turn."""
        first = self.contest.against or OURS
        both = ([took.seconds for took in self.runs[who]] for who in (first, OURS))
        return ratios(*both)


def main(console: Console) -> None:
    """Make the archives, let everyone verify them, and print one table."""
    place = home.home() / "bench"
    place.mkdir(parents=True, exist_ok=True)
    outcomes = []
    for contest in CONTESTS:
        archive = made(contest.size, place)
        if not outcomes:
            _warm(archive)
        outcomes.append(_held(contest, archive))
    console.print(_table(outcomes))
    console.print(_how(), soft_wrap=True)


def _warm(archive: Made) -> None:
    """Run each once: compiles modules, and installs aws-cli."""
    with serving(archive, 0) as url:
        peers.ours(archive, url)
    peers.program()


def _held(contest: Contest, archive: Made) -> Outcome:
    outcome = Outcome(contest, archive)
    peers.limit(archive, 1)  # so that nobody is the first to read the files from disk
    if contest.latency_ms is None:
        _turns(outcome, None)
    else:
        with serving(archive, contest.latency_ms) as url:
            _turns(outcome, url)
    return outcome


def _turns(outcome: Outcome, url: str | None) -> None:
    contest, archive = outcome.contest, outcome.archive
    runners: dict[str, Callable[[], Took]] = {
        AWSCLI: lambda: peers.awscli(archive, url or ""),
        LIMIT: lambda: peers.limit(archive, os.cpu_count() or 1),
        OURS: lambda: peers.ours(archive, url),
    }
    for turn in range(contest.turns):
        for who in filter(None, (contest.against, OURS)):
            took = runners[who]()
            outcome.runs.setdefault(who, []).append(took)
            sys.stderr.write(f"{_name(outcome)}, turn {turn + 1}: {who} {took.seconds:.2f} s\n")


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(title=f"Verifying an archive, whole processes, {os.cpu_count()} cores")
    for column in ("archive", "who", "turns", "seconds", "logs/s", "MB/s", "CPU s", "peak MB", ""):
        table.add_column(column, justify="left" if column in ("archive", "who", "") else "right")
    for outcome in outcomes:
        for row in _rows(outcome):
            table.add_row(*row)
        table.add_section()
    return table


def _rows(outcome: Outcome) -> Iterator[Sequence[str]]:
    archive = outcome.archive
    for who, runs in outcome.runs.items():
        seconds = [took.seconds for took in runs]
        yield (
            _name(outcome) if who == next(iter(outcome.runs)) else "",
            who,
            str(len(runs)),
            told(seconds, 2),
            told([archive.logs / second for second in seconds], 0),
            told([archive.bytes / 1e6 / second for second in seconds], 0),
            told([took.cpu for took in runs], 2),
            f"{max(took.peak for took in runs) / 1e6:.0f}",
            _compared(outcome) if who == OURS else "",
        )


def _compared(outcome: Outcome) -> str:
    match outcome.contest.against:
        case "aws-cli":
            return f"{told(outcome.ratio)} × as fast"  # noqa: RUF001  # a multiplication sign
        case "limit":
            return f"{told([100 * one for one in outcome.ratio], 0)} % of the limit"
        case _:
            return ""


def _name(outcome: Outcome) -> str:
    latency, archive = outcome.contest.latency_ms, outcome.archive
    way = "a directory" if latency is None else f"HTTP, {latency} ms"
    return f"{archive.name}: {archive.logs:,} logs in {len(archive.chains)} chains, {way}"


def _how() -> str:
    return (
        f"Python {platform.python_version()}, {peers.version()}. Each turn runs one after the "
        "other, as fresh processes; every answer was checked. Median (lowest to highest) of the "
        "turns; ratios are taken turn by turn. MB are of uncompressed content, peak is the memory "
        "of the largest process. The S3 server runs on the same cores, without TLS. The limit "
        "reads the same files with as many processes, gunzips and hashes them, and nothing else."
    )
