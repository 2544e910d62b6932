"""A file that appears whole or not at all, whatever happens while it is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of `path` when the block ends well; raise OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def write(path: Path, content: bytes) -> None:
    """Write a file; raise OSError."""
    with written(path) as file:
        file.write(content)
