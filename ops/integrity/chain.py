"""One chain: links, continuity, holes. Pure; knows digests only as small nodes.

Digests are listed, not reached by following links, so what is missing falls out
of a difference: a link to a digest that is not there is a deletion; a starting
digest after an older one is a restart; whatever time no proven digest covers is
a hole, and every hole gets a cause.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ops.integrity.frame import Frame
from ops.integrity.keys import GRACE
from ops.integrity.node import Node
from ops.integrity.span import HOUR, Span, clock, merged, without
from ops.layout import DigestKey, parse


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of a chain that no digest proves, or a restart without one (0 s)."""

    cause: str
    span: Span
    key: str | None = None
    """The digest it is about: the lost one, else the one that shows it."""
    detail: str = ""
    count: int = 0
    """How many digests it takes to fill it, if they are MISSING."""
    by: str | None = None
    """The digest that shows it."""
    broke: datetime | None = None
    """When the chain was last seen before it, perhaps earlier than the asked range."""
    proof: str = ""
    """Hexadecimal SHA-256 of the lost digest, by the one that names it."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A verdict that another digest's signed bytes overrule."""

    cause: str
    detail: str
    proof: str = ""
    """Hexadecimal SHA-256 that the digest should have."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the digests of one chain show together."""

    proven: tuple[Span, ...]
    holes: tuple[Hole, ...]
    overruled: Mapping[str, Overruled]
    """By key: digests that their successors contradict."""
    pending: tuple[Span, ...]
    """What is not due yet."""
    notes: tuple[str, ...]


def shape(nodes: Sequence[Node], frame: Frame) -> Shape:
    """Judge one chain's digests together."""
    by_key = {node.key: node for node in nodes}
    overruled, faults, notes = _links(nodes, by_key)
    judged = [
        replace(node, cause=overruled[node.key].cause) if node.key in overruled else node
        for node in nodes
    ]
    known = {node.key: node for node in judged}
    walk = _Walk([node for node in judged if not node.backfill], known, frame)
    holes = [*faults, *walk.holes(), *_lost_backfills(judged, known, frame)]
    settled = [_in_sight(hole, frame) for hole in holes if hole.cause != "pending"]
    return Shape(
        proven=tuple(walk.proven),
        holes=tuple(sorted(settled, key=lambda hole: (hole.span, hole.cause, hole.key or ""))),
        overruled=overruled,
        pending=tuple(hole.span for hole in holes if hole.cause == "pending"),
        notes=(*notes, *walk.notes),
    )


def _in_sight(hole: Hole, frame: Frame) -> Hole:
    """Return a hole as it may be told: nothing is missing where nothing could be seen."""
    lost = hole.cause == "digest-missing" and frame.is_unseen(hole.key or "")
    if lost or (frame.blind and hole.cause in ("gap", "head-stale")):
        return replace(hole, cause="absence-unknown")
    return hole


def _links(
    nodes: Sequence[Node], by_key: Mapping[str, Node]
) -> tuple[dict[str, Overruled], list[Hole], list[str]]:
    """Compare every proven digest's signed facts about its predecessor with that one."""
    overruled: dict[str, Overruled] = {}
    faults: list[Hole] = []
    notes: list[str] = []
    claims: dict[str, list[str]] = defaultdict(list)
    for node in sorted(nodes, key=lambda one: (one.span.end, one.key), reverse=True):
        if not node.proven or node.key in overruled or node.previous is None:
            continue
        claims[node.previous.key].append(node.key)
        older = by_key.get(node.previous.key)
        if older is None:
            continue
        found = _contradiction(node, older)
        if found is not None:
            at, verdict = found
            overruled.setdefault(at, verdict)
            continue
        faults += _continuity(node, older)
        notes += _overlap(node, older)
    faults += _forks(claims, by_key)
    return overruled, faults, notes


def _contradiction(node: Node, older: Node) -> tuple[str, Overruled] | None:
    previous = node.previous
    if previous is None or not older.hash:
        return None
    if older.span.end >= node.span.end and not (older.backfill or node.backfill):
        return node.key, Overruled("link-order", f"it names {older.key}")
    if not older.proven:
        return None
    if previous.hash is not None and previous.hash != older.hash:
        return older.key, Overruled("link-hash", f"named by {node.key}", previous.hash.hex())
    if older.mark is not None and older.mark != previous.mark:
        return older.key, Overruled("link-signature", f"named by {node.key}")
    return None


def _continuity(node: Node, older: Node) -> Iterator[Hole]:
    if node.previous is not None and node.previous.hash is None:
        yield Hole("link-algorithm", Span(node.span.start, node.span.start), node.key)
    hole = node.span.start > older.span.end
    if hole and older.proven and not (node.backfill or older.backfill):
        yield Hole("continuity", Span(older.span.end, node.span.start), node.key)


def _overlap(node: Node, older: Node) -> Iterator[str]:
    if node.span.start < older.span.end and older.proven and not node.backfill:
        yield f"{node.key} overlaps its predecessor by {older.span.end - node.span.start}"


def _forks(claims: Mapping[str, list[str]], by_key: Mapping[str, Node]) -> Iterator[Hole]:
    for key, names in claims.items():
        # A backfill digest may name a standard one: that is no second successor.
        standard = [name for name in names if not by_key[name].backfill]
        if len(standard) > 1:
            at = by_key[min(standard)].span.start
            yield Hole("fork", Span(at, at), key, f"named by {' and '.join(sorted(standard))}")


