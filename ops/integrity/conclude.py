"""The end of a run: explanations, recoverable versions, expectations, the report."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime

from ops import __version__
from ops.archive.model import Archive, Denied
from ops.errors import ArchiveError
from ops.integrity import coverage, listing
from ops.integrity.causes import UNLISTED, finding
from ops.integrity.chain import Hole
from ops.integrity.corroborate import Break, History, Search, TrailEvent, explanation
from ops.integrity.coverage import Chained
from ops.integrity.discover import Found, Unlisted, discover
from ops.integrity.finding import Finding, Kind, Verdict
from ops.integrity.frame import Frame
from ops.integrity.judge import DigestJob
from ops.integrity.keys import KeyRing
from ops.integrity.notes import claims, trusts
from ops.integrity.outcome import CellOutcome, ChainOutcome, LogSink
from ops.integrity.pipeline import Evidence
from ops.integrity.recovery import RECOVERABLE, Recovery
from ops.integrity.report import FamilyReport, Report, Requested, Run
from ops.integrity.request import Expectation, Expected, Request
from ops.integrity.span import clock
from ops.layout import Family


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run knows when every cell has been walked."""

    archive: Archive
    pool: Executor
    request: Request
    frame: Frame
    found: Found
    ring: KeyRing
    job: DigestJob
    expected: Expected | None
    cells: Sequence[CellOutcome]
    recorded_end: bool
    """Whether the end of the range was taken from the copy."""
    anchored: tuple[tuple[str, str, str, str], ...] = ()
    """Chains that a checkpoint knows."""
    recorded: tuple[Finding, ...] = ()
    """What a bundle's maker found and the bundle itself cannot show."""
    families: Mapping[str, FamilyReport] | None = None
    """What a bundle's maker counted; None to count."""
    evidence: Evidence | None = None
    tell: LogSink | None = None
    notes: tuple[str, ...] = ()

    def report(self, history: History | None, ended: datetime) -> Report:
        """Say what it comes to."""
        chained, failed = self._explained(history)
        borrowed = frozenset(key for cell in self.cells for key in cell.borrowed)
        families = self.families or coverage.families(self.cells, borrowed)
        findings = [
            *Recovery(self.archive, self.job).told(
                [*self._seen_in_cells(), *chained.findings],
                self.pool,
            ),
            *(() if self.families else self._unproven(families, borrowed)),
            *self._unlisted(),
            *self._strange(),
            *failed,
            *self._vanished(),
        ]
        findings += self._absences(chained.chains)
        findings = self._with_recorded(findings)
        findings = sorted(map(self._placed, findings), key=lambda one: one.order)
        digests = sum((Counter(dict(one.digests)) for one in chained.chains), Counter[Verdict]())
        digests[Verdict.GAP] = sum(one.verdict is Verdict.GAP for one in findings)
        return Report(
            source=str(self.archive.source),
            requested=self._requested(),
            status=coverage.status(findings),
            digests=digests,
            logs=coverage.log_counts(chained.chains, families),
            uncovered=sum(one.uncovered for one in families.values()),
            families=families,
            keys_source=self.ring.source,
            chains=chained.chains,
            findings=tuple(findings),
            notes=tuple(self._notes(chained, families, history)),
            run=Run(__version__, self.request.now, ended, None, ()),
            expected=self._matrix(),
            end_from_copy=self.recorded_end,
        )

    def _seen_in_cells(self) -> Iterator[Finding]:
        for one in (one for cell in self.cells for one in cell.findings):
            older = one.end if one.cause == "checkpoint-older" else None
            known = self.expected
            if not (older and known and coverage.is_expired(older, known, self.request.now)):
                yield one

    def _explained(self, history: History | None) -> tuple[Chained, list[Finding]]:
        holes = coverage.breaks(self.cells)
        failed: list[Finding] = []
        events: list[TrailEvent] = []
        if holes:
            search = Search(self.archive, self._whole().cells, self.job)
            breaks = [broken for _, broken in holes]
            owners = self.expected.owners if self.expected else frozenset()
            events = search.events(breaks, owners)
            if history is not None:
                events = sorted({*events, *history(breaks)})
            if self.evidence is not None:
                self.evidence.events(tuple(events))
            if search.failed and not self.families:
                detail = f"{search.failed} digests or log files around breaks"
                failed.append(finding("corroboration-failed", Kind.CHAIN, detail=detail))
        told = {
            _identity(broken, hole): why
            for hole, broken in holes
            if (why := explanation(broken, events)) is not None
        }
        chained = coverage.explained(self.cells, told, self.expected, self.request.now)
        return chained, failed

    def _whole(self) -> Found:
        """Return where log files may tell of breaks: a trail is stopped where it was made."""
        if self.request.accounts or self.request.regions:
            return discover(self.archive, self.pool)
        return self.found

    def _unproven(
        self, families: Mapping[str, FamilyReport], borrowed: frozenset[str]
    ) -> Iterator[Finding]:
        yield from coverage.uncovered(self._covered_only(families))
        yield from coverage.planted(self.cells, families, borrowed, self.tell)

    def _covered_only(self, families: Mapping[str, FamilyReport]) -> Iterator[CellOutcome]:
        for cell in self.cells:
            kept = {name: one for name, one in cell.families.items() if families[name].covered}
            yield replace(cell, families=kept)

    def _placed(self, one: Finding) -> Finding:
        """Name the bucket of what lies in it and whose digest does not say."""
        if one.bucket is None and one.key is not None and self.archive.source.bucket:
            return replace(one, bucket=self.archive.source.bucket)
        return one

    def _unlisted(self) -> Iterator[Finding]:
        for one in self.found.unlisted:
            code = "listing-denied" if one.denied else "listing-failed"
            yield finding(code, Kind.CHAIN, key=one.folder, detail=one.why)

    def _with_recorded(self, found: Sequence[Finding]) -> list[Finding]:
        """Return the findings with those of a bundle's maker, who told of some losses more.

        Chains that this run misses as well are not told twice.
        """
        missed = {(one.account, one.region) for one in found if one.cause == "chain-missing"}
        kept = {(one.kind, one.key): one for one in self.recorded if one.cause in RECOVERABLE}
        told = [
            kept.pop((one.kind, one.key), one) if one.verdict is Verdict.MISSING else one
            for one in found
        ]
        since = self.request.since
        told += [one for one in kept.values() if not (since and one.end and one.end <= since)]
        return told + [
            one
            for one in self.recorded
            if one.cause not in RECOVERABLE
            and (one.cause != "chain-missing" or (one.account, one.region) not in missed)
        ]

    def _strange(self) -> Iterator[Finding]:
        """Yield a finding for every folder with files among those of regions that are in none."""
        for account, level in self.found.astray:
            more = f", and {level.files - 1} more" if level.files > 1 else ""
            detail = f"in {level.folder}, beside the folders of regions{more}"
            yield finding("foreign", Kind.LOG, account=account, key=level.first, detail=detail)
        for account, folder in self.found.strange:
            try:
                key = listing.first_astray(self.archive, folder)
            except ArchiveError as error:
                code = "listing-denied" if isinstance(error, Denied) else "listing-failed"
                yield finding(code, Kind.CHAIN, account=account, key=folder, detail=str(error))
                continue
            if key is not None:
                detail = f"in {folder}, which is no region's folder"
                yield finding("foreign", Kind.LOG, account=account, key=key, detail=detail)

    def _absences(self, chains: Sequence[ChainOutcome]) -> Iterator[Finding]:
        missing: list[Finding] = []
        since = self.request.since
        # A copy may end before the asked time begins: then it says nothing about that time.
        beyond = since is not None and since >= self.frame.until
        if self.expected is not None and not beyond:
            found = coverage.absent(chains, self.expected, self.request, self.frame.until)
            missing = [one for one in found if not self._is_unseen(one.account, one.region)]
        yield from missing
        if missing or any(map(coverage.is_seen, chains)):
            return
        if chains:
            detail = f"{self.archive.source} in the asked time"
            hint = "its newest digests are older than --since: get a newer copy"
            yield finding("nothing-found", Kind.CHAIN, detail=detail, hint=hint)
        elif not self.request.allow_empty:
            yield finding("nothing-found", Kind.CHAIN, detail=str(self.archive.source))

    def _vanished(self) -> Iterator[Finding]:
        """Yield a finding for every chain of a checkpoint whose whole folder is gone."""
        held = {(cell.account, cell.region) for cell in self.cells}
        for account, region, trail, _ in self.anchored:
            wanted = coverage.wanted(Expectation(account, region, trail), self.request)
            unseen = self._is_unseen(account, region)
            if wanted and (account, region) not in held and not unseen:
                yield finding(
                    "chain-missing",
                    Kind.CHAIN,
                    account=account,
                    region=region,
                    detail=f"a checkpoint knows trail {trail}",
                )

    def _is_unseen(self, account: str | None, region: str | None) -> bool:
        """Whether digests of a place may lie in a folder that could not be listed."""
        told = [one for cell in self.cells for one in cell.findings]
        failed = [one for one in (*told, *self.recorded) if one.cause in UNLISTED and one.key]
        unlisted = [
            Unlisted(one.key, denied=False, why="") for one in failed if one.key and not one.account
        ]
        if any(
            one.may_hold(account or "", self.frame.scope)
            for one in [*self.found.unlisted, *unlisted]
        ):
            return True
        return any(
            Family.DIGEST in (one.key or "") and (one.account, one.region) == (account, region)
            for one in failed
        )

    def _requested(self) -> Requested:
        request = self.request
        return Requested(
            since=request.since,
            until=self.frame.until,
            accounts=tuple(sorted(request.accounts)),
            regions=tuple(sorted(request.regions)),
            trail=request.trail,
        )

    def _matrix(self) -> frozenset[tuple[str, str]]:
        if self.expected is None:
            return frozenset()
        return frozenset(
            (one.account, one.region)
            for one in self.expected.chains
            if coverage.wanted(one, self.request)
        )

    def _notes(
        self, chained: Chained, families: Mapping[str, FamilyReport], history: History | None
    ) -> list[str]:
        notes = {*self.found.notes, *chained.notes, *self.notes}
        notes.update(
            f"the event history could not be asked for what explains a break: {why}"
            for why in (history.failed if history else ())
        )
        notes.update(note for cell in self.cells for note in cell.notes)
        if self.recorded_end:
            notes.add(
                f"the end {clock(self.frame.until)} is taken from the copy, not proven: "
                "newer digests may be missing from it"
            )
        if self.request.since is None:
            notes.update(claims([one for one in chained.chains if one.first is not None]))
        for name, one in families.items():
            if not one.covered and one.unreferenced:
                notes.add(f"{one.unreferenced} files of {name}: not covered by digests")
        if any(key.region is None for key in self.ring.keys):
            notes.add("the keys' regions are unknown, so keys of a wrong region go unnoticed")
        for region, why in sorted(self.ring.failed.items()):
            notes.add(f"the public keys of {region} could not be listed: {why}")
        notes.update(self._unexpected(chained.chains))
        notes.update(trusts([one for one in chained.chains if one.trusted]))
        return sorted(notes)

    def _unexpected(self, chains: Sequence[ChainOutcome]) -> Iterator[str]:
        if self.expected is None:
            return
        cells = {(one.account, one.region, one.trail) for one in self.expected.chains}
        for chain in chains:
            place = (chain.account, chain.region)
            if not {(*place, chain.trail), (*place, None)} & cells:
                yield f"{' '.join(place)} {chain.trail}: not expected by {self.expected.source}"


def _identity(broken: Break, hole: Hole) -> tuple[str, str, str, str, Hole]:
    return broken.account, broken.region, broken.trail, broken.home_region, hole
