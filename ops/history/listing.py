"""Which objects of an archive a run looks at: pruned by what their keys say.

A key tells account, region and the day of delivery. An event may be delivered late, and
a clock may be wrong, so the days around the asked time are read too: from a day before
it to two days after it. Of an object whose key tells nothing everything is possible: it
is always read.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ops import layout
from ops.archive.model import Archive, Entry
from ops.layout import DigestKey, Family, LogKey

_BEFORE, _AFTER = timedelta(days=1), timedelta(days=2)
_WORTH_A_REQUEST = 1000
"""Listed keys passed over before the listing is begun anew behind a folder: a page of S3's."""
_LAST = "\U0010ffff"
"""Sorts behind every name."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for."""

    since: datetime | None = None
    until: datetime | None = None
    accounts: frozenset[str] = frozenset()
    """None named: all of them."""
    regions: frozenset[str] = frozenset()

    @property
    def first_day(self) -> date:
        """The first folder to look at."""
        return self.since.date() - _BEFORE if self.since else date.min

    @property
    def last_day(self) -> date:
        """The last folder to look at."""
        if self.until is None:
            return date.max
        return (self.until - timedelta(microseconds=1)).date() + _AFTER

    def beyond(self, key: LogKey | DigestKey) -> str:
        """Return behind which key to go on if this one is not asked for; empty if it is."""
        family = key.family if isinstance(key, LogKey) else Family.DIGEST
        if self.accounts and key.account not in self.accounts:
            organization, prefix = key.organization, key.prefix
            folder = layout.account_prefix(key.account, organization=organization, prefix=prefix)
            return folder + _LAST
        if (self.regions and key.region not in self.regions) or key.day > self.last_day:
            return layout.family_prefix(key, family) + _LAST
        if key.day < self.first_day:
            return layout.day_prefix(key, family, self.first_day)
        return ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object, and what its key says if it follows CloudTrail's layout."""

    entry: Entry
    place: LogKey | DigestKey | None


def listed(archive: Archive, selection: Selection) -> Iterator[Listed]:
    """Yield the objects to look at, in the order of their keys; raise ArchiveError."""
    prefix = f"{archive.source.prefix}/" if archive.source.prefix else ""
    after: str | None = ""
    while after is not None:
        after = yield from _until_a_leap(archive, selection, prefix, after)


def _until_a_leap(
    archive: Archive, selection: Selection, prefix: str, after: str
) -> Generator[Listed, None, str | None]:
    """Yield objects; return behind which key to begin anew, None at the end.

    What is not asked for is passed over while it may be on the page at hand; to leap
    over it costs a request.
    """
    beyond, passed = "", 0
    for entry in archive.list(prefix, start_after=after or None):
        if entry.key > beyond:
            place = layout.parse(entry.key)
            beyond, passed = (selection.beyond(place) if place else ""), 0
            if not beyond:
                yield Listed(entry, place)
        passed += 1
        if beyond and passed >= _WORTH_A_REQUEST:
            return beyond
    return None