def _lost_backfills(
    nodes: Iterable[Node], by_key: Mapping[str, Node], frame: Frame
) -> Iterator[Hole]:
    for node in nodes:
        if not (node.backfill and node.proven and node.previous):
            continue
        if node.previous.key in by_key:
            continue
        place = parse(node.previous.key)
        if isinstance(place, DigestKey) and (frame.since is None or place.end > frame.since):
            span = Span(place.end - HOUR, place.end)
            yield Hole(
                "digest-missing", span, node.previous.key, f"named by {node.key}", 1,
                proof=_named(node),
            )  # fmt: skip


def _named(node: Node) -> str:
    """Return the hash that a digest names for its predecessor, hexadecimal."""
    return node.previous.hash.hex() if node.previous and node.previous.hash else ""


class _Walk:
    """The holes of one chain's standard digests."""

    def __init__(self, nodes: Sequence[Node], by_key: Mapping[str, Node], frame: Frame) -> None:
        self._frame = frame
        self._by_key = by_key
        self._nodes = sorted(nodes, key=lambda node: (node.span, node.key))
        self._solid = [node for node in self._nodes if node.proven]
        self._first = self._nodes[0].span.start if self._nodes else None
        self.proven = merged(node.span for node in self._solid)
        self._doubtful = [node.span for node in self._nodes if not node.proven]
        # Who begins where: of several the linked one, whose predecessor can be missed.
        self._begins: dict[datetime, Node] = {}
        for node in sorted(self._solid, key=lambda one: (one.previous is not None, one.key)):
            self._begins[node.span.start] = node
        self.notes: list[str] = []

    def holes(self) -> Iterator[Hole]:
        """Yield every hole of the asked range, and every link that leads nowhere."""
        told: set[str | None] = set()
        for hole in self._between():
            told.add(hole.by)
            yield hole
        for node in self._solid:
            if node.key not in told:
                yield from self._dangling(node)
        yield from self._restarts()

    def _between(self) -> Iterator[Hole]:
        start = self._first if self._frame.since is None else self._frame.since
        if start is None or start >= self._frame.until:
            return
        for piece in without(Span(start, self._frame.until), [*self.proven, *self._doubtful]):
            if piece.end == self._frame.until and piece.end not in self._begins:
                yield self._end(piece)
            else:
                yield from self._piece(piece)

    def _piece(self, piece: Span) -> Iterator[Hole]:
        node = self._begins.get(piece.end)
        if node is None:
            # A digest that proves nothing follows, so nobody can tell why this is empty.
            yield Hole("gap", piece, detail="what follows is not proven")
        elif node.previous is None:
            known = self._last_before(piece)
            cause = "starts-late" if known is None else "gap"
            yield Hole(cause, piece, node.key, by=node.key, broke=known)
        elif node.previous.key not in self._by_key:
            yield self._lost(node, piece)
        elif not self._by_key[node.previous.key].proven:
            yield Hole("gap", piece, node.key, "its predecessor is not proven", by=node.key)
        # Else two proven digests are linked across it: `continuity` has said so.

    def _last_before(self, piece: Span) -> datetime | None:
        """Return when the chain was last seen before a hole; None if it never was."""
        if self._first is not None and self._first < piece.start:
            return piece.start
        return self._frame.before

    def _end(self, piece: Span) -> Hole:
        last = self._last_before(piece) or piece.start
        if last >= self._frame.due:
            return Hole("pending", piece)
        newest = self._solid[-1].key if self._solid else None
        return Hole("head-stale", piece, newest, f"nothing since {clock(last)}", broke=last)

    def _dangling(self, node: Node) -> Iterator[Hole]:
        """Judge a link whose target is not there although no hole precedes its holder."""
        previous, since = node.previous, self._frame.since
        if previous is None or previous.key in self._by_key or node.anchor:
            return
        away = node.bucket is not None and previous.bucket != node.bucket
        if since is None and node.span.start == self._first and not away:
            at = Span(node.span.start, node.span.start)
            yield Hole("older-part-gone", at, node.key, f"it names {previous.key}")
        elif since is None or node.span.start > since:
            yield self._lost(node, Span(node.span.start - HOUR, node.span.start))

    def _lost(self, node: Node, piece: Span) -> Hole:
        if node.span.start > self._frame.now - GRACE:
            return Hole("pending", piece, node.key, by=node.key)
        previous = node.previous
        named = previous.key if previous else ""
        away = previous is not None and node.bucket not in (None, previous.bucket)
        if previous is not None and (away or not named.startswith(self._frame.scope)):
            there = f"s3://{previous.bucket}/{named}"
            return Hole("elsewhere", piece, node.key, there, by=node.key)
        detail = f"named by {node.key}"
        return Hole(
            "digest-missing", piece, named, detail, piece.hours, by=node.key, proof=_named(node)
        )

    def _restarts(self) -> Iterator[Hole]:
        """Yield the starting digests that begin no later than an older one ended."""
        last: datetime | None = None
        for node in self._nodes:
            fresh = node.proven and node.previous is None and not node.anchor
            if fresh and last is not None and last >= node.span.start:
                at = Span(node.span.start, node.span.start)
                yield Hole("restart", at, node.key, broke=node.span.start)
                if last > node.span.start:
                    self.notes.append(f"{node.key} starts a chain beside another one")
            last = node.span.end if last is None else max(last, node.span.end)
