"""What lies in a cell's log folders, against what digests name: the unreferenced.

Days are listed ahead of need and beside the walk, newest first; a day is
compared once the walk has passed it. Only files no digest names are remembered; whether one of them was put there
depends on the finished chains: in an hour that all trails of the cell prove, it
was; elsewhere nobody can tell.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from ops.archive.model import Archive
from ops.integrity import listing
from ops.integrity.causes import CAUSES
from ops.integrity.delivery import Delivery, Trails, minute_of
from ops.integrity.discover import Cell, Unlisted
from ops.integrity.finding import Verdict
from ops.integrity.frame import Frame
from ops.integrity.ledger import Ledger
from ops.integrity.listing import LogDays, Logs
from ops.integrity.outcome import FamilyCount, LogSink, Stray
from ops.integrity.span import Span
from ops.layout import Family, LogKey, parse

_FIRST_DAYS, _MOST_DAYS, _WORTH_A_LISTING = 3, 31, 1_000
"""Days listed together at first and at most; files that fill a page of a listing."""
_MOST_HELD = 100_000
"""Files of one kind that no digest names, held until the chains are judged; more are counted."""

_UNCOVERED = CAUSES["uncovered-logs"]
_PLANTED = CAUSES["unreferenced"]
_TOO_NEW = "no digest covers its hour yet"


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
        tell: LogSink | None = None,
    ) -> None:
        self._bucket = bucket
        self._tell = tell or _to_nobody
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
        self.unsettled = False
        """Whether a file is pending that a checkpoint of now would vouch for."""
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
        delivery = Delivery(self._frame, trails, open_end=self._open_end)
        planted: dict[Family, list[str]] = defaultdict(list)
        counts: dict[str, Counter[Family]] = defaultdict(Counter)
        minutes: list[Span] = []
        for key in chain.from_iterable(self._candidates.values()):
            place = parse(key)
            assert isinstance(place, LogKey)  # noqa: S101  # the listing chose it so
            what = delivery.verdict(place)
            counts[what][place.family] += 1
            if what == "unreferenced":
                planted[place.family].append(key)
            elif what == "pending":
                self._tell(key, Verdict.PENDING, _TOO_NEW, "")
            elif what == "uncovered":
                minutes.append(minute_of(place))
                self._tell_uncovered([key])
        self.unsettled = delivery.unsettled
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
        keys, limit = sorted(keys), self._limit(family)
        for key in keys[limit:]:
            self._tell(key, _PLANTED.verdict, _PLANTED.phrase, "")
        return tuple(Stray(key, self._bucket) for key in keys[:limit])

    def _tell_uncovered(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._tell(key, _UNCOVERED.verdict, _UNCOVERED.phrase, "")

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
        room = _MOST_HELD - len(self._later)
        self._later += found.later[:room]
        self._leave_out(found.later[room:])
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
                self._tell_uncovered([key])
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
            self._tell_uncovered([key])

    def _put_aside(self, foreign: Sequence[str]) -> None:
        """Keep files that readers would take for logs and that CloudTrail cannot have named so."""
        room = _MOST_HELD - len(self._foreign)
        self._foreign += foreign[:room]
        self._leave_out(foreign[room:])

    def _leave_out(self, keys: Sequence[str]) -> None:
        self._overflow[Family.LOG] += len(keys)
        self._tell_uncovered(keys)


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


def _to_nobody(key: str, verdict: Verdict, reason: str, digest: str) -> None:
    """Tell nobody."""
