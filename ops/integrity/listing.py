"""What an archive lists of one account and region: digests of a range, logs of days."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ops import layout
from ops.archive.model import Archive, Denied
from ops.errors import ArchiveError
from ops.integrity.discover import Cell, Root, Unlisted, may_be_read
from ops.integrity.span import HOUR
from ops.layout import Chain, DigestKey, Family

_DAY = timedelta(days=1)
_WORTH_A_LOOK = timedelta(days=60)
"""So many days without digests are listed without a look whether there are log files."""
_LONGEST = HOUR + timedelta(minutes=10)
"""The longest interval of a digest a listing must reckon with."""


@dataclass(slots=True)
class Digests:
    """The digests of one account and region, by listing."""

    keys: list[str] = field(default_factory=list)
    """Those that may overlap the range, newest first."""
    before: dict[Chain, datetime] = field(default_factory=dict)
    """When the newest one before the range ended, of each chain seen there."""
    junk: int = 0
    """Objects that are no digests."""
    gone: list[str] = field(default_factory=list)
    """Backfill digests that a checkpoint knows and that are not there."""
    unlisted: list[Unlisted] = field(default_factory=list)


def digests(
    archive: Archive,
    cell: Cell,
    since: datetime | None,
    until: datetime,
    *,
    unread: Iterable[str] = (),
) -> Digests:
    """List the digests of a cell that may overlap [since, until), and what lies just before.

    `unread` are keys that a bundle does not hold and its maker saw.
    """
    found = Digests()
    ends: dict[str, datetime] = {}
    for root in cell.roots(Family.DIGEST):
        try:
            for place in _places(archive, root, since, until, found):
                if since is not None and place.end <= since:
                    _remember(found, place)
                elif place.end < until + _LONGEST:
                    ends[place.key] = place.end
            if since is not None and not ends and not found.before:
                for place in _newest_before(archive, root, since):
                    _remember(found, place)
        except ArchiveError as error:
            folder = layout.family_prefix(root, Family.DIGEST)
            found.unlisted.append(Unlisted(folder, isinstance(error, Denied), str(error)))
    for key in unread:
        known = layout.parse(key)
        if isinstance(known, DigestKey) and (known.account, known.region) == cell.place:
            ends |= {key: known.end} if since is None or known.end > since else {}
    found.keys = sorted(ends, key=lambda key: (ends[key], key), reverse=True)
    return found


def oldest_day(keys: Sequence[str]) -> date | None:
    """Return the day of the oldest log files that listed digests, newest first, may name."""
    place = layout.parse(keys[-1]) if keys else None
    return (place.end - HOUR).date() if isinstance(place, DigestKey) else None


def first_day(archive: Archive, cell: Cell, since: date, oldest: date) -> date:
    """Return from which day on log files must be listed that were delivered on `since` or later.

    `oldest` is the day of the oldest digest in sight, or the range's last. Who asks for all that ever was should
    not have decades without a file listed, month by month.
    """
    if oldest - since < _WORTH_A_LOOK:
        return since
    try:
        days = [_first_log_day(archive, root, family) for root, family in cell.folders]
    except ArchiveError:
        return since  # the walk lists them again, and reports that it cannot
    return max(since, min(oldest, *(day for day in days if day is not None), oldest))


def _first_log_day(archive: Archive, root: Root, family: Family) -> date | None:
    if family is Family.DIGEST:
        return None
    for entry in archive.list(layout.family_prefix(root, family)):
        place = layout.parse(entry.key)
        if isinstance(place, layout.LogKey):
            return place.day
    return None


def newest_end(archive: Archive, cell: Cell) -> datetime | None:
    """Return when the newest digest of a cell ended, by its key; None without one."""
    ends = [
        place.end
        for root in cell.roots(Family.DIGEST)
        for place in _newest_before(archive, root, None)
    ]
    return max(ends, default=None)


def first_year(archive: Archive, cell: Cell) -> int | None:
    """Return the year of the oldest digest of a cell; None without one."""
    years: list[int] = []
    for root in cell.roots(Family.DIGEST):
        folders = archive.prefixes(layout.family_prefix(root, Family.DIGEST))
        years += [int(_last(folder)) for folder in folders if _last(folder).isdecimal()]
    return min(years, default=None)


@dataclass(slots=True)
class Logs:
    """The log files of one day folder, by listing."""

    keys: dict[str, Family] = field(default_factory=dict)
    """Its log files, and of which kind each is."""
    foreign: list[str] = field(default_factory=list)
    """JSON files that CloudTrail cannot have named so."""
    junk: int = 0


@dataclass(slots=True)
class LogDays:
    """The log files of some days that follow one another, by listing."""

    days: dict[date, Logs]
    older: Counter[Family] = field(default_factory=Counter)
    """How many lie in folders of earlier days, if that was asked for."""
    later: list[str] = field(default_factory=list)
    """Those in folders of later days, if that was asked for."""
    astray: list[str] = field(default_factory=list)
    """JSON files in no day's folder."""
    unlisted: list[Unlisted] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many files there are on these days."""
        return sum(len(one.keys) for one in self.days.values())


def log_days(
    archive: Archive,
    cell: Cell,
    first: date,
    end: date,
    *,
    older: bool = False,
    later: bool = False,
) -> LogDays:
    """List every file of a cell's log folders of days in [first, end); `older`, `later` ones too.

    Days are listed together, for most folders hold little and a request costs
    the same whatever it finds.
    """
    days = (first + _DAY * nth for nth in range((end - first).days))
    found = LogDays({day: Logs() for day in days})
    for root, family in cell.folders:
        if family is Family.DIGEST:
            continue
        folder = layout.family_prefix(root, family)
        start, stop = (layout.day_prefix(root, family, day) for day in (first, end))
        by_name = {layout.day_prefix(root, family, day): one for day, one in found.days.items()}
        try:
            for entry in archive.list(folder, start_after=None if older else start):
                if entry.key >= stop and not later:
                    break
                logs = by_name.get(entry.key[: len(start)])
                if logs is not None:
                    _sort_in(logs, entry.key, entry.size)
                elif not isinstance(layout.parse(entry.key), layout.LogKey):
                    found.astray += [entry.key] if may_be_read(entry.key, entry.size) else []
                elif entry.key < start:
                    found.older[family] += 1
                else:
                    found.later.append(entry.key)
        except ArchiveError as error:
            found.unlisted.append(Unlisted(folder, isinstance(error, Denied), str(error)))
    return found


def first_astray(archive: Archive, folder: str) -> str | None:
    """Return the first JSON file in a folder that should not be there; None without one."""
    found = (one.key for one in archive.list(folder) if may_be_read(one.key, one.size))
    return next(found, None)


def _places(
    archive: Archive, root: Root, since: datetime | None, until: datetime, found: Digests
) -> Iterator[DigestKey]:
    """Yield the digest keys from a day before the range to a day after it."""
    folder = layout.family_prefix(root, Family.DIGEST)
    after = layout.day_prefix(root, Family.DIGEST, since.date() - _DAY) if since else None
    last = (until + _LONGEST).date()
    stop = layout.day_prefix(root, Family.DIGEST, last + _DAY) if last < date.max else None
    for entry in archive.list(folder, start_after=after):
        if stop is not None and entry.key >= stop:
            return
        place = layout.parse(entry.key)
        if isinstance(place, DigestKey):
            yield place
        elif entry.size:
            found.junk += 1


def _newest_before(archive: Archive, root: Root, moment: datetime | None) -> Iterable[DigestKey]:
    """Return the digests of the newest day that has any (before a moment)."""
    folder = layout.family_prefix(root, Family.DIGEST)
    for year in _backwards(archive, folder):
        for month in _backwards(archive, year):
            for day in _backwards(archive, month):
                found = [
                    place
                    for entry in archive.list(day)
                    if isinstance(place := layout.parse(entry.key), DigestKey)
                    and (moment is None or place.end <= moment)
                ]
                if found:
                    return found
    return ()


def _backwards(archive: Archive, folder: str) -> list[str]:
    return sorted((one for one in archive.prefixes(folder) if _last(one).isdecimal()), reverse=True)


def _remember(found: Digests, place: DigestKey) -> None:
    if not place.backfill:
        known = found.before.get(place.chain)
        found.before[place.chain] = max(known, place.end) if known else place.end


def _sort_in(found: Logs, key: str, size: int) -> None:
    place = layout.parse(key)
    if isinstance(place, layout.LogKey):
        found.keys[key] = place.family
    elif may_be_read(key, size):
        found.foreign.append(key)
    elif size:
        found.junk += 1


def _last(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[2]
