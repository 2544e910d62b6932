"""The attack as it was played: every record of it, and where it lies."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from ops.lab.history import scenes
from ops.lab.history.attack import STEPS, Planted, Stage
from ops.lab.history.identity import TIME
from ops.lab.history.plan import Place


class Story(Stage):
    """The attack of one plan: when it was, and every record of it."""

    @cached_property
    def planted(self) -> tuple[Planted, ...]:
        """Every record of the story, oldest first."""
        return tuple(sorted(scenes.all_of(self), key=lambda one: (one.moment, one.event_id)))

    def step(self, name: str) -> list[Planted]:
        """Return the records of one step."""
        return [one for one in self.planted if one.step == name]

    def timeline(self) -> Iterator[dict[str, object]]:
        """Yield what happened, a row a step: when, where, what, and how many events."""
        for step in STEPS:
            found = self.step(step.name)
            yield {
                "at": found[0].moment.strftime(TIME),
                "step": step.name,
                "title": step.title,
                "technique": step.technique,
                "account": found[0].place.account,
                "region": found[0].place.region,
                "events": len(found),
            }


def woven(story: Story) -> dict[tuple[Place, datetime], list[tuple[str, tuple[datetime, str]]]]:
    """Return a story's records by the cell they belong to."""
    cells: dict[tuple[Place, datetime], list[tuple[str, tuple[datetime, str]]]] = {}
    for one in story.planted:
        hour = one.moment.replace(minute=0, second=0)
        cells.setdefault((one.place, hour), []).append((one.family, (one.moment, one.text)))
    return cells
