"""A plausible history of an organisation: who called what, and one attack in it.

    plan → cells (an account, region and hour) → files → `ops.lab.delivery`

Deterministic: equal zone, seed, begin, end, scale and switches give equal files.
Streaming: memory does not grow with the length of the history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ops.lab.history.attack import STEPS, Facts, Planted, Step
from ops.lab.history.cells import Cell, Cells
from ops.lab.history.files import Deliveries, LogFile, compress
from ops.lab.history.plan import Part, Place, Plan, plan
from ops.lab.history.story import Story, woven

__all__ = [
    "STEPS", "Batch", "Cell", "Facts", "LogFile", "Part", "Place", "Plan", "Planted", "Step",
    "Story", "compress", "made", "plan",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """What one hour of one account and region led to."""

    place: Place
    hour: datetime
    files: list[LogFile]


def made(wanted: Plan, story: Story | None = None) -> Iterator[Batch]:
    """Yield a history, hour by hour and within the hour place by place.

    `story` defaults to the plan's own attack, if it wants one.
    """
    if story is None and wanted.attack:
        story = Story(wanted)
    cells = Cells(wanted, woven(story) if story else {})
    deliveries = {place: Deliveries(wanted, place) for place in wanted.places}
    number = 0
    for hour in wanted.hours():
        for place in wanted.places:
            cell = cells.make(number, place, hour)
            yield Batch(place, hour, list(deliveries[place].files(number, cell)))
            number += 1
