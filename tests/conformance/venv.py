"""A judge's virtual environment in the repository's root, made when it is first needed."""

import shutil
import sys
from pathlib import Path

from benchmarks import venv
from ops.errors import SetupError

_REQUIREMENTS = Path(__file__).with_name("requirements")
_PYTHONS = range(10, 14)
"""The minor versions of Python 3 that both judges run on (prowler: 3.10 to 3.13)."""


def program(judge: str) -> Path:
    """Return a judge's command; its environment is made first if need be."""
    return venv.program(
        judge,
        _REQUIREMENTS / f"{judge}.txt",
        again="make conformance",
        python=_python(),
        size=" (prowler takes over 2 GB)",
    )


def _python() -> str:
    if sys.version_info.minor in _PYTHONS:
        return sys.executable
    found = (shutil.which(f"python3.{minor}") for minor in reversed(_PYTHONS))
    for path in filter(None, found):
        return path
    raise SetupError(
        f"prowler runs on Python 3.10 to 3.13; this is {sys.version.split()[0]}, and none of "
        "those is on PATH.",
        hint="install python3.12 beside it and run `make conformance` again",
    )
