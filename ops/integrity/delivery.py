"""What a log file that no digest names is, by when it was delivered.

In an hour that all trails of the cell prove it was put there; elsewhere nobody can tell.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ops.integrity.chain import Shape
from ops.integrity.frame import Frame
from ops.integrity.keys import GRACE
from ops.integrity.span import HOUR, Span, common, merged
from ops.integrity.track import Track
from ops.layout import LogKey

SETTLE = timedelta(minutes=5)
"""How long before a fresh head's end a log may still be on its way into a digest."""
_MINUTE = timedelta(minutes=1)
_WRONG_CLOCK = timedelta(days=1)
"""How far the clock here may be behind: what says to be newer than that was not delivered."""

Trails = Mapping[tuple[str, str], tuple[Track, Shape]]


def minute_of(place: LogKey) -> Span:
    """Return when a log file was delivered, as exactly as its key says."""
    return Span(place.delivered, place.delivered + _MINUTE)


def unsettled(head: datetime) -> datetime:
    """Return from when on the logs before a fresh head's end await another digest."""
    return head - SETTLE - _MINUTE


class Delivery:
    """Judges log files that no digest names, by the finished chains of their cell."""

    def __init__(self, frame: Frame, trails: Trails, *, open_end: bool) -> None:
        self._frame = frame
        self._open_end = open_end
        reaches = [
            (span, shape, track)
            for track, shape in trails.values()
            if (span := track.span()) is not None
        ]
        self._pending = merged(_pending(shape, frame) for _, shape, _ in reaches)
        self._proven = self._by_all(reaches)
        self._trusted = _trusted([track for track, _ in trails.values()])
        self._lost_next = _judged([one for one in map(_head, trails.values()) if one])
        self.unsettled = False
        """Whether a file is pending that a checkpoint of now would vouch for."""

    def verdict(self, place: LogKey) -> str:
        """Return unreferenced, pending, uncovered or outside."""
        if place.day != place.delivered.date():
            return "unreferenced"  # CloudTrail names the day in both places
        minute = minute_of(place)
        if any(span.start <= minute.start < span.end for span in self._trusted):
            return "outside"
        proven = any(span.holds(minute) for span in self._proven)
        if minute.end > self._frame.until and not proven:
            return self._late(minute) if self._open_end else "outside"
        since = self._frame.since
        if since is not None and minute.start < since and not proven:
            return "outside"
        if any(minute.end + SETTLE > span.start and minute.start < span.end
               for span in self._pending):  # fmt: skip
            self.unsettled |= minute.start < self._lost_next
            return "pending"
        return "unreferenced" if proven else "uncovered"

    def _late(self, minute: Span) -> str:
        """Judge what was delivered after all digests."""
        if minute.start > self._frame.now + _WRONG_CLOCK:
            return "unreferenced"
        return "uncovered" if self._is_overdue(minute) else "pending"

    def _is_overdue(self, minute: Span) -> bool:
        """Whether a copy should hold the digest of what was delivered after its newest one."""
        longest = HOUR + GRACE
        return (
            minute.start - longest >= self._frame.until and minute.end + longest <= self._frame.now
        )

    def _by_all(self, reaches: Iterable[tuple[Span, Shape, Track]]) -> list[Span]:
        """Return the hours that every trail alive at the time has proven."""
        whole = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        proven: list[Span] = []
        agreed = [whole]
        for span, shape, _ in reaches:
            proven += shape.proven
            outside = [Span(whole.start, span.start), Span(span.end, whole.end)]
            agreed = common(agreed, [*outside, *shape.proven])
        return common(merged(proven), agreed)


def _pending(shape: Shape, frame: Frame) -> Span:
    """Return what a fresh chain has not reported yet; an open end reaches on for ever."""
    if not shape.pending:
        return Span(frame.until, frame.until)
    start = min(span.start for span in shape.pending)
    return Span(start, datetime.max.replace(tzinfo=UTC))


def _trusted(tracks: Sequence[Track]) -> list[Span]:
    """Return the time whose log files an earlier run has judged.

    It could not judge what was delivered shortly before the first of its heads, or after that;
    this is done now, as far back as the heads that were read again say what they name.
    """
    anchors = [track.anchor for track in tracks if track.anchor]
    heads = [
        Span(track.anchor_start or track.anchor.head.end, track.anchor.head.end)
        for track in tracks
        if track.anchor
    ]
    judged = _judged(heads)
    spans = (Span(one.trust.since, min(one.head.end, judged)) for one in anchors)
    return merged(span for span in spans if span.start < span.end)


def _head(trail: tuple[Track, Shape]) -> Span | None:
    """Return the interval of a chain's newest proven digest."""
    track, shape = trail
    for node in track.nodes:
        if node.proven and not node.backfill and node.key not in shape.overruled:
            return node.span
    end = track.anchor.head.end if track.anchor else None
    return Span(track.anchor_start or end, end) if end else None


def _judged(heads: Sequence[Span]) -> datetime:
    """Return until when log files are judged by runs that end at these heads.

    They know what was delivered in the heads' own hours; of what came shortly before the end
    of the first, or after it, the next run says more. Of one that was not read nothing is known.
    """
    if not heads:
        return datetime.min.replace(tzinfo=UTC)
    return max(min(unsettled(one.end) for one in heads), *(one.start for one in heads))
