"""When to try again.

AWS asks for exponential backoff with jitter (S3 User Guide, "Best practices
design patterns").
"""

import random
import time
from collections.abc import Callable
from typing import Literal, TypeVar

from ops.archive.model import Patience, Unreachable

Result = TypeVar("Result")

_THROTTLED = {"429", "503"}
_BROKEN = {"500", "502", "504"}


class Tries:
    """The attempts at one object."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failed = 0
        self._stalls = 0

    def wait(self, fault: Unreachable) -> float | None:
        """Return the seconds until the next attempt; None if that was the last."""
        self._failed += 1
        self._stalls += fault.cause == "stalled"
        patience = self._patience
        if fault.cause == "final":
            return None
        if self._failed >= patience.attempts or self._stalls >= patience.stalls:
            return None
        longest = patience.first_wait * 2.0 ** (self._failed - 1)
        # Jitter keeps clients from coming back together; it needs no secrecy.
        return random.uniform(0.5, 1.0) * min(longest, patience.longest_wait)  # noqa: S311

    def verdict(self, fault: Unreachable) -> Unreachable:
        """Return the fault to report when there is no next attempt."""
        if self._failed == 1:
            return fault
        message = f"{fault} (attempt {self._failed}, the last)"
        return Unreachable(message, hint=fault.hint, cause=fault.cause)


def patiently(patience: Patience, attempt: Callable[[], Result]) -> Result:
    """Return what an attempt returns, trying again while it is worth it; raise a Fault."""
    tries = Tries(patience)
    while True:
        try:
            return attempt()
        except Unreachable as fault:
            wait = tries.wait(fault)
            if wait is None:
                raise tries.verdict(fault) from fault
        time.sleep(wait)


def passing(status: str, code: str) -> Literal["throttled", "broken", "final"]:
    """Return whether a refusal may pass, by its HTTP status and S3's own code."""
    if status in _THROTTLED or code == "SlowDown":
        return "throttled"
    return "broken" if status in _BROKEN or code == "RequestTimeout" else "final"
