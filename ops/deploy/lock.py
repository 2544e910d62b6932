"""One `ops deploy` at a time per landing zone, on this machine.

Terraform locks each stack's state; this lock keeps a second run from changing
the order's outcome in between, and from the files both would write.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from ops import lock
from ops.errors import DeployError


def held(path: Path) -> AbstractContextManager[None]:
    """Hold the lock; raise DeployError, which names the holder, if another process does."""

    def busy(holder: str) -> DeployError:
        return DeployError(
            f"Another `ops deploy` of this landing zone is running: process {holder}, "
            f"which holds {path}.",
            hint="wait until it has ended",
        )

    return lock.held(path, busy)
