"""Brings files of a store to this machine, several at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ops.history.shelf import Shelf, Stored

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of what is wanted is here."""

    done: int
    files: int
    bytes_done: int
    bytes: int


Tell = Callable[[Progress], None]


def fetched(shelf: Shelf, wanted: Sequence[Stored], tell: Tell = lambda _: None) -> dict[str, Path]:
    """Return where each file can be read, by its path in the store; raise StoreError.

    If one fails, or somebody interrupts, those under way are finished and kept.
    """
    found: dict[str, Path] = {}
    size, total = 0, sum(one.size for one in wanted)
    with ThreadPoolExecutor(_AT_ONCE, "fetch") as threads:
        for one, place in zip(
            wanted, threads.map(lambda one: shelf.fetch(one.path), wanted), strict=True
        ):
            found[one.path] = place
            size += one.size
            tell(Progress(len(found), len(wanted), size, total))
    return found
