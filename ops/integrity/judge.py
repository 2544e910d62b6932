"""One digest, judged by itself: the job that runs beside the download.

What it cannot know alone is what the successor says; `Judged.rescue` marks the
verdicts that a proven successor overrules.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ops.archive.model import Fault, Object
from ops.integrity import digest as digests
from ops.integrity import inflate, signature
from ops.integrity.digest import Digest
from ops.integrity.keys import KeyRing, PublicKey
from ops.integrity.span import clock
from ops.integrity.trouble import Trouble, fault_cause
from ops.layout import DigestKey, parse

DIGEST_LIMIT_BYTES = 256 << 20
"""Uncompressed; a digest that names 100,000 log files takes 40 MB."""
_ALGORITHM = "signature-algorithm"
_GENERATED = "backfill-generation-timestamp"
_RESCUABLE = frozenset(
    {"signature-absent", "signature-mismatch", "signature-malformed", "algorithm-unsupported",
     "key-unknown"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """What one digest file shows by itself."""

    key: str
    digest: Digest | None
    """Its content, proven only if `cause` is None."""
    hash: bytes
    """SHA-256 of its uncompressed bytes; empty if there were none to hash."""
    signature: str | None
    """The signature in its metadata."""
    cause: str | None
    """Why it is not VALID; None if it is."""
    detail: str = ""
    evidence: Object | None = None
    """The object itself, if it is to be kept."""
    promised: bytes = b""
    """What a proven successor says its hash is; empty if none does."""

    @property
    def rescue(self) -> bool:
        """Whether a proven successor that names these bytes overrules the verdict."""
        return self.digest is not None and self.cause in _RESCUABLE


@dataclass(frozen=True, slots=True)
class DigestJob:
    """Judges digests; sent to the worker processes once."""

    ring: KeyRing
    buckets: frozenset[str] | None
    """The buckets a digest may have been signed for; None if any."""
    keep: bool = False
    """Whether to hand the object over with the verdict."""
    unread: Mapping[str, Trouble] = field(default_factory=dict)
    """Digests that a bundle's maker could not read, or found moved, and why."""

    def __call__(self, key: str, found: Object | Fault) -> Judged:
        """Judge the object found at a digest's key."""
        judged = self._judge(key, found)
        if self.keep and not isinstance(found, Fault):
            return replace(judged, evidence=found)
        return judged

    def _judge(self, key: str, found: Object | Fault) -> Judged:
        if isinstance(found, Fault):
            cause, detail = self.unread.get(key) or fault_cause(found, "digest")
            return Judged(key, None, b"", None, cause, detail)
        try:
            body = inflate.strict_gunzip(found.body, limit=DIGEST_LIMIT_BYTES)
        except inflate.DamagedError as error:
            return Judged(key, None, b"", None, "digest-damaged", str(error))
        hashed = hashlib.sha256(body).digest()
        try:
            digest = digests.parse(body)
        except digests.MalformedError as error:
            return Judged(key, None, hashed, None, "digest-format", str(error))
        text = found.metadata.get("signature")
        trouble = self._trouble(key, digest, body, found.metadata)
        if trouble is None:
            return Judged(key, digest, hashed, text, None)
        return Judged(key, digest, hashed, text, *trouble)

    def _trouble(
        self, key: str, digest: Digest, body: bytes, metadata: Mapping[str, str]
    ) -> Trouble | None:
        return (
            self._misplaced(key, digest)
            or _other_algorithm(digest, metadata)
            or self._unproven(key, digest, body, metadata)
        )

    def _misplaced(self, key: str, digest: Digest) -> Trouble | None:
        if digest.key != key:
            return "moved", f"signed for the key {digest.key}"
        noted = self.unread.get(key)
        if noted is not None and noted[0] == "moved":
            return noted
        if self.buckets is not None and digest.bucket not in self.buckets:
            return "moved", f"signed for the bucket {digest.bucket}"
        place = parse(key)
        if isinstance(place, DigestKey) and digest.account != place.account:
            return "account-differs", f"signed for account {digest.account}"
        return None

    def _unproven(
        self, key: str, digest: Digest, body: bytes, metadata: Mapping[str, str]
    ) -> Trouble | None:
        text = metadata.get("signature")
        if text is None:
            return "signature-absent", ""
        made = signature.decoded(text)
        if made is None:
            return "signature-malformed", ""
        place = parse(key)
        when = digest.end
        if isinstance(place, DigestKey) and place.backfill:
            late = _made_at(digest, metadata)
            if isinstance(late, tuple):
                return late
            when = late
        region = place.region if isinstance(place, DigestKey) else ""
        return self._unsigned(digest, body, made, region) or self._out_of_season(
            digest, region, when
        )

    def _unsigned(self, digest: Digest, body: bytes, made: bytes, region: str) -> Trouble | None:
        candidates = self.ring.candidates(digest.fingerprint)
        if not candidates:
            return "key-unknown", f"fingerprint {digest.fingerprint}; tried {self.ring.tried()}"
        proving = [key for key in candidates if key.region in (None, region)]
        if not proving:
            return self._wrong_region(candidates, region)
        message = digests.signed_string(digest, body)
        if not any(signature.matches(one.der, made, message) for one in proving):
            return "signature-mismatch", ""
        return None

    def _out_of_season(self, digest: Digest, region: str, when: datetime) -> Trouble | None:
        candidates = self.ring.candidates(digest.fingerprint)
        proving = [key for key in candidates if key.region in (None, region)]
        if any(key.covers(when) for key in proving):
            return None
        key = min(proving, key=lambda one: abs(one.valid_until - when))
        return (
            "key-outside-validity",
            f"the key is valid from {clock(key.valid_from)} to {clock(key.valid_until)}",
        )

    def _wrong_region(self, candidates: list[PublicKey], region: str) -> Trouble:
        where = ", ".join(sorted({key.region or "?" for key in candidates}))
        if region not in self.ring.regions:
            # Its own region's list is not complete, so nothing is proven.
            return "key-unknown", f"the keys of {region} are not at hand; {where} has such a key"
        return "key-wrong-region", f"the key belongs to {where}, not to {region}"


def _made_at(digest: Digest, metadata: Mapping[str, str]) -> datetime | Trouble:
    """Return when a backfill digest was made, which its key must be valid at; or why not."""
    text = metadata.get(_GENERATED)
    if text is None:
        return "backfill-time-missing", ""
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return "backfill-time-missing", f"{text!r} is no time"
    if made.tzinfo is None:
        return "backfill-time-missing", f"{text!r} names no time zone"
    if made < digest.end:
        return "backfill-time-wrong", f"generated {text}, interval ends {digest.end_text}"
    return made


def _other_algorithm(digest: Digest, metadata: Mapping[str, str]) -> Trouble | None:
    named = metadata.get(_ALGORITHM, digests.SIGNATURE_ALGORITHM)
    for name in (named, digest.algorithm):
        if name != digests.SIGNATURE_ALGORITHM:
            return "algorithm-unsupported", f"it says {name}"
    return None
