"""What lies in a cell's log folders, against what digests name: the unreferenced.

Days are listed ahead of need and beside the walk, newest first; a day is
compared once the walk has passed it. Only files no digest names are remembered; whether one of them was put there
depends on the finished chains: in an hour that all trails of the cell prove, it
was; elsewhere nobody can tell.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from ops.archive.model import Archive
from ops.integrity import listing
from ops.integrity.chain import Shape
from ops.integrity.discover import Cell, Unlisted
from ops.integrity.frame import Frame
from ops.integrity.keys import GRACE
from ops.integrity.ledger import Ledger
from ops.integrity.listing import LogDays, Logs
from ops.integrity.outcome import FamilyCount, Stray
from ops.integrity.span import HOUR, Span, common, merged
from ops.integrity.track import Track
from ops.layout import Family, LogKey, parse

_MINUTE = timedelta(minutes=1)
SETTLE = timedelta(minutes=5)
"""How long before a fresh head's end a log may still be on its way into a digest."""
_FIRST_DAYS, _MOST_DAYS, _WORTH_A_LISTING = 3, 31, 1_000
"""Days listed together at first and at most; files that fill a page of a listing."""
_MOST_HELD = 100_000
"""Files of one kind that no digest names, held until the chains are judged; more are counted."""

Trails = Mapping[tuple[str, str], tuple[Track, Shape]]


class Stock:
    """The log folders of one cell, compared with the ledger day by day."""

    def __init__(
        self,
        archive: Archive,
        cell: Cell,
        frame: Frame,
        pool: Executor,
        *,
        first: date | None,
        open_end: bool,
        older: bool = True,
        bucket: str = "",
        most: int = _MOST_HELD,
    ) -> None:
        self._bucket = bucket
        self._most = most
        self._count_older = older and frame.since is None
        self._archive = archive
        self._cell = cell
        self._frame = frame
        self._pool = pool
        self._first = first
        self._open_end = open_end
        newest = min(frame.until, frame.now).date()  # what is newer is found beyond the last day
        self._next = _next_day(newest) if open_end else newest
        self._ahead: date | None = self._next
        """The newest day not asked for yet; None after the oldest."""
        self._together = _FIRST_DAYS
        self._asked: deque[Future[LogDays]] = deque()
        self._listed: dict[date, Logs] = {}
        self._candidates: dict[Family, list[str]] = defaultdict(list)
        self._foreign: list[str] = []
        self._later: list[str] = []
        """In folders of days after the range's."""
        self._overflow: Counter[Family] = Counter()
        self._referenced: Counter[Family] = Counter()
        self._doubtful: Counter[Family] = Counter()
        self._older: Counter[Family] = Counter()
        self.notes: list[str] = []
        self.unlisted: list[Unlisted] = []
        self._ask()

    def reached(self, moment: datetime, ledger: Ledger) -> None:
        """The walk has come down to a digest that ended at `moment`."""
        while self._first is not None and self._next > _next_day(moment.date()):
            if self._next < self._first:
                return
            self._compare(ledger)

    def finish(self, ledger: Ledger) -> None:
        """Compare all days that are left."""
        while self._first is not None and self._next >= self._first:
            self._compare(ledger)
        while self._asked:  # a range without a day in it
            self._take()
        for key in self._later:
            place = parse(key)
            assert isinstance(place, LogKey)  # noqa: S101  # the listing chose it so
            if key in ledger.days[place.day] or key in ledger.others[place.day]:
                self._referenced[place.family] += 1
            else:
                self._hold(key, place.family)

    def sorted_out(self, trails: Trails) -> tuple[dict[str, FamilyCount], Span | None]:
        """Say of every unreferenced file whether it was put there, by the finished chains."""
        judge = _Judge(self._frame, trails, open_end=self._open_end)
        planted: dict[Family, list[str]] = defaultdict(list)
        counts: dict[str, Counter[Family]] = defaultdict(Counter)
        minutes: list[Span] = []
        for key in chain.from_iterable(self._candidates.values()):
            place = parse(key)
            assert isinstance(place, LogKey)  # noqa: S101  # the listing chose it so
            what = judge.verdict(place)
            counts[what][place.family] += 1
            if what == "unreferenced":
                planted[place.family].append(key)
            elif what == "uncovered":
                minutes.append(Span(place.delivered, place.delivered + _MINUTE))
        planted[Family.LOG] += self._foreign
        counts["uncovered"] += self._older + self._doubtful + self._overflow
        families = {*self._cell.families, *planted} if self._foreign else set(self._cell.families)
        return {
            family.value: FamilyCount(
                referenced=self._referenced[family],
                unreferenced=self._told(family, planted[family]),
                unnamed=max(0, len(planted[family]) - self._limit(family)),
                uncovered=counts["uncovered"][family],
                pending=counts["pending"][family],
            )
            for family in sorted(families)
        }, _hull(minutes, self._frame, older=bool(self._older))

    def _told(self, family: Family, keys: list[str]) -> tuple[Stray, ...]:
        told = sorted(keys)[: self._limit(family)]
        return tuple(Stray(key, self._bucket) for key in told)

    def _limit(self, family: Family) -> int:
        """Return how many strays are kept by name: an honest archive has some of other kinds only."""
        return 2 * _MOST_HELD if family is Family.LOG else self._most

    def _ask(self) -> None:
        """Have the next days listed; without digests there are none, only older files."""
        if self._ahead is None:
            return
        oldest = self._first or _next_day(_next_day(self._frame.until.date()))
        first = max(oldest, self._ahead - timedelta(days=self._together - 1))
        end = max(first, _next_day(self._ahead))
        older = first == oldest and self._count_older
        later = self._open_end and self._ahead == self._next
        if first < end or older:
            self._asked.append(
                self._pool.submit(
                    listing.log_days, self._archive, self._cell, first, end,
                    older=older, later=later,
                )
            )  # fmt: skip
        self._ahead = None if first == oldest else first - timedelta(days=1)

    def _take(self) -> None:
        """Take in days that were listed, and have the next ones listed meanwhile."""
        self._ask()
        found = self._asked.popleft().result()
        self._listed = found.days
        self._older += found.older
        self._later += found.later[:_MOST_HELD]
        self._put_aside(found.astray)
        self.unlisted += found.unlisted
        if found.days:
            fitting = len(found.days) * _WORTH_A_LISTING // max(1, found.count)
            self._together = min(max(1, fitting), _MOST_DAYS)

    def _compare(self, ledger: Ledger) -> None:
        day = self._next
        if day not in self._listed:
            self._take()
        self._next = day - timedelta(days=1)
        found = self._listed.pop(day)
        named, doubtful = ledger.settled(day)
        for key, family in found.keys.items():
            if key in named:
                self._referenced[family] += 1
            elif key in doubtful:
                self._doubtful[family] += 1
            else:
                self._hold(key, family)
        self._put_aside(found.foreign)
        if found.junk:
            self.notes.append(f"{found.junk} objects in the log folders of {day} are no log files")

    def _hold(self, key: str, family: Family) -> None:
        """Keep a file that no digest names until the chains are judged."""
        if len(self._candidates[family]) < _MOST_HELD:
            self._candidates[family].append(key)
        else:
            self._overflow[family] += 1

    def _put_aside(self, foreign: Sequence[str]) -> None:
        """Keep files that readers would take for logs and that CloudTrail cannot have named so."""
        room = _MOST_HELD - len(self._foreign)
        self._foreign += foreign[:room]
        self._overflow[Family.LOG] += len(foreign[room:])


