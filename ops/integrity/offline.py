"""A bundle being verified: what its maker noted down, and whether it was altered since."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import msgspec

from ops.archive.model import Archive, Fault, Object
from ops.errors import ArchiveError, UsageError
from ops.integrity.bundle import (
    METADATA,
    OWN,
    LogLine,
    Manifest,
    Seen,
    UnreadLine,
)
from ops.integrity.causes import finding
from ops.integrity.corroborate import Replayed, TrailEvent
from ops.integrity.finding import Finding, Kind
from ops.integrity.keys import INSIDE, KEYS_INSIDE, KeyRing, read_keys
from ops.integrity.loghash import Hashed
from ops.integrity.request import Request
from ops.integrity.span import clock
from ops.integrity.trouble import NOTED, Trouble
from ops.integrity.verify import Context

_FILE_LIMIT = 2 << 30
Line = TypeVar("Line")


class Record:
    """What the maker of a bundle noted down, for a run over that bundle."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.altered: list[str] = []
        self.manifest = self._manifest()
        self._check()
        self.seen = self._seen()
        self._logs = {one.key: one for one in self._lines("logs.jsonl", LogLine)}
        unread = self._lines("unread.jsonl", UnreadLine)
        self._unread = {one.key: one.trouble for one in unread if one.trouble[0] in NOTED}

    def recorded(self, key: str) -> Hashed | None:
        """Return what a log file hashed to when the bundle was made."""
        found = self._logs.get(key)
        return Hashed(bytes.fromhex(found.sha256), found.trouble) if found else None

    def digest(self, key: str, found: Object) -> None:
        """Ignore what is read: it is in the bundle already."""

    def unread(self, key: str, why: Trouble) -> None:
        """Ignore what cannot be read: the bundle says so already."""

    def log(self, key: str, hashed: Hashed) -> None:
        """Ignore what is read: it is in the bundle already."""

    def events(self, found: tuple[TrailEvent, ...]) -> None:
        """Ignore what is found: it is in the bundle already."""

    def ring(self) -> KeyRing:
        """Return the keys inside; they prove no more than the bundle's origin does."""
        try:
            data = json.loads(self._get(f"{OWN}keys.json"))
            ring = read_keys(data, source=INSIDE)
        except (ValueError, UsageError) as error:
            self.altered.append(f"{OWN}keys.json is not usable: {error}")
            return KeyRing(source=INSIDE)
        return ring

    def findings(self) -> tuple[Finding, ...]:
        """Return what was seen when the bundle was made, and every alteration since."""
        made = [
            finding("bundle-altered", Kind.METADATA, key=what, detail=what) for what in self.altered
        ]
        return (*self.seen.findings, *made)

    def notes(self) -> tuple[str, ...]:
        """Say what rests on the maker's word."""
        made = f"{self.manifest.made:%Y-%m-%dT%H:%M:%SZ}"
        return (
            f"the bundle was made at {made} by version {self.manifest.version} from "
            f"{self.manifest.source}, by its own words: its manifest is no proof of origin",
            f"{len(self._logs)} log files are not in the bundle: what they hashed to is the word "
            "of whoever made it",
        )

    def context(self, context: Context, ring: KeyRing) -> Context:
        """Return a run's context with everything the bundle's maker noted down."""
        notes = self.notes()
        if ring.source == INSIDE:
            notes += (
                KEYS_INSIDE,
                *(f"key {key.fingerprint}: SHA-256 {key.sha256}" for key in ring.keys),
            )
        return replace(
            context,
            record=self,
            unread=self._unread,
            recorded=self.findings(),
            scope=_prefix(self.manifest.source),
            families=self.seen.families,
            history=Replayed(self.seen.events),
            notes=(*context.notes, *notes),
        )

    def request(self, request: Request) -> Request:
        """Return the question as the bundle's maker asked it, where it says nothing else.

        Raises UsageError if it asks for more: what was not asked for then is not missing now.
        """
        made = self.manifest
        for name, more in (
            ("--since", request.since and made.since and request.since < made.since),
            ("--until", request.until and request.until > made.until),
            ("--trail", request.trail and made.trail and request.trail != made.trail),
            ("--account", made.accounts and not request.accounts <= made.accounts),
            ("--region", made.regions and not request.regions <= made.regions),
        ):
            if more:
                raise UsageError(
                    f"{self._archive.source} was not made for this {name}: {self._asked()}.",
                    hint="ask for what it holds, or make another bundle",
                )
        return replace(
            request,
            now=made.made,
            since=request.since or made.since,
            until=request.until or (None if made.end_from_copy else made.until),
            trail=request.trail or made.trail,
            accounts=request.accounts or made.accounts,
            regions=request.regions or made.regions,
        )

    def _asked(self) -> str:
        """Say what the bundle's maker asked for."""
        made = self.manifest
        since = clock(made.since) if made.since else "each first digest"
        more = [f"trail {made.trail}"] if made.trail else []
        more += [", ".join(sorted(one)) for one in (made.accounts, made.regions) if one]
        return "; ".join([f"it holds {since} to {clock(made.until)}", *more])

    def _manifest(self) -> Manifest:
        try:
            return msgspec.json.decode(self._get(f"{OWN}manifest.json"), type=Manifest)
        except msgspec.MsgspecError as error:
            raise ArchiveError(
                f"{self._archive.source} is no bundle of this tool: {error}",
                hint="make one with ops verify SOURCE --bundle FILE",
            ) from error

    def _check(self) -> None:
        """Compare every file with the list of files; note what differs."""
        files = self._get(f"{OWN}files.jsonl")
        if hashlib.sha256(files).hexdigest() != self.manifest.files:
            self.altered.append(f"{OWN}files.jsonl")
        listed = dict(_names(files))
        own = {f"{OWN}files.jsonl", f"{OWN}manifest.json"}
        held = {entry.key for entry in self._archive.list("")} - own
        held |= {METADATA} & listed.keys()
        self.altered += sorted(name for name in held ^ listed.keys())
        for name in sorted(held & listed.keys()):
            if hashlib.sha256(self._get(name)).hexdigest() != listed[name]:
                self.altered.append(name)

    def _seen(self) -> Seen:
        try:
            return msgspec.json.decode(self._get(f"{OWN}seen.json"), type=Seen)
        except msgspec.MsgspecError:
            self.altered.append(f"{OWN}seen.json")
            return Seen((), {}, ())

    def _lines(self, name: str, form: type[Line]) -> Iterator[Line]:
        for number, line in enumerate(self._get(f"{OWN}{name}").splitlines(), 1):
            try:
                yield msgspec.json.decode(line, type=form)
            except msgspec.MsgspecError:
                self.altered.append(f"{OWN}{name}, line {number}")

    def _get(self, name: str) -> bytes:
        try:
            return self._archive.get(name, limit=_FILE_LIMIT).body
        except Fault as fault:
            self.altered.append(f"{name}: {fault}")
            return b""


def _prefix(source: str) -> str:
    """Return what the maker of a bundle named behind the bucket."""
    kind, _, place = source.partition("://")
    return place.partition("/")[2] if kind == "s3" else ""


def _names(files: bytes) -> Iterator[tuple[str, str]]:
    for line in files.splitlines():
        try:
            one = msgspec.json.decode(line, type=dict[str, str])
            yield one["name"], one["sha256"]
        except (msgspec.MsgspecError, KeyError):
            continue
