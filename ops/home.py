"""Where Atalaya keeps what it makes on this machine: state, logs, the lab.

One directory per landing zone, never inside the synthesized output, so that
cleaning that output cannot lose Terraform state.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.config import LandingZone


VARIABLE = "ATALAYA_HOME"
"""The environment variable that moves the home elsewhere."""
LAB_VARIABLE = "ATALAYA_LAB_DIR"
"""The environment variable that names another directory for the lab."""
STATE = "state"
"""The name of a directory of Terraform state."""


def home() -> Path:
    """Return the home: $ATALAYA_HOME, or `.atalaya` in the repository."""
    return _chosen(VARIABLE) or _repository() / ".atalaya"


def zone_directory(zone: "LandingZone") -> Path:
    """Return the directory of one landing zone; it need not exist yet."""
    return home() / zone.name


def lab_directory(zone: "LandingZone") -> Path:
    """Return where a landing zone's lab keeps its record, keys, log and state."""
    return _chosen(LAB_VARIABLE) or zone_directory(zone) / "lab"


def state_directory(zone: "LandingZone") -> Path:
    """Return where a landing zone's local Terraform state lies.

    The lab's state lies with the lab and is discarded with it, so that
    discarding a lab can never cost the state of the real AWS.
    """
    is_lab = zone.deploy.endpoint == "lab"
    return (lab_directory(zone) if is_lab else zone_directory(zone)) / STATE


def _chosen(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else None


def _repository() -> Path:
    return Path(__file__).resolve().parents[1]
