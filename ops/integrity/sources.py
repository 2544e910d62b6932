"""Where a run gets its keys and the events of the last 90 days, if AWS is asked."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from ops.errors import AwsError
from ops.integrity.corroborate import Break, TrailEvent, trail_event
from ops.integrity.keys import KeyRing, PublicKey, list_keys, ring_of
from ops.integrity.span import Span, merged

Entries = Callable[[str, datetime, datetime], Sequence[Mapping[str, Any]]]
"""Lists the public keys of one region for a period, every page of them."""
Lookup = Callable[[str, datetime, datetime, str], Iterable[Mapping[str, Any]]]
"""Looks events of one name up in a region's event history."""
_LISTERS = 8
_NAMES = ("StopLogging", "StartLogging", "UpdateTrail", "DeleteTrail", "CreateTrail")
_MOST_WINDOWS = 10
"""LookupEvents answers twice a second; more breaks than that are left to the log files."""


class ListedKeys:
    """Asks ListPublicKeys in every region; a region that fails costs only its own digests."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def __call__(self, regions: frozenset[str], start: datetime, end: datetime) -> KeyRing:
        """Return the keys of all regions."""
        failed: dict[str, str] = {}
        found: list[PublicKey] = []
        ordered = sorted(regions)
        with ThreadPoolExecutor(_LISTERS) as pool:
            answers = pool.map(lambda region: self._region(region, start, end), ordered)
            for region, answer in zip(ordered, answers, strict=True):
                if isinstance(answer, str):
                    failed[region] = answer
                else:
                    found += answer
        listed = regions - failed.keys()
        return ring_of(found, failed=failed, regions=listed, source="ListPublicKeys")

    def _region(self, region: str, start: datetime, end: datetime) -> list[PublicKey] | str:
        def page(region: str, start: datetime, end: datetime, _: str | None) -> dict[str, Any]:
            return {"PublicKeyList": self._entries(region, start, end)}

        try:
            return list_keys(region, start, end, page)
        except AwsError as error:
            return str(error)


class EventHistory:
    """Asks LookupEvents for the calls that stop and start trails."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.failed: list[str] = []

    def __call__(self, breaks: Sequence[Break]) -> Iterator[TrailEvent]:
        """Yield the events around breaks; none where the history cannot be read."""
        by_region: dict[str, list[Span]] = {}
        for one in breaks:
            by_region.setdefault(one.home_region, []).extend(one.windows())
        for region, windows in sorted(by_region.items()):
            for window in merged(windows)[:_MOST_WINDOWS]:
                for name in _NAMES:
                    yield from self._events(region, window, name)

    def _events(self, region: str, window: Span, name: str) -> Iterator[TrailEvent]:
        try:
            for found in self._lookup(region, window.start, window.end, name):
                event = trail_event(json.loads(found.get("CloudTrailEvent", "null")))
                if event is not None:
                    yield event
        except (AwsError, ValueError) as error:
            self.failed.append(f"{region}: {error}")
