"""Every account and region at its own pace, side by side.

CloudTrail answers two LookupEvents a second for each account and region. So each
place waits for its own turn, and as many places are asked at once as there are.

Source: CloudTrail API Reference, "LookupEvents": "limited to two per second, per
account, per Region".
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.errors import AwsError, OpsError
from ops.query.lookup import event as events
from ops.query.lookup.event import Event
from ops.query.lookup.pages import Pages
from ops.query.lookup.question import Question

INTERVAL = 0.5
"""Seconds between two requests to one place."""
_TOGETHER = 32
"""Places asked at once."""
_LOOK_SECONDS = 0.2
_PATIENCE = 2.0
"""Seconds that requests under way have to end in once nobody waits for them any more."""

Request = Callable[
    ["Place", datetime, datetime, Mapping[str, str]], Iterator[Sequence[Mapping[str, Any]]]
]
"""Asks one place for a time and an attribute; each page is one request, newest first."""
Tell = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One account in one region."""

    account: str
    region: str

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"{self.account} {self.region}"


@dataclass(slots=True)
class Progress:
    """How far it is."""

    places: int
    ended: int = 0
    requests: int = 0
    events: int = 0


@dataclass(slots=True)
class PlaceAnswer:
    """What one place said, or has said so far."""

    place: Place
    events: list[Event] = field(default_factory=list)
    """Empty if they are kept in pages instead."""
    found: int = 0
    """Events that are asked for and were not there yet."""
    requests: int = 0
    duplicates: int = 0
    unreadable: int = 0
    """Events without a record that can be read."""
    truncated: bool = False
    """Whether it was left for the limit before its end."""
    failure: OpsError | None = None
    """Why it was not asked to its end; None if it was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What all places said, each event once, the newest first."""

    events: tuple[Event, ...]
    places: tuple[PlaceAnswer, ...]
    truncated: bool

    @property
    def failed(self) -> tuple[PlaceAnswer, ...]:
        """The places that were not asked to their end."""
        return tuple(one for one in self.places if one.failure is not None)


class Pace:
    """One place's turns; time is passed in."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._clock, self._wait = clock, wait
        self._next = float("-inf")

    def turn(self) -> None:
        """Wait until the next request may go."""
        early = self._next - self._clock()
        if early > 0:
            self._wait(early)
        self._next = self._clock() + INTERVAL


def ask(
    question: Question,
    places: Sequence[Place],
    request: Request,
    *,
    limit: int | None = None,
    pages: Pages | None = None,
    tell: Tell = lambda _: None,
    pace: Callable[[], Pace] = Pace,
) -> Answer:
    """Ask every place; a place that fails costs only itself.

    With a limit each place is left after so many events, for it gives the newest
    first. With `pages` every page is kept there as it comes and nowhere else, and
    what is there already is not asked for again. Ctrl-C ends it after the requests
    under way, but for those that take long, which are left: AWS may be silent for
    minutes, or refuse again and again.
    """
    asking = _Asking(question, request, limit=limit, pages=pages, places=len(places), pace=pace)
    # Not a `with` block: an interrupt must first tell the places to end.
    pool = ThreadPoolExecutor(max(1, min(len(places), _TOGETHER)), "lookup")
    running: list[Future[PlaceAnswer]] = []
    try:
        running += [pool.submit(asking.place, one) for one in places]
        _watched(running, lambda: tell(asking.progress))
    finally:
        asking.leave()
        pool.shutdown(wait=False, cancel_futures=True)
        wait([one for one in running if not one.cancelled()], timeout=_PATIENCE)
        asking.end()
    return _together([one.result() for one in running], limit)


def _watched(running: Sequence[Future[PlaceAnswer]], tell: Callable[[], None]) -> None:
    left = set(running)
    while left:
        _, left = wait(left, timeout=_LOOK_SECONDS)
        tell()


def _together(answers: Sequence[PlaceAnswer], limit: int | None) -> Answer:
    found = {one.id: one for answer in answers for one in answer.events}
    ordered = sorted(found.values(), key=lambda one: (one.time, one.id), reverse=True)
    cut = ordered if limit is None else ordered[:limit]
    truncated = len(cut) < len(ordered) or any(one.truncated for one in answers)
    return Answer(tuple(cut), tuple(answers), truncated)


class _Asking:
    """One question under way."""

    def __init__(
        self,
        question: Question,
        request: Request,
        *,
        limit: int | None,
        pages: Pages | None,
        places: int,
        pace: Callable[[], Pace],
    ) -> None:
        self._question, self._request, self._limit = question, request, limit
        self._pages, self._pace = pages, pace
        self._lock = threading.Lock()
        self._left, self._ended = threading.Event(), threading.Event()
        self.progress = Progress(places)

    def leave(self) -> None:
        """Let every place end after the request it is at."""
        self._left.set()

    def end(self) -> None:
        """Keep nothing any more: what is answered from now on comes too late."""
        with self._lock:
            self._ended.set()

    def place(self, place: Place) -> PlaceAnswer:
        """Ask one place to its end, from where an earlier run left it."""
        answer = PlaceAnswer(place)
        try:
            self._read(answer)
        except OpsError as error:
            answer.failure = error
        with self._lock:
            self.progress.ended += 1
        return answer

    def _read(self, answer: PlaceAnswer) -> None:
        place, until = answer.place, self._question.until
        seen: set[str] = set()
        if self._pages is not None:
            kept = self._pages.kept(place.account, place.region)
            if kept.done:
                return
            seen, until = set(kept.ids), kept.reached or until
        pace = self._pace()
        pages = self._request(place, self._question.since, until, self._question.asked())
        while not self._left.is_set():
            pace.turn()
            page = next(pages, None)
            if page is None:
                self._keep(place, [], None, done=True)
                return
            fresh = self._taken(answer, page, seen)
            self._keep(
                place, fresh, min((one["EventTime"] for one in page), default=None), done=False
            )
            if self._limit is not None and answer.found > self._limit:
                answer.truncated = True
                return
        raise AwsError(f"{place} was left before its end.")

    def _taken(
        self, answer: PlaceAnswer, page: Sequence[Mapping[str, Any]], seen: set[str]
    ) -> list[Event]:
        """Count a page, and return its events that fit and are new."""
        fresh = []
        for found in page:
            try:
                one = events.read(found)
            except ValueError:
                answer.unreadable += 1
                continue
            if self._question.fits(one):
                answer.duplicates += one.id in seen
                if one.id not in seen:
                    fresh.append(one)
                seen.add(one.id)
        answer.requests += 1
        answer.found += len(fresh)
        if self._pages is None:
            answer.events += fresh
        with self._lock:
            self.progress.requests += 1
            self.progress.events += len(fresh)
        return fresh

    def _keep(
        self, place: Place, fresh: list[Event], reached: datetime | None, *, done: bool
    ) -> None:
        if self._pages is None:
            return
        with self._lock:
            if not self._ended.is_set():
                self._pages.keep(place.account, place.region, fresh, reached, done=done)
