"""What the test server serves: one bucket, from a directory tree or from memory.

A directory holds a copy of a bucket: keys as paths, user metadata in
`metadata.jsonl` at its root, a line an object. Bodies stay on disk.
"""

import hashlib
import json
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

METADATA = "metadata.jsonl"
KEYS = "keys.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of one object; a delete marker has no body."""

    key: str
    version_id: str
    size: int
    etag: str
    modified: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    content: bytes | None = None
    path: Path | None = None
    deleted: bool = False

    def body(self) -> bytes:
        """Return the object's bytes."""
        if self.content is not None:
            return self.content
        return self.path.read_bytes() if self.path else b""


class Bucket:
    """A bucket, its objects and their versions, in S3's order of keys."""

    def __init__(
        self, name: str, *, region: str = "us-east-1", owner: str = "111122223333"
    ) -> None:
        self.name = name
        self.region = region
        self.owner = owner
        self.public_keys: Mapping[str, list[dict[str, object]]] = {}
        """ListPublicKeys' answer, a region each; `*` stands for every region."""
        self._versions: dict[str, list[Stored]] = {}
        self._keys: list[str] = []
        self._serial = 0

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._keys)

    @property
    def keys(self) -> list[str]:
        """Every key that has a version, sorted as S3 sorts."""
        return self._keys

    def put(
        self,
        key: str,
        body: bytes | Path,
        metadata: Mapping[str, str] | None = None,
        *,
        modified: datetime | None = None,
        storage_class: str = "STANDARD",
    ) -> Stored:
        """Add a version of an object; the older ones stay readable by id."""
        inline = body if isinstance(body, bytes) else None
        if isinstance(body, Path):
            state = body.stat()
            size, stamp = state.st_size, f"{body}{state.st_size}{state.st_mtime_ns}".encode()
            modified = modified or datetime.fromtimestamp(state.st_mtime, UTC)
        else:
            size, stamp = len(body), body
        etag = hashlib.md5(stamp, usedforsecurity=False).hexdigest()
        stored = Stored(
            key, self._next_id(), size, etag, modified or datetime.now(UTC), metadata or {},
            storage_class, inline, body if isinstance(body, Path) else None,
        )  # fmt: skip
        return self._add(stored)

    def delete(self, key: str) -> None:
        """Put a delete marker on an object, as a versioned bucket does."""
        self._add(Stored(key, self._next_id(), 0, "", datetime.now(UTC), deleted=True))

    def purge(self, key: str) -> None:
        """Remove an object and all its versions."""
        del self._versions[key]
        del self._keys[bisect_left(self._keys, key)]

    def remove(self, key: str) -> None:
        """Remove an object if there is one, as a bucket without versions does."""
        if key in self._versions:
            self.purge(key)

    def archive(self, key: str, storage_class: str) -> None:
        """Move an object's newest version to another storage class."""
        self._versions[key][-1] = replace(self._versions[key][-1], storage_class=storage_class)

    def get(self, key: str, version_id: str | None = None) -> Stored | None:
        """Return a version of an object, the newest without an id."""
        found = self._versions.get(key)
        if not found:
            return None
        if version_id is None:
            return None if found[-1].deleted else found[-1]
        return next((one for one in found if one.version_id == version_id), None)

    def after(self, prefix: str, start: str) -> Iterator[str]:
        """Yield the keys under a prefix that come after `start`."""
        position = bisect_left(self._keys, max(prefix, start))
        for key in self._keys[position:]:
            if not key.startswith(prefix):
                return
            if key > start:
                yield key

    def history(self, prefix: str) -> Iterator[tuple[Stored, bool]]:
        """Yield every version under a prefix, newest first, and whether it is the latest."""
        for key in self.after(prefix, ""):
            for position, one in enumerate(reversed(self._versions[key])):
                yield one, position == 0

    def _add(self, stored: Stored) -> Stored:
        if stored.key not in self._versions:
            insort(self._keys, stored.key)
        self._versions.setdefault(stored.key, []).append(stored)
        return stored

    def _next_id(self) -> str:
        self._serial += 1
        return f"v{self._serial:08d}"


def from_directory(root: Path, name: str, *, region: str = "us-east-1") -> Bucket:
    """Return a bucket over a directory tree; bodies are read when asked for."""
    bucket = Bucket(name, region=region)
    metadata = _metadata(root / METADATA)
    files = ((path.relative_to(root).as_posix(), path) for path in root.rglob("*"))
    for key, path in sorted(files):
        if path.is_file() and key not in (METADATA, KEYS):
            bucket.put(key, path, metadata.get(key))
    bucket.public_keys = _public_keys(root / KEYS)
    return bucket


def _metadata(path: Path) -> dict[str, Mapping[str, str]]:
    if not path.exists():
        return {}
    with path.open() as lines:
        return {one["key"]: one["metadata"] for one in map(json.loads, lines)}


def _public_keys(path: Path) -> Mapping[str, list[dict[str, object]]]:
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    if "PublicKeyList" in found:
        return {"*": found["PublicKeyList"]}
    return {region: answer["PublicKeyList"] for region, answer in found.items()}
