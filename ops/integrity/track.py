"""One chain while a cell is walked: its nodes, and what its logs turned out to be."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ops.integrity.causes import CAUSES, finding
from ops.integrity.chain import Overruled, Shape, shape
from ops.integrity.finding import Finding, Kind, Verdict
from ops.integrity.frame import Frame
from ops.integrity.node import Node, mark
from ops.integrity.outcome import ChainOutcome, Head, Trust
from ops.integrity.span import Span

_ROOT = 1 << 512
_RELIST = timedelta(days=30)
"""How far back backfill digests are looked for that were not there last time."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where an earlier run's proof of a chain ended."""

    head: Head
    trust: Trust
    root: str
    known: frozenset[str] = frozenset()
    """Backfill digests of recent days that were verified then."""
    begun: datetime | None = None
    """From when on any earlier run has verified the chain, if that is before the trusted time."""

    def node(self) -> Node:
        """Return what stands for everything that run verified."""
        return Node(
            key=self.head.key,
            span=Span(self.trust.since, self.head.end),
            hash=bytes.fromhex(self.head.hash),
            mark=mark(self.head.signature) if self.head.signature else None,
            previous=None,
            cause=None,
            anchor=True,
        )


def oldest_needed(anchors: Iterable[Anchor], since: datetime | None) -> datetime | None:
    """Return from when on digests must be listed if all chains of a cell have anchors."""
    ends = [anchor.head.end for anchor in anchors]
    if not ends:
        return since
    recent = min(ends) - _RELIST
    return recent if since is None else max(since, recent)


def needed(key: str, end: datetime, anchor: Anchor, *, backfill: bool) -> bool:
    """Whether a listed digest must be read although its chain has an anchor."""
    if backfill:
        return key not in anchor.known
    return end >= anchor.head.end


@dataclass(frozen=True, slots=True)
class Blame:
    """What a finding about a digest needs beyond its node."""

    detail: str
    bucket: str | None
    proof: str = ""
    """What a proven successor says its hash is, hexadecimal."""


@dataclass(slots=True)
class Track:
    """One trail's digests in one account and region, newest first."""

    trail: str
    home_region: str
    anchor: Anchor | None = None
    before: datetime | None = None
    """When the newest listed digest before the range ended."""
    nodes: list[Node] = field(default_factory=list)
    blames: dict[str, Blame] = field(default_factory=dict)
    logs: Counter[Verdict] = field(default_factory=Counter)
    bucket: str | None = None
    """The bucket its newest proven digest was signed for."""
    signature: str = ""
    fingerprint: str = ""
    """Of that digest, too."""
    root: int = 0
    anchor_lost: bool = False
    """Whether the digest an earlier run ended at is no longer there."""
    anchor_start: datetime | None = None
    """When that digest begins, if it was read again, so that its log files are known."""

    def prove(self, key: str, hashed: bytes) -> None:
        """Count an object into the chain's root hash.

        A sum does not depend on the order in which answers arrive, and the next
        run can go on adding to it.
        """
        self.root = (self.root + _item(key, hashed)) % _ROOT

    def disprove(self, key: str, hashed: bytes) -> None:
        """Take back a log whose content two digests disagree about."""
        self.root = (self.root - _item(key, hashed)) % _ROOT
        self.logs[Verdict.VALID] -= 1

    def span(self) -> Span | None:
        """Return from when to when the chain reaches; None if nothing of it was seen."""
        spans = [node.span for node in self._standing() if not node.backfill]
        if not spans:
            return None
        return Span(min(one.start for one in spans), max(one.end for one in spans))

    def begins(self) -> datetime | None:
        """Return where its first digest begins that was listed; None without one."""
        return min((one.span.start for one in self.nodes if not one.backfill), default=None)

    def judge(self, frame: Frame) -> Shape:
        """Judge the chain as a whole."""
        return shape(self._standing(), frame)

    def outcome(self, account: str, region: str, found: Shape) -> ChainOutcome:
        """Return what is left of the chain once its digests are forgotten."""
        trust = self.anchor.trust if self.anchor else None
        digests = self._counts(found)
        valid = [node for node in self.nodes if node.proven and node.key not in found.overruled]
        for node in valid:
            self.prove(node.key, node.hash)
        root = (self.root + int(self.anchor.root if self.anchor else "0", 16)) % _ROOT
        return ChainOutcome(
            account=account,
            region=region,
            trail=self.trail,
            home_region=self.home_region,
            first=found.proven[0].start if found.proven else None,
            last=found.proven[-1].end if found.proven else None,
            digests=digests,
            logs=dict(self.logs),
            proven=found.proven,
            holes=found.holes,
            pending=found.pending,
            head=self._head(valid),
            trusted=trust,
            root=f"{root:0128x}",
            bucket=self.bucket,
            backfills=tuple(sorted(node.key for node in valid if node.backfill)),
        )

    def findings(self, account: str, region: str, found: Shape) -> Iterator[Finding]:
        """Yield a finding for every digest that is not VALID, or whose metadata is wrong."""
        for node in self.nodes:
            blame = self.blames.get(node.key, Blame("", self.bucket))
            over = found.overruled.get(node.key)
            code = over.cause if over else node.cause
            detail = over.detail if over else blame.detail
            if code is None and node.key in self.blames:
                code = "metadata-tampered"
            if code is not None:
                yield finding(
                    code,
                    Kind.METADATA if code == "metadata-tampered" else Kind.DIGEST,
                    account=account,
                    region=region,
                    bucket=blame.bucket,
                    key=node.key,
                    span=node.span,
                    detail=detail,
                    proof=over.proof if over else blame.proof,
                )

    def _standing(self) -> list[Node]:
        return [*self.nodes, self.anchor.node()] if self.anchor else self.nodes

    def _head(self, valid: list[Node]) -> Head | None:
        for node in valid:
            if not node.backfill:
                return Head(
                    node.key, node.span.end, node.hash.hex(), self.signature, self.fingerprint
                )
        return self.anchor.head if self.anchor else None

    def _counts(self, found: Shape) -> dict[Verdict, int]:
        counts = Counter(_verdict(node, found.overruled.get(node.key)) for node in self.nodes)
        for hole in found.holes:
            cause = CAUSES[hole.cause]
            if cause.verdict is Verdict.MISSING:
                counts[Verdict.MISSING] += hole.count
            elif cause.verdict is Verdict.GAP:
                counts[Verdict.GAP] += 1
        counts[Verdict.PENDING] += len(found.pending)
        counts[Verdict.MISSING] += self.anchor_lost
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def _verdict(node: Node, over: Overruled | None) -> Verdict:
    code = over.cause if over else node.cause
    return CAUSES[code].verdict if code else Verdict.VALID


def _item(key: str, hashed: bytes) -> int:
    text = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha512(text + b"\0" + hashed).digest())
