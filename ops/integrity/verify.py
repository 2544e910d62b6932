"""One run: discover, list keys, walk every cell, say what it comes to."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.archive.fetch import Fetcher
from ops.archive.model import Archive
from ops.errors import ArchiveError
from ops.integrity import listing
from ops.integrity.ahead import Listings
from ops.integrity.causes import UNLISTED
from ops.integrity.conclude import Conclusion
from ops.integrity.corroborate import History
from ops.integrity.discover import Cell, Found, discover, with_unread
from ops.integrity.finding import Finding
from ops.integrity.frame import Frame
from ops.integrity.judge import DigestJob
from ops.integrity.keys import GRACE, KeyRing
from ops.integrity.loghash import hash_log
from ops.integrity.outcome import CellOutcome, LogSink
from ops.integrity.pipeline import Evidence, Pipeline, Scope
from ops.integrity.report import FamilyReport, Report
from ops.integrity.request import Expected, KeySource, Request, Watcher
from ops.integrity.task import ChainId, TrailId
from ops.integrity.track import Anchor
from ops.integrity.trouble import Trouble
from ops.layout import DigestKey, parse

if TYPE_CHECKING:
    from ops.integrity.checkpoint import State

_LISTERS = 16
"""Listings under way at once; a directory is listed by one."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who helps a run along; each may be missing."""

    expected: Expected | None = None
    """Which chains should exist."""
    history: History | None = None
    """Asked for events that explain a break, beside the archive's own log files."""
    state: "State | None" = None
    """Where an earlier run ended; the caller commits it once the report is handed over."""
    evidence: Evidence | None = None
    """Keeps what the run sees."""
    record: Evidence | None = None
    """What a bundle's maker saw, for what the bundle itself does not hold."""
    recorded: tuple[Finding, ...] = ()
    """What a bundle's maker found and the bundle itself cannot show."""
    unread: Mapping[str, Trouble] = field(default_factory=dict)
    """Digests that a bundle's maker could not read, and why."""
    scope: str = ""
    """The prefix that a bundle's maker named: nothing else was looked at."""
    families: Mapping[str, FamilyReport] | None = None
    """What a bundle's maker counted in the log folders."""
    notes: tuple[str, ...] = ()
    fetcher: Fetcher | None = None
    """Reads; its processes may have been started already."""
    watch: Watcher | None = None
    tell: LogSink | None = None
    """Told the verdict on every log file that a proven digest names, and on those that none does."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def verify(
    archive: Archive, request: Request, *, keys: KeySource, context: Context | None = None
) -> Report:
    """Verify an archive and return the report; raise UsageError if the source is wrong.

    What cannot be read becomes a finding, never an exception: the run goes on.
    """
    with ThreadPoolExecutor(_LISTERS if archive.source.kind == "s3" else 1) as pool:
        return _Run(archive, request, pool, context or Context()).report(keys)


def announce(archive: Archive, fetcher: Fetcher) -> None:
    """Let a fetcher's processes load what verifying an archive takes, while it is searched."""
    fetcher.announce(archive.source, DigestJob(KeyRing(), None), hash_log)


