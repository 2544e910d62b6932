"""What a file system or a bucket refuses, said of the store it was done for."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ops.errors import ArchiveError, StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def by_disk(place: str) -> Iterator[None]:
    """Turn what the file system refuses about a place into a StoreError."""
    try:
        yield
    except BrokenPipeError:
        raise  # it is about our own output
    except OSError as error:
        full = error.errno in _FULL
        # Arrow's errors are wordy, but carry the number.
        why = os.strerror(error.errno) if error.errno else str(error)
        raise StoreError(
            f"The store {place} cannot be written: {why}.",
            hint="make room and run again: what was published is kept, the rest is read again"
            if full
            else "check its permissions, or name another one with --store",
        ) from error


@contextmanager
def by_bucket(place: str) -> Iterator[None]:
    """Turn what a bucket refuses into a StoreError."""
    try:
        yield
    except ArchiveError as error:
        raise StoreError(f"The store {place} cannot be used: {error}", hint=error.hint) from error
