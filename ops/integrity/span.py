"""Stretches of time: half-open, aware, UTC; and the arithmetic of many of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
"""How long the interval of a digest is."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, [start, end)."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def hours(self) -> int:
        """How many hourly digests it takes to cover it; at least one."""
        return max(1, round(self.length / HOUR))

    def overlaps(self, other: "Span") -> bool:
        """Whether both share at least one moment."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        """Whether all of `other` lies in it."""
        return self.start <= other.start and other.end <= self.end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the union, as few spans as it takes, in order of time."""
    union: list[Span] = []
    for span in sorted(spans):
        if union and span.start <= union[-1].end:
            if span.end > union[-1].end:
                union[-1] = Span(union[-1].start, span.end)
        elif span.start < span.end:
            union.append(span)
    return union


def without(whole: Span, spans: Iterable[Span]) -> list[Span]:
    """Return what is left of `whole` when the spans are taken away."""
    left: list[Span] = []
    at = whole.start
    for span in merged(spans):
        if span.start >= whole.end:
            break
        if span.start > at:
            left.append(Span(at, span.start))
        at = max(at, span.end)
    if at < whole.end:
        left.append(Span(at, whole.end))
    return left


def common(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Return what lies in both unions."""
    others = merged(second)
    return merged(
        Span(max(one.start, other.start), min(one.end, other.end))
        for one in merged(first)
        for other in others
        if one.overlaps(other)
    )


def clock(moment: datetime) -> str:
    """Return a time as every output of this tool writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
