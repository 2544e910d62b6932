"""One account, region and hour: everything that happened there, in order.

A cell depends on the plan and itself only, so a history of any length is made
hour by hour in constant memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ops.lab.history import cast, families, oddities, routine, sessions
from ops.lab.history.dice import Dice
from ops.lab.history.plan import EVENTS_AN_HOUR, Part, Place, Plan
from ops.lab.history.record import Act, fill
from ops.lab.history.routine import Event

_BUSY = {Part.WORKLOAD: 1.5, Part.AUDIT: 0.5, Part.MANAGEMENT: 0.4, Part.ARCHIVE: 0.5}
"""How much happens in an account, in shares of the average one."""
_HOME, _ELSEWHERE = 1.5, 0.75
_DAY = (0.7, 1.3)
"""How busy nights and weekends are, and working hours."""


@dataclass(slots=True)
class Cell:
    """What happened in one account and region during one hour, oldest first."""

    place: Place
    hour: datetime
    events: list[Event]
    others: dict[str, list[Event]] = field(default_factory=dict)
    """Events of the other families, by family."""


class Cells:
    """The cells of a plan, with the attack woven in."""

    def __init__(
        self, plan: Plan, story: dict[tuple[Place, datetime], list[tuple[str, Event]]]
    ) -> None:
        self._plan = plan
        self._story = story
        self._share = _shares(plan)

    def make(self, number: int, place: Place, hour: datetime) -> Cell:
        """Return one cell; `number` counts the cells of the history from 0."""
        plan = self._plan
        lanes = list(cast.lanes(plan, place, hour))
        events = [*self._bulk(number, place, hour, lanes), *self._openings(place, hour, lanes)]
        events += routine.events(plan, place, hour)
        others: dict[str, list[Event]] = {}
        for family, event in families.events(plan, place, hour):
            others.setdefault(family, []).append(event)
        for family, event in self._story.get((place, hour), []):
            (events if not family else others.setdefault(family, [])).append(event)
        kept = sorted((one for one in events if plan.begin <= one[0] < plan.end), key=_moment)
        others = {
            family: sorted((one for one in found if plan.begin <= one[0] < plan.end), key=_moment)
            for family, found in others.items()
        }
        return Cell(place, hour, kept, others)

    def _openings(self, place: Place, hour: datetime, lanes: list[cast.Lane]) -> Iterator[Event]:
        dice = Dice(self._plan.seed, "openings", place, hour)
        for lane in lanes:
            for opening in lane.began:
                yield sessions.of(opening, place, self._plan, dice)
        yield from sessions.handed_out(self._plan, place, hour)

    def _bulk(
        self, number: int, place: Place, hour: datetime, lanes: list[cast.Lane]
    ) -> Iterator[Event]:
        """Yield the many events whose number the scale decides."""
        plan = self._plan
        dice = Dice(plan.seed, "bulk", place, hour)
        day = _DAY[cast.on_duty(hour)]
        count = dice.some(plan.scale * EVENTS_AN_HOUR * self._share[place] * day)
        prefix = f"{hour:%Y-%m-%dT%H}"
        odd = oddities.for_cell(number)
        huge = number % oddities.HUGE_EVERY == oddities.EVERY - 1
        for nth, (lane, act) in enumerate(_who_does_what(lanes, count, dice)):
            second = 60 + int(dice.random() * 3540)
            moment = hour + timedelta(seconds=second)
            time = f"{prefix}:{second // 60:02d}:{second % 60:02d}Z"
            text = fill(act, lane.caller, time, dice)
            if nth == 0 and odd:
                text = oddities.odd(text, odd)
            elif nth == 1 and huge:
                text = oddities.huge(text)
            yield moment, text


def _who_does_what(
    lanes: list[cast.Lane], count: int, dice: Dice
) -> Iterator[tuple[cast.Lane, Act]]:
    """Yield who makes each of some calls, and which."""
    busy = dice.choices(lanes, [one.weight for one in lanes], k=count)
    acts = {
        id(lane): iter(dice.choices(
            [act for _, act in lane.acts], [weight for weight, _ in lane.acts], k=busy.count(lane)
        ))
        for lane in lanes
    }  # fmt: skip
    for lane in busy:
        yield lane, next(acts[id(lane)])


def _moment(event: Event) -> datetime:
    return event[0]


def _shares(plan: Plan) -> dict[Place, float]:
    """Return each place's share of the events, 1 on average over the whole week and plan."""
    raw = {
        place: _BUSY[plan.part(place.account)]
        * (_HOME if place.region == place.home_region else _ELSEWHERE)
        for place in plan.places
    }
    mean = sum(raw.values()) / len(raw)
    working = 5 * 12 / (7 * 24)
    daily = working * _DAY[True] + (1 - working) * _DAY[False]
    return {place: share / mean / daily for place, share in raw.items()}
