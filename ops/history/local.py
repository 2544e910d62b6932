"""A store in a directory of this machine.

A publication is first made whole beside the store: its files are written and flushed,
then a journal that names every move. From then on it is done, come what may: whoever
opens the store next carries out what is left of the journal. Until then it never was.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ops import lock
from ops.errors import StoreError
from ops.history.refusal import by_disk
from ops.history.shelf import META, STORE, Changes, Stored

_JOURNAL = f"{META}/journal.json"
_LOCK = f"{META}/lock"
_SCRATCH = f"{META}/scratch"


class BusyError(StoreError):
    """Another process writes to the store."""


class LocalShelf:
    """A directory that holds a store, or may."""

    rewrites = True
    copies = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        """Return the directory's path."""
        return str(self.root)

    def exists(self) -> bool:
        """Whether there is a store."""
        return (self.root / STORE).exists()

    @contextmanager
    def hold(self) -> Iterator[Path]:
        """Be the only writer, settle what an earlier one left, and yield a directory for files."""
        scratch = self.root / _SCRATCH
        with by_disk(str(self.root)), lock.held(self.root / _LOCK, self._busy):
            self._settle()
            scratch.mkdir()
            try:
                yield scratch
            finally:
                if not (self.root / _JOURNAL).exists():
                    shutil.rmtree(scratch, ignore_errors=True)

    def settle(self) -> None:
        """Finish a publication that was broken off, unless its writer is still at it."""
        if (self.root / _JOURNAL).exists():
            with (
                suppress(BusyError),
                by_disk(str(self.root)),
                lock.held(self.root / _LOCK, self._busy),
            ):
                self._settle()

    def files(self, start: str) -> Iterable[Stored]:
        """Return the files whose paths start so, in order."""
        folder, _, first = start.rpartition("/")
        with by_disk(str(self.root)):
            found = [
                Stored(path.relative_to(self.root).as_posix(), path.stat().st_size)
                for top in (self.root / folder).glob(f"{first}*")
                for path in ([top] if top.is_file() else top.rglob("*"))
                if path.is_file()
            ]
        return sorted(found)

    def fetch(self, path: str) -> Path:
        """Return where a file lies."""
        return self.root / path

    def publish(self, changes: Changes) -> None:
        """Make changes seen; once the journal is written they will be, whatever happens."""
        moves = [
            (file.relative_to(self.root).as_posix(), path) for path, file in changes.new.items()
        ]
        with by_disk(str(self.root)):
            for file in changes.new.values():
                _flush(file)
            _flush(self.root / _SCRATCH)
            self._begin({"moves": moves, "removals": sorted(changes.gone)})
            self._finish()

    def _begin(self, journal: dict[str, object]) -> None:
        path = self.root / _JOURNAL
        written = path.with_suffix(".new")
        written.write_text(json.dumps(journal), encoding="utf-8")
        _flush(written)
        written.replace(path)
        _flush(path.parent)

    def _settle(self) -> None:
        """Carry out a journal that is there, and forget files that no journal names."""
        if (self.root / _JOURNAL).exists():
            self._finish()
        scratch = self.root / _SCRATCH
        if scratch.exists():
            shutil.rmtree(scratch)

    def _finish(self) -> None:
        journal = json.loads((self.root / _JOURNAL).read_text(encoding="utf-8"))
        folders = {self.root}
        for source, target in journal["moves"]:
            path = self._inside(target)
            path.parent.mkdir(parents=True, exist_ok=True)
            # One that is not there any more was moved before the interruption.
            with suppress(FileNotFoundError):
                self._inside(source).replace(path)
            folders.add(path.parent)
        for gone in journal["removals"]:
            path = self._inside(gone)
            path.unlink(missing_ok=True)
            with suppress(OSError):  # other files are in it
                path.parent.rmdir()
        for folder in folders:
            _flush(folder)
        (self.root / _JOURNAL).unlink()

    def _inside(self, path: str) -> Path:
        """Return a path of the journal, which must not lead out of the store."""
        if path.startswith("/") or ".." in path.split("/"):
            raise StoreError(
                f"The journal of {self.root} names {path!r}, which is not in the store.",
                hint=f"it was not written by ops: look at {self.root / _JOURNAL}",
            )
        return self.root / path

    def _busy(self, holder: str) -> BusyError:
        return BusyError(
            f"Another process writes to the store {self.root}: process {holder}.",
            hint="wait until it has ended, and run again",
        )


def _flush(path: Path) -> None:
    """Bring a file or a directory to the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
