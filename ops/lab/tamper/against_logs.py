"""What an intruder with write access can do to logs."""

import gzip
import json
import zlib
from dataclasses import replace
from datetime import timedelta

from ops.errors import UsageError
from ops.lab.history import compress
from ops.lab.tamper.scene import Scene, Touch
from ops.lab.tamper.targets import Stored
from ops.layout import LogKey, parse

_BOMB = 512 * 1024 * 1024
"""Bytes a bomb unfolds to."""


def delete_log(scene: Scene) -> None:
    """Delete one log; a versioned bucket keeps it behind a delete marker."""
    scene.delete([scene.log()], "a log that a digest names")


def delete_marker(scene: Scene) -> None:
    """Put a delete marker on a log in a versioned bucket: the version survives."""
    _needs_versions(scene)
    delete_log(scene)


def destroy_log(scene: Scene) -> None:
    """Delete a log with all its versions, which a locked bucket refuses."""
    key = scene.log()
    scene.target.destroy(key)
    scene.touched.append(Touch("destroyed", key, "with every version"))


def overwrite_log(scene: Scene) -> None:
    """Overwrite a log in a versioned bucket: the original is an older version."""
    _needs_versions(scene)
    change_log(scene)


def change_log(scene: Scene) -> None:
    """Change who did it in one event of a log."""
    key = scene.log()
    content = scene.content(key)
    records = json.loads(content.decode("utf-8", "surrogateescape"))["Records"]
    who = str(records[0].get("sourceIPAddress", "")) or "eventVersion"
    changed = content.replace(who.encode(), b"203.0.113.1", 1)
    scene.write(key, Stored(compress(changed), {}), f"{who} became 203.0.113.1")


def flip_log_byte(scene: Scene) -> None:
    """Flip one bit of a compressed log: its checksum no longer fits."""
    key = scene.log()
    body = bytearray(scene.target.read(key).body)
    place = len(body) // 2
    body[place] ^= 0x10
    scene.write(key, Stored(bytes(body), {}), f"byte {place}")


def append_to_log(scene: Scene) -> None:
    """Append a second gzip member with a forged event to a log."""
    key = scene.log()
    body = scene.target.read(key).body + compress(b'{"Records":[{"eventName":"Forged"}]}')
    scene.write(key, Stored(body, {}), "a second gzip member")


def truncate_log(scene: Scene) -> None:
    """Cut the gzip checksum and size off a log; all its events can still be read."""
    key = scene.log()
    scene.write(key, Stored(scene.target.read(key).body[:-8], {}), "the gzip trailer cut off")


def empty_log(scene: Scene) -> None:
    """Replace a log by one without events."""
    scene.write(scene.log(), Stored(compress(b'{"Records":[]}'), {}), "emptied")


def uncompress_log(scene: Scene) -> None:
    """Store a log uncompressed: the content is right, the format is not."""
    key = scene.log()
    scene.write(key, Stored(scene.content(key), {}), "uncompressed")


def recompress_log(scene: Scene) -> None:
    """Compress a log anew: harmless, for digests sign what is inside."""
    key = scene.log()
    body = gzip.compress(scene.content(key), 9, mtime=86400)
    scene.write(key, Stored(body, {}), "compressed anew, equal content")


def bomb_log(scene: Scene) -> None:
    """Replace a log by half a gigabyte of zeros in half a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(1 << 20)
    parts = [packer.compress(chunk) for _ in range(_BOMB >> 20)]
    key = scene.log()
    scene.write(key, Stored(b"".join(parts) + packer.flush(), {}), f"unfolds to {_BOMB} bytes")


def swap_logs(scene: Scene) -> None:
    """Exchange two logs."""
    first, second = scene.log(), ""
    while second in ("", first):
        second = scene.log()
    one, two = scene.target.read(first), scene.target.read(second)
    scene.write(first, two, f"with {second}")
    scene.write(second, one, f"with {first}")


def rename_log(scene: Scene) -> None:
    """Give a log another random name: one is missing, one is not referenced."""
    key = scene.log()
    stored, renamed = scene.target.read(key), _named(scene, key)
    scene.delete([key], f"renamed to {renamed}")
    scene.write(renamed, stored, f"renamed from {key}", "added")


def plant_log(scene: Scene) -> None:
    """Add a forged log among the true ones: searches will find it, no digest names it."""
    _plant(scene, scene.log(), "a forged log among true ones")


def plant_log_in_gap(scene: Scene) -> None:
    """Delete an hour's digest and add a forged log to the hour it covered."""
    (key,) = scene.middle()
    like = scene.logs_of(key)[0]
    scene.delete([key], "the digest of the hour")
    _plant(scene, like, "a forged log where no digest covers it")


def plant_log_after_head(scene: Scene) -> None:
    """Add a forged log newer than the newest digest: it is pending, not proven."""
    newest = parse(scene.digests[-1])
    known = parse(scene.log())
    if not isinstance(known, LogKey) or newest is None or isinstance(newest, LogKey):
        return
    end = newest.end + timedelta(minutes=2)
    late = replace(known, day=end.date(), delivered=end.replace(second=0))
    _plant(scene, known.key, "a forged log newer than the newest digest", late)


def plant_junk(scene: Scene) -> None:
    """Add an object that is no CloudTrail file: harmless."""
    folder = scene.log().rpartition("/")[0]
    scene.write(f"{folder}/notes.txt.gz", Stored(b"not a log", {}), "no CloudTrail file", "added")


def _plant(scene: Scene, like: str, what: str, where: LogKey | None = None) -> None:
    """Add a log like a true one, whose first event has another author and the same id."""
    text = scene.content(like).decode("utf-8", "surrogateescape")
    record = json.loads(text)["Records"][0]
    record["userIdentity"] = {
        "type": "IAMUser",
        "userName": "nobody",
        "accountId": scene.chain.account,
    }
    body = json.dumps({"Records": [record]}, separators=(",", ":")).encode()
    key = replace(where, unique=scene.dice.letters(16)).key if where else _named(scene, like)
    scene.write(key, Stored(compress(body), {}), what, "added")


def _named(scene: Scene, key: str) -> str:
    return f"{key[: -len('.json.gz') - 16]}{scene.dice.letters(16)}.json.gz"


def _needs_versions(scene: Scene) -> None:
    if not scene.target.versioned:
        raise UsageError(
            "This kind needs a versioned bucket; a directory has no versions.",
            hint="delete-log and change-log do the same without versions",
        )
