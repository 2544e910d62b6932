"""One run of `ops deploy`: everything put together, locked, and interruptible."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops import config, deployed_rules, endpoint, home
from ops.aws import Aws
from ops.config import LandingZone
from ops.deploy import lock, program, provider, stacks, synth
from ops.deploy.environment import terraform_environment
from ops.deploy.interrupt import Interrupt
from ops.deploy.messages import Event, Kind, Listen
from ops.deploy.organization import OrganizationSetup
from ops.deploy.runner import Deployment
from ops.deploy.terraform import Setting, Terraform


@dataclass(frozen=True, slots=True)
class Session:
    """A landing zone and its deployment, ready to be worked on."""

    zone: LandingZone
    deployment: Deployment


@contextmanager
def opened(
    file: Path, *, listen: Listen, environment: Mapping[str, str] | None = None
) -> Iterator[Session]:
    """Read the config, find Terraform, take the lock, synthesize, and hand out the session.

    What is wrong with this machine or the config is found before anything is
    written or AWS is called. Raises ConfigError, SetupError, LabError, or
    DeployError if another run holds the lock.
    """
    base = os.environ if environment is None else environment
    zone = config.load(file)
    deployed_rules.of(zone, str(file))  # raises what main.py would, before anything is done
    where = endpoint.resolve(zone)
    found = terraform_environment(base, where)
    tool = program.find(found)
    source = provider.mirror(tool, zone.deploy.provider_version, found)
    directory = home.zone_directory(zone)
    with lock.held(directory / "deploy.lock"):
        output = directory / "cdktf.out"
        listen(Event("all stacks", Kind.STEP, "synth"))
        synth.synthesize(file, output)
        known = stacks.read(output)
        _tell_of_orphans(known, home.state_directory(zone), listen)
        with Interrupt() as interrupt:
            setting = Setting(
                program=tool,
                mirror=source,
                environment=found,
                directory=directory,
                state_directory=home.state_directory(zone),
                provider_version=zone.deploy.provider_version,
                interrupt=interrupt,
                listen=listen,
            )
            aws = Aws(zone, where)
            yield Session(
                zone,
                Deployment(
                    known,
                    terraform=lambda stack: Terraform(stack, setting),
                    accounts=aws,
                    preparation=OrganizationSetup(zone, aws, time.sleep),
                    interrupt=interrupt,
                    listen=listen,
                ),
            )


def _tell_of_orphans(known: tuple[stacks.Stack, ...], directory: Path, listen: Listen) -> None:
    """Tell of local state whose stack the config no longer has: its resources still exist."""
    expected = {stack.state for stack in known}
    for file in sorted(directory.glob("*.tfstate")):
        if file.resolve() not in expected and file.stat().st_size:
            words = f"is no stack of this config any more, but {file} still holds its state"
            listen(Event(file.stem, Kind.NOTICE, words))
