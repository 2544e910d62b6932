"""The log folders of one cell, in every bucket that its chains lead to.

A chain that was delivered to another bucket before is followed there, and that
bucket's folders are searched as well. What digests found in one bucket name is
looked for in that bucket alone: at the same key of another one nothing is named.
"""

from collections.abc import Mapping
from datetime import datetime

from ops.integrity.delivery import Trails
from ops.integrity.discover import Unlisted
from ops.integrity.ledger import Ledger
from ops.integrity.outcome import FamilyCount
from ops.integrity.span import Span
from ops.integrity.stock import Stock


class Shelves:
    """Each bucket's log folders, with the ledger of what its digests name."""

    def __init__(self, stock: Stock) -> None:
        self._all = [(stock, Ledger.empty())]

    @property
    def ledger(self) -> Ledger:
        """What digests of the bucket at hand name."""
        return self._all[-1][1]

    def add(self, stock: Stock) -> None:
        """Turn to another bucket."""
        self._all.append((stock, Ledger.empty()))

    def reached(self, moment: datetime) -> None:
        """The walk has come down to a digest that ended at `moment`."""
        stock, ledger = self._all[-1]
        stock.reached(moment, ledger)

    def finish(self) -> None:
        """Compare all days that are left."""
        for stock, ledger in self._all:
            stock.finish(ledger)

    def sorted_out(self, trails: Trails) -> tuple[Mapping[str, FamilyCount], Span | None]:
        """Say of every unreferenced file whether it was put there, by the finished chains."""
        families: dict[str, FamilyCount] = {}
        hulls: list[Span] = []
        for stock, _ in self._all:
            found, hull = stock.sorted_out(trails)
            for name, one in found.items():
                families[name] = families.get(name, FamilyCount()).plus(one)
            hulls += [hull] if hull else []
        if not hulls:
            return families, None
        whole = Span(min(one.start for one in hulls), max(one.end for one in hulls))
        return families, whole

    @property
    def notes(self) -> list[str]:
        """What lies there beside log files."""
        return [note for stock, _ in self._all for note in stock.notes]

    @property
    def unlisted(self) -> list[Unlisted]:
        """The folders that could not be listed."""
        return [folder for stock, _ in self._all for folder in stock.unlisted]

    @property
    def unsettled(self) -> bool:
        """Whether a file is pending that a checkpoint of now would vouch for."""
        return any(stock.unsettled for stock, _ in self._all)
