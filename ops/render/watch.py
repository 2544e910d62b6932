"""Progress of a verification."""

from ops.integrity.request import Progress
from ops.render.meter import Meter


class Watch(Meter):
    """Shows how far a verification is."""

    def tell(self, done: Progress) -> None:
        """Show one state of the run, if it is time to."""
        if not self.due():
            return
        rate = (done.logs + done.digests) / self.seconds
        self.show(
            f"{done.cells_done}/{done.cells} accounts × regions, {done.digests:,} digests, "  # noqa: RUF001
            f"{done.logs:,}/{done.logs_known:,} log files, {rate:,.0f}/s",
            done.digests + done.logs,
            done.digests + done.logs_known,
        )
