"""A machine that looks for a regular expression in time that grows with the text alone.

It is in all its states at once (Thompson 1968) and remembers what it worked out, so no
text makes it go back and try again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ops.errors import PatternError

MOST_STATES = 5_000
_KEPT = 20_000
"""Steps that are remembered."""
Ranges = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of some."""

    ranges: Ranges
    negated: bool = False

    def has(self, char: str, *, cased: bool) -> bool:
        """Whether it may be this one."""
        ways = (char,) if cased else (char, char.lower(), char.upper())
        inside = any(low <= one <= high for one in ways for low, high in self.ranges)
        return inside != self.negated


@dataclass(frozen=True, slots=True)
class Edge:
    """The begin or the end of the text."""

    at: Literal["^", "$"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; without end if `most` is None."""

    part: "Part"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Either:
    """One of several sequences."""

    ways: tuple[tuple["Part", ...], ...]


Part = Chars | Edge | Repeat | Either


@dataclass(slots=True)
class _State:
    """A state: it takes a character, or leads on without one."""

    chars: Chars | None = None
    edge: str = ""
    to: tuple[int, ...] = ()


_States = frozenset[int]


@dataclass(slots=True)
class Machine:
    """An expression, ready to look for."""

    either: Either
    text: str
    cased: bool = field(kw_only=True)
    _states: list[_State] = field(default_factory=lambda: [_State()])
    """The first is the end: whoever is there has found it."""
    _begin: int = 0
    _steps: dict[tuple[_States, str], _States] = field(default_factory=dict)
    _closures: dict[tuple[_States, bool, bool], _States] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the states."""
        self._begin = self._made(self.either, 0)

    def found(self, text: str) -> bool:
        """Whether the expression is found anywhere in a text."""
        begin = frozenset([self._begin])
        states = begin
        for place in range(len(text) + 1):
            live = self._closure(states, place == 0, place == len(text))
            if 0 in live:
                return True
            if place < len(text):
                states = self._step(live, text[place]) | begin
        return False

    def _step(self, live: _States, char: str) -> _States:
        known = self._steps.get((live, char))
        if known is None:
            if len(self._steps) > _KEPT:
                self._steps.clear()
            known = frozenset(
                self._states[one].to[0] for one in live
                if (chars := self._states[one].chars) and chars.has(char, cased=self.cased)
            )  # fmt: skip
            self._steps[live, char] = known
        return known

    def _closure(self, states: _States, first: bool, last: bool) -> _States:  # noqa: FBT001  # a key
        """Return the states that some lead to without a character: the end, or taking one."""
        known = self._closures.get((states, first, last))
        if known is None:
            if len(self._closures) > _KEPT:
                self._closures.clear()
            seen: set[int] = set()
            todo = list(states)
            while todo:
                number = todo.pop()
                if number not in seen:
                    seen.add(number)
                    todo += self._free(self._states[number], first=first, last=last)
            known = frozenset(one for one in seen if one == 0 or self._states[one].chars)
            self._closures[states, first, last] = known
        return known

    @staticmethod
    def _free(state: _State, *, first: bool, last: bool) -> Sequence[int]:
        shut = state.chars or (state.edge == "^" and not first) or (state.edge == "$" and not last)
        return () if shut else state.to

    def _made(self, part: Part, after: int) -> int:
        """Add the states of a part that leads on to `after`; return where it begins."""
        match part:
            case Chars():
                return self._added(_State(part, to=(after,)))
            case Edge():
                return self._added(_State(edge=part.at, to=(after,)))
            case Either():
                return self._added(_State(to=tuple(self._row(way, after) for way in part.ways)))
            case Repeat():
                return self._repeated(part, after)

    def _row(self, parts: Sequence[Part], after: int) -> int:
        for one in reversed(parts):
            after = self._made(one, after)
        return after

    def _repeated(self, repeat: Repeat, after: int) -> int:
        if repeat.most is None:
            loop = self._added(_State())
            self._states[loop].to = (self._made(repeat.part, loop), after)
            begin = loop
        else:
            begin = after
            for _ in range(repeat.most - repeat.least):
                begin = self._added(_State(to=(self._made(repeat.part, begin), after)))
        for _ in range(repeat.least):
            begin = self._made(repeat.part, begin)
        return begin

    def _added(self, state: _State) -> int:
        if len(self._states) == MOST_STATES:
            raise PatternError(f"the expression {self.text!r} has too many repetitions")
        self._states.append(state)
        return len(self._states) - 1
