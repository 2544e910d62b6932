"""A bucket as an archive: listings by boto3, which keeps keys exact, objects by obstore.

obstore reads an object for an eighth of boto3's CPU time, but its paths are not
keys: it refuses `a//b` and drops final slashes, and a listing must not lose an
object an intruder named so. Such keys are read by boto3.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from ops.archive import listing, retry
from ops.archive.model import (
    EXPIRED,
    Denied,
    Entry,
    ExpiredCredentials,
    Fault,
    Object,
    ObjectMissing,
    Source,
    Unreachable,
    Version,
    archived,
    too_large,
)
from ops.aws import Caller, error_code, is_unanswered
from ops.endpoint import Access
from ops.errors import ArchiveError, AwsError

if TYPE_CHECKING:
    from obstore.store import S3Store

Answer = TypeVar("Answer")
_NO_PATH = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f]")


def has_path(key: str) -> bool:
    """Whether obstore can name a key."""
    plain = "//" not in key and "/." not in key and key[:1] not in "./" and key[-1:] != "/"
    return (plain and key.isprintable()) or not _NO_PATH.search(key)


class Bucket:
    """A bucket as an archive; safe to use from several threads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.caller = callers(source.access)
        self._lock = Lock()
        self._store: S3Store | None = None

    def prefixes(
        self, prefix: str, *, beside: Callable[[Entry], None] | None = None
    ) -> Sequence[str]:
        """Return the folders directly under a prefix; raise ArchiveError."""
        folders: list[str] = []
        for page in self._pages(prefix, Delimiter="/"):
            folders += page.folders
            if beside is not None:
                for entry in page.entries:
                    beside(entry)
        return folders

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

    def get(self, key: str, *, limit: int, version: str | None = None) -> Object:
        """Return one object, or a version of it, after retries; raise a Fault."""
        if version is not None or not has_path(key):
            return self._by_boto3(key, limit, {"VersionId": version} if version else {})
        from ops.archive import store  # most runs leave reading to processes of their own

        with self._lock:
            if self._store is None:
                self._store = store.open_store(self.source, self.caller.credentials)
        opened = self._store
        return retry.patiently(
            self.source.patience, lambda: store.get(opened, self.source, key, limit)
        )

    def versions(self, key_prefix: str) -> Sequence[Version]:
        """Return every version and delete marker under a prefix; raise ArchiveError."""
        found: list[Version] = []
        asked = {"Prefix": key_prefix}
        while True:
            page = self._answer("list_object_versions", asked)
            found += _versions(page)
            if not page.get("IsTruncated"):
                return sorted(found, key=_newest_first)
            asked["KeyMarker"] = page["NextKeyMarker"]
            asked["VersionIdMarker"] = page["NextVersionIdMarker"]

    def _pages(self, prefix: str, **more: str) -> Iterator[listing.Page]:
        asked = {"Prefix": prefix, "EncodingType": "url", **more}
        while True:
            answer = self._answer("list_objects_v2", asked)
            yield listing.page(answer)
            if not answer.get("NextContinuationToken"):
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def _answer(self, operation: str, asked: dict[str, str]) -> dict[str, Any]:
        def call(client: Any) -> dict[str, Any]:
            listing.read_pages_fast(client)
            answer: dict[str, Any] = getattr(client, operation)(**of(self.source), **asked)
            return answer

        return patiently(self.source, asked["Prefix"], call)

    def _by_boto3(self, key: str, limit: int, version: dict[str, str]) -> Object:
        def read(client: Any) -> Object:
            answer = client.get_object(**of(self.source), Key=key, **version)
            if answer["ContentLength"] > limit:
                answer["Body"].close()
                raise too_large(key, answer["ContentLength"], limit)
            return Object(answer["Body"].read(), answer["Metadata"])

        return patiently(self.source, key, read)


@cache
def callers(access: Access) -> Caller:
    """Return the caller of an identity; one each, for its credentials are found once."""
    return Caller(access)


def patiently(source: Source, what: str, call: Callable[[Any], Answer]) -> Answer:
    """Return what a call of boto3's S3 client returns, after retries; raise a Fault.

    boto3 tries once only: how long to try is the source's to say, here as for objects.
    """
    caller = callers(source.access)

    def attempt() -> Answer:
        opened = client(source)
        with _explained(source, what), caller.explained(f"reading {what!r}"):
            return call(opened)

    return retry.patiently(source.patience, attempt)


def client(source: Source) -> Any:
    """Return boto3's S3 client for the region of a bucket; one each, for making one takes long."""
    caller = callers(source.access)
    return caller.client("s3", region=source.region, once=source.patience.read_timeout)


def of(source: Source) -> dict[str, str]:
    """Return how a call of boto3's names the bucket, and whose it must be."""
    owner = {"ExpectedBucketOwner": source.expected_owner} if source.expected_owner else {}
    return {"Bucket": source.bucket, **owner}


def _newest_first(one: Version) -> tuple[str, bool, float]:
    return one.key, not one.latest, -one.modified.timestamp() if one.modified else 0.0


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


def refusal(error: BaseException | None) -> dict[str, Any]:
    """Return what boto3 keeps of the HTTP answer that an AwsError reports; empty without one."""
    response = getattr(error.__cause__ if error else None, "response", None) or {}
    found: dict[str, Any] = response.get("ResponseMetadata", {})
    return found


def _fault(source: Source, what: str, error: AwsError) -> Fault:
    message, code = f"{source}, {what!r}: {error}", error_code(error)
    if code in ("NoSuchBucket", "NoSuchKey", "NoSuchVersion", "404"):
        return ObjectMissing(message, hint=error.hint)
    if code in EXPIRED:
        return ExpiredCredentials(message, hint=error.hint)
    if code in ("AccessDenied", "AllAccessDisabled", "403"):
        return Denied(message, hint=error.hint, cannot_tell=not source.may_list)
    if code == "InvalidObjectState":
        return archived(source, what)
    if is_unanswered(error):
        return Unreachable(message, hint=error.hint, cause="broken")
    status = str(refusal(error).get("HTTPStatusCode", ""))
    return Unreachable(message, hint=error.hint, cause=retry.passing(status, code))
