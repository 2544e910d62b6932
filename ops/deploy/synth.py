"""Run the CDK app, main.py, as a process of its own: the runner never imports it."""

import os
import subprocess
import sys
from pathlib import Path

from ops.errors import DeployError

APP = Path(__file__).resolve().parents[2] / "main.py"
"""The CDK app; it runs in its own directory."""


def synthesize(config: Path, directory: Path) -> None:
    """Synthesize the stacks of a landing-zone file into a directory.

    Raises DeployError with what the app said.
    """
    environment = os.environ | {
        "ATALAYA_CONFIG": str(config.absolute()),
        "CDKTF_OUTDIR": str(directory),
    }
    done = subprocess.run(
        [sys.executable, str(APP)],
        cwd=APP.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        log = directory / "synth.log"
        directory.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        raise DeployError(
            f"main.py could not synthesize the stacks of {config}: {_gist(done.stderr)}",
            hint=f"the whole output is in {log}",
        )


def _gist(said: str) -> str:
    """Return what a person needs of it: all, or the last line of a traceback."""
    text = said.strip() or "it said nothing"
    return text.splitlines()[-1] if "Traceback" in text else text
