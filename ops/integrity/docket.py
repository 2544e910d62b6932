"""What a walk has to tell about one account and region: findings and notes."""

from collections import Counter, defaultdict

from ops.integrity.causes import finding, more
from ops.integrity.digest import LogRef
from ops.integrity.discover import Cell, Unlisted
from ops.integrity.finding import Finding, Kind
from ops.integrity.listing import Digests
from ops.integrity.span import Span
from ops.layout import LogKey

_MOST = 50_000
"""Findings of one cause that a run lists, about."""
_LEAST = 100
"""Findings of one cause that are listed of every account and region, if there are so many."""


def most_told(cells: int) -> int:
    """Return how many findings of one cause each of so many cells lists.

    A key that is not at hand, or a copy without logs, makes a finding of everything:
    memory must not grow with the archive then. It depends on nothing that differs
    between an interrupted run and one that was not.
    """
    return max(_LEAST, _MOST // max(1, cells))


class Docket:
    """Findings and notes of one cell.

    Of each cause the first by place and time are held, as many as may be told; the
    others are counted.
    """

    def __init__(self, cell: Cell, most: int = _MOST) -> None:
        self._cell = cell
        self._most = most
        self._held: dict[str, list[Finding]] = defaultdict(list)
        self._left_out: Counter[str] = Counter()
        self.notes: set[str] = set()
        self.borrowed: set[str] = set()
        """Log files of other accounts or regions that digests of this cell name."""

    def listing(self, listed: Digests) -> None:
        """Tell what a listing could not show, or showed beside digests."""
        for folder in listed.unlisted:
            self.unlisted(folder)
        if listed.junk:
            self.notes.add(
                f"{listed.junk} objects among the digests of {self._cell.account} in "
                f"{self._cell.region} are no digests"
            )

    def unlisted(self, folder: Unlisted) -> None:
        """Tell of a folder that could not be listed."""
        code = "listing-denied" if folder.denied else "listing-failed"
        self.add(code, Kind.CHAIN, folder.folder, None, folder.why)

    def log(
        self, code: str, key: str, bucket: str, span: Span, detail: str = "", *, proof: str = ""
    ) -> None:
        """Tell of a log file."""
        self.add(code, Kind.LOG, key, span, detail, bucket=bucket, proof=proof)

    def add(
        self,
        code: str,
        kind: Kind,
        key: str | None,
        span: Span | None,
        detail: str = "",
        *,
        bucket: str | None = None,
        proof: str = "",
    ) -> None:
        """Tell of anything in this cell."""
        self.tell(
            finding(
                code,
                kind,
                account=self._cell.account,
                region=self._cell.region,
                bucket=bucket,
                key=key,
                span=span,
                detail=detail,
                proof=proof,
            )
        )

    def tell(self, one: Finding) -> None:
        """Tell of what was found."""
        held = self._held[one.cause]
        held.append(one)
        if len(held) > 2 * self._most:
            self._shorten(one.cause)

    def forget(self, key: str) -> None:
        """Take back what was found about an object."""
        for cause, held in self._held.items():
            self._held[cause] = [one for one in held if one.key != key]

    def findings(self) -> tuple[Finding, ...]:
        """Return what is to be told, in order of place and time."""
        for cause in self._held:
            self._shorten(cause)
        told = [one for held in self._held.values() for one in held]
        place = (self._cell.account, self._cell.region)
        told += [more(cause, *place, count) for cause, count in self._left_out.items() if count]
        return tuple(sorted(told, key=lambda one: one.order))

    def _shorten(self, cause: str) -> None:
        held = sorted(self._held[cause], key=lambda one: one.order)
        self._held[cause] = held[: self._most]
        self._left_out[cause] += len(held) - len(self._held[cause])

    def look_at(self, ref: LogRef, place: object, digest_bucket: str) -> None:
        """Note a log file that lies elsewhere than its digest's others."""
        own = isinstance(place, LogKey) and (place.account, place.region) == (
            self._cell.account,
            self._cell.region,
        )
        if not own:
            self.borrowed.add(ref.key)
            self.notes.add(
                f"digests of {self._cell.account} in {self._cell.region} name log files elsewhere, "
                f"such as {ref.key}"
            )
        if ref.bucket != digest_bucket:
            self.notes.add(f"log files lie in another bucket than their digests: {ref.bucket}")
