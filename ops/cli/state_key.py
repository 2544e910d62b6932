"""The key that protects checkpoints: in a file, or in the environment."""

import os
from pathlib import Path

from ops.errors import UsageError

VARIABLE = "ATALAYA_STATE_KEY"
_SHORTEST = 16


def read(path: Path | None) -> bytes | None:
    """Return the key in a file, else the environment's; None without one. Raise UsageError."""
    if path is None:
        key = os.environb.get(VARIABLE.encode(), b"").strip()
    else:
        try:
            key = path.read_bytes().strip()
        except OSError as error:
            raise UsageError(
                f"{path}: cannot be read: {error.strerror}",
                hint="make one: head -c 32 /dev/urandom | base64 > FILE",
            ) from error
    if path is not None and not key:
        raise UsageError(
            f"{path} holds no key, and a state without one is not protected.",
            hint="make one: head -c 32 /dev/urandom | base64 > FILE",
        )
    if key and len(key) < _SHORTEST:
        raise UsageError(
            f"The state's key is shorter than {_SHORTEST} bytes.", hint="make a longer one"
        )
    return key or None
