"""Writes to a bucket, and reads what is too large for memory: for what is no archive.

Conditional writes let two programs agree on who may write (S3 User Guide, "How to
prevent object overwrites with conditional writes").
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError

from ops.archive import retry, store
from ops.archive.model import Fault, ObjectMissing, Source, Unreachable
from ops.archive.s3 import callers

if TYPE_CHECKING:
    from obstore import PutMode

Result = TypeVar("Result")

_LONGEST = 900.0
"""Seconds for one request: an object may have 128 MB, and a line may be slow."""


class Objects:
    """The objects of a bucket. Everything is tried again where that may help; raises Faults."""

    def __init__(self, source: Source) -> None:
        patience = replace(source.patience, total_timeout=_LONGEST)
        self.source = replace(source, patience=patience)
        self._store = store.open_store(self.source, callers(source.access).credentials)

    def put(self, key: str, body: Path | bytes) -> None:
        """Write an object, whatever is there."""
        self._put(key, body, "overwrite")

    def create(self, key: str, body: bytes) -> str | None:
        """Write an object and return its ETag; None if there is one."""
        return self._put(key, body, "create")

    def replace(self, key: str, body: bytes, etag: str) -> str | None:
        """Write an object in the place of one, and return its ETag; None if that has changed."""
        return self._put(key, body, {"e_tag": etag})

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object and its ETag; None if there is none."""

        def attempt() -> tuple[bytes, str]:
            answer = obstore.get(self._store, key)
            return bytes(answer.bytes()), str(answer.meta["e_tag"])

        try:
            return self._patiently(key, attempt)
        except ObjectMissing:
            return None

    def download(self, key: str, target: Path) -> None:
        """Write an object's bytes into a file; raise OSError too."""

        def attempt() -> None:
            answer = obstore.get(self._store, key)
            size = 0
            with target.open("wb") as file:
                for piece in answer.stream():
                    size += file.write(piece)
            if size != answer.meta["size"]:
                raise Unreachable(f"{key!r}: {size:,} bytes came.", cause="broken")

        self._patiently(key, attempt)

    def delete(self, key: str) -> None:
        """Remove an object; there need be none."""
        self._patiently(key, lambda: obstore.delete(self._store, key))

    def _put(self, key: str, body: Path | bytes, mode: "PutMode") -> str | None:
        def attempt() -> str | None:
            try:
                answer = obstore.put(self._store, key, body, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                return None
            return str(answer["e_tag"])

        return self._patiently(key, attempt)

    def _patiently(self, key: str, attempt: Callable[[], Result]) -> Result:
        def told() -> Result:
            try:
                return attempt()
            except Fault:
                raise
            except store.ERRORS as error:
                raise store.as_fault(self.source, key, error) from error

        return retry.patiently(self.source.patience, told)