class _Run:
    def __init__(
        self, archive: Archive, request: Request, pool: Executor, context: Context
    ) -> None:
        self._archive = archive
        self._pool = pool
        self._context = context
        self._outcomes: list[CellOutcome] = []
        # Evidence must be whole: a run that keeps it takes nothing over from earlier ones.
        self._state = None if context.evidence else context.state
        self._request = request
        self._remembered: dict[ChainId, Anchor] = {}
        # Nor does one that tells verdicts take over what an interrupted one told in vain.
        if self._state is not None and context.tell is None:
            self._request, self._outcomes = self._state.begin(request)

    def report(self, keys: KeySource) -> Report:
        """Run, and return what came of it."""
        request = self._request
        found = discover(
            self._archive, self._pool, accounts=request.accounts, regions=request.regions
        )
        found.cells = with_unread(found.cells, self._wanted_unread(request))
        frame, recorded = self._frame(found)
        scope = self._context.scope or self._archive.source.prefix
        frame = replace(frame, scope=f"{scope}/" if scope else "")
        frame = frame.unseen([*(one.folder for one in found.unlisted), *self._unlisted()])
        anchors = self._state.anchors(request) if self._state else {}
        # What earlier runs knew is compared even where nothing is taken over from them.
        known = self._context.state.known() if self._context.state else {}
        self._remembered = {chain: one for chain, one in known.items() if chain not in anchors}
        done = {(one.account, one.region) for one in self._outcomes}
        cells = [one for one in found.cells if (one.account, one.region) not in done]
        # Listing begins while keys are fetched.
        listings = Listings(
            self._archive, frame, self._pool, cells, _by_cell(anchors), unread=self._context.unread
        )
        ring = self._ring(keys, found, frame)
        keep, unread = self._context.evidence is not None, self._context.unread
        job = DigestJob(ring, self._buckets(), keep=keep, unread=unread)
        with ExitStack() as stack:
            fetcher = self._context.fetcher or stack.enter_context(Fetcher(request.workers))
            self._walk(listings, frame, job, fetcher)
        return Conclusion(
            archive=self._archive,
            pool=self._pool,
            request=request,
            frame=frame,
            found=found,
            ring=ring,
            job=job,
            expected=self._context.expected,
            cells=sorted(self._outcomes, key=lambda one: (one.account, one.region)),
            recorded_end=recorded,
            anchored=tuple(sorted(known)),
            recorded=self._context.recorded,
            families=self._context.families,
            evidence=self._context.evidence,
            tell=self._context.tell,
            notes=(
                *self._context.notes,
                *(self._context.state.notes if self._context.state else ()),
            ),
        ).report(self._context.history, self._context.clock())

    def _unlisted(self) -> Iterator[str]:
        """Yield the folders that a bundle's maker could not list."""
        for one in self._context.recorded:
            if one.cause in UNLISTED and one.key:
                yield one.key

    def _wanted_unread(self, request: Request) -> Iterator[str]:
        """Yield the digests that a bundle's maker could not read, as far as they are asked for."""
        for key in self._context.unread:
            place = parse(key)
            if (
                isinstance(place, DigestKey)
                and (not request.accounts or place.account in request.accounts)
                and (not request.regions or place.region in request.regions)
            ):
                yield key

    def _walk(self, listings: Listings, frame: Frame, job: DigestJob, fetcher: Fetcher) -> None:
        scope = Scope(
            archive=self._archive,
            request=self._request,
            frame=frame,
            job=job,
            pool=self._pool,
            fetcher=fetcher,
            done=self._keep,
            evidence=self._context.evidence,
            record=self._context.record,
            watch=self._context.watch,
            tell=self._context.tell,
            remembered=_by_cell(self._remembered),
        )
        Pipeline(scope, listings, finished=len(self._outcomes)).run()

    def _keep(self, outcome: CellOutcome) -> None:
        self._outcomes.append(outcome)
        if self._state is not None:
            self._state.record(outcome)

    def _frame(self, found: Found) -> tuple[Frame, bool]:
        """Return the frame, and whether its end was taken from the copy."""
        request, until, recorded = self._request, self._request.until, False
        if until is None and self._archive.source.kind != "s3":
            ends = [self._newest(cell) for cell in found.cells]
            unread = map(parse, self._wanted_unread(request))
            ends += [place.end for place in unread if isinstance(place, DigestKey)]
            until = max((end for end in ends if end is not None), default=None)
            recorded = until is not None
        frame = Frame.of(request.since, until or request.now, request.now, recorded=recorded)
        return frame, recorded

    def _newest(self, cell: Cell) -> datetime | None:
        try:
            return listing.newest_end(self._archive, cell)
        except ArchiveError:
            return None  # the walk lists it again, and reports that it cannot

    def _buckets(self) -> frozenset[str] | None:
        """Return for which buckets a digest may have been signed; None: the copy does not say."""
        if self._archive.source.kind != "s3":
            return None
        expected = self._context.expected
        return frozenset({self._archive.source.bucket}) | (
            expected.buckets if expected else frozenset()
        )

    def _ring(self, keys: KeySource, found: Found, frame: Frame) -> KeyRing:
        regions = frozenset(cell.region for cell in found.cells)
        start = self._request.since
        if start is None:
            years = self._pool.map(self._first_year, found.cells)
            first = min((year for year in years if year is not None), default=frame.until.year)
            start = datetime(max(first, 1), 1, 1, tzinfo=UTC)
        # A backfill digest is signed when it is made, which may be long after its hour.
        return keys(regions, start, max(frame.until, frame.now) + GRACE)

    def _first_year(self, cell: Cell) -> int | None:
        try:
            return listing.first_year(self._archive, cell)
        except ArchiveError:
            return None


def _by_cell(anchors: dict[ChainId, Anchor]) -> dict[tuple[str, str], dict[TrailId, Anchor]]:
    cells: dict[tuple[str, str], dict[TrailId, Anchor]] = {}
    for (account, region, trail, home), anchor in anchors.items():
        cells.setdefault((account, region), {})[trail, home] = anchor
    return cells
