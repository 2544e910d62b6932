"""A store in a bucket: files are added, never replaced, by one writer at a time.

A publication first leaves a note of all its files, then writes them, the manifest last,
and removes the note. A note that is found later tells what a broken-off one has written:
if its last file is there it was whole, else what there is of it is removed.

What is read is kept on this machine, by ETag, so that it is read once.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.archive.model import Archive, Entry
from ops.archive.objects import Objects
from ops.errors import StoreError
from ops.history.lease import Clock, Lease, clock
from ops.history.refusal import by_bucket, by_disk
from ops.history.shelf import EVENTS, MANIFEST, META, STORE, Changes, Stored, day_of

_NOTE = f"{META}/publication.json"
_LEASE = f"{META}/lease.json"
_AT_ONCE = 4
"""Files written at once."""
CACHED_BYTES = 20 << 30
"""How much of all stores is kept on this machine."""


class RemoteShelf:
    """A prefix of a bucket that holds a store, or may."""

    rewrites = False
    copies = True

    def __init__(self, bucket: Archive, cache: Path, *, now: Clock = clock) -> None:
        self._bucket = bucket
        self._objects = Objects(bucket.source)
        self._prefix = f"{bucket.source.prefix}/" if bucket.source.prefix else ""
        place = f"{bucket.source.endpoint}\n{bucket.source.bucket}\n{self._prefix}"
        self._cache = cache / "stores" / hashlib.sha256(place.encode()).hexdigest()[:32]
        self._scratch = cache / "scratch"
        self._seen: dict[str, Entry] = {}
        """The files that were listed, by path."""
        self._lease = Lease(self._objects, self._prefix + _LEASE, now=now)

    def __str__(self) -> str:
        """Return the place as the user names it."""
        return str(self._bucket.source)

    def exists(self) -> bool:
        """Whether there is a store."""
        with by_bucket(str(self)):
            return self._objects.read(self._prefix + STORE) is not None

    @contextmanager
    def hold(self) -> Iterator[Path]:
        """Be the only writer, settle what an earlier one left, and yield a directory for files."""
        with by_disk(str(self._scratch)):
            self._scratch.mkdir(parents=True, exist_ok=True)
            self.settle()
            scratch = Path(tempfile.mkdtemp(dir=self._scratch))
            try:
                with self._lease.held():
                    self._clear_up()
                    yield scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def settle(self) -> None:
        """Make room on this machine; the bucket is cleared up by the next who writes."""
        with by_disk(str(self._cache)):
            trim(self._cache.parent, CACHED_BYTES)

    def files(self, start: str) -> Iterable[Stored]:
        """Return the files whose paths start so, in order."""
        found = []
        with by_bucket(str(self)):
            for entry in self._bucket.list(self._prefix + start):
                path = entry.key.removeprefix(self._prefix)
                self._seen[path] = entry
                found.append(Stored(path, entry.size))
        return found

    def fetch(self, path: str) -> Path:
        """Return where a file can be read on this machine, after bringing it here."""
        if path not in self._seen:
            self.files(path)
        entry = self._seen.get(path)
        if entry is None:
            raise StoreError(f"{path} is not in the store {self}.", hint="collect again")
        kept = self._cache / _kept_as(path, entry.etag or "")
        with by_disk(str(self._cache)), by_bucket(str(self)):
            # One of another size was cut short, by a full disk or a loss of power.
            if kept.exists() and kept.stat().st_size == entry.size:
                os.utime(kept)
                return kept
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
                coming = Path(file.name)
            try:
                self._objects.download(self._prefix + path, coming)
                coming.replace(kept)
            finally:
                coming.unlink(missing_ok=True)
        return kept

    def publish(self, changes: Changes) -> None:
        """Make changes seen: files that are added all at once, as far as a crash is concerned."""
        ordered = sorted(changes.new, key=lambda path: path.startswith(MANIFEST))
        added = bool(ordered) and ordered[-1].startswith(MANIFEST)
        with by_disk(str(self._cache)), by_bucket(str(self)):
            self._lease.check()
            if added:
                note = json.dumps({"files": ordered}).encode()
                self._objects.put(self._prefix + _NOTE, note)
            self._write(ordered[:-1] if added else ordered, changes)
            if added:
                self._lease.check()
                self._write(ordered[-1:], changes)
                self._objects.delete(self._prefix + _NOTE)
            for path in sorted(changes.gone):
                self._objects.delete(self._prefix + path)
        self._seen.clear()

    def _write(self, paths: Sequence[str], changes: Changes) -> None:
        with ThreadPoolExecutor(_AT_ONCE, "upload") as threads:
            for _ in threads.map(
                lambda path: self._objects.put(self._prefix + path, changes.new[path]), paths
            ):
                pass  # each raises what it failed with

    def _clear_up(self) -> None:
        """Remove what a publication wrote that was broken off before its last file."""
        with by_bucket(str(self)):
            note = self._objects.read(self._prefix + _NOTE)
            if note is None:
                return
            paths: list[str] = json.loads(note[0])["files"]
            if self._objects.read(self._prefix + paths[-1]) is None:
                for path in paths:
                    self._objects.delete(self._prefix + path)
            self._objects.delete(self._prefix + _NOTE)


def _kept_as(path: str, etag: str) -> str:
    """Return what a file is called on this machine: nothing of it that others may choose.

    But for its day, which an engine reads off its folder.
    """
    name = hashlib.sha256(f"{path}\n{etag}".encode()).hexdigest()[:32]
    day = day_of(path)
    return f"{EVENTS}{day}/{name}" if day else f"{META}/{name}"


def trim(cache: Path, most: int) -> None:
    """Remove what was used least lately, until the cache has at most so many bytes."""
    files = list(_states(cache))
    size = sum(state.st_size for state, _ in files)
    for state, path in sorted(files, key=lambda one: one[0].st_mtime):
        if size <= most:
            return
        path.unlink(missing_ok=True)
        size -= state.st_size


def _states(cache: Path) -> Iterator[tuple[os.stat_result, Path]]:
    for path in cache.rglob("*"):
        with suppress(FileNotFoundError):  # another process made room, too
            if path.is_file():
                yield path.stat(), path
