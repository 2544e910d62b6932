"""ListPublicKeys serves the keys that sign the lab's digest files.

The emulator does not implement it.

Source: CloudTrail API Reference, "ListPublicKeys".
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from ops.lab.graft import graft, parameter
from ops.lab.keys import KeyPair, KeyRing

PAGE = 20


def apply(ring: KeyRing) -> None:
    """Add the operation."""

    def list_public_keys(self: CloudTrailResponse) -> str:
        now = datetime.now(UTC)
        since = moment(self, "StartTime") or now
        until = moment(self, "EndTime") or now
        if since > until:
            raise JsonRESTError(
                "InvalidTimeRangeException", "The start time must not be after the end time."
            )
        return _page(self, ring.published(self.region, since, until))

    graft(CloudTrailResponse, "list_public_keys", list_public_keys)


def moment(response: CloudTrailResponse, name: str) -> datetime | None:
    """Return a time that was sent, in either of the forms SDKs write; None if none was."""
    value = parameter(response, name)
    if value is None:
        return None
    if isinstance(value, str) and not value.replace(".", "").isdigit():
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(float(value), UTC)


def _page(response: CloudTrailResponse, pairs: list[KeyPair]) -> str:
    token = parameter(response, "NextToken") or "0"
    if not token.isdigit():
        raise JsonRESTError("InvalidTokenException", f"The token {token!r} is not valid.")
    first = int(token)
    answer: dict[str, Any] = {
        "PublicKeyList": [_public(pair) for pair in pairs[first : first + PAGE]]
    }
    if first + PAGE < len(pairs):
        answer["NextToken"] = str(first + PAGE)
    return json.dumps(answer)


def _public(pair: KeyPair) -> dict[str, Any]:
    return {
        "Value": base64.b64encode(pair.der).decode(),
        "ValidityStartTime": pair.start.timestamp(),
        "ValidityEndTime": pair.end.timestamp(),
        "Fingerprint": pair.fingerprint,
    }
