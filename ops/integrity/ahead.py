"""The digests of every cell, listed ahead of need: some cells while others are walked."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime

from ops.archive.model import Archive
from ops.integrity import listing
from ops.integrity.discover import Cell
from ops.integrity.frame import Frame
from ops.integrity.listing import Digests
from ops.integrity.task import TrailId
from ops.integrity.track import Anchor, needed, oldest_needed
from ops.layout import DigestKey, parse

_AHEAD = 24
"""Cells listed ahead of need."""

Anchors = Mapping[TrailId, Anchor]


class Listings:
    """Lists cells in their order; begins at once."""

    def __init__(
        self,
        archive: Archive,
        frame: Frame,
        pool: Executor,
        cells: Sequence[Cell],
        anchors: Mapping[tuple[str, str], Anchors],
        *,
        unread: Collection[str] = (),
    ) -> None:
        self._archive = archive
        self._frame = frame
        self._pool = pool
        self._cells = cells
        self._anchors = anchors
        """By account and region."""
        self._unread = unread
        self._following = iter(cells)
        self._ahead: deque[tuple[Cell, Future[tuple[Digests, Anchors]]]] = deque()
        self._fill()

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self._cells)

    def __iter__(self) -> Iterator[tuple[Cell, Digests, Anchors]]:
        """Yield each cell with its digests and the checkpoints they continue, once."""
        while self._ahead:
            cell, future = self._ahead.popleft()
            self._fill()
            yield cell, *future.result()

    def _fill(self) -> None:
        while len(self._ahead) < _AHEAD and (cell := next(self._following, None)) is not None:
            self._ahead.append((cell, self._pool.submit(self._listed, cell)))

    def _listed(self, cell: Cell) -> tuple[Digests, Anchors]:
        """List a cell's digests; with checkpoints, only what is new and recent days."""
        archive, frame = self._archive, self._frame
        anchors = self._anchors.get((cell.account, cell.region), {})
        oldest = oldest_needed(anchors.values(), frame.since)
        listed = listing.digests(archive, cell, oldest, frame.until, unread=self._unread)
        if anchors and any(trail_of(key) not in anchors for key in listed.keys):
            listed = listing.digests(archive, cell, frame.since, frame.until)
        known = {key for anchor in anchors.values() for key in anchor.known}
        listed.gone = gone(known, listed.keys, oldest, frame.until)
        listed.keys = [key for key in listed.keys if _is_needed(key, anchors)]
        return listed, anchors


def gone(
    known: Iterable[str], listed: Iterable[str], since: datetime | None, until: datetime
) -> list[str]:
    """Return which known digests of [since, until) a listing lacks."""
    lacking = set(known).difference(listed)
    places = [place for place in map(parse, lacking) if isinstance(place, DigestKey)]
    return sorted(
        one.key for one in places if (since is None or one.end > since) and one.end <= until
    )


def trail_of(key: str) -> TrailId:
    """Return the trail whose digest a key names."""
    place = parse(key)
    return (place.trail, place.home_region) if isinstance(place, DigestKey) else ("", "")


def _is_needed(key: str, anchors: Anchors) -> bool:
    place = parse(key)
    anchor = anchors.get(trail_of(key))
    if anchor is None or not isinstance(place, DigestKey):
        return True
    return needed(key, place.end, anchor, backfill=place.backfill)
