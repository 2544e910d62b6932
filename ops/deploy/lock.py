"""One `ops deploy` at a time per landing zone, on this machine.

Terraform locks each stack's state; this lock keeps a second run from changing
the order's outcome in between, and from the files both would write. The kernel
lets go of it when the holder ends, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.errors import DeployError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock; raise DeployError, which names the holder, if another process does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "unknown"
            raise DeployError(
                f"Another `ops deploy` of this landing zone is running: process {holder}, "
                f"which holds {path}.",
                hint="wait until it has ended",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
