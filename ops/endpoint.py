"""Which AWS a landing zone talks to: the real one, a URL, or the lab.

The lab leaves a record of itself, `lab.json`, in its directory. This module
reads and writes that record and asks the lab whether it is still the one
recorded. It stands below everything that talks to AWS, so it imports nothing
heavy: neither the emulator nor the AWS SDK.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ops import home
from ops.errors import LabError

if TYPE_CHECKING:
    from ops.config import LandingZone

RECORD = "lab.json"
HEALTH = "/atalaya-lab/health"
"""The lab's own route; everything else it serves is AWS, but for `Lab.emptying`."""
UP_HINT = "ops lab up --config F"
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to send AWS calls; without keys, the usual credentials apply."""

    url: str
    access_key_id: str | None = None
    secret_access_key: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Whose credentials to use and where to send calls; what is None is found as AWS tools do."""

    profile: str | None = None
    role_arn: str | None = None
    """A role to assume with the credentials found; renewed for as long as needed."""
    region: str | None = None
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab as its record describes it: one server process and its organisation."""

    endpoint: str
    """Its URL, on loopback."""
    pid: int
    instance: str
    """A random id: a pid may be reused by another process, this cannot."""
    zone: str
    organization: str
    fingerprint: str
    """Hash of everything in the config the lab was built from."""
    started: str
    """When it began, UTC, ISO 8601."""
    access_key_id: str
    """Long-term keys of the management account."""
    secret_access_key: str

    def emptying(self, bucket: str) -> str:
        """Return the lab's own route that empties a bucket; only who reads the record knows it."""
        return f"/atalaya-lab/{self.instance}/empty/{bucket}"


class Life(Enum):
    """What has become of a recorded lab."""

    ALIVE = "alive"
    GONE = "gone"
    SILENT = "silent"
    """Its process runs but does not answer in time."""


def resolve(zone: "LandingZone") -> Endpoint | None:
    """Return the endpoint a landing zone's config names; None is AWS itself.

    `endpoint: lab` means the running lab of this landing zone; raises LabError
    if there is none.
    """
    if zone.deploy.endpoint is None:
        return None
    if zone.deploy.endpoint != "lab":
        return Endpoint(zone.deploy.endpoint)
    lab = running(home.lab_directory(zone))
    if lab.organization != zone.organization.id:
        raise LabError(
            f"The lab at {lab.endpoint} holds organisation {lab.organization}, "
            f"not {zone.organization.id}.",
            hint=f"ops lab down, then {UP_HINT}",
        )
    return Endpoint(lab.endpoint, lab.access_key_id, lab.secret_access_key)


def running(place: Path) -> Lab:
    """Return the lab of a directory; raise LabError unless it answers."""
    lab = read(place)
    if lab is None:
        raise LabError(f"No lab is running: {place / RECORD} does not exist.", hint=UP_HINT)
    match life(lab):
        case Life.ALIVE:
            return lab
        case Life.GONE:
            raise LabError(
                f"The lab recorded in {place / RECORD} is gone: nothing of it answers at "
                f"{lab.endpoint}.",
                hint=UP_HINT,
            )
        case Life.SILENT:
            raise silent(lab)


def silent(lab: Lab) -> LabError:
    """Return the error for a lab whose process runs but does not answer."""
    return LabError(
        f"The lab at {lab.endpoint} (process {lab.pid}) does not answer within "
        f"{_PATIENCE_SECONDS:.0f} s.",
        hint=f"Wait and try again, or end process {lab.pid}, then {UP_HINT}",
    )


def read(place: Path) -> Lab | None:
    """Return what a directory's record says, dead or alive; None without a record."""
    path = place / RECORD
    try:
        found = json.loads(path.read_bytes())
        return Lab(**{field.name: found[field.name] for field in fields(Lab)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"The lab's record {path} cannot be read: {error!r}.",
            hint=f"Delete the file, then {UP_HINT}",
        ) from error


def write(place: Path, lab: Lab) -> None:
    """Write a lab's record; it appears whole or not at all, for its owner only."""
    draft = place / f"{RECORD}.{os.getpid()}"
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w") as file:
        json.dump(asdict(lab), file, indent=2)
        file.write("\n")
    draft.replace(place / RECORD)


def life(lab: Lab) -> Life:
    """Ask whether a recorded lab still is what answers at its endpoint."""
    from http.client import HTTPException  # the archive's processes import this file too

    if not _exists(lab.pid):
        return Life.GONE
    try:
        answer = _answer(lab.endpoint, "GET", HEALTH).get("instance")
    except TimeoutError:
        return Life.SILENT
    except (OSError, ValueError, HTTPException):
        return Life.GONE  # nothing, or something that is no lab, listens there
    return Life.ALIVE if answer == lab.instance else Life.GONE


def empty(lab: Lab, bucket: str) -> int:
    """Make the lab forget every version of every object in a bucket, locked or not.

    Returns how many there were. AWS has no such call: it is for beginning anew.
    """
    from http.client import HTTPException

    try:
        return int(str(_answer(lab.endpoint, "POST", lab.emptying(bucket))["versions"]))
    except (OSError, KeyError, ValueError, HTTPException) as error:
        raise LabError(
            f"The lab at {lab.endpoint} did not empty bucket {bucket}: {error!r}.",
            hint="ops lab status; a lab started by an older version wants ops lab down and up",
        ) from error


def _answer(url: str, method: str, path: str) -> dict[str, object]:
    from http.client import HTTPConnection

    where = urlsplit(url)
    # Not urllib: it would send even loopback through a proxy named in the environment.
    connection = HTTPConnection(where.hostname or "", where.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request(method, path)
        body = json.loads(connection.getresponse().read(65536))
    finally:
        connection.close()
    return body if isinstance(body, dict) else {}


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
