"""Where the AWS provider comes from: a mirror on this machine, else the registry.

A mirror is a directory that holds, under the registry's host name, either the
unpacked provider (HOST/hashicorp/aws/VERSION/PLATFORM/) or its archive
(HOST/hashicorp/aws/terraform-provider-aws_VERSION_PLATFORM.zip).

Source: Terraform CLI configuration, "Implied local mirror directories" and
"Filesystem mirror".
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ops.deploy.program import Program
from ops.errors import SetupError

VARIABLE = "TF_PLUGIN_MIRROR"
"""The environment variable that names a mirror."""
SHARED = Path("/opt")
"""Mirrors are looked for in the directories in here, too."""
_SYSTEM = (Path("/usr/local/share/terraform/plugins"), Path("/usr/share/terraform/plugins"))
HINT = (
    f"set {VARIABLE} to a provider mirror (`terraform providers mirror DIR` makes one on a "
    "machine with internet access), or give this machine access to the registry"
)


def mirror(
    program: Program, version: str, environment: Mapping[str, str], shared: Path = SHARED
) -> Path | None:
    """Return the mirror that holds a version of the AWS provider; None for the registry.

    Raises SetupError if the environment names a mirror without it.
    """
    if chosen := environment.get(VARIABLE):
        directory = Path(chosen).expanduser().absolute()
        if not _holds(directory, program, version):
            raise SetupError(
                f"{VARIABLE} is {directory}, which holds no {program.registry}/hashicorp/aws "
                f"{version} for {program.platform}.",
                hint=f"name another directory, or unset {VARIABLE}",
            )
        return directory
    usual = _usual(environment, shared)
    return next((place for place in usual if _holds(place, program, version)), None)


def _usual(environment: Mapping[str, str], shared: Path) -> Iterator[Path]:
    if home := environment.get("HOME"):
        yield Path(home) / ".terraform.d" / "plugins"
        data = environment.get("XDG_DATA_HOME") or f"{home}/.local/share"
        yield Path(data) / "terraform" / "plugins"
    yield from _SYSTEM
    if shared.is_dir():
        yield from sorted(place for place in shared.iterdir() if place.is_dir())


def _holds(directory: Path, program: Program, version: str) -> bool:
    provider = directory / program.registry / "hashicorp" / "aws"
    archive = f"terraform-provider-aws_{version}_{program.platform}.zip"
    return (provider / version / program.platform).is_dir() or (provider / archive).is_file()
