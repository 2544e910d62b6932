"""Which key signs what, and the string it signs.

A key retires inside every history: where no validity of the lab's keys ends by
itself, a new key takes over halfway, and the old one stays published.

Source: CloudTrail User Guide, "Custom implementations of CloudTrail log file
integrity validation"; the literal `null` is what aws-cli signs and checks.
"""

import base64
import hashlib
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ops.lab.history.identity import TIME
from ops.lab.history.plan import Plan
from ops.lab.keys import KeyPair, KeyRing

ALGORITHM = "SHA256withRSA"


class Signer:
    """The keys of one delivery."""

    def __init__(self, ring: KeyRing, plan: Plan) -> None:
        self._ring, self._plan = ring, plan
        self._pairs: dict[tuple[str, datetime], KeyPair] = {}

    def pair(self, region: str, moment: datetime) -> KeyPair:
        """Return the pair that signs in a region at a moment of the history."""
        rotation = self._rotation(region)
        if rotation is not None and moment >= rotation:
            return self._held(region, rotation, self._ring.issued)
        known = [
            pair for (where, _), pair in self._pairs.items()
            if where == region and pair.start <= moment < pair.end and pair.start != rotation
        ]  # fmt: skip
        return known[0] if known else self._held(region, moment, self._ring.at)

    def published(self) -> dict[str, Any]:
        """Return what ListPublicKeys would say of the keys used so far, by region."""
        regions: dict[str, dict[str, KeyPair]] = {}
        for (region, _), pair in self._pairs.items():
            regions.setdefault(region, {})[pair.fingerprint] = pair
        return {
            region: {"PublicKeyList": [_public(one) for one in sorted(found.values(), key=_start)]}
            for region, found in sorted(regions.items())
        }

    def _held(self, region: str, moment: datetime, make: Any) -> KeyPair:
        pair = self._pairs.get((region, moment))
        if pair is None:
            pair = self._pairs[region, moment] = make(region, moment)
        return pair

    def _rotation(self, region: str) -> datetime | None:
        """Return when a new key takes over; None if one's validity ends by itself."""
        plan = self._plan
        first = self._pairs.get((region, plan.begin)) or self._held(
            region, plan.begin, self._ring.at
        )
        if first.end <= plan.end:
            return None
        middle = plan.begin + (plan.end - plan.begin) / 2
        return middle.replace(minute=0, second=0, microsecond=0)


def sign(pair: KeyPair, text: str) -> str:
    """Return the signature of a text, in hex: RSASSA-PKCS1-v1_5 with SHA-256."""
    return pair.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()


def to_sign(end: str, location: str, content: bytes, previous_signature: str | None) -> str:
    """Return the string that is signed for a digest; `location` is BUCKET/KEY."""
    digest = hashlib.sha256(content).hexdigest()
    return f"{end}\n{location}\n{digest}\n{previous_signature or 'null'}"


def _start(pair: KeyPair) -> datetime:
    return pair.start


def _public(pair: KeyPair) -> dict[str, str]:
    return {
        "Value": base64.b64encode(pair.der).decode(),
        "ValidityStartTime": pair.start.strftime(TIME),
        "ValidityEndTime": pair.end.strftime(TIME),
        "Fingerprint": pair.fingerprint,
    }
