"""Verification against its peers: in turn, over HTTP with and without latency, and from disk."""

import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from benchmarks import kept, peers
from benchmarks.archives import LONG, MEDIUM, SMALL, Made, Size, made
from benchmarks.runs import Took, ratios, told
from benchmarks.serving import serving

AWSCLI, OURS, LIMIT = "aws-cli", "ops verify", "limit"


@dataclass(frozen=True, slots=True)
class Contest:
    """Who verifies what, and how often in turn."""

    size: Size
    latency_ms: int | None
    """Of every answer; None to read from the directory."""
    against: Sequence[str]
    """Who goes first in every turn; aws-cli does not where it would take too long."""
    turns: int
    alone: int = 0
    """How often all but aws-cli run once more: it takes a minute and more."""


CONTESTS = (
    Contest(LONG, 0, (AWSCLI, LIMIT), turns=3),
    Contest(LONG, 20, (AWSCLI, LIMIT), turns=2),
    Contest(SMALL, 0, (AWSCLI, LIMIT), turns=2),
    Contest(SMALL, 20, (AWSCLI, LIMIT), turns=1, alone=2),
    Contest(MEDIUM, 0, (AWSCLI, LIMIT), turns=1, alone=3),
    Contest(MEDIUM, 20, (LIMIT,), turns=3),
    Contest(LONG, None, (LIMIT,), turns=5),
    Contest(MEDIUM, None, (LIMIT,), turns=5),
)


@dataclass(slots=True)
class Outcome:
    """What a contest took, a list in turn for each who ran."""

    contest: Contest
    archive: Made
    runs: dict[str, list[Took]] = field(default_factory=dict)

    def ratio(self, other: str) -> list[float]:
        """Return how many times longer another took than we, turn by turn."""
        theirs = [took.seconds for took in self.runs[other]]
        ours = [took.seconds for took in self.runs[OURS]]
        return ratios(theirs, ours[: len(theirs)])


def main(console: Console) -> None:
    """Make the archives, let everyone verify them, and print one table."""
    place = kept.place()
    outcomes = []
    for contest in CONTESTS:
        archive = made(contest.size, place)
        if not outcomes:
            _warm(archive)
        outcomes.append(_held(contest, archive))
    console.print(_table(outcomes))
    console.print(f"{_sizes(outcomes)}. {_how()}", soft_wrap=True)


def _warm(archive: Made) -> None:
    """Run each once: compiles modules, and installs aws-cli."""
    with serving(archive, 0) as url:
        peers.ours(archive, url)
    peers.program()


def _held(contest: Contest, archive: Made) -> Outcome:
    outcome = Outcome(contest, archive)
    peers.limit(archive, 1, None)  # so that nobody is the first to read the files from disk
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
        LIMIT: lambda: peers.limit(archive, os.cpu_count() or 1, url),
        OURS: lambda: peers.ours(archive, url),
    }
    everybody = [*contest.against, OURS]
    others = [one for one in everybody if one != AWSCLI]
    for who in [*everybody * contest.turns, *others * contest.alone]:
        took = runners[who]()
        outcome.runs.setdefault(who, []).append(took)
        sys.stderr.write(f"{archive.name}, {_way(outcome)}: {who} {took.seconds:.2f} s\n")


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(title=f"Verifying an archive, whole processes, {os.cpu_count()} cores")
    left = {"archive", "read from", "who", "compared"}
    for column in ("archive", "read from", "who", "runs", "seconds", "logs/s", "MB/s", "CPU s",
                   "peak MB", "compared"):  # fmt: skip
        table.add_column(column, justify="left" if column in left else "right", no_wrap=True)
    for outcome in outcomes:
        for row in _rows(outcome):
            table.add_row(*row)
        table.add_section()
    return table


def _rows(outcome: Outcome) -> Iterator[Sequence[str]]:
    archive = outcome.archive
    for who, runs in outcome.runs.items():
        seconds = [took.seconds for took in runs]
        middle = statistics.median(seconds)
        yield (
            archive.name,
            _way(outcome),
            who,
            str(len(runs)),
            told(seconds, 2),
            f"{archive.logs / middle:,.0f}",
            f"{archive.bytes / 1e6 / middle:,.0f}",
            f"{statistics.median(took.cpu for took in runs):.2f}",
            f"{max(took.peak for took in runs) / 1e6:.0f}",
            _compared(outcome) if who == OURS else "",
        )


def _compared(outcome: Outcome) -> str:
    said = {
        AWSCLI: lambda ratio: f"{told(ratio)} times as fast",
        LIMIT: lambda ratio: f"{told([100 * one for one in ratio], 0)} % of the limit",
    }
    return "\n".join(said[one](outcome.ratio(one)) for one in outcome.contest.against)


def _way(outcome: Outcome) -> str:
    latency = outcome.contest.latency_ms
    return "directory" if latency is None else f"HTTP, {latency} ms"


def _sizes(outcomes: Sequence[Outcome]) -> str:
    archives = {outcome.archive.name: outcome.archive for outcome in outcomes}
    return "; ".join(
        f"{one.name}: {one.logs:,} logs and {one.digests:,} digests in {len(one.chains)} chain(s), "
        f"{one.packed_bytes / 1e6:.0f} MB, {one.bytes / 1e6:,.0f} MB uncompressed"
        for one in archives.values()
    )


def _how() -> str:
    return (
        f"Python {platform.python_version()}, {peers.version()}. Each turn runs one after the "
        "other, as fresh processes; every answer was checked. Median (lowest to highest) of the "
        "turns; ratios are taken turn by turn. MB are of uncompressed content, peak is the memory "
        "of the largest process. The S3 server runs on the same cores, without TLS. The limit "
        "reads the same files with as many processes, gunzips and hashes them, and nothing else."
    )
