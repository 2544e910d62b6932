"""One process at a time, on this machine: a file that the kernel locks for its holder.

The kernel lets go of it when the holder ends, however it ends; the file stays and
names who holds it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.errors import OpsError


@contextmanager
def held(path: Path, busy: Callable[[str], OpsError]) -> Iterator[None]:
    """Hold the lock; if another process does, raise what `busy` makes of its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy(file.read().strip() or "unknown") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
