"""The walk over one account and region: newest digest first, logs as they are named.

Newest first, because a proven digest vouches for its predecessor's bytes: when
that one's turn comes, its verdict is known at once, with or without metadata.
Only a window of digests and a few days of references are held.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from ops.integrity import loghash, memory
from ops.integrity.causes import CAUSES
from ops.integrity.digest import LogRef
from ops.integrity.discover import Cell
from ops.integrity.docket import Docket
from ops.integrity.finding import Kind, Verdict
from ops.integrity.frame import Frame
from ops.integrity.judge import Judged
from ops.integrity.ledger import Entered
from ops.integrity.listing import Digests
from ops.integrity.loghash import Hashed
from ops.integrity.node import Node, link, mark
from ops.integrity.outcome import CellOutcome, LogSink
from ops.integrity.promise import Promises
from ops.integrity.shelf import Shelves
from ops.integrity.span import HOUR, Span
from ops.integrity.stock import Stock
from ops.integrity.task import Task, TrailId
from ops.integrity.track import Anchor, Blame, Track
from ops.layout import DigestKey, LogKey, parse


class CellWalk:
    """Takes judged digests and hashed logs in any order; ends in one outcome."""

    def __init__(
        self,
        cell: Cell,
        listed: Digests,
        frame: Frame,
        stock: Stock,
        *,
        trail: str | None = None,
        anchors: Mapping[TrailId, Anchor] | None = None,
        remembered: Mapping[TrailId, Anchor] | None = None,
        most: int,
        tell: LogSink | None = None,
    ) -> None:
        self.cell = cell
        self._tell = tell
        self._frame = frame
        self._shelves = Shelves(stock)
        self._only = trail
        self._order = listed.keys
        self._at = 0
        self._arrived: dict[str, Judged] = {}
        self._promises = Promises()
        self._tracks: dict[TrailId, Track] = {}
        self._docket = Docket(cell, most)
        self._conflicts: set[str] = set()
        self._open_tasks = 0
        self._home: str | None = None
        self._visited: set[str] = set()
        self._remembered = remembered or {}
        self._heads = {one.head.key: one for one in self._remembered.values()}
        self._note(listed)
        for gone in listed.gone:
            memory.lost_backfill(self._docket, gone, self._frame)
        for key, anchor in sorted((anchors or {}).items()):
            self._continue(self._track(key), anchor)

    @property
    def done(self) -> bool:
        """Whether every digest was judged and every log hashed."""
        return self._at == len(self._order) and self._open_tasks == 0

    def take(self, judged: Judged) -> list[Task]:
        """Take one judged digest; return the log files that can be hashed now."""
        self._arrived[judged.key] = judged
        tasks: list[Task] = []
        while self._at < len(self._order):
            following = self._arrived.pop(self._order[self._at], None)
            if following is None:
                break
            self._at += 1
            tasks += self._settle(following)
        if self._at == len(self._order):
            self._arrived.clear()
        self._open_tasks += len(tasks)
        return tasks

    def leads_to(self) -> str | None:
        """Return another bucket that a chain's oldest digest was linked from, once each."""
        for track in self._tracks.values():
            oldest = next((one for one in reversed(track.nodes) if not one.backfill), None)
            if oldest is None or not oldest.proven or oldest.previous is None:
                continue
            bucket, since = oldest.previous.bucket, self._frame.since
            wanted = since is None or oldest.span.start > since
            if wanted and bucket != oldest.bucket and bucket not in self._visited:
                self._visited.add(bucket)
                return bucket
        return None

    def go_on(self, listed: Digests, bucket: str, stock: Stock) -> list[str]:
        """Take older digests of another bucket into the walk; return the new ones."""
        known = set(self._order)
        new = [key for key in listed.keys if key not in known]
        self._order = [*self._order, *new]
        self._home = bucket
        self._shelves.add(stock)
        self._note(listed)
        if new:
            self._docket.notes.add(
                f"{self.cell.account} {self.cell.region}: the chain leads to bucket {bucket}, "
                "and was verified there as well"
            )
        return new

    def log(self, task: Task, hashed: Hashed) -> tuple[Verdict, str]:
        """Take one hashed log file; return what it turned out to be, and why."""
        self._open_tasks -= 1
        if task.key in self._conflicts:
            return Verdict.INVALID, CAUSES["log-conflict"].phrase
        track = self._track(task.trail)
        trouble = loghash.verdict(task.expected, hashed)
        found = CAUSES[trouble[0]].verdict if trouble else Verdict.VALID
        track.logs[found] += 1
        self._shelves.ledger.judge(task.day, task.key, found)
        if trouble is None:
            track.prove(task.key, task.expected)
            return found, ""
        self._docket.log(
            trouble[0], task.key, task.bucket, task.span, trouble[1], proof=task.expected.hex()
        )
        return found, CAUSES[trouble[0]].phrase

    def outcome(self) -> CellOutcome:
        """Judge the chains and what lies unreferenced; end the walk."""
        self._shelves.finish()
        shapes = {
            trail: track.judge(self._frame.of_chain(track.before, self.cell.digest_folders))
            for trail, track in sorted(self._tracks.items())
        }
        account, region = self.cell.account, self.cell.region
        chains = []
        for trail, found in shapes.items():
            track = self._tracks[trail]
            if not self._reports(trail):
                continue
            chains.append(track.outcome(account, region, found))
            for one in track.findings(account, region, found):
                self._docket.tell(one)
            self._docket.notes.update(found.notes)
        frame = self._frame.of_chain(None, self.cell.digest_folders)
        recalled = {key: one for key, one in self._remembered.items() if self._reports(key)}
        memory.recall(self._docket, recalled, self._tracks, shapes, keys=self._order, frame=frame)
        families, uncovered = self._shelves.sorted_out(
            {trail: (self._tracks[trail], found) for trail, found in shapes.items()}
        )
        if self._shelves.unsettled:  # the next run must not begin here
            chains = [replace(one, head=None) for one in chains]
        self._docket.notes.update(self._shelves.notes)
        for folder in self._shelves.unlisted:
            self._docket.unlisted(folder)
        return CellOutcome(
            account=account,
            region=region,
            chains=tuple(chains),
            findings=self._docket.findings(),
            families=families,
            borrowed=tuple(sorted(self._docket.borrowed)),
            uncovered=uncovered,
            notes=tuple(sorted(self._docket.notes)),
        )

    def _settle(self, judged: Judged) -> Iterator[Task]:
        place = parse(judged.key)
        assert isinstance(place, DigestKey)  # noqa: S101  # the listing chose it so
        digest = judged.digest
        span = Span(digest.start, digest.end) if digest else Span(place.end - HOUR, place.end)
        self._shelves.reached(span.end)
        if span.start >= self._frame.until:
            return
        track = self._track((place.trail, place.home_region))
        if track.anchor is not None and judged.key == track.anchor.head.key:
            memory.compare(self._docket, track.anchor, judged, span)
            self._pass_over(track.anchor, judged, track)
            return
        if judged.hash and (known := self._heads.get(judged.key)) is not None:
            memory.compare(self._docket, known, judged, span)
        judged = self._kept(judged, track)
        node = Node(
            key=sys.intern(judged.key),
            span=span,
            hash=judged.hash,
            mark=mark(judged.signature) if judged.signature is not None else None,
            previous=link(digest.previous) if digest else None,
            cause=judged.cause,
            backfill=place.backfill,
            bucket=sys.intern(digest.bucket) if digest else None,
        )
        track.nodes.append(node)
        if judged.cause is not None:
            bucket = digest.bucket if digest else None
            track.blames[judged.key] = Blame(judged.detail, bucket, judged.promised.hex())
        if digest is None:
            return
        if not node.proven:
            if node.cause in ("signature-absent", "key-unknown"):
                self._shelves.ledger.doubt(digest.logs)
            return
        if track.bucket is None and not place.backfill:
            track.bucket, track.fingerprint = digest.bucket, digest.fingerprint
            track.signature = judged.signature or ""
        self._promises.make(digest, judged.key)
        for ref in digest.logs:
            yield from self._enter(ref, node, digest.bucket, (place.trail, place.home_region))

    def _note(self, listed: Digests) -> None:
        """Keep what a listing says beside the digests of the range."""
        for chain, end in listed.before.items():
            track = self._track((chain.trail, chain.home_region))
            track.before = max(end, track.before or end)
        self._docket.listing(listed)
        self._frame = self._frame.unseen(one.folder for one in listed.unlisted)

    def _continue(self, track: Track, anchor: Anchor) -> None:
        """Begin where an earlier run ended, if that digest is still there."""
        track.anchor = anchor
        if anchor.head.key in self._order:
            return
        span = Span(anchor.head.end - HOUR, anchor.head.end)
        track.anchor_lost = not self._frame.is_unseen(anchor.head.key)
        code = "checkpoint-older" if track.anchor_lost else "absence-unknown"
        self._docket.add(code, Kind.DIGEST, anchor.head.key, span, proof=anchor.head.hash)

    def _kept(self, judged: Judged, track: Track) -> Judged:
        """Return the verdict after what a proven successor said; blame metadata it contradicts."""
        kept = self._promises.kept(judged)
        if kept.cause is not None or judged.cause is None:
            return kept
        if judged.cause in ("signature-absent", "key-unknown"):
            self._docket.notes.add(
                f"digests without a usable signature are proven by their successors "
                f"({track.trail}, {self.cell.account}, {self.cell.region})"
            )
        else:
            bucket = kept.digest.bucket if kept.digest else None
            track.blames[judged.key] = Blame(kept.detail, bucket)
        return kept

    def _pass_over(self, anchor: Anchor, judged: Judged, track: Track) -> None:
        """Note what a checkpoint's head names: verified then, and not put there."""
        if judged.digest is None or judged.hash.hex() != anchor.head.hash:
            return
        track.anchor_start = judged.digest.start
        self._shelves.ledger.pass_over(judged.digest.logs)
        for ref in judged.digest.logs:
            self._docket.look_at(ref, parse(ref.key), judged.digest.bucket)

    def _enter(self, ref: LogRef, node: Node, digest_bucket: str, trail: TrailId) -> Iterator[Task]:
        place = parse(ref.key)
        day = place.day if isinstance(place, LogKey) else node.span.end.date()
        self._docket.look_at(ref, place, digest_bucket)
        if not self._reports(trail):
            self._shelves.ledger.pass_over([ref])
            return
        entered = self._shelves.ledger.enter(day, ref.key, ref.hash or b"")
        if entered is Entered.CONFLICT:
            self._contradict(ref, node, trail, day)
        elif entered is Entered.NEW and ref.hash is None:
            self._track(trail).logs[Verdict.UNVERIFIABLE] += 1
            self._say("log-algorithm", ref, node, ref.algorithm)
        elif entered is Entered.NEW and ref.hash is not None:
            yield Task(
                ref.key, ref.bucket, digest_bucket, ref.hash, trail, node.span, day, node.key,
                self._home, self,
            )  # fmt: skip

    def _contradict(self, ref: LogRef, node: Node, trail: TrailId, day: date) -> None:
        """Two signed digests disagree about one log; it counts once, as INVALID."""
        if ref.key in self._conflicts:
            return
        self._conflicts.add(ref.key)
        known = self._shelves.ledger.verdict(day, ref.key)
        track = self._track(trail)
        if known is Verdict.VALID:
            track.disprove(ref.key, self._shelves.ledger.days[day][ref.key])
        elif known is not None:
            track.logs[known] -= 1
            self._docket.forget(ref.key)
        track.logs[Verdict.INVALID] += 1
        self._say("log-conflict", ref, node, f"also in {node.key}")

    def _say(self, code: str, ref: LogRef, node: Node, detail: str) -> None:
        self._docket.log(code, ref.key, ref.bucket, node.span, detail)
        if self._tell is not None:
            self._tell(ref.key, CAUSES[code].verdict, CAUSES[code].phrase, node.key)

    def _reports(self, trail: TrailId) -> bool:
        return self._only is None or trail[0] == self._only

    def _track(self, trail: TrailId) -> Track:
        if trail not in self._tracks:
            self._tracks[trail] = Track(*trail)
        return self._tracks[trail]
