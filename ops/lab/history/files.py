"""From what happened to the files CloudTrail delivers: when, in which, and what comes late.

A record usually lies in a file delivered minutes after the event. A few come
hours later, a few twice, and a few are followed by a correction; a few files
hold nothing at all.

Source: CloudTrail User Guide, "Finding your CloudTrail log files": delivery
within about 15 minutes on average, with no promise.
"""

import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.lab.history import oddities
from ops.lab.history.cells import Cell
from ops.lab.history.dice import Dice
from ops.lab.history.plan import HOUR, Place, Plan
from ops.lab.history.routine import Event
from ops.layout import Family, LogKey

_A_FILE = 104
"""Events in a file where there are many: about 20 kB compressed."""
_WINDOWS = (1, 2, 3, 4, 6, 12)
"""Into how many parts an hour is cut; CloudTrail delivers every five minutes at most."""
_LATE, _TWICE, _CORRECTED = 1 / 2000, 1 / 1500, 1 / 4000
_EMPTY_EVERY = 500


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of events as CloudTrail delivers it."""

    key: LogKey
    delivered: datetime
    events: tuple[Event, ...]

    def text(self) -> bytes:
        """Return its content before compression."""
        joined = ",".join(text for _, text in self.events)
        # A byte that is no UTF-8 travels through str as a lone surrogate.
        return f'{{"Records":[{joined}]}}'.encode("utf-8", "surrogateescape")


def compress(content: bytes) -> bytes:
    """Return a gzip file without a name and a time: equal content, equal bytes."""
    return zlib.compress(content, 1, wbits=31)


class Deliveries:
    """The files of one account and region. Cells go in by the hour, oldest first."""

    def __init__(self, plan: Plan, place: Place) -> None:
        self._plan, self._place = plan, place
        self._late: list[tuple[datetime, int, Event]] = []
        self._count = 0

    def files(self, number: int, cell: Cell) -> Iterator[LogFile]:
        """Yield the files with a cell's events, and with earlier ones that come late."""
        dice = Dice(self._plan.seed, "files", self._place, cell.hour)
        if number % _EMPTY_EVERY == _EMPTY_EVERY // 2:
            yield from self._file(Family.LOG, cell.hour + timedelta(minutes=5), (), dice)
        for end, events in self._windows(cell, dice):
            delivered = end + timedelta(seconds=dice.randrange(120, 540))
            for part in _parts([*events, *self._due(delivered)]):
                yield from self._file(Family.LOG, delivered, tuple(part), dice)
        for family, found in cell.others.items():
            delivered = cell.hour + HOUR + timedelta(seconds=dice.randrange(120, 540))
            yield from self._file(Family(family), delivered, tuple(found), dice)

    def _windows(self, cell: Cell, dice: Dice) -> Iterator[tuple[datetime, list[Event]]]:
        """Yield the ends of an hour's delivery windows and the events in time for each."""
        fitting = [one for one in _WINDOWS if one * _A_FILE <= len(cell.events)]
        length = HOUR / max(fitting, default=1)
        windows: dict[int, list[Event]] = {}
        for event in cell.events:
            if not self._delayed(event, dice):
                windows.setdefault((event[0] - cell.hour) // length, []).append(event)
        for nth in sorted(windows):
            yield cell.hour + (nth + 1) * length, windows[nth]

    def _delayed(self, event: Event, dice: Dice) -> bool:
        """Whether an event comes late only; a copy or a correction may follow later still."""
        moment, text = event
        chance = dice.random()
        if chance < _LATE:
            self._later(moment + timedelta(minutes=dice.randrange(70, 600)), event)
            return True
        if chance < _LATE + _TWICE:
            self._later(moment + timedelta(minutes=dice.randrange(65, 130)), event)
        elif chance < _LATE + _TWICE + _CORRECTED and "\udcff" not in text:
            fixed = (moment, oddities.corrected(text, dice.uuid()))
            self._later(moment + timedelta(minutes=dice.randrange(90, 400)), fixed)
        return False

    def _later(self, due: datetime, event: Event) -> None:
        self._count += 1
        heapq.heappush(self._late, (due, self._count, event))

    def _due(self, moment: datetime) -> Iterator[Event]:
        while self._late and self._late[0][0] <= moment:
            yield heapq.heappop(self._late)[2]

    def _file(
        self, family: Family, delivered: datetime, events: tuple[Event, ...], dice: Dice
    ) -> Iterator[LogFile]:
        """Yield one file, unless it is still under way when the history ends."""
        if delivered >= self._plan.end:
            return
        place = self._place
        key = LogKey(
            self._plan.zone.trail.prefix, place.organization, place.account, family, place.region,
            delivered.date(), delivered.replace(second=0), dice.letters(16),
        )  # fmt: skip
        yield LogFile(key, delivered, events)


def _parts(events: list[Event]) -> Iterator[list[Event]]:
    """Yield a window's events in parts of equal size, none much larger than usual."""
    count = max(1, round(len(events) / _A_FILE))
    for nth in range(count):
        yield events[nth * len(events) // count : (nth + 1) * len(events) // count]
