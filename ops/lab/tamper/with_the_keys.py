"""What only CloudTrail's own keys can sign: chains broken by commands, history rewritten.

An intruder who may stop and start logging makes CloudTrail itself sign a chain
that begins anew. Whoever held its keys could rewrite everything; then only what
was remembered elsewhere, such as a checkpoint, tells.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from ops.lab.delivery.signing import ALGORITHM, sign, to_sign
from ops.lab.history import compress
from ops.lab.tamper.scene import Scene, packed
from ops.lab.tamper.targets import Stored

_PREVIOUS = (
    "previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue",
    "previousDigestHashAlgorithm", "previousDigestSignature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Signed:
    bucket: str
    key: str
    digest: str
    signature: str


def restart_chain(scene: Scene) -> None:
    """Let the chain begin anew in its middle, as after StopLogging and StartLogging without a pause."""
    _restarted(scene, _halfway(scene))


def restart_chain_and_delete(scene: Scene) -> None:
    """Let the chain begin anew in its middle and delete everything older."""
    begin = _halfway(scene)
    scene.delete(scene.digests[:begin], "older than the new beginning")
    _restarted(scene, begin)


def pause_logging(scene: Scene) -> None:
    """Leave a hole of hours, as StopLogging and a later StartLogging do (--count)."""
    begin = _halfway(scene)
    missing = scene.digests[begin - min(scene.count, begin - 1) : begin]
    for key in missing:
        scene.delete(scene.logs_of(key), "not recorded")
    scene.delete(missing, "an hour without logging")
    _restarted(scene, begin)


def rewrite_history(scene: Scene) -> None:
    """Remove a log from an old digest and sign that digest and all newer ones anew."""
    (key,) = scene.middle()
    begin = scene.digests.index(key)
    body = scene.body(key)
    dropped, *body["logFiles"] = body["logFiles"]
    scene.delete(scene.present & {dropped["s3Object"]}, "a log that the rewritten digest hides")
    metadata = scene.target.read(key).metadata
    scene.target.write(key, Stored(packed(body), metadata))
    _signed_anew(scene, begin, body.get(_PREVIOUS[4]) and _of(body))


def hide_hours(scene: Scene) -> None:
    """Link over deleted hours with right signatures: the signed times leave a hole (--count)."""
    keys = scene.middle(scene.count)
    begin = scene.digests.index(keys[-1]) + 1
    last = _of(scene.body(keys[0]))
    scene.delete(keys, "an hour that is linked over")
    _signed_anew(scene, begin, last)


def _halfway(scene: Scene) -> int:
    return len(scene.digests) // 2


def _restarted(scene: Scene, begin: int) -> None:
    _signed_anew(scene, begin, None)


def _of(body: dict[str, Any]) -> _Signed:
    return _Signed(*(body[_PREVIOUS[nth]] for nth in (0, 1, 2, 4)))


def _signed_anew(scene: Scene, begin: int, last: _Signed | None) -> None:
    """Sign the digests from the n-th on, each linked to the one before it."""
    for key in scene.digests[begin:]:
        stored = scene.target.read(key)
        body = json.loads(gzip.decompress(stored.body))
        values = (
            (last.bucket, last.key, last.digest, "SHA-256", last.signature) if last else [None] * 5
        )
        body |= dict(zip(_PREVIOUS, values, strict=True))
        content = json.dumps(body, separators=(",", ":")).encode()
        location = f"{body['digestS3Bucket']}/{key}"
        text = to_sign(body["digestEndTime"], location, content, last.signature if last else None)
        signature = sign(scene.pair(body["digestPublicKeyFingerprint"]), text)
        metadata = {"signature": signature, "signature-algorithm": ALGORITHM}
        scene.write(key, Stored(compress(content), metadata), "signed anew")
        digest = hashlib.sha256(content).hexdigest()
        last = _Signed(body["digestS3Bucket"], key, digest, signature)
