"""The lab: AWS on this machine, with exactly the organisation of a config.

Starting and stopping is here; the emulator itself runs in a process of its own
(`ops.lab.server`) and is never imported by whoever uses the lab.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select

from ops import endpoint, home
from ops.config import LandingZone
from ops.endpoint import Lab, Life
from ops.errors import LabError
from ops.lab import blueprint, event_history

__all__ = ["Lab", "default_directory", "down", "status", "up"]

LOG = "lab.log"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
Say = Callable[[str], None]


def default_directory(zone: LandingZone) -> Path:
    """Return where a landing zone's lab keeps its record, keys, log and Terraform state."""
    return home.lab_directory(zone)


def up(zone: LandingZone, directory: Path, *, port: int = 0, say: Say = lambda _: None) -> Lab:
    """Start the lab of a landing zone and return it once it answers.

    Does nothing if it runs already. A dead lab's record and Terraform state
    are discarded, and `say` is told. Port 0 is any free one. Raises LabError
    if a lab of another organisation runs in the directory or the port is taken.
    """
    plan = blueprint.of(zone)
    with _locked(directory):
        lab = endpoint.read(directory)
        if lab is not None:
            match endpoint.life(lab):
                case Life.ALIVE:
                    return _same(lab, plan, port)
                case Life.SILENT:
                    raise endpoint.silent(lab)
                case Life.GONE:
                    say(f"The lab of {lab.started} is gone; starting a new one.")
        _discard(directory, say)
        _start(directory, plan, port)
        return endpoint.running(directory)


def status(directory: Path) -> Lab | None:
    """Return the lab running in a directory, or None; raise LabError if it hangs."""
    lab = endpoint.read(directory)
    if lab is None:
        return None
    match endpoint.life(lab):
        case Life.ALIVE:
            return lab
        case Life.GONE:
            return None
        case Life.SILENT:
            raise endpoint.silent(lab)


def down(directory: Path, *, say: Say = lambda _: None) -> Lab | None:
    """Stop the lab in a directory; return the one that was stopped, None if none ran.

    Its record, events and Terraform state are removed: what they describe is gone too.
    The signing keys stay, so that copies of delivered files can still be checked.
    """
    if not directory.exists():
        return None
    with _locked(directory):
        lab = status(directory)
        if lab is not None:
            _stop(lab)
        _discard(directory, say)
        return lab


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one process at a time start or stop the lab of a directory."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _same(lab: Lab, plan: blueprint.Blueprint, port: int) -> Lab:
    """Return the running lab if it is the one asked for; raise LabError if not."""
    if lab.fingerprint != plan.fingerprint:
        raise LabError(
            f"A lab runs at {lab.endpoint} with organisation {lab.organization} of "
            f"{lab.zone!r}, not with that of this config.",
            hint="ops lab down --config F (its resources go with it), then ops lab up --config F",
        )
    if port and not lab.endpoint.endswith(f":{port}"):
        raise LabError(
            f"The lab runs already, at {lab.endpoint}, not on port {port}.",
            hint="leave out --port, or ops lab down first",
        )
    return lab


def _discard(directory: Path, say: Say) -> None:
    """Remove a dead lab's record, its events and the Terraform state of its resources."""
    (directory / endpoint.RECORD).unlink(missing_ok=True)
    shutil.rmtree(directory / event_history.DIRECTORY, ignore_errors=True)
    state = directory / home.STATE
    if state.exists():
        shutil.rmtree(state)
        say(f"Discarded {state}: the resources in it went with the lab.")


def _start(directory: Path, plan: blueprint.Blueprint, port: int) -> None:
    heard, told = os.pipe()
    with os.fdopen(heard, "rb") as channel, (directory / LOG).open("wb") as log:
        try:
            subprocess.run(
                [sys.executable, "-m", "ops.lab.server", str(directory), str(port), str(told)],
                input=plan.to_json().encode(),
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd=directory,
                pass_fds=[told],
                start_new_session=True,
                check=False,
            )
        finally:
            os.close(told)
        ready, _, _ = select([channel], [], [], START_SECONDS)
        answer = channel.readline() if ready else b""
    if not answer:
        # A server that is late finds nobody listening and ends by itself.
        why = "its process ended" if ready else f"it was not ready within {START_SECONDS:.0f} s"
        raise LabError(f"The lab did not start: {why}.", hint=f"See {directory / LOG}")
    if error := json.loads(answer).get("error"):
        raise LabError(error, hint="Choose another with --port, or leave --port out for a free one")


def _environment() -> dict[str, str]:
    """Return a server's environment: nothing that points the emulator's SDK elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MOTO_", "BOTO")) and not name.lower().endswith("_proxy")
    }
    source = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [source, kept.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "TZ": "UTC"}


def _stop(lab: Lab) -> None:
    os.kill(lab.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while endpoint.life(lab) is not Life.GONE:
        if time.monotonic() > deadline:
            os.kill(lab.pid, signal.SIGKILL)
            return
        time.sleep(0.05)
