"""What a run of collect did, in numbers and for those who ask further."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ops.errors import Exit
from ops.history.publish import Counts

_MOST_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Problem:
    """An object of which not everything could be stored."""

    key: str
    what: Literal["unreadable", "quarantined"]
    """Not read at all, and so tried again by the next run; or in part no event."""
    reason: str
    hint: str = ""


@dataclass(slots=True)
class Outcome:
    """What a run did."""

    source: str
    store: str
    run: str
    allow_empty: bool = False
    objects_seen: int = 0
    objects_new: int = 0
    foreign: int = 0
    unreadable: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)
    """The first of them."""

    def note(self, problem: Problem) -> None:
        """Take note of a problem."""
        if len(self.problems) < _MOST_NAMED:
            self.problems.append(problem)

    @property
    def empty(self) -> bool:
        """Whether there was nothing that could hold events."""
        return self.objects_seen == self.foreign

    @property
    def exit_code(self) -> Exit:
        """Findings if anything was quarantined; incomplete if something could not be read."""
        if self.counts.quarantined:
            return Exit.FINDINGS
        if self.unreadable or (self.empty and not self.allow_empty):
            return Exit.INCOMPLETE
        return Exit.OK

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        counts = self.counts
        return {
            "source": self.source,
            "store": self.store,
            "run": self.run,
            "objects_seen": self.objects_seen,
            "objects_new": self.objects_new,
            "foreign": self.foreign,
            "unreadable": self.unreadable,
            "records_read": counts.records,
            "events_stored": counts.stored,
            "duplicates": counts.duplicates,
            "conflicts": counts.conflicts,
            "quarantined": counts.quarantined,
            "problems": [asdict(one) for one in self.problems],
        }
