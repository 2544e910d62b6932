"""Where a local store's files lie, and which of them a question needs to open."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ops.errors import StoreError
from ops.history.schema import PARTITION, VERSION
from ops.query.window import UNKNOWN_DAY, Window

FORMAT = "atalaya.store"
APART = "_atalaya"
"""The folder of everything that is no event file."""
MANIFEST, QUARANTINE, CONFLICTS, INTEGRITY = "manifest", "quarantine", "conflicts", "integrity"
FOLDERS = (MANIFEST, QUARANTINE, CONFLICTS, INTEGRITY)
_PREFIX = f"{PARTITION.name}="


@dataclass(frozen=True, slots=True)
class Files:
    """The Parquet files of a store that a question needs, by their absolute paths."""

    root: Path
    dated: tuple[Path, ...]
    """Event files of the days asked for."""
    undated: tuple[Path, ...]
    """Event files of records without a readable time."""
    days: tuple[str, ...]
    """Every day the store holds, asked for or not; without `unknown`."""
    apart: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """The files of each folder in FOLDERS."""

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file that may be read."""
        return (*self.dated, *self.undated, *(one for held in self.apart.values() for one in held))


def found(root: Path, window: Window) -> Files:
    """Return the files of the store at `root` for a time; raise StoreError if there is none."""
    _check(root)
    root = root.resolve()
    held = dict(sorted(_days(root)))
    dated = [one for day, files in held.items() if day != UNKNOWN_DAY and window.holds(day)
             for one in files]  # fmt: skip
    return Files(
        root=root,
        dated=tuple(dated),
        undated=held.get(UNKNOWN_DAY, ()),
        days=tuple(day for day in held if day != UNKNOWN_DAY),
        apart={name: _parquet(root / APART / name) for name in FOLDERS},
    )


def _days(root: Path) -> Iterator[tuple[str, tuple[Path, ...]]]:
    for folder in root.iterdir():
        if folder.name.startswith(_PREFIX) and (files := _parquet(folder)):
            yield folder.name.removeprefix(_PREFIX), files


def _parquet(folder: Path) -> tuple[Path, ...]:
    """Return the finished files of a folder; those being written begin with a dot or `_`."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(one for one in folder.glob("*.parquet") if one.name[0] not in "._"))


def _check(root: Path) -> None:
    place = root / APART / "store.json"
    try:
        about = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StoreError(
            f"{root} holds no history: {APART}/store.json is missing.",
            hint=f"make one: ops collect SOURCE --store {root}",
        ) from error
    except (OSError, ValueError) as error:
        raise StoreError(f"{place} cannot be read: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise StoreError(f"{place} describes no history of ours.")
    version = about.get("schema_version")
    if version != VERSION:
        raise StoreError(
            f"{root} has columns of version {version!r}; this ops reads version {VERSION}.",
            hint="collect it again, or use the ops that made it",
        )
