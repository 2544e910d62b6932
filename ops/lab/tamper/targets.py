"""What an intruder lays hands on: a bucket, or a directory that holds a copy of one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ops.errors import LabError, UsageError
from ops.lab.delivery.places import METADATA, explained


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it lies there."""

    body: bytes
    metadata: dict[str, str]


class Target(Protocol):
    """A place whose objects can be changed."""

    versioned: bool
    """Whether what is deleted or overwritten survives as an older version."""

    def listed(self) -> list[str]:
        """Return every key, in order."""

    def read(self, key: str) -> Stored:
        """Return one object; raise LabError."""

    def write(self, key: str, stored: Stored) -> None:
        """Write or overwrite one object; raise LabError."""

    def delete(self, key: str) -> None:
        """Delete one object; in a versioned bucket that leaves a delete marker."""

    def destroy(self, key: str) -> None:
        """Delete an object with all its versions; raise UsageError where there are none."""


class DirectoryTarget:
    """A directory: keys as paths, metadata in `metadata.jsonl`."""

    versioned = False

    def __init__(self, path: Path) -> None:
        """Open a directory; raise LabError if it holds no copy of a bucket."""
        self._path = path
        try:
            lines = (path / METADATA).read_text(encoding="utf-8").splitlines()
            rows = [json.loads(line) for line in lines]
            self._metadata: dict[str, dict[str, str]] = {
                one["key"]: one["metadata"] for one in rows
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(
                f"{path} holds no delivered history: {METADATA} cannot be read.",
                hint="ops lab deliver --to DIR makes one",
            ) from error

    def listed(self) -> list[str]:
        """Return the keys of all files but the directory's own."""
        files = (one for one in self._path.rglob("*.gz") if one.is_file())
        return sorted(one.relative_to(self._path).as_posix() for one in files)

    def read(self, key: str) -> Stored:
        """Return one object."""
        try:
            return Stored((self._path / key).read_bytes(), dict(self._metadata.get(key, {})))
        except OSError as error:
            raise LabError(f"{self._path / key} cannot be read: {error.strerror}.") from error

    def write(self, key: str, stored: Stored) -> None:
        """Write one object."""
        path = self._path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.body)
        self._know(key, stored.metadata)

    def delete(self, key: str) -> None:
        """Delete one object."""
        (self._path / key).unlink()
        self._know(key, {})

    def destroy(self, key: str) -> None:
        """Refuse: a directory has no versions."""
        raise UsageError(
            f"{self._path / key} has no versions to destroy.", hint="delete-log deletes a log"
        )

    def _know(self, key: str, metadata: dict[str, str]) -> None:
        if self._metadata.pop(key, {}) == metadata == {}:
            return
        if metadata:
            self._metadata[key] = metadata
        rows = (
            json.dumps({"key": key, "metadata": found}) for key, found in self._metadata.items()
        )
        (self._path / METADATA).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


class BucketTarget:
    """A bucket, reached through a boto3 client that may change it."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        """Open a bucket; raise LabError if it cannot be reached."""
        self._client, self._bucket, self._prefix = client, bucket, prefix
        with explained(bucket):
            status = client.get_bucket_versioning(Bucket=bucket).get("Status")
        self.versioned = status == "Enabled"

    def listed(self) -> list[str]:
        """Return every key under the prefix."""
        pages = self._client.get_paginator("list_objects_v2")
        with explained(self._bucket):
            return [
                one["Key"]
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix)
                for one in page.get("Contents", [])
            ]

    def read(self, key: str) -> Stored:
        """Return one object."""
        with explained(self._bucket):
            found = self._client.get_object(Bucket=self._bucket, Key=key)
            return Stored(found["Body"].read(), dict(found["Metadata"]))

    def write(self, key: str, stored: Stored) -> None:
        """Write one object."""
        with explained(self._bucket):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=stored.body, Metadata=stored.metadata
            )

    def delete(self, key: str) -> None:
        """Delete one object."""
        with explained(self._bucket):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def destroy(self, key: str) -> None:
        """Delete every version of one object, its lock bypassed if that is allowed."""
        with explained(self._bucket):
            found = self._client.list_object_versions(Bucket=self._bucket, Prefix=key)
            for one in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
                if one["Key"] == key:
                    self._client.delete_object(
                        Bucket=self._bucket, Key=key, VersionId=one["VersionId"],
                        BypassGovernanceRetention=True,
                    )  # fmt: skip
