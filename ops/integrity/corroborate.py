"""Why a chain stopped and began anew, from the archive's own proven log files.

A restart proves nothing by itself: an intruder who stops a trail, starts it and
deletes the end of the old chain leaves the same picture. So the events that stop
and start trails are looked up in log files delivered around the break, each
checked against its digest again, and must fit the break in time: whatever lies
between the last digest and the event that stopped the trail is not explained.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ops.archive.fetch import process
from ops.archive.model import Archive, Fault, Object
from ops.errors import ArchiveError
from ops.integrity import digest, inflate, listing
from ops.integrity.discover import Cell
from ops.integrity.judge import DigestJob, Judged
from ops.integrity.loghash import hash_log
from ops.integrity.span import Span, merged

_STOPS = {"StopLogging", "DeleteTrail"}
_STARTS = {"StartLogging", "CreateTrail"}
_UPDATE = "UpdateTrail"
_LEAVES = {"DisableRegion", "RemoveAccountFromOrganization", "CloseAccount"}
_JOINS = {"EnableRegion", "AcceptHandshake", "InviteAccountToOrganization", "CreateAccountResult"}
_NAMES = tuple(sorted(_STOPS | _STARTS | _LEAVES | _JOINS | {_UPDATE}))
_SOURCES = {"cloudtrail.amazonaws.com", "account.amazonaws.com", "organizations.amazonaws.com"}
_SEARCH_LIMIT_BYTES = 256 << 20
_BODY_LIMIT_BYTES = 256 << 20
_SLACK = timedelta(minutes=5)
_PERIOD = timedelta(minutes=65)
"""A final digest ends within the hour after logging stopped; a first one begins so."""
_LATE = timedelta(minutes=30)
"""How long after an event its log file may be delivered."""


@dataclass(frozen=True, slots=True, order=True)
class TrailEvent:
    """A call that stopped, started or changed a trail, or what it covers."""

    time: datetime
    name: str
    subject: str
    """The trail's name, or the account or region it is about."""
    validation: bool | None = None
    """What an UpdateTrail set log file validation to."""
    relocates: bool = False
    """Whether an UpdateTrail named a bucket or prefix."""
    account: str = ""
    """The account it is about, or else was made in."""

    def stops(self) -> bool:
        """Whether digests may end with it."""
        return self.name in _STOPS | _LEAVES or (
            self.name == _UPDATE and (self.validation is False or self.relocates)
        )

    def starts(self) -> bool:
        """Whether digests may begin with it."""
        return self.name in _STARTS | _JOINS or (
            self.name == _UPDATE and self.validation is not False
        )


@dataclass(frozen=True, slots=True)
class Break:
    """A break in one chain that events might explain."""

    account: str
    region: str
    trail: str
    home_region: str
    broke: datetime | None
    """When the last digest ended; None if the chain was never seen before."""
    resumed: datetime | None
    """When the next one began; None if none did."""

    def concerns(self, event: TrailEvent) -> bool:
        """Whether an event is about this chain."""
        if event.subject == self.region:
            return event.account == self.account  # regions are turned off account by account
        return event.subject in (self.trail, self.account)

    def windows(self) -> Iterator[Span]:
        """Yield the times at which log files with an explanation were delivered."""
        for moment in {self.broke, self.resumed} - {None}:
            assert moment is not None  # noqa: S101
            yield Span(moment - _PERIOD - _SLACK, moment + _PERIOD + _LATE)


class History(Protocol):
    """Another source of events, such as LookupEvents."""

    @property
    def failed(self) -> Sequence[str]:
        """What of it could not be read, and why."""

    def __call__(self, breaks: Sequence[Break]) -> Iterable[TrailEvent]:
        """Return the events around breaks."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A history that was noted down before."""

    events: tuple[TrailEvent, ...]
    failed: tuple[str, ...] = ()

    def __call__(self, breaks: Sequence[Break]) -> tuple[TrailEvent, ...]:  # noqa: ARG002
        """Return what was noted down."""
        return self.events


def explanation(broken: Break, events: Sequence[TrailEvent]) -> str | None:
    """Return which events explain a break; None if they do not fit."""
    about = [event for event in events if broken.concerns(event)]
    if broken.broke == broken.resumed and broken.broke is not None:
        near = [one for one in about if abs(one.time - broken.broke) <= _PERIOD]
        return _told(near) if any(one.starts() for one in near) else None
    told: list[TrailEvent] = []
    if broken.broke is not None:
        stops = [one for one in about if one.stops() and _ends(one.time, broken.broke)]
        if not stops:
            return None
        told.append(stops[-1])
    if broken.resumed is not None:
        starts = [one for one in about if one.starts() and _begins(one.time, broken.resumed)]
        starts = [one for one in starts if not told or one.time >= told[0].time]
        if not starts:
            return None
        told.append(starts[0])
    return _told(told)


