"""A zip file that holds objects: keys as names, untrusted.

Nothing is extracted: a member is found by its exact name and read in memory up
to the caller's limit, so a name cannot lead anywhere and a bomb stops at the
limit. What Python's zip reader would have to guess about is refused.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ops.archive.metadata import NAME, Metadata
from ops.archive.model import (
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

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_METADATA_LIMIT = 256 << 20
_HINT = "make the bundle again with `ops verify --bundle`"


class Bundle:
    """A zip file as an archive."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._zip = _open(source.path)
        self._members = _members(self._zip, source.path)
        self._keys = sorted(self._members)
        self._metadata: Metadata | None = None

    def prefixes(
        self, prefix: str, *, beside: Callable[[Entry], None] | None = None
    ) -> Sequence[str]:
        """Return the folders directly under a prefix."""
        rest = [key[len(prefix) :] for key in self._keys if key.startswith(prefix)]
        if beside is not None:
            for key in (f"{prefix}{one}" for one in rest if "/" not in one):
                if key != NAME:
                    beside(self._entry(key))
        return sorted({f"{prefix}{one.partition('/')[0]}/" for one in rest if "/" in one})

    def list(self, prefix: str, *, start_after: str | None = None) -> Iterator[Entry]:
        """Yield the members under a prefix."""
        for key in self._keys:
            if key.startswith(prefix) and key > (start_after or "") and key != NAME:
                yield self._entry(key)

    def _entry(self, key: str) -> Entry:
        info = self._members[key]
        return Entry(key, info.file_size, None, _modified(info), None)

    def get(self, key: str, *, limit: int, version: str | None = None) -> Object:
        """Return one member; raise a Fault."""
        if version is not None:
            raise no_version(self.source, key, version)
        return Object(self.body(key, limit=limit), self.metadata(key))

    def metadata(self, key: str) -> Mapping[str, str]:
        """Return what the bundle says about one object's user metadata."""
        if self._metadata is None:
            where = f"{NAME} in {self.source.path}"
            if NAME not in self._members:
                self._metadata = Metadata(None, where)
            else:
                content = self.body(NAME, limit=_METADATA_LIMIT)
                self._metadata = Metadata(lambda: io.BytesIO(content), where)
        return self._metadata.of(key)

    def versions(self, key_prefix: str) -> Sequence[Version]:  # noqa: ARG002  # a bundle has none
        """Return nothing: a bundle holds no versions."""
        return []

    def body(self, key: str, *, limit: int) -> bytes:
        """Return one member's bytes; raise a Fault."""
        info = self._members.get(key)
        if info is None:
            raise ObjectMissing(f"{self.source.path} holds no {key!r}.")
        if info.file_size > limit:
            raise too_large(key, info.file_size, limit)
        try:
            with self._zip.open(info) as file:
                # By its stated size: without one the first piece would be inflated whole.
                return file.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise Unreachable(f"{key!r} in {self.source.path} is damaged: {error}.") from error


def _open(path: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ArchiveError(f"{path} cannot be read as a bundle: {error}.", hint=_HINT) from error


def _members(opened: zipfile.ZipFile, path: str) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in opened.infolist():
        reason = _objection(info, members)
        if reason:
            raise ArchiveError(
                f"{path} is no bundle of ours: {info.orig_filename!r} {reason}.", hint=_HINT
            )
        if not info.is_dir():
            members[info.filename] = info
    return members


def _objection(info: zipfile.ZipInfo, members: Mapping[str, zipfile.ZipInfo]) -> str:
    name = info.orig_filename
    if name != info.filename or "\\" in name or "\0" in name:
        return "has a name that systems read differently"
    if name.startswith("/") or ".." in name.split("/"):
        return "has a name that leads out of the bundle"
    if name in members:
        return "is in it twice"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return f"is compressed by method {info.compress_type}, not deflate"
    return ""


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        return None
