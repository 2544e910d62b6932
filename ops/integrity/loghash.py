"""The hash of one log file: the job that runs beside the download of every log."""

import hashlib
from typing import NamedTuple

from ops.archive.model import Fault, Object
from ops.integrity import inflate
from ops.integrity.trouble import Trouble, fault_cause

LOG_LIMIT_BYTES = 4 << 30
"""Uncompressed; hashed piece by piece, so it costs time and no memory."""


class Hashed(NamedTuple):
    """What one log file shows by itself; a tuple, for every one travels between processes."""

    hash: bytes
    """SHA-256 of its uncompressed content; of its raw bytes if it is not gzip."""
    trouble: Trouble | None = None


def hash_log(key: str, found: Object | Fault) -> Hashed:  # noqa: ARG001 (jobs get the key)
    """Hash a log file's content, or say why it has none."""
    if isinstance(found, Fault):
        return Hashed(b"", fault_cause(found, "log"))
    try:
        return Hashed(inflate.hash_gzip(found.body, limit=LOG_LIMIT_BYTES))
    except inflate.DamagedError as error:
        raw = b""
        if error.damage is inflate.Damage.NOT_GZIP:
            raw = hashlib.sha256(found.body).digest()
        return Hashed(raw, ("log-damaged", str(error)))


def verdict(expected: bytes, hashed: Hashed) -> Trouble | None:
    """Compare with the hash a digest signed; None if the log is VALID."""
    if hashed.trouble is None:
        return None if hashed.hash == expected else ("log-hash", "")
    if hashed.hash == expected:
        return "log-damaged", "not gzip; its content is genuine, stored uncompressed"
    return hashed.trouble
