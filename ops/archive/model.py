"""What an archive is, what it hands over, and the ways an object can fail to come.

    ArchiveError                 the place cannot be read at all
    └── Fault                    one object could not be handed over
        ├── ObjectMissing        it is not there, and we may know
        ├── Denied               reading it is refused
        ├── Archived             its storage class needs a restore first
        ├── TooLarge             it is longer than the caller takes
        ├── Unreachable          it could not be had, after retries; says nothing about it
        └── ExpiredCredentials   the credentials ended before it was read

A fault travels as a value between processes: one bad object stops no run.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from ops.endpoint import Access
from ops.errors import ArchiveError

EXPIRED = frozenset({"ExpiredToken", "RequestExpired", "TokenRefreshRequired"})
"""Codes by which S3 says that the credentials ended."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as a listing shows it."""

    key: str
    size: int
    etag: str | None
    modified: datetime | None
    storage_class: str | None
    state: str = ""
    """What a file's content does not change without, where there is no ETag."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object as it was read."""

    body: bytes
    metadata: Mapping[str, str]
    """User metadata: lower-case names without `x-amz-meta-`."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker."""

    key: str
    version_id: str
    latest: bool
    delete_marker: bool
    modified: datetime | None
    size: int


class Fault(ArchiveError):  # faults are named for what is the case
    """One object could not be handed over."""


class ObjectMissing(Fault):  # the faults are named for what is the case
    """The object is not there; the caller was allowed to know."""


class Denied(Fault):
    """Reading the object is refused."""

    def __init__(self, message: str, *, hint: str = "", cannot_tell: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.cannot_tell = cannot_tell
        """Whether the object may as well be missing: S3 answers 403, not 404, to
        those who may not list the bucket."""


class Archived(Fault):
    """The object's storage class cannot be read without a restore."""


class TooLarge(Fault):
    """The object is longer than the caller takes."""


class Unreachable(Fault):
    """The object could not be had: timeouts, resets, server errors, truncated bodies."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        cause: Literal["throttled", "stalled", "broken", "final"] = "final",
    ) -> None:
        super().__init__(message, hint=hint)
        self.cause = cause
        """Whether trying again may help: not if final."""


class ExpiredCredentials(Fault):
    """The credentials ended before the object was read."""


def too_large(key: str, size: int, limit: int) -> TooLarge:
    """Return the fault of an object that is longer than its reader takes."""
    return TooLarge(f"{key!r} has {size:,} bytes; at most {limit:,} are read.")


def no_version(source: "Source", key: str, version: str) -> ObjectMissing:
    """Return the fault of a version that is asked of a copy, which keeps none."""
    return ObjectMissing(f"{source} holds no version {version!r} of {key!r}: copies keep none.")


def archived(source: "Source", key: str) -> Archived:
    """Return the fault of an object in an archived storage class."""
    return Archived(
        f"{source}, {key!r}: in a storage class that must be restored before it can be read.",
        hint="restore it (aws s3api restore-object) and run again",
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try."""

    attempts: int = 8
    """Requests for one object, the first included."""
    stalls: int = 3
    """How many of them may end in a timeout."""
    first_wait: float = 0.2
    """Seconds before the second attempt, at most; doubled each time, with jitter."""
    longest_wait: float = 20.0
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    """Seconds without a byte."""
    total_timeout: float = 120.0
    """Seconds for one request, however steadily it drips."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where objects lie, in a form that another process can use too."""

    kind: Literal["s3", "directory", "bundle"]
    bucket: str = ""
    prefix: str = ""
    """What the user named behind the bucket; without slashes at its ends."""
    path: str = ""
    """Of a directory or a bundle: absolute."""
    file: str = ""
    """The one file of a directory that is meant, if it is not all of it."""
    region: str = ""
    endpoint: str = ""
    access: Access = field(default_factory=Access)
    expected_owner: str | None = None
    may_list: bool = True
    """Whether the bucket may be listed, so that 404 means missing."""
    patience: Patience = field(default_factory=Patience)

    def __str__(self) -> str:
        """Return what the user would call it."""
        if self.kind == "s3":
            return f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        return f"{self.path}/{self.file}" if self.file else self.path


class Archive(Protocol):
    """A place that holds objects by key."""

    @property
    def source(self) -> Source:
        """Where it is, for another process to open it too."""

    def prefixes(
        self, prefix: str, *, beside: Callable[[Entry], None] | None = None
    ) -> Sequence[str]:
        """Return the folders directly under a prefix, each with its final slash.

        `beside` hears of the objects that lie there, too, in the order of their keys.
        """

    def list(self, prefix: str, *, start_after: str | None = None) -> Iterator[Entry]:
        """Yield what lies under a prefix in the order of S3's keys, a page at a time."""

    def get(self, key: str, *, limit: int, version: str | None = None) -> Object:
        """Return one object of at most `limit` bytes, or one version of it; raise a Fault."""

    def versions(self, key_prefix: str) -> Sequence[Version]:
        """Return every version and delete marker; none where versions are not kept."""
