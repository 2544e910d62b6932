"""The digest chain of one account and region: an hourly, signed list of what was delivered.

Every chain keeps its own minute and second of the hour. An hour in which
nothing was delivered has a digest too: it proves just that. Logs that miss
their hour's digest are listed by a backfill digest, in a chain of its own.

Source: CloudTrail User Guide, "CloudTrail digest file structure".
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.lab.delivery.signing import ALGORITHM, Signer, sign, to_sign
from ops.lab.history import LogFile, Place, Plan, compress
from ops.lab.history.dice import Dice
from ops.lab.history.identity import TIME
from ops.lab.history.plan import HOUR
from ops.layout import DigestKey

_MISSED = 1 / 60
"""The share of hours some of whose logs miss their digest, where that is wanted."""


@dataclass(frozen=True, slots=True)
class Put:
    """An object to write."""

    key: str
    body: bytes
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """What a digest says of the one before it."""

    key: str
    digest: str
    """SHA-256 of its content, in hex."""
    signature: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivered log as a digest lists it."""

    delivered: datetime
    entry: dict[str, Any]


class Chain:
    """Signs the digests of one account and region, oldest first."""

    def __init__(self, plan: Plan, place: Place, bucket: str, signer: Signer) -> None:
        self._plan, self._place, self._bucket, self._signer = plan, place, bucket, signer
        seconds = Dice(plan.seed, "digest offset", place).randrange(3600)
        first = plan.first_hour + timedelta(seconds=seconds)
        self._start = first if first <= plan.begin else first - HOUR
        self._waiting: list[Listed] = []
        self._last: Link | None = None
        self._last_backfill: Link | None = None

    def add(self, file: LogFile, content: bytes) -> None:
        """Take note of a delivered log, whose uncompressed content this is."""
        times = [moment for moment, _ in file.events] or [file.delivered]
        entry = {
            "s3Bucket": self._bucket,
            "s3Object": file.key.key,
            "hashValue": hashlib.sha256(content).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": max(times).strftime(TIME),
            "oldestEventTime": min(times).strftime(TIME),
        }
        self._waiting.append(Listed(file.delivered, entry))

    def due(self, until: datetime) -> Iterator[Put]:
        """Yield the digests of all hours that are over by a time."""
        while self._start + HOUR <= min(until, self._plan.end):
            end = self._start + HOUR
            inside = [one for one in self._waiting if one.delivered < end]
            self._waiting = [one for one in self._waiting if one.delivered >= end]
            yield from self._hour(end, [one.entry for one in inside])
            self._start = end

    def _hour(self, end: datetime, entries: list[dict[str, Any]]) -> Iterator[Put]:
        """Yield an hour's digest, and the backfill digest of what it misses."""
        dice = Dice(self._plan.seed, "missed", self._place, end)
        generated = end + timedelta(seconds=dice.randrange(3 * 3600, 20 * 3600))
        missed: list[dict[str, Any]] = []
        if self._plan.backfill and dice.happens(_MISSED) and generated <= self._plan.end:
            missed, entries = entries[:1], entries[1:]
        put, self._last = self._signed(end, entries, self._last, None)
        yield put
        if missed:
            put, self._last_backfill = self._signed(end, missed, self._last_backfill, generated)
            yield put

    def _signed(
        self,
        end: datetime,
        entries: list[dict[str, Any]],
        last: Link | None,
        generated: datetime | None,
    ) -> tuple[Put, Link]:
        """Return a digest to write, and what its successor says of it."""
        place = self._place
        key = DigestKey(
            self._plan.zone.trail.prefix, place.organization, place.account, place.region, end.date(),
            place.trail, place.home_region, end, generated is not None,
        ).key  # fmt: skip
        pair = self._signer.pair(place.region, generated or end)
        body = self._body(end, key, entries, last, pair.fingerprint)
        content = json.dumps(body, separators=(",", ":")).encode()
        text = to_sign(
            end.strftime(TIME), f"{self._bucket}/{key}", content, last.signature if last else None
        )
        metadata = {"signature": sign(pair, text), "signature-algorithm": ALGORITHM}
        if generated is not None:
            metadata["backfill-generation-timestamp"] = generated.strftime(TIME)
        link = Link(key, hashlib.sha256(content).hexdigest(), metadata["signature"])
        return Put(key, compress(content), metadata), link

    def _body(
        self,
        end: datetime,
        key: str,
        entries: list[dict[str, Any]],
        last: Link | None,
        fingerprint: str,
    ) -> dict[str, Any]:
        return {
            "awsAccountId": self._place.account,
            "digestStartTime": self._start.strftime(TIME),
            "digestEndTime": end.strftime(TIME),
            "digestS3Bucket": self._bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": fingerprint,
            "digestSignatureAlgorithm": ALGORITHM,
            "newestEventTime": max((one["newestEventTime"] for one in entries), default=None),
            "oldestEventTime": min((one["oldestEventTime"] for one in entries), default=None),
            "previousDigestS3Bucket": self._bucket if last else None,
            "previousDigestS3Object": last.key if last else None,
            "previousDigestHashValue": last.digest if last else None,
            "previousDigestHashAlgorithm": "SHA-256" if last else None,
            "previousDigestSignature": last.signature if last else None,
            "logFiles": entries,
        }
