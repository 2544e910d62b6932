"""Gets at the text inside an object: gunzips what is gzip, and keeps what a damaged file still gives.

Unlike `ops.integrity.inflate`, which proves that a file is exactly what CloudTrail
wrote, this takes what people really have: several members one after another, gzip
inside gzip, files cut short. What could not be unpacked is never silently dropped.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

try:
    from zlib_ng import zlib_ng as backend  # twice as fast, same checks
except ImportError:  # pragma: no cover (where the wheel is not to be had)
    import zlib as backend  # type: ignore[no-redef]  # the same functions

_BackendError: type[Exception] = backend.error  # type: ignore[assignment]  # the stub names a value
_GZIP = 31
"""Window bits that make zlib read a gzip wrapper and check its trailer."""
_MAGIC = b"\x1f\x8b"
_DEEPEST = 3
"""How often gzip may lie within gzip."""
_BLOCK = 4096
LIMIT = 200 << 20
"""Bytes that an object may have unpacked; more would not fit the memory of a process."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The text of an object."""

    content: bytes
    damage: str = ""
    """Why what follows the content could not be had; empty if that is all of it."""


def unpack(body: bytes, *, limit: int = LIMIT) -> Unpacked:
    """Return an object's content, at most `limit` bytes of it; plain bytes as they are."""
    damage = ""
    for _ in range(_DEEPEST):
        if not body.startswith(_MAGIC):
            break
        body, found = _gunzip(body, limit)
        damage = damage or found
    if len(body) > limit:
        body, damage = body[:limit], damage or _too_long(limit)
    return Unpacked(_as_utf8(body), damage)


def _gunzip(data: bytes, limit: int) -> tuple[bytes, str]:
    """Return the content of all members, and what is wrong with the file if something is."""
    content, damage, rest = _member(data, limit)
    if not rest:
        return content, damage
    parts, size = [content], len(content)
    while rest.startswith(_MAGIC) and not damage:
        content, damage, rest = _member(rest, limit - size)
        parts.append(content)
        size += len(content)
    if rest.strip(b"\0") and not damage:  # tapes and block devices pad with zeros
        damage = "bytes that are not gzip follow the gzip data"
    return b"".join(parts), damage


def _member(data: bytes, limit: int) -> tuple[bytes, str, bytes]:
    """Return a member's content, its damage, and the bytes after it."""
    stream: Any = backend.decompressobj(_GZIP)
    try:
        content: bytes = stream.decompress(data, limit + 1)
    except _BackendError as error:
        return _salvaged(data, limit), f"the gzip data is damaged: {error}", b""
    if len(content) > limit:
        return content[:limit], _too_long(limit), b""
    if not stream.eof:
        return content, "the gzip data is cut short", b""
    return content, "", stream.unused_data


def _salvaged(data: bytes, limit: int) -> bytes:
    """Return what comes out of a damaged member before the damage."""
    stream: Any = backend.decompressobj(_GZIP)
    parts: list[bytes] = []
    size = 0
    for start in range(0, len(data), _BLOCK):
        block, kept = data[start : start + _BLOCK], stream.copy()
        try:
            parts.append(stream.decompress(block, limit - size + 1))
        except _BackendError:
            parts += _bytewise(kept, block)
            break
        size += len(parts[-1])
        if size > limit:
            break
    return b"".join(parts)[:limit]


def _bytewise(stream: Any, block: bytes) -> Iterator[bytes]:
    """Yield what comes before the very byte that is wrong, such as one of the checksum."""
    with suppress(_BackendError):
        for place in range(len(block)):
            yield stream.decompress(block[place : place + 1], _BLOCK)


def _too_long(limit: int) -> str:
    return f"it expands beyond {limit >> 20} MB"


def _as_utf8(content: bytes) -> bytes:
    """Return text without its byte order mark; UTF-16, which needs one, as UTF-8."""
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode()
    return content
