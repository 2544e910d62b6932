"""Other people's programs, each in a virtual environment of its own in the repository's root.

An environment is made from pinned requirements when it is first needed, and again
when they change. As a program it makes one ahead of need:

    python -m benchmarks.venv awscli
"""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.errors import SetupError

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = Path(__file__).with_name("requirements")
AWS_CLI = REQUIREMENTS / "awscli.txt"


def program(
    requirements: Path,
    command: str,
    *,
    python: Callable[[], str] = lambda: sys.executable,
    note: str = "",
) -> Path:
    """Return a command of the environment that is named after its requirements' file.

    `python` says which interpreter makes it; `note` is said before it is made.
    Raise SetupError if it cannot be installed.
    """
    directory = ROOT / f".venv-{requirements.stem}"
    with requirements.open("rb") as file:
        # Several tests may need it at once; the first makes it, the others wait.
        fcntl.flock(file, fcntl.LOCK_EX)
        wanted = hashlib.sha256(file.read()).hexdigest()
        marker = directory / "requirements.sha256"
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            sys.stderr.write(f"installing {requirements.stem} into {directory.name}, once{note}\n")
            _make(directory, requirements, python())
            marker.write_text(wanted, encoding="utf-8")
    return directory / "bin" / command


def _make(directory: Path, requirements: Path, python: str) -> None:
    name = requirements.stem
    _run([python, "-m", "venv", "--clear", str(directory)], name)
    pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--quiet", "--no-deps", "-r", str(requirements)], name)
    _run([*pip, "check"], name)


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise SetupError(
            f"{name} could not be installed: {said}",
            hint="check the network and pip's index, then try again",
        )


if __name__ == "__main__":
    for one in sys.argv[1:]:
        program(REQUIREMENTS / f"{one}.txt", one)
