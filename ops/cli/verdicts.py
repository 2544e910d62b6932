"""What `ops verify --store` hands over to the history: a verdict on every log file."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Self

from ops.history import manifest
from ops.history.store import existing
from ops.history.verdicts import LogVerdict, Verdicts
from ops.integrity.finding import Kind, Verdict
from ops.integrity.report import Report
from ops.integrity.stock import SETTLE
from ops.layout import LogKey, parse

_MINUTE = timedelta(minutes=1)
"""How exactly a log's key says when it was delivered."""
_TOO_NEW = "no digest covers its hour yet"


class Sink:
    """Hears of log files while a verification runs, and of the rest when it has ended."""

    def __init__(self, store: str, at: datetime) -> None:
        self._shelf = existing(store)
        self._verdicts = Verdicts(self._shelf, at)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.enter_context(self._verdicts)
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was not published."""
        self._stack.close()

    def tell(self, key: str, verdict: Verdict, reason: str, digest: str) -> None:
        """Hear of one log file that a digest names."""
        self._verdicts.add(LogVerdict(key, str(verdict), reason or None, digest))

    def publish(self, report: Report, *, open_end: bool) -> None:
        """Put the verdicts into the store, with those that no digest's hash led to.

        `open_end` says that the run was asked for everything up to now.
        """
        found = (
            LogVerdict(one.key, str(one.verdict), one.reason)
            for one in report.findings
            if one.kind is Kind.LOG and one.key is not None and not one.proof
        )
        self._verdicts.publish(found, otherwise=self._waiting(report, open_end=open_end))

    def _waiting(self, report: Report, *, open_end: bool) -> Iterator[LogVerdict]:
        """Yield the collected log files that are too new to be in a digest, and some that are in one."""
        if not any(one.pending for one in report.families.values()):
            return
        covered = {name for name, one in report.families.items() if one.covered}
        begins = _awaited(report, open_end=open_end)
        for table in manifest.objects(self._shelf, ("key", "family")):
            for key, family in zip(*(one.to_pylist() for one in table.columns), strict=True):
                place = parse(key) if family in covered else None
                if not isinstance(place, LogKey):
                    continue
                begin = begins.get((place.account, place.region))
                end = place.delivered + _MINUTE
                in_time = open_end or end <= report.requested.until
                if begin and end + SETTLE > begin and in_time:
                    yield LogVerdict(key, str(Verdict.PENDING), _TOO_NEW)


def _awaited(report: Report, *, open_end: bool) -> dict[tuple[str, str], datetime]:
    """Return from when on logs await their digest, by account and region."""
    begins: dict[tuple[str, str], datetime] = {}
    for chain in report.chains:
        end = report.requested.until if open_end else None
        begin = min((span.start for span in chain.pending), default=end)
        if begin is not None:
            place = (chain.account, chain.region)
            begins[place] = max(begin, begins.get(place, begin))
    return begins
