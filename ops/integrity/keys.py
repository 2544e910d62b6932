"""CloudTrail's public keys: where they come from, and which one signed what.

A key's only proof is the channel it came by: ListPublicKeys over TLS, or a file
somebody vouches for. Its fingerprint is the MD5 of its DER bytes (undocumented,
true of every sample AWS publishes); checking it finds damage, not forgery.
Keys belong to one region and are valid for a window that overlaps the next one's.

Source: CloudTrail API Reference, ListPublicKeys.
"""

import base64
import binascii
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops.errors import UsageError
from ops.integrity import signature

GRACE = timedelta(hours=2)
"""How long after a digest's end it may be signed, with a key valid only then."""

INSIDE = "the bundle itself"
"""What the source of a ring is called whose keys came with what they shall prove."""
KEYS_INSIDE = "THE KEYS COME FROM THE BUNDLE ITSELF: compare them with AWS's, or give --keys"

Page = Mapping[str, Any]
"""One answer of ListPublicKeys."""
Lister = Callable[[str, datetime, datetime, str | None], Page]
"""Calls ListPublicKeys: (region, start, end, next token) → one answer."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key."""

    fingerprint: str
    der: bytes
    valid_from: datetime
    valid_until: datetime
    region: str | None
    """The region it signs for; None where the source does not say."""

    def covers(self, moment: datetime) -> bool:
        """Whether a digest that ended, or was made late, at `moment` may carry its signature."""
        return self.valid_from <= moment + GRACE and moment <= self.valid_until

    @property
    def sha256(self) -> str:
        """The SHA-256 of its DER bytes: what two people compare by telephone."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one run. Immutable, so that it can be sent to worker processes."""

    keys: tuple[PublicKey, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    """Regions whose keys could not be listed, and why."""
    regions: frozenset[str] = frozenset()
    """Regions whose keys were listed completely."""
    source: str = "none"
    """Where they come from, in words of the report."""

    def candidates(self, fingerprint: str) -> list[PublicKey]:
        """Return every key of that fingerprint."""
        return [key for key in self.keys if key.fingerprint == fingerprint]

    def tried(self) -> str:
        """Say which regions' keys were looked through."""
        if not self.keys and not self.regions:
            return "no public keys are at hand"
        known = {key.region for key in self.keys if key.region} | self.regions
        return f"keys of {', '.join(sorted(known))}" if known else f"{len(self.keys)} keys"


def read_keys(data: object, *, source: str) -> KeyRing:
    """Read ListPublicKeys output, or {REGION: that output}; raise UsageError."""
    if not isinstance(data, dict) or not data:
        raise _wrong(source, "holds no PublicKeyList")
    if "PublicKeyList" in data:
        if data.get("NextToken"):
            raise _wrong(source, "is only a part of the list: it holds a NextToken")
        return _ring(_keys(data, None, source), (), source)
    found: list[PublicKey] = []
    for region, page in data.items():
        if not isinstance(page, dict) or "PublicKeyList" not in page:
            raise _wrong(source, f"has no PublicKeyList under {region!r}")
        if page.get("NextToken"):
            raise _wrong(source, f"holds only a part of the keys of {region}: a NextToken")
        found += _keys(page, region, source)
    return _ring(found, data, source)


def load_keys_file(path: Path) -> KeyRing:
    """Read a file of public keys; raise UsageError if it is damaged or unfit."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _wrong(str(path), "is not JSON") from error
    return read_keys(data, source=str(path))


def list_keys(region: str, start: datetime, end: datetime, lister: Lister) -> list[PublicKey]:
    """Return all of a region's keys valid at some time in [start, end], every page of them."""
    found: list[PublicKey] = []
    token: str | None = None
    while True:
        page = lister(region, start, end, token)
        found += _keys(page, region, f"ListPublicKeys in {region}")
        following = page.get("NextToken") or None
        if following is None or following == token:
            return found
        token = following


def _ring(keys: Iterable[PublicKey], regions: Iterable[str], source: str) -> KeyRing:
    unique = tuple(sorted(set(keys), key=lambda key: (key.region or "", key.valid_from, key.der)))
    twins: dict[tuple[str | None, str], set[bytes]] = defaultdict(set)
    for key in unique:
        twins[key.region, key.fingerprint].add(key.der)
    for (_, fingerprint), ders in twins.items():
        if len(ders) > 1:
            raise _wrong(source, f"holds two different keys of fingerprint {fingerprint}")
    return KeyRing(keys=unique, regions=frozenset(regions), source=source)


def ring_of(
    keys: Iterable[PublicKey], *, failed: Mapping[str, str], regions: Iterable[str], source: str
) -> KeyRing:
    """Put keys listed region by region together; raise UsageError on a conflict."""
    made = _ring(keys, regions, source)
    return KeyRing(made.keys, dict(failed), made.regions, source)


def _keys(page: Page, region: str | None, source: str) -> list[PublicKey]:
    entries = page.get("PublicKeyList")
    if not isinstance(entries, list):
        raise _wrong(source, "has a PublicKeyList that is not a list")
    return [_key(entry, region, f"{source}, key {i}") for i, entry in enumerate(entries, 1)]


def _key(entry: object, region: str | None, source: str) -> PublicKey:
    if not isinstance(entry, dict):
        raise _wrong(source, "is not an object")
    der = _der(entry.get("Value"), source)
    fingerprint = str(entry.get("Fingerprint", "")).lower()
    computed = hashlib.md5(der, usedforsecurity=False).hexdigest()
    if fingerprint != computed:
        raise _wrong(
            source, f"has fingerprint {fingerprint or 'none'}, but its bytes give {computed}"
        )
    try:
        signature.load(der)
    except signature.WeakKeyError as error:
        raise _wrong(source, f"is refused: {error}") from error
    valid_from = _moment(entry.get("ValidityStartTime"), "ValidityStartTime", source)
    valid_until = _moment(entry.get("ValidityEndTime"), "ValidityEndTime", source)
    return PublicKey(fingerprint, der, valid_from, valid_until, region)


def _der(value: object, source: str) -> bytes:
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(source, "has a Value that is not base64") from error


def _moment(value: object, name: str, source: str) -> datetime:
    try:
        if isinstance(value, datetime):
            read = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            read = datetime.fromtimestamp(value, UTC)
        else:
            read = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError) as error:
        raise _wrong(source, f"has a {name} that is no time: {value!r}") from error
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _wrong(source: str, what: str) -> UsageError:
    return UsageError(
        f"{source}: {what}",
        hint="get the keys again: aws cloudtrail list-public-keys --start-time … --end-time …",
    )


def as_listed(ring: KeyRing) -> dict[str, Any]:
    """Return a ring in the form `read_keys` reads: by region where the region is known."""
    if any(key.region is None for key in ring.keys) or not (ring.keys or ring.regions):
        return {"PublicKeyList": [_entry(key) for key in ring.keys]}
    regions = ring.regions | {key.region for key in ring.keys if key.region}
    return {
        region: {"PublicKeyList": [_entry(key) for key in ring.keys if key.region == region]}
        for region in sorted(regions)
    }


def _entry(key: PublicKey) -> dict[str, str]:
    return {
        "Value": base64.b64encode(key.der).decode(),
        "ValidityStartTime": key.valid_from.isoformat(),
        "ValidityEndTime": key.valid_until.isoformat(),
        "Fingerprint": key.fingerprint,
    }
