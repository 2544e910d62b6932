"""Another project's command, in a virtual environment of its own in the repository's root.

As a program it makes aws-cli's ahead of need: `python -m benchmarks.venv`.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks import ROOT
from ops.errors import SetupError

AWS_CLI = Path(__file__).with_name("requirements") / "awscli.txt"


def program(
    command: str,
    requirements: Path,
    *,
    again: str,
    python: str = sys.executable,
    size: str = "",
) -> Path:
    """Return a command's path; its environment is made first if need be.

    The environment is named after the requirements file and made again when that
    changes. `again` is what to run after a failure, `size` what is said of the
    download. Raises SetupError.
    """
    name = requirements.stem
    directory = ROOT / f".venv-{name}"
    marker = directory / "requirements.sha256"
    with requirements.open("rb") as file:
        # Several tests may need it at once: the first one makes it, the others wait.
        fcntl.flock(file, fcntl.LOCK_EX)
        wanted = hashlib.sha256(file.read()).hexdigest()
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            sys.stderr.write(f"installing {name} into {directory.name}, once{size}\n")
            _make(name, directory, requirements, python, again)
            marker.write_text(wanted, encoding="utf-8")
    return directory / "bin" / command


def _make(name: str, directory: Path, requirements: Path, python: str, again: str) -> None:
    pip = [str(directory / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    for command in (
        [python, "-m", "venv", "--clear", str(directory)],
        [*pip, "install", "--quiet", "--no-deps", "-r", str(requirements)],
        [*pip, "check"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
            raise SetupError(
                f"{name} could not be installed: {said}",
                hint=f"check the network and pip's index, then run `{again}` again",
            )


if __name__ == "__main__":
    program("aws", AWS_CLI, again="make test")
