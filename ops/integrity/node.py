"""What links need to know of a digest: small enough to hold a whole chain of them."""

import hashlib
import sys
from dataclasses import dataclass

from ops.integrity.digest import Previous
from ops.integrity.span import Span


@dataclass(frozen=True, slots=True)
class Link:
    """What a digest says of its predecessor, as little as comparing takes."""

    bucket: str
    key: str
    hash: bytes | None
    mark: bytes
    """The `mark` of the predecessor's signature."""


def mark(signature: str) -> bytes:
    """Return what stands for a signature: 16 bytes in place of 512 letters."""
    return hashlib.sha256(signature.lower().encode("utf-8", "surrogatepass")).digest()[:16]


def link(previous: Previous | None) -> Link | None:
    """Return what links need of a predecessor's description."""
    if previous is None:
        return None
    # Interned: the same text is the predecessor's own key.
    key, bucket = sys.intern(previous.key), sys.intern(previous.bucket)
    return Link(bucket, key, previous.hash, mark(previous.signature))


@dataclass(frozen=True, slots=True)
class Node:
    """What links need to know of a digest; a few hundred bytes."""

    key: str
    span: Span
    """Its signed interval; if it could not be read, the hour before its key's time."""
    hash: bytes
    """SHA-256 of its bytes; empty if they could not be read."""
    mark: bytes | None
    """The `mark` of its signature; None without one."""
    previous: Link | None
    cause: str | None
    """Why it is not VALID; None if it is."""
    backfill: bool = False
    anchor: bool = False
    """Whether it stands for everything an earlier run verified."""
    bucket: str | None = None
    """The bucket it was signed for."""

    @property
    def proven(self) -> bool:
        """Whether what it says may be believed."""
        return self.cause is None
