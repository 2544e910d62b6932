"""Which files of a store a question needs to open, and where they are on this machine."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

from ops.history import fetching, store
from ops.history.shelf import (
    CONFLICTS,
    EVENTS,
    MANIFEST,
    QUARANTINE,
    UNKNOWN_DAY,
    VERDICTS,
    Shelf,
    Stored,
    day_of,
)
from ops.query.window import Window

FOLDERS = (MANIFEST, QUARANTINE, CONFLICTS, VERDICTS)
"""What lies beside the events and is read."""


@dataclass(frozen=True, slots=True)
class Files:
    """The Parquet files of a store that a question needs, by their absolute paths."""

    store: str
    """What the user calls it."""
    dated: tuple[Path, ...]
    """Event files of the days asked for."""
    undated: tuple[Path, ...]
    """Event files of records without a readable time."""
    days: tuple[str, ...]
    """Every day the store holds, asked for or not; without `unknown`."""
    apart: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """The files of each folder in FOLDERS."""
    pruned: str | None = None
    """The day before which events were removed, if any were."""
    copied: bool = False
    """Whether they are copies, kept on this machine, of what the store holds."""

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file that may be read."""
        return (*self.dated, *self.undated, *(one for held in self.apart.values() for one in held))


@dataclass(frozen=True, slots=True)
class Held:
    """What a store holds, as it lists it; nothing of it was read."""

    shelf: Shelf
    events: dict[str, tuple[Stored, ...]]
    """The event files of each day, `unknown` among them, in order."""
    apart: dict[str, tuple[Stored, ...]]
    pruned: str | None = None
    """The day before which events were removed, if any were."""

    @property
    def days(self) -> tuple[str, ...]:
        """Every day; without `unknown`."""
        return tuple(day for day in self.events if day != UNKNOWN_DAY)

    def dated(self, window: Window) -> dict[str, tuple[Stored, ...]]:
        """Return the event files of the days of a time."""
        return {day: self.events[day] for day in self.days if window.holds(day)}

    @property
    def undated(self) -> tuple[Stored, ...]:
        """The event files of records without a readable time."""
        return self.events.get(UNKNOWN_DAY, ())

    def wanted(self, window: Window) -> list[Stored]:
        """Return all files for a time."""
        folders = (*self.apart.values(), *self.dated(window).values(), self.undated)
        return list(chain.from_iterable(folders))

    def fetched(self, window: Window, tell: fetching.Tell = lambda _: None) -> Files:
        """Return the files for a time, after bringing them to this machine; raise StoreError."""
        dated = chain.from_iterable(self.dated(window).values())
        places = fetching.fetched(self.shelf, self.wanted(window), tell)

        def of(files: Iterable[Stored]) -> tuple[Path, ...]:
            return tuple(places[one.path] for one in files)

        return Files(
            store=str(self.shelf),
            dated=of(dated),
            undated=of(self.undated),
            days=self.days,
            apart={name: of(files) for name, files in self.apart.items()},
            pruned=self.pruned,
            copied=self.shelf.copies,
        )


def listed(shelf: Shelf) -> Held:
    """Return what a store holds; raise StoreError."""
    starts = (EVENTS, *FOLDERS)
    with ThreadPoolExecutor(len(starts), "list") as threads:
        events, *apart = threads.map(lambda start: tuple(_finished(shelf, start)), starts)
    days: dict[str, list[Stored]] = {}
    for one in events:
        day = day_of(one.path)
        if day is not None and _is_a_day(day):
            days.setdefault(day, []).append(one)
    ordered = {day: tuple(days[day]) for day in sorted(days)}
    folders = dict(zip(FOLDERS, apart, strict=True))
    return Held(shelf, ordered, folders, store.about(shelf).pruned_before)


def _is_a_day(text: str) -> bool:
    try:
        return text == UNKNOWN_DAY or bool(date.fromisoformat(text))
    except ValueError:
        return False


def found(shelf: Shelf, window: Window) -> Files:
    """Return the files of a store for a time; raise StoreError."""
    return listed(shelf).fetched(window)


def _finished(shelf: Shelf, start: str) -> list[Stored]:
    """Return the Parquet files of a folder; those being written begin with a dot or `_`.

    Nothing below a folder's own files belongs to a store.
    """
    deep = start.count("/") + (start == EVENTS)
    return [
        one
        for one in shelf.files(start)
        if one.name.endswith(".parquet") and one.name[0] not in "._" and one.path.count("/") == deep
    ]