def _ends(event: datetime, last: datetime) -> bool:
    # The final digest covers the event itself, so it cannot end much before it.
    return last - _PERIOD <= event <= last + _SLACK


def _begins(event: datetime, first: datetime) -> bool:
    return first - _PERIOD <= event <= first + _PERIOD


def _told(events: Iterable[TrailEvent]) -> str:
    return ", ".join(f"{one.name} at {one.time:%Y-%m-%dT%H:%M:%SZ}" for one in events)


@dataclass(frozen=True, slots=True)
class Read:
    """What a log file says about trails, and the hash that must be right."""

    hash: bytes
    events: tuple[TrailEvent, ...]
    failed: bool


def read_events(key: str, found: Object | Fault) -> Read:
    """Look for trail events in one log file: a job for the workers."""
    hashed = hash_log(key, found)
    if isinstance(found, Fault) or hashed.trouble:
        return Read(b"", (), failed=isinstance(found, Fault))
    try:
        body = inflate.strict_gunzip(found.body, limit=_SEARCH_LIMIT_BYTES)
    except inflate.DamagedError:
        return Read(b"", (), failed=True)
    if not any(name.encode() in body for name in _NAMES):
        return Read(hashed.hash, (), failed=False)
    return Read(hashed.hash, tuple(_events(body)), failed=False)


class Search:
    """Looks for the events around breaks in an archive."""

    def __init__(self, archive: Archive, cells: Sequence[Cell], job: DigestJob) -> None:
        self._archive = archive
        self._cells = cells
        self._job = job
        self.failed = 0
        """Digests and log files that could not be read."""

    def events(self, breaks: Sequence[Break], owners: frozenset[str]) -> list[TrailEvent]:
        """Return the events delivered around the breaks, from proven log files only."""
        regions = {one.home_region for one in breaks} | {"us-east-1"}
        windows = merged(window for one in breaks for window in one.windows())
        cells = [
            cell
            for cell in self._cells
            if cell.region in regions and (not owners or cell.account in owners)
        ]
        found: set[TrailEvent] = set()
        for cell in cells:
            for window in windows:
                found.update(self._in(cell, window))
        return sorted(found)

    def _in(self, cell: Cell, window: Span) -> Iterator[TrailEvent]:
        try:
            listed = listing.digests(self._archive, cell, window.start, window.end)
        except ArchiveError:
            self.failed += 1
            return
        self.failed += len(listed.unlisted)
        expected: dict[str, bytes] = {}
        for _, judged in self._fetched(listed.keys, self._job):
            expected.update(_named(judged))
        for key, read in self._fetched(sorted(expected), read_events):
            self.failed += read.failed
            if read.hash == expected[key]:
                yield from read.events

    def _fetched(self, keys: Sequence[str], job: Any) -> Iterator[tuple[str, Any]]:
        return process(
            self._archive.source, keys, job, workers=1, concurrency=32, limit=_BODY_LIMIT_BYTES
        )


def _named(judged: Judged) -> dict[str, bytes]:
    if judged.cause is not None or judged.digest is None:
        return {}
    return {ref.key: ref.hash for ref in judged.digest.logs if ref.hash is not None}


def _events(body: bytes) -> Iterator[TrailEvent]:
    try:
        records = json.loads(body)["Records"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for record in records if isinstance(records, list) else ():
        event = trail_event(record)
        if event is not None:
            yield event


def trail_event(record: Any) -> TrailEvent | None:
    """Read one record; None if it is not about what a trail covers, or failed."""
    if not isinstance(record, dict) or record.get("errorCode"):
        return None
    name, given = record.get("eventName"), record.get("requestParameters")
    if name not in _NAMES or record.get("eventSource") not in _SOURCES:
        return None
    given = given if isinstance(given, dict) else {}
    subject = next(
        (
            str(given[field])
            for field in ("name", "trailName", "regionName", "accountId")
            if given.get(field)
        ),
        str(record.get("recipientAccountId", "")),
    )
    try:
        time = digest.moment(str(record.get("eventTime")))
    except ValueError:
        return None
    validation = given.get("enableLogFileValidation")
    return TrailEvent(
        time=time,
        name=name,
        subject=subject.rpartition("/")[2],
        validation=validation if isinstance(validation, bool) else None,
        relocates=bool(given.get("s3BucketName") or given.get("s3KeyPrefix")),
        account=str(given.get("accountId") or record.get("recipientAccountId") or ""),
    )
