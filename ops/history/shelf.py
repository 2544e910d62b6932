"""What a store is made of, and the seam between it and where it lies.

    day=YYYY-MM-DD/*.parquet       events; nothing else is seen by who reads the history
    _atalaya/store.json            what it is, and the version of its columns
    _atalaya/manifest/*.parquet    a row an object that was collected
    _atalaya/quarantine/*.parquet  what of the objects is no event, and the originals of mended ones
    _atalaya/conflicts/*.parquet   rows that say different things under one eventID
    _atalaya/integrity/*.parquet   what `ops verify` found of the log files
    _atalaya/ids/day=…/*.ids       fingerprints of the rows of each event file, in its order

A path here is relative to the store's root, with slashes.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

EVENTS = "day="
META = "_atalaya"
STORE = f"{META}/store.json"
MANIFEST = f"{META}/manifest/"
QUARANTINE = f"{META}/quarantine/"
CONFLICTS = f"{META}/conflicts/"
IDS = f"{META}/ids/"
VERDICTS = f"{META}/integrity/"
UNKNOWN_DAY = "unknown"
"""The partition of the records without a readable time."""
_DAY = re.compile(r"day=(\d{4}-\d\d-\d\d|unknown)")


@dataclass(frozen=True, slots=True, order=True)
class Stored:
    """A file of the store."""

    path: str
    size: int
    """In bytes."""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a publication changes, all of it or nothing."""

    new: Mapping[str, Path] = field(default_factory=dict)
    """Files by their path in the store; one of the same path is replaced."""
    gone: frozenset[str] = frozenset()


class Shelf(Protocol):
    """Where a store lies."""

    @property
    def rewrites(self) -> bool:
        """Whether event files may be replaced by better ones."""

    @property
    def copies(self) -> bool:
        """Whether what `fetch` gives is a copy, which may be removed to be fetched again."""

    def __str__(self) -> str:
        """Return what the user calls it."""

    def exists(self) -> bool:
        """Whether there is a store."""

    def hold(self) -> AbstractContextManager[Path]:
        """Be the only writer; yields an empty directory of its own for files to come.

        Raises StoreError if another one writes.
        """

    def settle(self) -> None:
        """Finish what a writer that is no more left half done; raise StoreError."""

    def files(self, start: str) -> Iterable[Stored]:
        """Return the files whose paths start so, in order; raise StoreError."""

    def fetch(self, path: str) -> Path:
        """Return where a file can be read on this machine; raise StoreError."""

    def publish(self, changes: Changes) -> None:
        """Make changes seen, all at once as far as a crash is concerned; raise StoreError."""


def remedy(store: str, file: Path, *, copied: bool, otherwise: str) -> str:
    """Return what to do about a damaged file; one that is a copy is removed, to be fetched again."""
    if not copied:
        return otherwise
    file.unlink(missing_ok=True)
    return (
        "the copy on this machine was damaged and is removed: do the same again; if that fails "
        f"too, the file in {store} is damaged"
    )


def day_of(path: str) -> str | None:
    """Return the day that an event file belongs to; None if it is none.

    >>> day_of("day=2026-01-31/events-0000.parquet"), day_of("_atalaya/store.json")
    ('2026-01-31', None)
    """
    found = _DAY.fullmatch(path.partition("/")[0])
    return found[1] if found and path.endswith(".parquet") else None


def ids_of(path: str) -> str:
    """Return the path of an event file's fingerprints.

    >>> ids_of("day=2026-01-31/events-0000.parquet")
    '_atalaya/ids/day=2026-01-31/events-0000.ids'
    """
    return f"{IDS}{path.removesuffix('.parquet')}.ids"
