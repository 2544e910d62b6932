"""What `ops verify --store` hands over to the history: a verdict on every log file it saw.

Nothing is said of those it did not look at: log files outside the asked time or taken on
trust, those that lie before a chain's first digest, and those that a bundle's maker counted
and the bundle does not name.
"""

from contextlib import ExitStack
from datetime import datetime
from typing import Self

from ops.history.store import existing
from ops.history.verdicts import LogVerdict, Verdicts
from ops.integrity.finding import Kind, Verdict
from ops.integrity.report import Report
from ops.layout import LogKey, parse


class Sink:
    """Hears of log files while a verification runs, and of the rest when it has ended."""

    def __init__(self, store: str, at: datetime) -> None:
        self._verdicts = Verdicts(existing(store), at)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        self._stack.enter_context(self._verdicts)
        return self

    def __exit__(self, *_: object) -> None:
        """Forget what was not published."""
        self._stack.close()

    def tell(self, key: str, verdict: Verdict, reason: str, digest: str) -> None:
        """Hear of one log file; what another account's digest names counts as it says."""
        self._verdicts.add(
            LogVerdict(key, str(verdict), reason or None, digest or None), otherwise=not digest
        )

    def publish(self, report: Report) -> None:
        """Put the verdicts into the store, with those that no digest's hash led to."""
        found = (
            LogVerdict(one.key, str(one.verdict), one.reason)
            for one in report.findings
            if one.kind is Kind.LOG and one.key is not None and not one.proof
        )
        # Of kinds that no digest in the run names nothing can be said.
        apart = {name for name, one in report.families.items() if not one.covered}
        self._verdicts.publish(found, without=lambda key: _family(key) in apart)


def _family(key: str) -> str | None:
    place = parse(key)
    return place.family.value if isinstance(place, LogKey) else None
