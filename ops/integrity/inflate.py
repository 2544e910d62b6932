"""Gunzip that accepts exactly what CloudTrail writes: one whole gzip member.

Python's `gzip` module reads on over a second member and ignores some trailing
bytes; the command-line tools of AWS did the same, which lets content be added to
a signed file. Here the member must be complete, its CRC and length right, and
nothing may follow. Output is produced in pieces, so that a bomb costs no memory.
"""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

try:
    from zlib_ng import zlib_ng as backend  # twice as fast, same checks
except ImportError:  # pragma: no cover (where the wheel is not to be had)
    import zlib as backend  # type: ignore[no-redef]  # the same functions

_BackendError: type[Exception] = backend.error  # type: ignore[assignment]  # the stub names a value
_GZIP = 31
"""Window bits that make zlib read a gzip wrapper and check its trailer."""
_PIECE_BYTES = 1 << 22
_MAGIC = b"\x1f\x8b"


class Damage(StrEnum):
    """How a file fails to be one gzip member; the words a finding uses."""

    NOT_GZIP = "not gzip"
    TRUNCATED = "gzip cut short"
    CORRUPT = "gzip data corrupt"
    CHECKSUM = "gzip checksum wrong"
    LENGTH = "gzip length wrong"
    SECOND_MEMBER = "a second gzip member follows"
    TRAILING = "bytes follow the gzip member"
    TOO_LARGE = "expands beyond the limit"


class DamagedError(Exception):
    """The bytes are not one complete gzip member within the limit."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.value)
        self.damage = damage


def strict_gunzip(data: bytes, *, limit: int) -> bytes:
    """Return the content of one gzip member of at most `limit` bytes; raise DamagedError."""
    return b"".join(_pieces(data, limit))


def hash_gzip(data: bytes, *, limit: int) -> bytes:
    """Return the SHA-256 of the content of one gzip member; raise DamagedError."""
    digest = hashlib.sha256()
    for piece in _pieces(data, limit):
        digest.update(piece)
    return digest.digest()


def _pieces(data: bytes, limit: int) -> Iterator[bytes]:
    if not data.startswith(_MAGIC):
        raise DamagedError(Damage.TRUNCATED if data in (b"", b"\x1f") else Damage.NOT_GZIP)
    stream = backend.decompressobj(_GZIP)
    size = 0
    while not stream.eof:
        piece = _next(stream, data)
        data = stream.unconsumed_tail
        size += len(piece)
        if size > limit:
            raise DamagedError(Damage.TOO_LARGE)
        if not piece and not stream.eof:
            raise DamagedError(Damage.TRUNCATED)
        yield piece
    rest: bytes = stream.unused_data
    if rest:
        second = rest.startswith(_MAGIC)
        raise DamagedError(Damage.SECOND_MEMBER if second else Damage.TRAILING)


def _next(stream: Any, data: bytes) -> bytes:
    try:
        piece: bytes = stream.decompress(data, _PIECE_BYTES)
    except _BackendError as error:
        text = str(error)
        if "data check" in text:
            raise DamagedError(Damage.CHECKSUM) from error
        if "length check" in text:
            raise DamagedError(Damage.LENGTH) from error
        raise DamagedError(Damage.CORRUPT) from error
    return piece
