"""How Python is set while a run lasts: it seldom looks for garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 100_000
"""Objects made before Python looks for garbage in circles: here are many, and no circles."""


@contextmanager
def tuned() -> Iterator[None]:
    """Set it for as long as the block lasts."""
    threshold = gc.get_threshold()
    seldom_collect()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)


def seldom_collect() -> None:
    """Let Python seldom look for garbage: it would spend a twentieth of the time on it."""
    if gc.get_threshold()[0] < _SELDOM:
        gc.set_threshold(_SELDOM)
