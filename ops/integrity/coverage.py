"""Asked against proven: what all cells together come to, and the status of the run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ops.integrity.causes import CAUSES, finding, more
from ops.integrity.chain import Hole
from ops.integrity.corroborate import Break
from ops.integrity.docket import most_told
from ops.integrity.finding import Finding, Kind, Status, Verdict, Weight
from ops.integrity.outcome import CellOutcome, ChainOutcome, FamilyCount, LogSink, Stray
from ops.integrity.report import FamilyReport
from ops.integrity.request import Expectation, Expected, Request
from ops.integrity.span import HOUR, Span, clock
from ops.layout import Family

_EXPLAINED = {
    "gap": "gap-explained",
    "restart": "restart-explained",
    "head-stale": "chain-ended",
    "starts-late": None,
}
"""What an explained hole becomes; None: nothing but a note."""
_LOGGING_SLACK = HOUR + timedelta(minutes=10)
_EXPIRY_SLACK = timedelta(days=2)
"""Lifecycle rules act once a day and round up to the next midnight."""


@dataclass(frozen=True, slots=True)
class Chained:
    """The chains after explanation, and what their holes say."""

    chains: tuple[ChainOutcome, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def breaks(cells: Iterable[CellOutcome]) -> list[tuple[Hole, Break]]:
    """Return every hole that events might explain."""
    return [
        (hole, _break(chain, hole))
        for cell in cells
        for chain in cell.chains
        for hole in chain.holes
        if hole.cause in _EXPLAINED
    ]


def explained(
    cells: Sequence[CellOutcome],
    told: Mapping[tuple[str, str, str, str, Hole], str],
    expected: Expected | None,
    now: datetime,
) -> Chained:
    """Give every hole its final cause and make findings of what remains."""
    chains: list[ChainOutcome] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for cell in cells:
        for chain in cell.chains:
            holes: list[Hole] = []
            for hole in chain.holes:
                why = told.get((*_identity(chain), hole)) or _by_config(chain, hole, expected, now)
                final = _settled(chain, hole, why, notes)
                if final is not None:
                    holes.append(final)
                    findings.append(_finding(chain, final))
            chains.append(replace(chain, holes=tuple(holes)))
    return Chained(tuple(chains), tuple(findings), tuple(notes))


def absent(
    chains: Iterable[ChainOutcome], expected: Expected, request: Request, until: datetime
) -> Iterator[Finding]:
    """Yield a finding for every expected chain that nothing was found of."""
    held = {(one.account, one.region, one.trail) for one in chains if is_seen(one)}
    since = request.since or expected.logging_since
    held_cells = {(account, region) for account, region, _ in held}
    for one in sorted(expected.chains, key=lambda e: (e.account, e.region, e.trail or "")):
        if not wanted(one, request):
            continue
        cell = (one.account, one.region)
        if (*cell, one.trail) in held or (one.trail is None and cell in held_cells):
            continue
        yield finding(
            "chain-missing",
            Kind.CHAIN,
            account=one.account,
            region=one.region,
            span=Span(since, until) if since is not None and since < until else None,
            detail=f"{expected.source} expects trail {one.trail or '(any)'}",
        )


def wanted(one: Expectation, request: Request) -> bool:
    """Whether the filters of a run let an expectation through."""
    return (
        (not request.accounts or one.account in request.accounts)
        and (not request.regions or one.region in request.regions)
        and (request.trail is None or one.trail in (None, request.trail))
    )


def uncovered(cells: Iterable[CellOutcome]) -> Iterator[Finding]:
    """Yield a finding for every cell with log files outside proven hours."""
    for cell in cells:
        count = sum(one.uncovered for one in cell.families.values())
        if count:
            span = cell.uncovered
            yield finding(
                "uncovered-logs",
                Kind.CHAIN,
                account=cell.account,
                region=cell.region,
                span=span if span and span.start.year > 1 else None,
                detail=f"{count} files",
            )


def families(cells: Sequence[CellOutcome], borrowed: frozenset[str]) -> dict[str, FamilyReport]:
    """Add the families of all cells up; a family that no digest names is not covered."""
    sums: dict[str, Counter[str]] = {}
    for cell in cells:
        for name, one in cell.families.items():
            count = sums.setdefault(name, Counter())
            count["referenced"] += one.referenced
            count["unreferenced"] += len(_unclaimed(one, borrowed)) + one.unnamed
            count["uncovered"] += one.uncovered
            count["pending"] += one.pending
    return {
        name: _family(name, count, named=bool(count["referenced"]))
        for name, count in sorted(sums.items())
    }


def planted(
    cells: Sequence[CellOutcome],
    known: Mapping[str, FamilyReport],
    borrowed: frozenset[str],
    tell: LogSink | None = None,
) -> Iterator[Finding]:
    """Yield a finding for every file in a proven hour that no digest names.

    `tell` hears of those that are too many to be listed.
    """
    cause = CAUSES["unreferenced"]
    most = most_told(len(cells))
    for cell in cells:
        for name, one in cell.families.items():
            if not known[name].covered:
                continue
            strays = _unclaimed(one, borrowed)
            for stray in strays[:most]:
                yield finding(
                    "unreferenced" if _is_log(stray.key) else "foreign",
                    Kind.LOG,
                    account=cell.account,
                    region=cell.region,
                    bucket=stray.bucket or None,
                    key=stray.key,
                )
            if tell is not None:
                for stray in strays[most:]:
                    tell(stray.key, cause.verdict, cause.phrase, "")
            left_out = len(strays[most:]) + one.unnamed
            if left_out:
                yield more("unreferenced", cell.account, cell.region, left_out)


def log_counts(
    chains: Iterable[ChainOutcome], known: Mapping[str, FamilyReport]
) -> Counter[Verdict]:
    """Count every log file once, by verdict."""
    counts: Counter[Verdict] = Counter()
    for chain in chains:
        counts.update(chain.logs)
    for one in known.values():
        counts[Verdict.PENDING] += one.pending
        counts[Verdict.UNREFERENCED] += one.unreferenced if one.covered else 0
    return counts


def status(findings: Iterable[Finding]) -> Status:
    """Return the status that the heaviest finding gives."""
    return Status.of(max((CAUSES[one.cause].weight for one in findings), default=Weight.NONE))


def _family(name: str, count: Counter[str], *, named: bool) -> FamilyReport:
    covered = named or name == Family.LOG
    return FamilyReport(
        covered=covered,
        referenced=count["referenced"],
        unreferenced=count["unreferenced"],
        uncovered=count["uncovered"] if covered else 0,
        pending=count["pending"],
    )


def _unclaimed(one: FamilyCount, borrowed: frozenset[str]) -> list[Stray]:
    return [stray for stray in one.unreferenced if stray.key not in borrowed]


def _is_log(key: str) -> bool:
    from ops.layout import LogKey, parse

    return isinstance(parse(key), LogKey)


def is_seen(chain: ChainOutcome) -> bool:
    """Whether anything of a chain was found, or taken on trust, in the asked time."""
    return bool(chain.digests) or chain.trusted is not None


def _identity(chain: ChainOutcome) -> tuple[str, str, str, str]:
    return chain.account, chain.region, chain.trail, chain.home_region


def _break(chain: ChainOutcome, hole: Hole) -> Break:
    ended = hole.cause == "head-stale"
    return Break(*_identity(chain), broke=hole.broke, resumed=None if ended else hole.span.end)


def _by_config(
    chain: ChainOutcome, hole: Hole, expected: Expected | None, now: datetime
) -> str | None:
    """Return how the config explains a hole; None if it does not."""
    if expected is None:
        return None
    if hole.cause == "head-stale":
        listed = any(
            (one.account, one.region) == (chain.account, chain.region)
            and one.trail in (None, chain.trail)
            for one in expected.chains
        )
        return None if listed else f"{expected.source} does not list this chain"
    began = expected.logging_since
    if hole.cause == "starts-late" and began and hole.span.end <= began + _LOGGING_SLACK:
        return f"{expected.source} says that logging began at {clock(began)}"
    if hole.cause == "older-part-gone" and is_expired(hole.span.start, expected, now):
        return f"{expected.source} lets files expire after {expected.expire_days} days"
    return None


def is_expired(moment: datetime, expected: Expected, now: datetime) -> bool:
    """Whether lifecycle rules may have deleted what was delivered at a moment."""
    if expected.expire_days is None:
        return False
    return moment <= now - timedelta(days=expected.expire_days) + _EXPIRY_SLACK


def _settled(chain: ChainOutcome, hole: Hole, why: str | None, notes: list[str]) -> Hole | None:
    """Return a hole as it is reported; None if it is only worth a note."""
    if why is None:
        return hole
    cause = _EXPLAINED.get(hole.cause)
    if cause is None:
        moved = "; if that call moved the trail, verify where it delivered to before, too"
        notes.append(
            f"{chain.account} {chain.region} {chain.trail}: first digest at "
            f"{clock(hole.span.end)}, explained: {why}{moved if 'UpdateTrail' in why else ''}"
        )
        return None
    return replace(hole, cause=cause, detail=why)


def _finding(chain: ChainOutcome, hole: Hole) -> Finding:
    return finding(
        hole.cause,
        Kind.DIGEST if hole.cause == "digest-missing" else Kind.CHAIN,
        account=chain.account,
        region=chain.region,
        bucket=chain.bucket,
        key=hole.key,
        span=hole.span,
        detail=hole.detail,
        proof=hole.proof,
    )
