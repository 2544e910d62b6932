"""Requests of the test server: what they ask for, and which it refuses for their bucket."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from benchmarks.s3bucket import Bucket, Stored


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; headers by lower-case name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


_OBJECT_OPERATIONS = {"HEAD": "HeadObject", "PUT": "PutObject"}


def operation(request: Request) -> tuple[str, str]:
    """Return the operation's name and the key, empty where it is of no object."""
    if request.method == "POST":
        deletes = "delete" in request.query
        return "DeleteObjects" if deletes else target(request.headers), ""
    key = request.path[1:].partition("/")[2]
    if key:
        return _OBJECT_OPERATIONS.get(request.method, "GetObject"), key
    if request.method == "HEAD":
        return "HeadBucket", ""
    if "versions" in request.query:
        return "ListObjectVersions", ""
    return ("GetBucketLocation" if "location" in request.query else "ListObjects"), ""


def target(headers: Mapping[str, str]) -> str:
    """Return the name of the JSON call that is made; empty for any other."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def refusal(request: Request, bucket: Bucket) -> tuple[int, str, str] | None:
    """Return status, code and message if the bucket is not the one meant or not its owner's.

    As S3 does, an `x-amz-` header that the signature does not cover is refused.
    """
    if request.path[1:].partition("/")[0] != bucket.name:
        return 404, "NoSuchBucket", "The specified bucket does not exist"
    expected = request.headers.get("x-amz-expected-bucket-owner") or request.query.get(
        "x-amz-expected-bucket-owner"
    )
    if expected is None:
        return None
    signed = request.headers.get("authorization", "")
    if "x-amz-expected-bucket-owner" in request.headers and (
        "x-amz-expected-bucket-owner" not in signed
    ):
        return (
            403,
            "AccessDenied",
            "There were headers present in the request which were not signed",
        )
    return None if expected == bucket.owner else (403, "AccessDenied", "Access Denied")


def about(stored: Stored) -> str:
    """Return the headers that describe an object, each with its line end."""
    modified = formatdate(stored.modified.timestamp(), usegmt=True)
    lines = [f'ETag: "{stored.etag}"', f"Last-Modified: {modified}", "Accept-Ranges: bytes"]
    lines += [f"x-amz-meta-{name}: {value}" for name, value in stored.metadata.items()]
    if stored.storage_class != "STANDARD":
        lines.append(f"x-amz-storage-class: {stored.storage_class}")
    return "\r\n".join(lines) + "\r\n"
