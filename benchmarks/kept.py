"""What takes long to make is made once, and kept under a name that says what decided its bytes."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import ROOT
from ops import home


def place() -> Path:
    """Return the directory that things are kept in between runs."""
    path = home.home() / "bench"
    path.mkdir(parents=True, exist_ok=True)
    return path


def made(path: Path, make: Callable[[Path], object], *, doing: str) -> Path:
    """Return a directory NAME-VERSION that `make` fills, now if it is not there yet.

    Other versions of it are removed. What is broken off leaves nothing behind.
    """
    if not path.exists():
        name = path.name.rpartition("-")[0]
        sys.stderr.write(f"{doing}, once\n")
        for older in path.parent.glob(f"{name}-*"):
            shutil.rmtree(older)
        draft = path.with_name(f".{name}.{os.getpid()}")
        try:
            make(draft)
            draft.rename(path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return path


def version(*sources: str, of: str = "") -> str:
    """Return what changes with `of` and with source files, or folders of them, below the root."""
    seen = hashlib.sha256(of.encode())
    for name in sources:
        source = ROOT / name
        for file in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            seen.update(file.read_bytes())
    return seen.hexdigest()[:12]
