"""The S3 answers of the test server: listings, versions, errors, as XML."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import escape

from benchmarks.s3bucket import Bucket, Stored
from benchmarks.s3faults import Kind, Plan

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

FAILURES = {
    Kind.SLOW_DOWN: (503, "SlowDown", "Please reduce your request rate."),
    Kind.INTERNAL: (500, "InternalError", "We encountered an internal error."),
    Kind.DENIED: (403, "AccessDenied", "Access Denied"),
    Kind.NO_KMS: (
        403,
        "AccessDenied",
        "User: arn:aws:sts::111122223333:assumed-role/reader/x is not authorized to perform: "
        "kms:Decrypt on the resource associated with this ciphertext",
    ),
    Kind.MISSING: (404, "NoSuchKey", "The specified key does not exist."),
    Kind.ARCHIVED: (
        403,
        "InvalidObjectState",
        "The operation is not valid for the object's storage class",
    ),
    Kind.EXPIRED: (400, "ExpiredToken", "The provided token has expired."),
    Kind.SKEWED: (
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
    Kind.REDIRECT: (301, "PermanentRedirect", "Use the specified endpoint."),
}
ARCHIVED_CLASSES = {"GLACIER", "DEEP_ARCHIVE"}


def keys_to_delete(body: bytes) -> list[str]:
    """Return the keys that a request of DeleteObjects names."""
    root = Xml.fromstring(body)  # noqa: S314  # from our own client, on loopback
    return [one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] == "Key"]


def deleted(keys: list[str]) -> bytes:
    """Return the answer of DeleteObjects."""
    told = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
    return f"{HEAD}<DeleteResult {NAMESPACE}>{told}</DeleteResult>".encode()


def error(code: str, message: str, resource: str) -> bytes:
    """Return S3's error document."""
    return (
        f"{HEAD}<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        f"<Resource>{escape(resource)}</Resource><RequestId>TEST</RequestId></Error>"
    ).encode()


@dataclass(frozen=True, slots=True)
class _Page:
    contents: list[Stored]
    prefixes: list[str]
    last: str
    truncated: bool


def _page(bucket: Bucket, prefix: str, start: str, delimiter: str, limit: int) -> _Page:
    contents: list[Stored] = []
    prefixes: list[str] = []
    last = start
    for key in bucket.after(prefix, start):
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        group = key[: cut + len(delimiter)] if cut >= 0 else ""
        stored = bucket.get(key)
        if stored is None or (group and (group in prefixes[-1:] or start.startswith(group))):
            continue
        if len(contents) + len(prefixes) == limit:
            return _Page(contents, prefixes, last, truncated=True)
        if group:
            prefixes.append(group)
        else:
            contents.append(stored)
        last = group or key
    return _Page(contents, prefixes, last, truncated=False)


def listing(bucket: Bucket, query: Mapping[str, str], plan: Plan) -> bytes:
    """Return a page of ListObjects or ListObjectsV2."""
    second = query.get("list-type") == "2"
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    token = query.get("continuation-token", "") or query.get("start-after", "")
    start = token if second else query.get("marker", "")
    asked = int(query.get("max-keys", "1000"))
    page = _page(bucket, prefix, start, delimiter, min(asked, plan.page_size))
    coded = query.get("encoding-type") == "url"
    parts = [f"{HEAD}<ListBucketResult {NAMESPACE}><Name>{bucket.name}</Name>"]
    parts += [_tag("Prefix", prefix, coded=coded), f"<MaxKeys>{asked}</MaxKeys>"]
    parts.append(_tag("Delimiter", delimiter, coded=coded) if delimiter else "")
    parts.append("<EncodingType>url</EncodingType>" if coded else "")
    parts.append(f"<IsTruncated>{str(page.truncated).lower()}</IsTruncated>")
    if second:
        parts.append(f"<KeyCount>{len(page.contents) + len(page.prefixes)}</KeyCount>")
        parts.append(_tag("NextContinuationToken", page.last) if page.truncated else "")
    else:
        parts.append(_tag("Marker", start, coded=coded))
        parts.append(_tag("NextMarker", page.last, coded=coded) if page.truncated else "")
    contents = page.contents[::-1] if plan.unsorted else page.contents
    parts += [_content(one, coded=coded) for one in contents]
    parts += [
        f"<CommonPrefixes>{_tag('Prefix', one, coded=coded)}</CommonPrefixes>"
        for one in page.prefixes
    ]
    parts.append("</ListBucketResult>")
    return "".join(parts).encode()


def versions(bucket: Bucket, query: Mapping[str, str], plan: Plan) -> bytes:
    """Return a page of ListObjectVersions."""
    prefix = query.get("prefix", "")
    start = (query.get("key-marker", ""), query.get("version-id-marker", ""))
    limit = min(int(query.get("max-keys", "1000")), plan.page_size)
    everything = list(bucket.history(prefix))
    if start[0]:
        places = [(one.key, one.version_id) for one, _ in everything]
        everything = everything[places.index(start) + 1 :]
    page, more = everything[:limit], len(everything) > limit
    parts = [f"{HEAD}<ListVersionsResult {NAMESPACE}><Name>{bucket.name}</Name>"]
    parts.append(f"<IsTruncated>{str(more).lower()}</IsTruncated>")
    if more:
        parts.append(_tag("NextKeyMarker", page[-1][0].key))
        parts.append(_tag("NextVersionIdMarker", page[-1][0].version_id))
    parts += [_version(one, latest=latest) for one, latest in page]
    parts.append("</ListVersionsResult>")
    return "".join(parts).encode()


def location(bucket: Bucket) -> bytes:
    """Return GetBucketLocation's answer."""
    region = "" if bucket.region == "us-east-1" else bucket.region
    return f"{HEAD}<LocationConstraint {NAMESPACE}>{region}</LocationConstraint>".encode()


def _tag(name: str, text: str, *, coded: bool = False) -> str:
    return f"<{name}>{quote(text) if coded else escape(text)}</{name}>"


def _moment(stored: Stored) -> str:
    return stored.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _content(stored: Stored, *, coded: bool) -> str:
    return (
        f"<Contents>{_tag('Key', stored.key, coded=coded)}"
        f"<LastModified>{_moment(stored)}</LastModified><ETag>&quot;{stored.etag}&quot;</ETag>"
        f"<Size>{stored.size}</Size><StorageClass>{stored.storage_class}</StorageClass></Contents>"
    )


def _version(stored: Stored, *, latest: bool) -> str:
    name = "DeleteMarker" if stored.deleted else "Version"
    rest = (
        ""
        if stored.deleted
        else f"<ETag>&quot;{stored.etag}&quot;</ETag><Size>{stored.size}</Size>"
        f"<StorageClass>{stored.storage_class}</StorageClass>"
    )
    return (
        f"<{name}>{_tag('Key', stored.key)}<VersionId>{stored.version_id}</VersionId>"
        f"<IsLatest>{str(latest).lower()}</IsLatest>"
        f"<LastModified>{_moment(stored)}</LastModified>{rest}</{name}>"
    )
