"""What an answer covers: the time asked about, and where nothing was recorded in it.

Taken from the manifest, so that it costs little and does not depend on the
question. "No rows" means something only beside it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ops.query.cells import moment
from ops.query.model import Engine, Statement
from ops.query.window import BEGUN, SLOW, Window

Place = tuple[str, str]
"""An account and a region."""

_PLACES = """
SELECT account, region, coalesce(strftime(oldest, '%Y-%m-%d'), day) AS first,
    coalesce(strftime(newest, '%Y-%m-%d'), day) AS last, min(oldest), max(newest)
FROM manifest
WHERE NOT coalesce("foreign", false) AND account IS NOT NULL AND region IS NOT NULL GROUP BY ALL"""
_ELSEWHERE = """
SELECT 1 FROM manifest
WHERE NOT coalesce("foreign", false) AND (account IS NULL OR region IS NULL) LIMIT 1"""
_PLACES_OF_EVENTS = """
SELECT recipient_account_id, aws_region, day, day, min(event_time), max(event_time) FROM events
WHERE source_key IN (SELECT key FROM manifest WHERE account IS NULL OR region IS NULL)
    AND recipient_account_id IS NOT NULL AND aws_region IS NOT NULL AND event_time IS NOT NULL
GROUP BY ALL"""
_INTEGRITY = """
SELECT count_if(covered), count_if(verdict = 'VALID'),
    count_if(verdict IN ('INVALID', 'MISSING', 'UNREFERENCED')), count_if(verdict = 'PENDING'),
    count_if(NOT covered), max(verified_at)
FROM integrity LEFT JOIN manifest ON manifest.key = integrity.source_key
WHERE coalesce(newest >= $since AND oldest < $until, true)"""
_LATEST = "SELECT max(collected_at) FROM manifest"
_ENDS = """
SELECT min(event_time), max(event_time) FROM events
WHERE event_time >= $since AND event_time <= $until"""
_SECOND = timedelta(seconds=1)
_LAST = datetime.max.replace(tzinfo=UTC) - _SECOND
_MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Empty:
    """A day on which one account in one region recorded nothing."""

    account: str
    region: str
    day: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What verification said of the logs behind an answer."""

    status: str
    """PASS: every one that a digest can vouch for is VALID, or was too new. FAIL: one is INVALID,
    MISSING or UNREFERENCED. Else INCOMPLETE."""
    at: datetime
    """When the newest verdict was made."""
    pending: int
    """Log files that were too new then: no digest covered their hour yet."""
    not_covered: int
    """Log files of kinds that no digest names: nothing can be said of them."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "status": self.status,
            "at": moment(self.at),
            "pending": self.pending,
            "not_covered": self.not_covered,
        }

    def words(self) -> str:
        """Return it for people."""
        apart = [
            f"{count:,} log files {why}"
            for count, why in (
                (self.pending, "were too new"),
                (self.not_covered, "are of kinds no digest covers"),
            )
            if count
        ]
        left_out = f" ({', '.join(apart)})" if apart else ""
        return f"integrity {self.status}, verified {moment(self.at)}{left_out}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an answer covers."""

    since: datetime | None
    until: datetime | None
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    days: tuple[str, ...]
    empty: tuple[Empty, ...]
    integrity: Integrity | None
    """None: nothing of it was verified, or not into this store."""
    truncated: bool
    beyond: bool = False
    """Whether there are events at times that cannot be true: nothing here speaks of those days."""
    pruned: str | None = None
    """The day before which events were removed, if the time asked about begins before it."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        checked = self.integrity
        return {
            "since": moment(self.since) if self.since else None,
            "until": moment(self.until) if self.until else None,
            "accounts": list(self.accounts),
            "regions": list(self.regions),
            "days": list(self.days),
            "empty": [asdict(one) for one in self.empty],
            "integrity": checked.as_json() if checked else None,
            "truncated": self.truncated,
        }

    def words(self) -> Iterator[str]:
        """Yield it as lines for people."""
        if self.since and self.until:
            yield (
                f"Covers {moment(self.since)} to {moment(self.until)}: "
                f"{_count(self.accounts, 'account')}, {_count(self.regions, 'region')}, "
                f"{_count(self.days, 'day')}; {self._proof()}."
            )
        if self.empty:
            said = ", ".join(
                f"{one.account} {one.region} {one.day}" for one in self.empty[:_MOST_SAID]
            )
            more = len(self.empty) - _MOST_SAID
            yield (
                f"Nothing recorded: {said}{f' and {more} more' if more > 0 else ''} "
                "(--with-coverage --format json lists all)."
            )
        if self.pruned:
            yield f"Events before {self.pruned} were removed (ops store prune): those days are gone."
        if self.beyond:
            yield (
                "Some events say a time before CloudTrail was there or after they were collected: "
                "they are asked, too, and their days are not counted here."
            )

    def _proof(self) -> str:
        if self.integrity is None:
            return "integrity not verified (ops verify --store)"
        return self.integrity.words()


def of(
    engine: Engine,
    window: Window,
    *,
    truncated: bool,
    expected: Iterable[Place] = (),
    pruned: str | None = None,
) -> Coverage:
    """Return what an answer of an engine over a store covers.

    `expected` are the accounts and regions that ought to record something,
    whether the store has ever seen them or not. `pruned` is the day before which
    events were removed: log files of those days cover nothing any more.
    """
    seen = _seen(engine)
    oldest = min((one.oldest for one in seen if one.oldest), default=None)
    newest = max((one.newest for one in seen if one.newest), default=None)
    first, last = likely = _likely(engine, oldest, newest)
    kept = datetime.fromisoformat(pruned).replace(tzinfo=UTC) if pruned else None
    if kept and last:
        first, last = (max(first or kept, kept), last) if last >= kept else (None, None)
    if window.until and first and first >= window.until:
        first = None
    since = window.since or first
    until = window.until or (min(last, _LAST) + _SECOND if last else None)
    days = tuple(_days(since, until))
    covered: dict[Place, set[str]] = {place: set() for place in expected}
    for one in seen:
        begun = max(one.first, pruned) if one.first and pruned else one.first
        covered.setdefault(one.place, set()).update(_between(begun, one.last, days))
    return Coverage(
        since=since,
        until=until,
        accounts=tuple(sorted({account for account, _ in covered})),
        regions=tuple(sorted({region for _, region in covered})),
        days=days,
        empty=tuple(
            Empty(*place, day)
            for place in sorted(covered)
            for day in days
            if day not in covered[place]
        ),
        integrity=_integrity(engine, window),
        truncated=truncated,
        beyond=window == Window() and likely != (oldest, newest),
        pruned=pruned if kept and window.begin < kept else None,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Log files of one place whose events lie between two days."""

    account: str
    region: str
    first: str | None
    last: str | None
    oldest: datetime | None
    newest: datetime | None

    @property
    def place(self) -> Place:
        return self.account, self.region


