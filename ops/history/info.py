"""What a store holds, counted."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from ops.history import manifest
from ops.history.events import EventFile, event_files
from ops.history.parquet import opened
from ops.history.shelf import CONFLICTS, META, QUARANTINE, UNKNOWN_DAY, Shelf
from ops.history.store import About, about


@dataclass(frozen=True, slots=True)
class LastRun:
    """The run that published last."""

    run: str
    collected_at: datetime
    objects: int
    events: int
    """Those of it that were stored."""


@dataclass(frozen=True, slots=True)
class Info:
    """What a store holds."""

    store: str
    about: About
    events: int
    days: int
    """Days with events."""
    first_day: str | None
    last_day: str | None
    undated: int
    """Events without a readable time."""
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    files: int
    bytes: int
    """Of the event files."""
    other_bytes: int
    objects: int
    """Objects that were collected, without those that held no events."""
    conflicts: int
    """Events of which there are rows that contradict each other."""
    quarantined: int
    mended: int
    last_run: LastRun | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        last = self.last_run
        return {
            "store": self.store,
            "schema_version": self.about.schema_version,
            "created_at": self.about.created_at,
            "pruned_before": self.about.pruned_before,
            "events": self.events,
            "days": self.days,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "undated": self.undated,
            "accounts": list(self.accounts),
            "regions": list(self.regions),
            "files": self.files,
            "bytes": self.bytes,
            "other_bytes": self.other_bytes,
            "objects": self.objects,
            "conflicts": self.conflicts,
            "quarantined": self.quarantined,
            "mended": self.mended,
            "last_run": last
            and {
                "run": last.run,
                "collected_at": f"{last.collected_at:%Y-%m-%dT%H:%M:%SZ}",
                "objects": last.objects,
                "events": last.events,
            },
        }


def info(shelf: Shelf) -> Info:
    """Count what a store holds; raise StoreError."""
    by_day = event_files(shelf)
    files = [file for held in by_day.values() for file in held]
    days = sorted(day for day in by_day if day != UNKNOWN_DAY)
    rows = {day: sum(file.rows() for file in held) for day, held in by_day.items()}
    quarantine = _flags(shelf)
    objects, last = _objects(shelf)
    return Info(
        store=str(shelf),
        about=about(shelf),
        events=sum(rows.values()),
        days=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        undated=rows.get(UNKNOWN_DAY, 0),
        accounts=_values(files, "recipient_account_id"),
        regions=_values(files, "aws_region"),
        files=len(files),
        bytes=sum(file.size for file in files),
        other_bytes=sum(one.size for one in shelf.files(f"{META}/")),
        objects=objects,
        conflicts=len(_conflicting(shelf)),
        quarantined=quarantine.count(False),
        mended=quarantine.count(True),
        last_run=last,
    )


def _values(files: list[EventFile], column: str) -> tuple[str, ...]:
    """Return the different values of a column."""
    found: set[str | None] = set()
    for file in files:
        with file.open() as read:
            for number in range(read.num_row_groups):
                group = read.read_row_group(number, columns=[column])
                found |= set(pc.unique(group[column]).to_pylist())
    return tuple(sorted(one for one in found if one is not None))


def _flags(shelf: Shelf) -> list[bool]:
    """Return, of everything in the quarantine, whether the event is stored all the same."""
    flags: list[bool] = []
    for file in shelf.files(QUARANTINE):
        with opened(shelf, file.path) as found:
            flags += found.read(columns=["repaired"])["repaired"].to_pylist()
    return flags


def _conflicting(shelf: Shelf) -> set[str]:
    ids: set[str] = set()
    for file in shelf.files(CONFLICTS):
        with opened(shelf, file.path) as found:
            ids |= set(found.read(columns=["event_id"])["event_id"].to_pylist())
    return ids


def _objects(shelf: Shelf) -> tuple[int, LastRun | None]:
    """Return how many objects were collected, and the last run."""
    count, last = 0, None
    for rows in manifest.objects(shelf, ["foreign", "stored", "collected_at", "run"]):
        count += rows.num_rows - (pc.sum(rows["foreign"]).as_py() or 0)
        runs = rows.group_by("run").aggregate(
            [("collected_at", "max"), ("stored", "sum"), ("stored", "count")]
        )
        for row in runs.to_pylist():
            found = LastRun(
                row["run"], row["collected_at_max"], row["stored_count"], row["stored_sum"]
            )
            last = _later(last, found)
    return count, last


def _later(one: LastRun | None, other: LastRun) -> LastRun:
    if one is None or (other.collected_at, other.run) > (one.collected_at, one.run):
        return other
    if other.run != one.run:
        return one
    objects, events = one.objects + other.objects, one.events + other.events
    return replace(one, objects=objects, events=events)
