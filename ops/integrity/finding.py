"""What a run found: verdicts, how much each weighs, and one finding as a value.

A verdict says what is true of one object or one stretch of time. INVALID needs
cryptographic proof and MISSING a true "no such object"; whatever merely could
not be read is UNVERIFIABLE or ERROR, and none of these is ever left out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What is true of one digest, log file or stretch of a chain."""

    VALID = "VALID"
    """Proven by a signature of CloudTrail."""
    INVALID = "INVALID"
    """Contradicts signed bytes."""
    MISSING = "MISSING"
    """Signed bytes name it, and it is not there."""
    GAP = "GAP"
    """A stretch of time no digest was made for, as far as anyone can tell."""
    PENDING = "PENDING"
    """Not due yet."""
    UNVERIFIABLE = "UNVERIFIABLE"
    """Exists, but cannot be read or its key is not at hand."""
    UNREFERENCED = "UNREFERENCED"
    """A log file no digest names, in an hour whose digests are all proven."""
    ERROR = "ERROR"
    """Reading it failed; it says nothing about the object."""


class Kind(StrEnum):
    """What a finding is about."""

    DIGEST = "digest"
    LOG = "log"
    CHAIN = "chain"
    METADATA = "metadata"


class Weight(IntEnum):
    """What a finding does to the status of the run; the heaviest one wins."""

    NONE = 0
    INCOMPLETE = 1
    FAIL = 2


class Status(StrEnum):
    """The status of a run."""

    PASS = "PASS"  # noqa: S105 (no password)
    INCOMPLETE = "INCOMPLETE"
    FAIL = "FAIL"

    @classmethod
    def of(cls, weight: Weight) -> "Status":
        """Return the status that the heaviest finding gives."""
        return {Weight.NONE: cls.PASS, Weight.INCOMPLETE: cls.INCOMPLETE, Weight.FAIL: cls.FAIL}[
            weight
        ]


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of finding: one row of the reference page."""

    code: str
    """Its name in the code and the reference page."""
    verdict: Verdict
    weight: Weight
    phrase: str
    """How every reason of this kind begins."""
    meaning: str
    """What it proves, and what it does not."""
    advice: str
    """What to do next; the hint of findings that bring no better one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the reader of a report has to know about."""

    cause: str
    """The code of its `Cause`."""
    verdict: Verdict
    kind: Kind
    bucket: str | None
    key: str | None
    account: str | None
    region: str | None
    start: datetime | None
    end: datetime | None
    """The stretch of time it concerns, [start, end); UTC."""
    reason: str
    hint: str
    proof: str = ""
    """What signed bytes name as the object's SHA-256, hexadecimal; empty if none do."""

    @property
    def order(self) -> tuple[str, ...]:
        """Return what findings are sorted by: place, time, then the rest."""
        times = (moment.isoformat() if moment else "" for moment in (self.start, self.end))
        return (
            self.account or "",
            self.region or "",
            *times,
            self.kind,
            self.key or "",
            self.cause,
            self.reason,
        )
