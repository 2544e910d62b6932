"""One digest file, read strictly: what CloudTrail signed, as a value.

Anything doubtful (a key twice, NaN, a byte order mark, a missing field) makes a
digest malformed: a lenient reader and a strict one could otherwise see different
things under one signature. Fields nobody knows yet are accepted.

Source: CloudTrail User Guide, "CloudTrail digest file structure".
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

HASH_ALGORITHM = "SHA-256"
SIGNATURE_ALGORITHM = "SHA256withRSA"
_PREVIOUS = (
    "previousDigestS3Bucket",
    "previousDigestS3Object",
    "previousDigestHashValue",
    "previousDigestHashAlgorithm",
    "previousDigestSignature",
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class MalformedError(Exception):
    """A digest's bytes are not a digest; the message says which field and why."""


class LogRef(NamedTuple):
    """A log file as a digest names it; a tuple, for it travels between processes by the thousand."""

    bucket: str
    key: str
    hash: bytes | None
    """SHA-256 of the uncompressed log; None if another algorithm was used."""
    algorithm: str


@dataclass(frozen=True, slots=True)
class Previous:
    """A predecessor as its successor names it: signed facts."""

    bucket: str
    key: str
    hash: bytes | None
    """SHA-256 of the uncompressed digest; None if another algorithm was used."""
    signature: str
    """Hexadecimal, as it stands in the successor."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest file's content."""

    account: str
    start: datetime
    end: datetime
    """The interval of delivery, [start, end): not of event times."""
    end_text: str
    """`digestEndTime` as it was signed."""
    bucket: str
    key: str
    fingerprint: str
    algorithm: str
    previous: Previous | None
    """None for a starting digest."""
    logs: tuple[LogRef, ...]


def parse(body: bytes) -> Digest:
    """Read the uncompressed bytes of a digest; raise MalformedError."""
    data = _object(body)
    start, end = _time(data, "digestStartTime"), _time(data, "digestEndTime")
    if start >= end:
        raise MalformedError("digestStartTime is not before digestEndTime")
    for name in ("newestEventTime", "oldestEventTime"):
        if data.get(name) is not None:
            _time(data, name)
    logs = data.get("logFiles")
    if not isinstance(logs, list):
        raise MalformedError("logFiles is not a list")
    return Digest(
        account=_text(data, "awsAccountId"),
        start=start,
        end=end,
        end_text=_text(data, "digestEndTime"),
        bucket=_text(data, "digestS3Bucket"),
        key=_text(data, "digestS3Object"),
        fingerprint=_text(data, "digestPublicKeyFingerprint").lower(),
        algorithm=_text(data, "digestSignatureAlgorithm"),
        previous=_previous(data),
        logs=tuple(_log(entry) for entry in logs),
    )


def signed_string(digest: Digest, body: bytes) -> bytes:
    """Return the exact bytes CloudTrail signed for a digest.

    The word `null` stands for the signature before a starting digest; AWS's page
    does not say so, its own command-line tool does.
    """
    previous = digest.previous.signature if digest.previous else "null"
    body_hash = hashlib.sha256(body).hexdigest()
    lines = (digest.end_text, f"{digest.bucket}/{digest.key}", body_hash, previous)
    return "\n".join(lines).encode()


def moment(text: str) -> datetime:
    """Read one of CloudTrail's times, UTC marked by Z; raise ValueError.

    A fraction is accepted, and a leap second counts as the start of the next minute.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a UTC time such as 2026-01-31T23:59:59Z")
    minute = datetime.fromisoformat(f"{found[1]}:00+00:00")
    seconds = int(found[2])
    if seconds > 60:
        raise ValueError(f"{text!r} has {seconds} seconds")
    micro = int((found[3] or "").ljust(6, "0")[:6])
    return minute + timedelta(seconds=seconds, microseconds=micro)


def _object(body: bytes) -> dict[str, Any]:
    try:
        # Decoded here: json would guess UTF-16, and drop a byte order mark.
        data = json.loads(
            body.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise MalformedError("not UTF-8") from error
    except RecursionError as error:
        raise MalformedError("nested too deeply") from error
    except ValueError as error:
        raise MalformedError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise MalformedError("not a JSON object")
    return data


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return data


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedError(f"{name} is not a text")
    if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise MalformedError(f"{name} holds half a character")
    return value


def _time(data: Mapping[str, Any], name: str) -> datetime:
    try:
        return moment(_text(data, name))
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"{name}: {error}") from error


def _hash(data: Mapping[str, Any], name: str, algorithm: str) -> bytes | None:
    value = _text(data, name)
    if algorithm != HASH_ALGORITHM:
        return None
    if _HASH.fullmatch(value) is None:
        raise MalformedError(f"{name} is not a SHA-256 hash")
    return bytes.fromhex(value)


def _previous(data: Mapping[str, Any]) -> Previous | None:
    missing = [name for name in _PREVIOUS if name not in data]
    if missing:
        raise MalformedError(f"{missing[0]} is missing")
    nulls = [name for name in _PREVIOUS if data[name] is None]
    if len(nulls) == len(_PREVIOUS):
        return None
    if nulls:
        raise MalformedError(f"{nulls[0]} is null, but not every previousDigest field is")
    bucket, key, hashed, algorithm, signature = _PREVIOUS
    return Previous(
        bucket=_text(data, bucket),
        key=_text(data, key),
        hash=_hash(data, hashed, _text(data, algorithm)),
        signature=_text(data, signature),
    )


def _log(entry: object) -> LogRef:
    if not isinstance(entry, dict):
        raise MalformedError("an entry of logFiles is not an object")
    algorithm = _text(entry, "hashAlgorithm")
    return LogRef(
        bucket=sys.intern(_text(entry, "s3Bucket")),
        key=_text(entry, "s3Object"),
        hash=_hash(entry, "hashValue", algorithm),
        algorithm=algorithm,
    )
