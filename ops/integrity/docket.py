"""What a walk has to tell about one account and region: findings and notes."""

from ops.integrity.causes import finding
from ops.integrity.digest import LogRef
from ops.integrity.discover import Cell, Unlisted
from ops.integrity.finding import Finding, Kind
from ops.integrity.listing import Digests
from ops.integrity.span import Span
from ops.layout import LogKey


class Docket:
    """Findings and notes of one cell, in the order they turn up."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self.findings: list[Finding] = []
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
        key: str,
        span: Span | None,
        detail: str = "",
        *,
        bucket: str | None = None,
        proof: str = "",
    ) -> None:
        """Tell of anything in this cell."""
        self.findings.append(
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

    def forget(self, key: str) -> None:
        """Take back what was found about an object."""
        self.findings = [one for one in self.findings if one.key != key]

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
