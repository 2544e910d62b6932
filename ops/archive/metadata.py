"""The user metadata that a copy of a bucket carries in `metadata.jsonl`.

A line an object: {"key": …, "metadata": {…}}. Only where each line begins is
kept in memory, 16 bytes a line; the text stays in the file.
"""

import hashlib
import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from ops.errors import ArchiveError

NAME = "metadata.jsonl"
NONE: Mapping[str, str] = MappingProxyType({})
_LONGEST_LINE = 1 << 20


class Metadata:
    """What `metadata.jsonl` says, by key."""

    def __init__(self, open_file: Callable[[], BinaryIO] | None, where: str) -> None:
        self._open = open_file
        self._where = where
        self._hashes: array[int] = array("Q")
        self._offsets: array[int] = array("Q")
        if open_file is not None:
            with open_file() as file:
                self._index(file)

    def of(self, key: str) -> Mapping[str, str]:
        """Return one object's metadata; empty where the copy says none."""
        wanted = _hash(key)
        start = bisect_left(self._hashes, wanted)
        stop = bisect_right(self._hashes, wanted, start)
        if start == stop or self._open is None:
            return NONE
        with self._open() as file:
            lines = [self._line(file, offset) for offset in self._offsets[start:stop]]
        found = [metadata for name, metadata in lines if name == key]
        if any(one != found[0] for one in found):
            raise ArchiveError(
                f"{self._where} says two different things about {key!r}.",
                hint="make the copy's metadata again",
            )
        return found[0] if found else NONE

    def _line(self, file: BinaryIO, offset: int) -> tuple[str, Mapping[str, str]]:
        file.seek(offset)
        return self._parse(file.readline(), f"at byte {offset}")

    def _index(self, file: BinaryIO) -> None:
        places: list[tuple[int, int]] = []
        offset = number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            if line.strip():
                places.append((_hash(self._parse(line, f"line {number}")[0]), offset))
            offset += len(line)
        places.sort()
        self._hashes = array("Q", [one for one, _ in places])
        self._offsets = array("Q", [one for _, one in places])

    def _parse(self, line: bytes, place: str) -> tuple[str, Mapping[str, str]]:
        try:
            found = json.loads(line)
            key, metadata = found["key"], found["metadata"]
            if not isinstance(key, str) or not isinstance(metadata, dict):
                raise TypeError("key or metadata")
            if not all(isinstance(value, str) for value in metadata.values()):
                raise TypeError("a value")
            lowered = {_whole(name).lower(): _whole(value) for name, value in metadata.items()}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ArchiveError(
                f"{self._where}, {place}: not an object's metadata ({error}).",
                hint='each line reads {"key": "…", "metadata": {"name": "value"}}',
            ) from error
        return key, lowered


def _whole(text: str) -> str:
    """Return a text with half characters spelled out: JSON can name them, nobody can write them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _hash(key: str) -> int:
    data = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
