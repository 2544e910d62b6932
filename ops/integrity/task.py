"""A log file that a proven digest names, waiting to be hashed."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ops.integrity.finding import Verdict
from ops.integrity.loghash import Hashed
from ops.integrity.span import Span

TrailId = tuple[str, str]
"""A trail's name and home region: which chain of a cell."""
ChainId = tuple[str, str, str, str]
"""Account, region, trail, home region."""


class Walk(Protocol):
    """Who wants to know what a log file hashed to."""

    def log(self, task: "Task", hashed: Hashed) -> tuple[Verdict, str]:
        """Take one hashed log file; return what it turned out to be, and why."""


@dataclass(frozen=True, slots=True)
class Task:
    """A log file to be hashed, and what the hash must be."""

    key: str
    bucket: str
    digest_bucket: str
    expected: bytes
    trail: TrailId
    span: Span
    """The interval of the digest that names it."""
    day: date
    """The folder it lies in."""
    digest: str
    """The key of the digest that names it."""
    home: str | None
    """The bucket its digest was found in, if that is not the archive's own."""
    walk: Walk
    """Who asked."""