class _Judge:
    """Whether a log that no digest names was put there."""

    def __init__(self, frame: Frame, trails: Trails, *, open_end: bool) -> None:
        self._frame = frame
        self._open_end = open_end
        reaches = [
            (span, shape, track)
            for track, shape in trails.values()
            if (span := track.span()) is not None
        ]
        self._pending = merged(_pending(shape, frame) for _, shape, _ in reaches for _ in (0,))
        self._proven = self._by_all(reaches)
        self._trusted = merged(
            Span(track.anchor.trust.since, track.anchor.head.end)
            for _, _, track in reaches
            if track.anchor
        )

    def verdict(self, place: LogKey) -> str:
        """Return unreferenced, pending, uncovered or outside."""
        minute = Span(place.delivered, place.delivered + _MINUTE)
        if any(span.start <= minute.start < span.end for span in self._trusted):
            return "outside"
        proven = any(span.holds(minute) for span in self._proven)
        if minute.end > self._frame.until and not proven:
            late = "uncovered" if self._is_overdue(minute) else "pending"
            return late if self._open_end else "outside"
        since = self._frame.since
        if since is not None and minute.start < since and not proven:
            return "outside"
        if place.day != place.delivered.date():
            return "unreferenced"
        if any(minute.end + SETTLE > span.start and minute.start < span.end
               for span in self._pending):  # fmt: skip
            return "pending"
        return "unreferenced" if proven else "uncovered"

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


def _hull(minutes: list[Span], frame: Frame, *, older: bool) -> Span | None:
    if older:
        return Span(
            datetime.min.replace(tzinfo=UTC), max([m.end for m in minutes], default=frame.until)
        )
    if not minutes:
        return None
    return Span(min(one.start for one in minutes), max(one.end for one in minutes))


def _next_day(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
