"""What the walk over one account and region leaves: small values, ready to be stored.

The logs and digests themselves are gone by then. Nothing here depends on the
order in which answers arrived, so a run that was interrupted and taken up again
ends with the same report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ops.integrity.chain import Hole
from ops.integrity.finding import Finding, Verdict
from ops.integrity.span import Span

Counts = Mapping[Verdict, int]
LogSink = Callable[[str, Verdict, str, str], None]
"""Told what a log file turned out to be: its key, the verdict, why, and the key of the digest
that names it; empty if none does."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a run took over from an earlier one without looking again."""

    since: datetime
    until: datetime
    digests: int
    logs: int
    whole: bool = False
    """Whether it begins with the chain's first digest, not with an asked time."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest proven digest of a chain: what the next run continues from."""

    key: str
    end: datetime
    hash: str
    """Hexadecimal SHA-256 of its uncompressed bytes."""
    signature: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ChainOutcome:
    """One chain of a cell."""

    account: str
    region: str
    trail: str
    home_region: str
    first: datetime | None
    last: datetime | None
    """The start of its first and the end of its last proven digest."""
    digests: Counts
    logs: Counts
    proven: tuple[Span, ...]
    holes: tuple[Hole, ...]
    pending: tuple[Span, ...]
    head: Head | None
    trusted: Trust | None
    root: str
    """Hexadecimal SHA-256 over everything proven: digests and logs with their hashes."""
    bucket: str | None
    """The bucket its newest digest was signed for."""
    backfills: tuple[str, ...] = ()
    """The proven backfill digests."""


class Stray(NamedTuple):
    """A file in a proven hour that no digest names."""

    key: str
    bucket: str = ""
    """The bucket it lies in, if that is not the archive's own."""


@dataclass(frozen=True, slots=True)
class FamilyCount:
    """The log files of one family in one cell."""

    referenced: int = 0
    unreferenced: tuple[Stray, ...] = ()
    """Files in proven hours that no digest names, as many as are told."""
    unnamed: int = 0
    """How many more of them there are."""
    uncovered: int = 0
    pending: int = 0

    def plus(self, other: "FamilyCount") -> "FamilyCount":
        """Return both counts as one."""
        return FamilyCount(
            referenced=self.referenced + other.referenced,
            unreferenced=tuple(sorted({*self.unreferenced, *other.unreferenced})),
            unnamed=self.unnamed + other.unnamed,
            uncovered=self.uncovered + other.uncovered,
            pending=self.pending + other.pending,
        )


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """One account and region."""

    account: str
    region: str
    chains: tuple[ChainOutcome, ...]
    findings: tuple[Finding, ...]
    """What digests and logs showed one by one; holes are in the chains."""
    families: Mapping[str, FamilyCount]
    borrowed: tuple[str, ...]
    """Log files of other accounts or regions that digests of this cell name."""
    uncovered: Span | None
    """From the first to the last log file outside proven hours."""
    notes: tuple[str, ...]
    bytes_read: int = 0
