"""Archives as CloudTrail would have written them, signed with real RSA keys.

A world is a set of objects in memory: build chains hour by hour, tamper with
what lies there, then write it out as a directory and verify that.
"""

import base64
import gzip
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ops.archive.opening import open_source
from ops.integrity.keys import KeyRing, read_keys
from ops.integrity.report import Report
from ops.integrity.request import Request, fixed_keys
from ops.integrity.verify import Context, verify
from ops.layout import DigestKey, Family, LogKey

HOUR = timedelta(hours=1)
START = datetime(2026, 1, 5, 0, 13, 20, tzinfo=UTC)
ORGANIZATION = "o-exampleorg1"
ACCOUNT = "111111111111"
OTHER = "444444444444"
REGION = "us-east-1"
BUCKET = "acme-cloudtrail"
TRAIL = "organization-trail"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair, made once a session for each name; the name may say that it is weak."""
    bits = 1024 if "1024" in name else 2048
    return rsa.generate_private_key(3 if "e=3" in name else 65537, bits)


def der_of(name: str, *, spki: bool = False) -> bytes:
    form = serialization.PublicFormat
    return (
        private_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.DER, form.SubjectPublicKeyInfo if spki else form.PKCS1)
    )


@dataclass
class Listed:
    """A public key as ListPublicKeys tells it."""

    name: str
    region: str
    valid_from: datetime
    valid_until: datetime
    spki: bool = False

    @property
    def fingerprint(self) -> str:
        return hashlib.md5(der_of(self.name, spki=self.spki)).hexdigest()

    def entry(self) -> dict[str, Any]:
        return {
            "Value": base64.b64encode(der_of(self.name, spki=self.spki)).decode(),
            "ValidityStartTime": self.valid_from.isoformat(),
            "ValidityEndTime": self.valid_until.isoformat(),
            "Fingerprint": self.fingerprint,
        }


@dataclass
class Stored:
    body: bytes
    metadata: dict[str, str] = field(default_factory=dict)


def gz(content: bytes, level: int = 6) -> bytes:
    return gzip.compress(content, level, mtime=0)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(text: str, key: str, algorithm: Any = None, pad: Any = None) -> str:
    made = private_key(key).sign(
        text.encode(), pad or padding.PKCS1v15(), algorithm or hashes.SHA256()
    )
    return made.hex()


@dataclass
class Hour:
    """One digest that was written."""

    key: str
    fields: dict[str, Any]
    body: bytes
    signature: str
    logs: list[str]
    start: datetime
    end: datetime


class World:
    """The objects of one archive."""

    def __init__(self, bucket: str = BUCKET) -> None:
        self.bucket = bucket
        self.objects: dict[str, Stored] = {}
        self.keys: list[Listed] = []
        self.serial = 0
        self.lines: list[Line] = []

    def key_for(self, region: str, moment: datetime) -> Listed:
        for key in self.keys:
            if key.region == region and key.valid_from <= moment <= key.valid_until:
                return key
        made = Listed(f"{region}-1", region, START - 40 * 24 * HOUR, START + 400 * 24 * HOUR)
        self.keys.append(made)
        return made

    def line(self, **settings: Any) -> "Line":
        line = Line(self, **settings)
        self.lines.append(line)
        return line

    def log(
        self,
        account: str = ACCOUNT,
        region: str = REGION,
        *,
        at: datetime,
        records: list[dict[str, Any]] | None = None,
        family: Family = Family.LOG,
        organization: str | None = ORGANIZATION,
        prefix: str = "",
        store: bool = True,
    ) -> str:
        """Deliver one log file; return its key."""
        self.serial += 1
        minute = at.replace(second=0, microsecond=0)
        key = LogKey(
            prefix, organization, account, family, region, minute.date(), minute,
            f"{self.serial:016d}",
        ).key  # fmt: skip
        found = records or [{"eventVersion": "1.11", "eventName": f"Act{self.serial}"}]
        if store:
            self.objects[key] = Stored(gz(json.dumps({"Records": found}).encode()))
        return key

    def plain(self, key: str) -> bytes:
        return gzip.decompress(self.objects[key].body)

    def ring(self) -> KeyRing:
        return read_keys(self.key_file(), source="the test's keys")

    def key_file(self) -> dict[str, Any]:
        regions = {key.region for key in self.keys}
        return {
            region: {"PublicKeyList": [k.entry() for k in self.keys if k.region == region]}
            for region in sorted(regions)
        }

    @property
    def start(self) -> datetime:
        return min(hour.start for line in self.lines for hour in line.hours)

    @property
    def end(self) -> datetime:
        return max(hour.end for line in self.lines for hour in line.hours)

    def write(self, path: Path, *, metadata: bool = True) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        for key, stored in self.objects.items():
            at = path / key
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_bytes(stored.body)
        if metadata:
            (path / "metadata.jsonl").write_text(self._metadata())
        return path

    def pack(self, path: Path, *, metadata: bool = True) -> Path:
        """Write one zip file instead of many files: quick, and read as any copy is."""
        with zipfile.ZipFile(path, "w") as file:
            for key, stored in self.objects.items():
                file.writestr(key, stored.body)
            if metadata:
                file.writestr("metadata.jsonl", self._metadata())
        return path

    def _metadata(self) -> str:
        return "".join(
            json.dumps({"key": key, "metadata": stored.metadata}) + "\n"
            for key, stored in self.objects.items()
            if stored.metadata
        )

    def verify(self, path: Path, *, ring: KeyRing | None = None, metadata: bool = True,
               **asked: Any) -> Report:  # fmt: skip
        """Write the world out and verify it; by default exactly its time, one hour later.

        A path that ends in `.zip` becomes one file, any other a directory.
        """
        helpers = {
            name: asked.pop(name)
            for name in ("expected", "history", "watch", "state", "evidence")
            if name in asked
        }
        question = {"since": self.start, "until": self.end, "now": self.end + HOUR, "workers": 1}
        request = Request(**{**question, **asked})
        written = self.pack if path.suffix == ".zip" else self.write
        archive = open_source(str(written(path, metadata=metadata)))
        return verify(
            archive, request, keys=fixed_keys(ring or self.ring()), context=Context(**helpers)
        )


@dataclass
class Line:
    """One chain being written."""

    world: World
    account: str = ACCOUNT
    region: str = REGION
    trail: str = TRAIL
    home_region: str = REGION
    organization: str | None = ORGANIZATION
    prefix: str = ""
    start: datetime = START
    logs: int = 2
    hours: list[Hour] = field(default_factory=list)
    bucket: str | None = None
    previous: Hour | None = None

    def __post_init__(self) -> None:
        self.now = self.start
        self.bucket = self.bucket or self.world.bucket

    def run(self, hours: int, **settings: Any) -> "Line":
        """Let some hours pass, a digest each."""
        for _ in range(hours):
            self.hour(**settings)
        return self

    def pause(self, hours: float) -> "Line":
        """Let time pass without digests; the next one starts a chain."""
        self.now += timedelta(hours=hours)
        self.previous = None
        return self

    def restart(self) -> "Line":
        """Start a chain anew without losing time."""
        return self.pause(0)

    def hour(
        self,
        *,
        logs: Iterable[str] | int | None = None,
        length: timedelta = HOUR,
        edit: Callable[[dict[str, Any]], Any] | None = None,
        resign: bool = True,
        backfill: datetime | None = None,
        store: bool = True,
        signer: str | None = None,
        key: str | None = None,
        previous: Hour | None = None,
    ) -> Hour:
        """Write one digest; `edit` changes its fields before it is signed."""
        start, end = self.now, self.now + length
        named = logs if not isinstance(logs, int | None) else self._deliver(start, length, logs)
        names = list(named)
        place = DigestKey(
            self.prefix, self.organization, self.account, self.region, end.date(), self.trail,
            self.home_region, end, backfill is not None,
        )  # fmt: skip
        before = previous or (self.previous if backfill is None else None)
        fields = self._fields(key or place.key, start, end, names, before)
        if signer is not None:
            fields["digestPublicKeyFingerprint"] = hashlib.md5(der_of(signer)).hexdigest()
        if edit is not None:
            edit(fields)
        hour = self.put(key or place.key, fields, signer=signer, backfill=backfill, store=store)
        hour = replace(hour, logs=names, start=start, end=end)
        self.hours.append(hour)
        if backfill is None:
            self.previous, self.now = hour, end
        return hour

    def put(
        self,
        key: str,
        fields: dict[str, Any],
        *,
        signer: str | None = None,
        backfill: datetime | None = None,
        store: bool = True,
    ) -> Hour:
        """Sign fields as a digest and store it under a key."""
        body = json.dumps(fields).encode()
        signature = self._signed(body, fields, signer)
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        if backfill is not None:
            metadata["backfill-generation-timestamp"] = stamp(backfill)
        if store:
            self.world.objects[key] = Stored(gz(body), metadata)
        return Hour(key, fields, body, signature, [], self.now, self.now)

    def _signed(self, body: bytes, fields: dict[str, Any], signer: str | None) -> str:
        listed = self.world.key_for(self.region, self.now + HOUR)
        text = "\n".join([
            str(fields["digestEndTime"]),
            f"{fields['digestS3Bucket']}/{fields['digestS3Object']}",
            hashlib.sha256(body).hexdigest(),
            fields["previousDigestSignature"] or "null",
        ])  # fmt: skip
        return sign(text, signer or listed.name)

    def _deliver(self, start: datetime, length: timedelta, count: int | None) -> list[str]:
        number = self.logs if count is None else count
        return [
            self.world.log(
                self.account, self.region, organization=self.organization, prefix=self.prefix,
                at=start + length * (i + 1) / (number + 1),
            )
            for i in range(number)
        ]  # fmt: skip

    def _fields(
        self, key: str, start: datetime, end: datetime, logs: list[str], before: Hour | None
    ) -> dict[str, Any]:
        return {
            "awsAccountId": self.account,
            "digestStartTime": stamp(start),
            "digestEndTime": stamp(end),
            "digestS3Bucket": self.bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.world.key_for(self.region, end).fingerprint,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": stamp(end) if logs else None,
            "oldestEventTime": stamp(start) if logs else None,
            "previousDigestS3Bucket": before.fields["digestS3Bucket"] if before else None,
            "previousDigestS3Object": before.fields["digestS3Object"] if before else None,
            "previousDigestHashValue": hashlib.sha256(before.body).hexdigest() if before else None,
            "previousDigestHashAlgorithm": "SHA-256" if before else None,
            "previousDigestSignature": before.signature if before else None,
            "logFiles": [self._named(log) for log in logs],
        }

    def _named(self, key: str) -> dict[str, Any]:
        return {
            "s3Bucket": self.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(self.world.plain(key)).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp(START),
            "oldestEventTime": stamp(START),
        }


def a_world(hours: int = 6, **settings: Any) -> World:
    """A world with one chain of so many hours."""
    world = World()
    world.line(**settings).run(hours)
    return world


def a_log(world: World) -> str:
    """The key of a log in the middle of it."""
    return world.lines[0].hours[3].logs[0]


def trail_event(name: str, at: datetime, trail: str = TRAIL, **given: Any) -> dict[str, Any]:
    """A record of a call that stopped, started or changed a trail."""
    return {
        "eventVersion": "1.11",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "eventTime": stamp(at),
        "recipientAccountId": ACCOUNT,
        "requestParameters": {"name": trail, **given},
    }


def stopped(world: World, *, stop_late: bool = False) -> World:
    """A chain that was stopped after 8 hours and started again 3 hours later."""
    line = world.line().run(7)
    at = line.now + timedelta(minutes=20)
    stop = trail_event("StopLogging", at + (2 * HOUR if stop_late else timedelta(0)))
    line.hour(logs=[world.log(at=at + timedelta(minutes=5), records=[stop])])
    line.pause(3)
    start = trail_event("StartLogging", line.now + timedelta(minutes=1))
    line.hour(logs=[world.log(at=line.now + timedelta(minutes=6), records=[start])])
    line.run(6)
    return world


def flipped(body: bytes, at: int) -> bytes:
    """The bytes with one bit changed."""
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def bomb(size: int) -> bytes:
    """A gzip member of zeros that expands to `size` bytes."""
    made = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(1 << 20)
    return b"".join(made.compress(piece) for _ in range(size >> 20)) + made.flush()
