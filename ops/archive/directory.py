"""A directory that holds a copy of a bucket: keys as paths, untrusted.

A key is never made into a path. It is looked up, folder by folder, in what the
file system itself lists, so no key can lead out of the root, and a file system
that ignores case or normalises names cannot answer for a key it does not hold.
Symbolic links are not followed.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ops.archive.metadata import NAME, Metadata
from ops.archive.model import (
    Denied,
    Entry,
    Object,
    ObjectMissing,
    Source,
    Unreachable,
    Version,
    no_version,
    too_large,
)
from ops.errors import ArchiveError

_HELD_NAMES = 200_000
"""How many names of files may be remembered at once."""
_DEEPEST = 200
"""How many folders deep a key may lie; CloudTrail's prefix has 200 characters at most."""
_MAY_READ = "let whoever runs this read the whole copy"
_READ_ONLY = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class Directory:
    """A directory as an archive."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._root = source.path
        self._folders = Folders(source.path)
        self._folders.names("")
        self._metadata: Metadata | None = None

    def prefixes(
        self, prefix: str, *, beside: Callable[[Entry], None] | None = None
    ) -> Sequence[str]:
        """Return the folders directly under a prefix."""
        folder, _, start = prefix.rpartition("/")
        names = self._folders.names(folder)
        self._refuse(folder, names)
        head = f"{folder}/" if folder else ""
        wanted = sorted(name for name in names if name.startswith(start))
        if beside is not None:
            for key in (f"{head}{name}" for name in wanted if names[name] != "d"):
                if key != NAME:
                    beside(entry(self._root, key))
        return sorted(f"{head}{name}/" for name in wanted if names[name] == "d")

    def list(self, prefix: str, *, start_after: str | None = None) -> Iterator[Entry]:
        """Yield the files under a prefix in the order S3 would list them."""
        folder = prefix.rpartition("/")[0]
        return self._walk(folder, prefix, start_after or "")

    def get(self, key: str, *, limit: int, version: str | None = None) -> Object:
        """Return one file; raise a Fault."""
        if version is not None:
            raise no_version(self.source, key, version)
        return Object(read(self._folders, key, limit=limit), self.metadata(key))

    def metadata(self, key: str) -> Mapping[str, str]:
        """Return what the copy says about one object's user metadata."""
        if self._metadata is None:
            self._metadata = open_metadata(self._folders)
        return self._metadata.of(key)

    def versions(self, key_prefix: str) -> Sequence[Version]:  # noqa: ARG002  # a copy has none
        """Return nothing: a copy holds no versions."""
        return []

    def _walk(self, folder: str, prefix: str, after: str) -> Iterator[Entry]:
        names = self._folders.names(folder)
        self._refuse(folder, names)
        head = f"{folder}/" if folder else ""
        # S3 sorts whole keys, in which a folder's name is followed by a slash.
        for path in sorted(
            head + name + ("/" if kind == "d" else "") for name, kind in names.items()
        ):
            if path.endswith("/"):
                if _may_hold(path, prefix, after):
                    yield from self._walk(path[:-1], prefix, after)
            elif path.startswith(prefix) and path > after and path != NAME:
                yield entry(self._root, path)

    def _refuse(self, folder: str, names: dict[str, str]) -> None:
        if folder.count("/") > _DEEPEST:
            raise ArchiveError(
                f"{self._root} holds more than {_DEEPEST} folders in one another.",
                hint="a copy of a bucket of CloudTrail logs is not that deep",
            )
        links = sorted(name for name, kind in names.items() if kind == "l")
        if links:
            raise ArchiveError(
                f"{self._root}: {_printable(folder)}/{_printable(links[0])} is a symbolic link, "
                "and links are not followed.",
                hint="copy what it points to in its place",
            )


def entry(root: str, key: str) -> Entry:
    """Return a file as a listing shows it; raise OSError."""
    state = os.stat(f"{root}/{key}", follow_symlinks=False)  # noqa: PTH116  # a tenth of the time
    modified = datetime.fromtimestamp(state.st_mtime, UTC)
    # The time of change cannot be set: whoever changes the file changes it.
    changed = f"{state.st_size}-{state.st_ino}-{state.st_mtime_ns}-{state.st_ctime_ns}"
    return Entry(_printable(key), state.st_size, None, modified, None, changed)


