"""A judge's virtual environment in the repository's root, made when it is first needed."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from ops.errors import SetupError
from tests.conftest import ROOT

_REQUIREMENTS = Path(__file__).with_name("requirements")
_PYTHONS = range(10, 14)
"""The minor versions of Python 3 that both judges run on (prowler: 3.10 to 3.13)."""


def program(judge: str) -> Path:
    """Return a judge's command; its environment is made first if need be."""
    requirements = _REQUIREMENTS / f"{judge}.txt"
    directory = ROOT / f".venv-{judge}"
    marker = directory / "requirements.sha256"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
        _make(judge, directory, requirements)
        marker.write_text(wanted, encoding="utf-8")
    return directory / "bin" / judge


def _make(judge: str, directory: Path, requirements: Path) -> None:
    _say(f"installing {judge} into {directory.name}, once (prowler takes over 2 GB)")
    _run([_python(), "-m", "venv", "--clear", str(directory)], judge)
    pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", "--no-deps", "-r", str(requirements)], judge)
    _run([*pip, "check"], judge)


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


def _run(command: list[str], judge: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise SetupError(
            f"{judge} could not be installed: {said}",
            hint="check the network and pip's index, then run `make conformance` again",
        )


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
