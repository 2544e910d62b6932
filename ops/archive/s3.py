"""A bucket as an archive: listings by boto3, which keeps keys exact, objects by obstore.

obstore reads an object for an eighth of boto3's CPU time, but its paths are not
keys: it refuses `a//b` and drops final slashes, and a listing must not lose an
object an intruder named so. Such keys are read by boto3.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from ops.access import Access, error_code
from ops.archive import listing, retry, store
from ops.archive.model import (
    Denied,
    Entry,
    ExpiredCredentials,
    Fault,
    Object,
    ObjectMissing,
    Source,
    Unreachable,
    Version,
    too_large,
)
from ops.aws import Caller
from ops.errors import ArchiveError, AwsError

if TYPE_CHECKING:
    from obstore.store import S3Store

_NO_PATH = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f]")


def has_path(key: str) -> bool:
    """Whether obstore can name a key."""
    return not _NO_PATH.search(key)


class Bucket:
    """A bucket as an archive; safe to use from several threads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.caller = callers(source.access)
        self._lock = Lock()
        self._store: S3Store | None = None

    def prefixes(self, prefix: str) -> Sequence[str]:
        """Return the folders directly under a prefix; raise ArchiveError."""
        return [folder for page in self._pages(prefix, Delimiter="/") for folder in page.folders]

    def list(self, prefix: str, *, start_after: str | None = None) -> Iterator[Entry]:
        """Yield the objects under a prefix; raise ArchiveError."""
        last = start_after or ""
        for page in self._pages(prefix, StartAfter=last):
            for entry in page.entries:
                # Code points sort as S3 does: by the bytes of UTF-8.
                if entry.key <= last or not entry.key.startswith(prefix):
                    raise ArchiveError(
                        f"{self.source} lists {entry.key!r} after {last!r}: not in the order of "
                        "keys, so nothing could be said to be missing.",
                        hint="use a general purpose bucket; directory buckets list in no order",
                    )
                last = entry.key
                yield entry

    def get(self, key: str, *, limit: int) -> Object:
        """Return one object, after retries; raise a Fault."""
        if not has_path(key):
            return self._by_boto3(key, limit)
        with self._lock:
            if self._store is None:
                self._store = store.open_store(self.source, self.caller.credentials)
        opened = self._store
        return retry.patiently(
            self.source.patience, lambda: store.get(opened, self.source, key, limit)
        )

    def versions(self, key_prefix: str) -> Sequence[Version]:
        """Return every version and delete marker under a prefix; raise ArchiveError."""
        with _explained(self.source, key_prefix):
            pages = self.caller.pages(
                "s3", "list_object_versions", region=self.source.region,
                Bucket=self.source.bucket, Prefix=key_prefix, **_owner(self.source),
            )  # fmt: skip
            found = [version for page in pages for version in _versions(page)]
        return sorted(found, key=lambda one: (one.key, not one.latest, one.version_id))

    def _pages(self, prefix: str, **more: str) -> Iterator[listing.Page]:
        with _explained(self.source, prefix):
            client = self.caller.client("s3", region=self.source.region)
            listing.read_pages_fast(client)
            for page in self.caller.pages(
                "s3", "list_objects_v2", region=self.source.region, Bucket=self.source.bucket,
                Prefix=prefix, EncodingType="url", **more, **_owner(self.source),
            ):  # fmt: skip
                yield listing.page(page)

    def _by_boto3(self, key: str, limit: int) -> Object:
        with _explained(self.source, key):
            client = self.caller.client("s3", region=self.source.region)
            with self.caller.explained(f"reading {key!r}"):
                answer = client.get_object(
                    Bucket=self.source.bucket, Key=key, **_owner(self.source)
                )
                if answer["ContentLength"] > limit:
                    answer["Body"].close()
                    raise too_large(key, answer["ContentLength"], limit)
                return Object(answer["Body"].read(), answer["Metadata"])


@cache
def callers(access: Access) -> Caller:
    """Return the caller of an identity; one each, for its credentials are found once."""
    return Caller(access)


def _owner(source: Source) -> dict[str, str]:
    return {"ExpectedBucketOwner": source.expected_owner} if source.expected_owner else {}


def _versions(page: dict[str, Any]) -> Iterator[Version]:
    for kind in ("Versions", "DeleteMarkers"):
        for one in page.get(kind, []):
            yield Version(
                one["Key"], one["VersionId"], one["IsLatest"], kind == "DeleteMarkers",
                one.get("LastModified"), one.get("Size", 0),
            )  # fmt: skip


@contextmanager
def _explained(source: Source, what: str) -> Iterator[None]:
    """Turn AWS's refusals into the faults that other archives have too."""
    try:
        yield
    except AwsError as error:
        raise _fault(source, what, error) from error


def _fault(source: Source, what: str, error: AwsError) -> Fault:
    message, code = f"{source}, {what!r}: {error}", error_code(error)
    if code in ("NoSuchBucket", "NoSuchKey", "404"):
        return ObjectMissing(message, hint=error.hint)
    if code in store.EXPIRED:
        return ExpiredCredentials(message, hint=error.hint)
    if code in ("AccessDenied", "AllAccessDisabled", "403"):
        return Denied(message, hint=error.hint, cannot_tell=not source.may_list)
    if code == "InvalidObjectState":
        return store.archived(source, what)
    return Unreachable(message, hint=error.hint)
