"""What kinds of events a history holds, and which of them a rule can find.

A kind is one set of values in a few columns that nearly every rule names. There are some
hundreds of kinds among millions of events, so a rule is decided on them first: most
rules find none and are done; of the others the names of their events are known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops.query.model import Engine, Statement
from ops.query.tables import TEXT_COLUMNS
from ops.rules.predicate import And, Leaf, Not, Or, Predicate, Record

_PATHS = ("eventSource", "eventName", "errorCode", "userIdentity.type", "userIdentity.invokedBy",
          "eventType", "eventCategory")  # fmt: skip
_COLUMNS = tuple(TEXT_COLUMNS[path] for path in _PATHS)
_NAME = _PATHS.index("eventName")


@dataclass(frozen=True, slots=True)
class Kind:
    """Events that are alike in the columns a rule is decided on first."""

    values: tuple[str | None, ...]
    events: int

    @property
    def name(self) -> str | None:
        """The event's name."""
        return self.values[_NAME]

    @property
    def record(self) -> Record:
        """A record that holds these values and no other."""
        record: dict[str, object] = {}
        for path, value in zip(_PATHS, self.values, strict=True):
            *way, last = path.split(".")
            place = record
            for key in way:
                place = place.setdefault(key, {})  # type: ignore[assignment]  # made right here
            place[last] = value
        return record


class Kinds:
    """All kinds of events of a history that a condition holds for."""

    def __init__(self, found: Sequence[Kind]) -> None:
        self._kinds = [(one, one.record) for one in found]
        self.events = sum(one.events for one in found)

    def of(self, tree: Predicate) -> list[Kind]:
        """Return the kinds among whose events a predicate may hold."""
        return [one for one, record in self._kinds if _may(tree, record) is not False]


def counted(engine: Engine, only: str) -> Kinds:
    """Count the events of an engine by kind, those for which the condition `only` holds."""
    listed = ", ".join(_COLUMNS)
    text = f"SELECT {listed}, count(*) FROM events WHERE {only} GROUP BY {listed}"
    rows = engine.run(Statement(text, {}), limit=None).rows
    return Kinds([Kind(tuple(_texts(row[:-1])), _number(row[-1])) for row in rows])


def _texts(cells: Sequence[object]) -> Iterator[str | None]:
    yield from (None if one is None else str(one) for one in cells)


def _number(cell: object) -> int:
    return cell if isinstance(cell, int) else 0


def _may(tree: Predicate, record: Record) -> bool | None:
    """Whether a predicate holds for every event of a kind, for none, or that is not known."""
    match tree:
        case Leaf():
            return tree.holds(record) if ".".join(tree.path) in _PATHS else None
        case Not():
            part = _may(tree.part, record)
            return None if part is None else not part
        case And() | Or():
            decides = isinstance(tree, Or)
            parts = [_may(one, record) for one in tree.parts]
            if decides in parts:
                return decides
            return None if None in parts else not decides
