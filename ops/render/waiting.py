"""What is said while a question waits for its answer, and what that cost; without rich."""

from ops.history.fetching import Progress
from ops.query.model import Scan
from ops.render.meter import Meter
from ops.render.text import size


class Watch(Meter):
    """Shows how much of a store is here, or how far a query is."""

    def fetching(self, progress: Progress) -> None:
        """Show how many files are here, if it is time to."""
        if self.due():
            text = (
                f"{progress.done:,}/{progress.files:,} files of the store here, "
                f"{size(progress.bytes_done)} of {size(progress.bytes)}"
            )
            self.show(text, progress.bytes_done, progress.bytes)

    def asking(self, text: str) -> None:
        """Show the state of a query that runs elsewhere, if it is time to."""
        if self.due():
            self.show(f"Athena: {text}", 0, None)


def scan(found: Scan) -> str:
    """Return what an answer cost, in words."""
    return f"Athena read {found.bytes:,} bytes ({size(found.bytes)}): {dollars(found.price_usd)}."


def dollars(amount: float) -> str:
    """Return an amount as people read it, with as many digits as it needs.

    >>> dollars(12.5), dollars(0.00005)
    ('12.50 USD', '0.00005 USD')
    """
    return f"{amount:.2f} USD" if amount >= 1 else f"{amount:.6f}".rstrip("0").rstrip(".") + " USD"
