"""What kinds of events a history holds, and which of them a rule can find.

A kind is one set of values in a few columns that nearly every rule names. There are some
hundreds of kinds among millions of events, so a rule is decided on them first: most
rules find none and are done; of the others the names of their events are known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops.query.model import Engine, Statement
from ops.query.tables import TEXT_COLUMNS
from ops.rules.predicate import And, Leaf, Not, Or, Predicate

_PATHS = ("eventSource", "eventName", "errorCode", "userIdentity.type", "userIdentity.invokedBy",
          "eventType", "eventCategory")  # fmt: skip
_COLUMNS = tuple(TEXT_COLUMNS[path] for path in _PATHS)
_PLACES = {tuple(path.split(".")): place for place, path in enumerate(_PATHS)}
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


class Kinds:
    """All kinds of events of a history that a condition holds for."""

    def __init__(self, found: Sequence[Kind]) -> None:
        self._kinds = found
        self.events = sum(one.events for one in found)
        self._held: dict[tuple[Leaf, str | None], bool] = {}

    def of(self, tree: Predicate) -> list[Kind]:
        """Return the kinds among whose events a predicate may hold."""
        return [one for one in self._kinds if self._may(tree, one) is not False]

    def _may(self, tree: Predicate, kind: Kind) -> bool | None:
        """Whether a predicate holds for every event of a kind, for none, or that is not known."""
        match tree:
            case Leaf():
                place = _PLACES.get(tree.path)
                return None if place is None else self._holds(tree, kind.values[place])
            case Not():
                part = self._may(tree.part, kind)
                return None if part is None else not part
            case And() | Or():
                return self._together(tree, kind)

    def _together(self, tree: And | Or, kind: Kind) -> bool | None:
        decides, unknown = isinstance(tree, Or), False
        for one in tree.parts:
            part = self._may(one, kind)
            if part is decides:
                return decides
            unknown = unknown or part is None
        return None if unknown else not decides

    def _holds(self, leaf: Leaf, value: str | None) -> bool:
        if (leaf, value) not in self._held:
            there = value is not None and leaf.test.holds(value)
            self._held[leaf, value] = there != leaf.negated
        return self._held[leaf, value]


def counted(engine: Engine, only: str) -> Kinds:
    """Count the events of an engine by kind, those for which the condition `only` holds."""
    listed = ", ".join(_COLUMNS)
    text = f"SELECT {listed}, count(*) FROM events WHERE {only} GROUP BY {listed}"  # noqa: S608  # of names of ours
    rows = engine.run(Statement(text, {}), limit=None).rows
    return Kinds([Kind(tuple(_texts(row[:-1])), _number(row[-1])) for row in rows])


def _texts(cells: Sequence[object]) -> Iterator[str | None]:
    yield from (None if one is None else str(one) for one in cells)


def _number(cell: object) -> int:
    return cell if isinstance(cell, int) else 0
