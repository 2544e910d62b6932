"""What earlier runs verified, where a run asks so that it cannot continue from there.

It verifies everything anew then, and must not find less than was there: a chain that
begins later now, or lacks the digest that an earlier run ended at, lost something.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ops.integrity.ahead import gone
from ops.integrity.chain import Shape
from ops.integrity.docket import Docket
from ops.integrity.finding import Kind
from ops.integrity.frame import Frame
from ops.integrity.judge import Judged
from ops.integrity.span import HOUR, Span
from ops.integrity.task import TrailId
from ops.integrity.track import Anchor, Track
from ops.layout import DigestKey, parse


def recall(
    docket: Docket,
    remembered: Mapping[TrailId, Anchor],
    tracks: Mapping[TrailId, Track],
    shapes: Mapping[TrailId, Shape],
    *,
    keys: Sequence[str],
    frame: Frame,
) -> None:
    """Tell what is gone of one cell's chains that an earlier run verified.

    `keys` are the digests that were listed. What a chain's holes call missing already is
    not told twice, and nothing is missed where nothing could be seen.
    """
    for trail, anchor in () if frame.blind else sorted(remembered.items()):
        for backfill in gone(anchor.known, keys, frame.since, frame.until):
            lost_backfill(docket, backfill, frame)
        holes = shapes[trail].holes if trail in shapes else ()
        missing = [hole.span for hole in holes if hole.cause == "digest-missing"]
        begins = tracks[trail].begins() if trail in tracks else None
        for key, span in _lost(anchor, begins, keys, missing, frame):
            kind, proof = (Kind.DIGEST, anchor.head.hash) if key else (Kind.CHAIN, "")
            docket.add("checkpoint-older", kind, key, span, f"trail {trail[0]}", proof=proof)


def compare(docket: Docket, anchor: Anchor, judged: Judged, span: Span) -> None:
    """Compare the digest that an earlier run ended at with what lies there now."""
    if judged.hash.hex() != anchor.head.hash:
        code = "rewritten" if judged.hash else judged.cause or "rewritten"
        proof = anchor.head.hash
        docket.add(code, Kind.DIGEST, judged.key, span, judged.detail, proof=proof)


def lost_backfill(docket: Docket, key: str, frame: Frame) -> None:
    """Tell of a backfill digest that an earlier run verified and that is gone."""
    place = parse(key)
    if isinstance(place, DigestKey) and not frame.is_unseen(key):
        span = Span(place.end - HOUR, place.end)
        docket.add("checkpoint-older", Kind.DIGEST, key, span, f"trail {place.trail}, a backfill")


def _lost(
    anchor: Anchor,
    begins: datetime | None,
    keys: Sequence[str],
    missing: Iterable[Span],
    frame: Frame,
) -> Iterator[tuple[str | None, Span]]:
    """Yield what of a checkpoint's time is lost: a stretch before all else, or its last digest."""
    head, known = anchor.head, anchor.trust.since
    since = frame.since or anchor.begun or known
    # Of the time before the trusted one it is only known that the chain had begun.
    start = max(known, since) if frame.since else since
    end = min(head.end, frame.until)
    older = Span(start, min(begins, end) if begins else end)
    if older.start < older.end:
        if not any(one.holds(older) for one in missing):
            yield None, older
        return
    seen = since < head.end <= frame.until
    told = any(one.start < head.end <= one.end for one in missing)
    if seen and not told and head.key not in keys:
        yield head.key, Span(head.end - HOUR, head.end)
