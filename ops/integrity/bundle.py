"""An evidence bundle: what a run saw, in one zip file that verifies offline.

    <digest keys>              the digest files, byte by byte
    metadata.jsonl             their object metadata
    _atalaya/keys.json         the public keys, as ListPublicKeys tells them
    _atalaya/logs.jsonl        what every log file hashed to
    _atalaya/unread.jsonl      which digests could not be read or had been moved, and why
    _atalaya/seen.json         what only the whole archive could show
    _atalaya/report.json       the report
    _atalaya/files.jsonl       the SHA-256 of every file above
    _atalaya/manifest.json     who made it, when, for which question

Signatures and links are proven anew from the digests. That the log files had the
hashes noted is the word of whoever made the bundle, and so is the manifest.
"""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated

import msgspec

from ops import __version__
from ops.archive.model import Object
from ops.errors import OpsError, UsageError
from ops.integrity.corroborate import TrailEvent
from ops.integrity.finding import Finding
from ops.integrity.keys import KeyRing, as_listed
from ops.integrity.loghash import Hashed
from ops.integrity.recovery import RECOVERABLE
from ops.integrity.report import FamilyReport, Report
from ops.integrity.request import Request

SCHEMA = "atalaya.bundle/1"
OWN = "_atalaya/"
METADATA = "metadata.jsonl"
_FILE_LIMIT = 2 << 30
_REPLAYED = frozenset({"unreferenced", "foreign", "uncovered-logs", "listing-failed",
                       "listing-denied", "corroboration-failed", "chain-missing", "checkpoint-older",
                       "rewritten"}) | RECOVERABLE  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who made a bundle, when, and for which question."""

    schema: str
    version: str
    source: str
    made: datetime
    since: datetime | None
    until: datetime
    end_from_copy: bool
    """Whether the end was taken from the newest digest of a copy."""
    trail: str | None
    files: str
    """SHA-256 of the list of files."""
    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    """None named: all of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What only the whole archive could show."""

    findings: tuple[Finding, ...]
    families: dict[str, FamilyReport]
    events: tuple[TrailEvent, ...]


@dataclass(frozen=True, slots=True)
class LogLine:
    """What one log file hashed to, or why it could not be."""

    key: str
    sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
    trouble: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A digest that could not be read, or was found in a bucket not its own."""

    key: str
    trouble: tuple[str, str]


class Writer:
    """Writes a bundle while a run goes on; it appears when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            self._zip = zipfile.ZipFile(self._temporary, "w", zipfile.ZIP_STORED)
        except OSError as error:
            raise UsageError(
                f"--bundle {path} cannot be written: {error.strerror}.",
                hint="name a file in a directory that you may write to",
            ) from error
        self._metadata = _spool()
        self._logs = _spool()
        self._unread = _spool()
        self._files = _spool()
        self._events: tuple[TrailEvent, ...] = ()

    def digest(self, key: str, found: Object) -> None:
        """Keep a digest file with its metadata."""
        with self._told():
            self._add(key, found.body)
            if found.metadata:
                entry = {"key": key, "metadata": dict(found.metadata)}
                self._metadata.write(msgspec.json.encode(entry) + b"\n")

    def unread(self, key: str, why: tuple[str, str]) -> None:
        """Keep why a digest file could not be read, or that it lies in a bucket not its own."""
        with self._told():
            self._unread.write(msgspec.json.encode(UnreadLine(key, why)) + b"\n")

    def log(self, key: str, hashed: Hashed) -> None:
        """Keep what a log file turned out to be."""
        line = LogLine(key, hashed.hash.hex(), hashed.trouble)
        with self._told():
            self._logs.write(msgspec.json.encode(line) + b"\n")

    def events(self, found: tuple[TrailEvent, ...]) -> None:
        """Keep the events that explain breaks."""
        self._events = found

    def recorded(self, key: str) -> Hashed | None:  # noqa: ARG002
        """Return nothing: a bundle being written knows only what it is told."""
        return None

    def finish(self, report: Report, ring: KeyRing, request: Request) -> None:
        """Write the rest and let the bundle appear."""
        with self._told():
            self._finish(report, ring, request)

    def _finish(self, report: Report, ring: KeyRing, request: Request) -> None:
        replayed = tuple(one for one in report.findings if one.cause in _REPLAYED)
        seen = Seen(replayed, dict(report.families), self._events)
        self._add_spool(METADATA, self._metadata)
        self._add_spool(f"{OWN}logs.jsonl", self._logs)
        self._add_spool(f"{OWN}unread.jsonl", self._unread)
        self._add(f"{OWN}keys.json", json.dumps(as_listed(ring), indent=1).encode())
        self._add(f"{OWN}seen.json", msgspec.json.encode(seen))
        self._add(f"{OWN}report.json", json.dumps(report.as_json(), indent=1).encode())
        files = _content(self._files)
        self._zip.writestr(f"{OWN}files.jsonl", files)
        manifest = Manifest(
            schema=SCHEMA,
            version=__version__,
            source=report.source,
            made=request.now,
            since=report.requested.since,
            until=report.requested.until,
            end_from_copy=report.end_from_copy,
            trail=request.trail,
            files=hashlib.sha256(files).hexdigest(),
            accounts=request.accounts,
            regions=request.regions,
        )
        self._zip.writestr(f"{OWN}manifest.json", msgspec.json.encode(manifest))
        self.close()
        self._temporary.replace(self._path)

    def close(self) -> None:
        """Give up what is open; without `finish` nothing has appeared."""
        for spool in (self._metadata, self._logs, self._unread, self._files):
            spool.close()
        self._zip.close()

    def discard(self) -> None:
        """Remove an unfinished bundle."""
        with suppress(OSError):  # on a full disk a zip file cannot even be closed well
            self.close()
        self._temporary.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words why the bundle cannot be written; raise OpsError."""
        try:
            yield
        except OSError as error:
            raise OpsError(
                f"--bundle {self._path} cannot be written: {error.strerror}.",
                hint="make room for it, or verify without it",
            ) from error

    def _add(self, name: str, content: bytes) -> None:
        self._zip.writestr(name, content)
        line = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
        self._files.write(msgspec.json.encode(line) + b"\n")

    def _add_spool(self, name: str, spool: IO[bytes]) -> None:
        digest = hashlib.sha256()
        spool.seek(0)
        with self._zip.open(name, "w", force_zip64=True) as member:
            while piece := spool.read(1 << 20):
                member.write(piece)
                digest.update(piece)
        line = {"name": name, "sha256": digest.hexdigest()}
        self._files.write(msgspec.json.encode(line) + b"\n")


def _spool() -> IO[bytes]:
    spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the writer)
    return spool


def _content(spool: IO[bytes]) -> bytes:
    spool.seek(0)
    return spool.read()
