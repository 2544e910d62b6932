"""Where a delivery is written: a bucket, or a directory that looks like one."""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import LabError

METADATA = "metadata.jsonl"
"""At a directory's root: a line an object that has metadata."""
KEYS = "keys.json"
"""At a directory's root: the public keys by region, as ListPublicKeys gives them."""
_AT_ONCE, _QUEUED = 8, 64


class Destination(Protocol):
    """A place for objects. Everything is written once the `with` block is left."""

    def put(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        """Write an object, now or soon."""

    def __enter__(self) -> Self:
        """Open it."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left."""


class Directory:
    """A directory to hold a copy of a bucket: keys as paths. It must not hold one yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made: set[Path] = set()

    def __enter__(self) -> Self:
        """Make the directory; raise LabError if something lies in it."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            if any(self._path.iterdir()):
                raise LabError(
                    f"{self._path} is not empty, and a history is not mixed with anything.",
                    hint="name a new directory with --to, or empty this one",
                )
            self._lines = (self._path / METADATA).open("w", encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close the metadata file."""
        self._lines.close()

    def put(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        """Write an object, and a line if it has metadata."""
        path = self._path / key
        try:
            if path.parent not in self._made:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._made.add(path.parent)
            path.write_bytes(body)
            if metadata:
                self._lines.write(f"{json.dumps({'key': key, 'metadata': metadata})}\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def write_keys(self, published: dict[str, Any]) -> None:
        """Write the public keys beside the objects."""
        (self._path / KEYS).write_text(f"{json.dumps(published, indent=2)}\n", encoding="utf-8")

    def _unwritable(self, error: OSError) -> LabError:
        return LabError(
            f"{self._path} cannot be written: {error.strerror}.",
            hint="name another directory with --to",
        )


class Bucket:
    """A bucket of S3, reached through a boto3 client that may write to it."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name
        self._writing: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        """Start the writers."""
        self._writers = ThreadPoolExecutor(_AT_ONCE, "deliver")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait until everything is written; give up what is queued if something failed."""
        try:
            while self._writing and kind is None:
                self._writing.popleft().result()
        finally:
            self._writers.shutdown(cancel_futures=True)

    def put(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        """Write an object soon; raises what an earlier one failed with."""
        while len(self._writing) >= _QUEUED:
            self._writing.popleft().result()
        self._writing.append(self._writers.submit(self._put, key, body, metadata))

    def refuse_if_used(self, prefix: str) -> None:
        """Raise LabError if digests lie under a prefix: a second history would contradict them."""
        with explained(self._name):
            found = self._client.list_objects_v2(Bucket=self._name, Prefix=prefix, MaxKeys=1)
        if found.get("KeyCount"):
            raise LabError(
                f"s3://{self._name}/{prefix} holds a history already: "
                f"{found['Contents'][0]['Key']} is in it.",
                hint="--anew makes the lab forget it; --to DIR delivers elsewhere",
            )

    def _put(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        with explained(self._name):
            self._client.put_object(
                Bucket=self._name, Key=key, Body=body, Metadata=metadata,
                ContentType="application/json", ContentEncoding="gzip",
            )  # fmt: skip


@contextmanager
def explained(bucket: str) -> Iterator[None]:
    """Turn what boto3 raises about a bucket into a LabError."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        hint = (
            "ops deploy apply --config F makes the bucket"
            if told.get("Code") == "NoSuchBucket"
            else ""
        )
        raise LabError(
            f"Bucket {bucket} refused: {told.get('Code', '?')}: {told.get('Message', '')}",
            hint=hint,
        ) from error
    except BotoCoreError as error:
        raise LabError(
            f"Bucket {bucket} cannot be reached: {error}", hint="ops lab status"
        ) from error