def _seen(engine: Engine) -> list[_Seen]:
    rows = list(_ask(engine, _PLACES))
    if _ask(engine, _ELSEWHERE):
        # Files whose key says no place are placed by the events in them.
        rows += _ask(engine, _PLACES_OF_EVENTS)
    return [_Seen(*row) for row in rows]


def _likely(
    engine: Engine, oldest: datetime | None, newest: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last time that can be true: a record may say any time at all."""
    if oldest is None or newest is None:
        return oldest, newest
    [(collected,)] = _ask(engine, _LATEST)
    latest = collected + SLOW
    if oldest >= BEGUN and newest <= latest:
        return oldest, newest
    [(first, last)] = _ask(engine, _ENDS, since=BEGUN, until=latest)
    return (first, last) if first else (oldest, newest)


def _integrity(engine: Engine, window: Window) -> Integrity | None:
    [(files, valid, wrong, pending, apart, at)] = _ask(
        engine, _INTEGRITY, since=window.begin, until=window.end
    )
    if at is None:
        return None
    proven = valid and valid + pending == files
    status = "FAIL" if wrong else "PASS" if proven else "INCOMPLETE"
    return Integrity(status, at.replace(microsecond=0), pending, apart)


def _ask(engine: Engine, text: str, **values: datetime) -> Any:
    return engine.run(Statement(text, values), limit=None).rows


def _days(since: datetime | None, until: datetime | None) -> Iterator[str]:
    if since is None or until is None:
        return
    window = Window(since.astimezone(UTC), until.astimezone(UTC))
    yield from _every(window.first_day, window.last_day)


def _between(first: str | None, last: str | None, days: Sequence[str]) -> Iterator[str]:
    """Yield those of some days, in order, that lie between two, both included."""
    if first is not None and last is not None:
        yield from days[bisect_left(days, first) : bisect_right(days, last)]


def _every(first: str, last: str) -> Iterator[str]:
    """Yield every day from one to another, both included."""
    day, end = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    yield from (date.fromordinal(one).isoformat() for one in range(day, end + 1))


def _count(items: tuple[str, ...], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