class Folders:
    """The names in a tree's folders and what each is: f, d, l (a link) or ? (no file)."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._held: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._count = 0

    def names(self, folder: str) -> dict[str, str]:
        """Return a folder's names; none if there is no such folder."""
        held = self._held.get(folder)
        if held is None:
            held = self._scan(folder) if self.kind(folder) == "d" else {}
            self._held[folder] = held
            self._count += len(held) + 1
            while self._count > _HELD_NAMES and len(self._held) > 1:
                self._count -= len(self._held.popitem(last=False)[1]) + 1
        return held

    def kind(self, path: str) -> str | None:
        """Return what a path is; None if the tree does not hold it."""
        if not path:
            return "d"
        if path.startswith("/") or path.count("/") > _DEEPEST:
            return None
        folder, _, name = path.rpartition("/")
        return self.names(folder).get(name)

    def _scan(self, folder: str) -> dict[str, str]:
        where = _printable(str(Path(self.root, folder)))
        try:
            with os.scandir(Path(self.root, folder)) as entries:
                return {entry.name: _kind(entry) for entry in entries}
        except PermissionError as error:
            raise Denied(f"{where} may not be read.", hint=_MAY_READ) from error
        except OSError as error:
            raise Unreachable(
                f"{where} cannot be read: {error.strerror}.",
                hint="name a directory that holds a copy of a bucket, keys as paths",
            ) from error


def read(folders: Folders, key: str, *, limit: int) -> bytes:
    """Return a file's bytes; raise a Fault."""
    kind = folders.kind(key)
    if kind == "l":
        raise Denied(f"{key!r} is a symbolic link in {folders.root}; links are not followed.")
    if kind is None and _is_spelled_out(folders, key):
        raise ObjectMissing(
            f"{folders.root} holds no {key!r}: a file's name shown like this is no UTF-8, so no key.",
            hint="give the file a name in UTF-8",
        )
    if kind != "f":
        raise ObjectMissing(f"{folders.root} holds no {key!r}.")
    try:
        descriptor = os.open(f"{folders.root}/{key}", _READ_ONLY)
        try:
            return _whole(descriptor, key, limit)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise ObjectMissing(f"{folders.root} holds {key!r} no longer.") from error
    except PermissionError as error:
        raise Denied(f"{key!r} in {folders.root} may not be read.") from error
    except OSError as error:
        raise Unreachable(f"{key!r} in {folders.root}: {error.strerror}.") from error


def _is_spelled_out(folders: Folders, key: str) -> bool:
    """Whether a file is there whose name is shown with escapes for bytes that are no text."""
    if "\\x" not in key:
        return False
    path = ""
    for part in key.split("/"):
        names = folders.names(path)
        name = next((one for one in names if _printable(one) == part), None)
        if name is None:
            return False
        path = f"{path}/{name}" if path else name
    return True


def open_metadata(folders: Folders) -> Metadata:
    """Return what the copy says about user metadata; raise ArchiveError."""
    path = Path(folders.root, NAME)
    if folders.kind(NAME) is None:
        return Metadata(None, str(path))
    if folders.kind(NAME) != "f":
        raise ArchiveError(f"{path} is no regular file.", hint="replace it with one, or remove it")
    try:
        return Metadata(lambda: path.open("rb"), str(path))
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror}.", hint=_MAY_READ) from error


def _whole(descriptor: int, key: str, limit: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > limit:
        raise too_large(key, size, limit)
    body = os.read(descriptor, size)
    while len(body) < size:  # a read of more than 2 GiB comes in parts
        more = os.read(descriptor, size - len(body))
        if not more:
            raise Unreachable(f"{key!r} became shorter while it was read.")
        body += more
    return body


def _kind(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return "l"
    if entry.is_dir(follow_symlinks=False):
        return "d"
    return "f" if entry.is_file(follow_symlinks=False) else "?"


def _may_hold(folder: str, prefix: str, after: str) -> bool:
    if not (folder.startswith(prefix) or prefix.startswith(folder)):
        return False
    return folder > after or after.startswith(folder)


def _printable(path: str) -> str:
    """Return a file's name as text; bytes that are none become escapes no key has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
