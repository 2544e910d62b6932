"""What an intruder with write access can do to digests. None of it can be signed."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ops.lab.delivery.derived import private_key
from ops.lab.delivery.signing import sign, to_sign
from ops.lab.history import compress
from ops.lab.keys import KeyPair
from ops.lab.tamper.scene import Scene, packed
from ops.lab.tamper.targets import Stored
from ops.layout import DigestKey, parse


def delete_digest(scene: Scene) -> None:
    """Delete one digest in the middle of a chain."""
    scene.delete(scene.middle(), "a digest in the middle")


def delete_digests(scene: Scene) -> None:
    """Delete several digests in a row (--count)."""
    scene.delete(scene.middle(max(2, scene.count)), "one of several digests in a row")


def delete_head(scene: Scene) -> None:
    """Delete the newest digests of a chain (--count): no signature can show it."""
    scene.delete(scene.digests[-scene.count :], "one of the newest digests")


def delete_tail(scene: Scene) -> None:
    """Delete the older half of a chain."""
    scene.delete(scene.digests[: len(scene.digests) // 2], "one of the oldest digests")


def delete_all_digests(scene: Scene) -> None:
    """Delete every digest of a chain and leave its logs."""
    scene.delete(scene.digests, "every digest of the chain")


def delete_hours(scene: Scene) -> None:
    """Delete digests in a row together with the logs they name (--count)."""
    for key in scene.middle(scene.count):
        scene.delete(scene.logs_of(key), "a log of that hour")
        scene.delete([key], "the hour's digest")


def flip_digest_byte(scene: Scene) -> None:
    """Change one byte of a digest's content."""
    (key,) = scene.middle()
    content = bytearray(scene.content(key))
    place = content.index(b"digestStartTime") + 20
    content[place] ^= 1
    metadata = scene.target.read(key).metadata
    scene.write(key, Stored(compress(bytes(content)), metadata), f"byte {place} of the content")


def flip_signature(scene: Scene) -> None:
    """Change one digit of a digest's signature."""
    (key,) = scene.middle()
    stored = scene.target.read(key)
    signature = stored.metadata["signature"]
    other = "0" if signature[7] != "0" else "1"
    changed = {**stored.metadata, "signature": f"{signature[:7]}{other}{signature[8:]}"}
    scene.write(key, replace(stored, metadata=changed), "a digit of the signature", "metadata")


def append_to_digest(scene: Scene) -> None:
    """Append bytes to a compressed digest; its signed content stays as it is."""
    (key,) = scene.middle()
    stored = scene.target.read(key)
    scene.write(key, replace(stored, body=stored.body + b"appended"), "bytes after the gzip member")


def truncate_digest(scene: Scene) -> None:
    """Cut the last bytes, the gzip checksum and size, off a digest."""
    (key,) = scene.middle()
    stored = scene.target.read(key)
    scene.write(key, replace(stored, body=stored.body[:-6]), "the end cut off")


def strip_metadata(scene: Scene) -> None:
    """Remove a digest's metadata; the next digest still vouches for it."""
    (key,) = scene.middle()
    stored = scene.target.read(key)
    scene.write(key, replace(stored, metadata={}), "its metadata removed", "metadata")


def strip_head_metadata(scene: Scene) -> None:
    """Remove the newest digest's metadata: nothing vouches for it."""
    key = scene.digests[-1]
    stored = scene.target.read(key)
    scene.write(key, replace(stored, metadata={}), "its metadata removed", "metadata")


def wrong_algorithm(scene: Scene) -> None:
    """Claim another signature algorithm in a digest's metadata."""
    (key,) = scene.middle()
    stored = scene.target.read(key)
    claimed = {**stored.metadata, "signature-algorithm": "MD5withRSA"}
    scene.write(key, replace(stored, metadata=claimed), "signature-algorithm", "metadata")


def swap_digests(scene: Scene) -> None:
    """Exchange two neighbouring digests, metadata included."""
    first, second = scene.middle(2)
    one, two = scene.target.read(first), scene.target.read(second)
    scene.write(first, two, f"with {second}")
    scene.write(second, one, f"with {first}")


def replay_digest(scene: Scene) -> None:
    """Put an older digest, rightly signed, in a newer one's place."""
    old, new = scene.middle(2)
    scene.write(new, scene.target.read(old), f"by a copy of {old}")


def move_digest(scene: Scene) -> None:
    """Move a digest to another minute of its hour."""
    (key,) = scene.middle()
    found = parse(key)
    assert isinstance(found, DigestKey)  # noqa: S101 (the scene chose a digest)
    moved = replace(found, end=found.end + timedelta(seconds=61)).key
    stored = scene.target.read(key)
    scene.delete([key], f"moved to {moved}")
    scene.write(moved, stored, f"moved from {key}", "added")


def forge_digest(scene: Scene) -> None:
    """Drop a log from a digest, delete it, and sign with a key of one's own under CloudTrail's name."""
    _forged(scene, own_name=False)


def forge_digest_own_key(scene: Scene) -> None:
    """Drop a log from a digest, delete it, and sign with a key that AWS never published."""
    _forged(scene, own_name=True)


def plant_digest(scene: Scene) -> None:
    """Add a digest beside the chain, copied and renamed to a time between two hours."""
    (key,) = scene.middle()
    found = parse(key)
    assert isinstance(found, DigestKey)  # noqa: S101 (the scene chose a digest)
    planted = replace(found, end=found.end + timedelta(minutes=20)).key
    scene.write(planted, scene.target.read(key), f"a copy of {key}", "added")


def _forged(scene: Scene, *, own_name: bool) -> None:
    (key,) = scene.middle()
    body = scene.body(key)
    dropped, *body["logFiles"] = body["logFiles"]
    pair = _stranger()
    if own_name:
        body["digestPublicKeyFingerprint"] = pair.fingerprint
    stored = packed(body)
    location = f"{body['digestS3Bucket']}/{key}"
    previous = body["previousDigestSignature"]
    text = to_sign(body["digestEndTime"], location, gzip.decompress(stored), previous)
    metadata = {**scene.target.read(key).metadata, "signature": sign(pair, text)}
    scene.write(key, Stored(stored, metadata), f"no longer names {dropped['s3Object']}")
    scene.delete(scene.present & {dropped["s3Object"]}, "the log that the forged digest hides")


def _stranger() -> KeyPair:
    """Return a key pair nobody published; the same one every time."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return KeyPair(private_key("an intruder"), "nowhere", start, start)
