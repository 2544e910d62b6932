"""`ops lab`: the embedded AWS, started, looked at and stopped."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ops import home
from ops.cli import Lazy, LazyGroup
from ops.cli.options import View, config_option, output_options
from ops.errors import LabError
from ops.render.text import clean

if TYPE_CHECKING:
    from rich.table import Table

    from ops.config import LandingZone
    from ops.lab import Lab

Command = TypeVar("Command", bound=Callable[..., Any])

directory_option = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=home.LAB_VARIABLE,
    help="Where the lab keeps its record, keys and log.  [default: .atalaya/NAME/lab]",
)


HISTORY = {
    "deliver": Lazy("ops.cli.lab_history:deliver", "Play CloudTrail: deliver logs and digests."),
    "tamper": Lazy(
        "ops.cli.lab_history:tamper", "Play the intruder: tamper with what was delivered."
    ),
}


@click.group(cls=LazyGroup, lazy=HISTORY, no_args_is_help=True)
def lab() -> None:
    """Run AWS on this machine: an emulator with your organisation.

    It listens on this machine only, forgets everything when it stops, and
    holds exactly the organisation, units and accounts of the config.
    """


@lab.command()
@config_option
@directory_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Its port; 0 is any free one."
)
@output_options
def up(*, config: Path, directory: Path | None, port: int, view: View) -> None:
    """Start the lab, or find it running already.

    \b
    Example:
        ops lab up --config config/lab.yaml
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops import lab as labs

    zone = _zone(config)
    place = _place(zone, directory)
    _show(view, labs.up(zone, place, port=port, say=_say), place)
    if place != home.lab_directory(zone):
        _say(f"Other commands find it with {home.LAB_VARIABLE}={place}")


@lab.command()
@config_option
@directory_option
@output_options
def status(*, config: Path, directory: Path | None, view: View) -> None:
    """Say where the lab runs; exit 3 if it does not.

    \b
    Example:
        ops lab status --format json --jmespath endpoint
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops import lab as labs

    place = _place(_zone(config), directory)
    found = labs.status(place)
    if found is None:
        raise LabError(f"No lab is running in {place}.", hint=f"ops lab up --config {config}")
    _show(view, found, place)


@lab.command()
@config_option
@directory_option
def down(*, config: Path, directory: Path | None) -> None:
    """Stop the lab; its resources and their Terraform state are gone.

    \b
    Example:
        ops lab down
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops import lab as labs

    place = _place(_zone(config), directory)
    stopped = labs.down(place, say=_say)
    _say(f"Stopped the lab at {stopped.endpoint}." if stopped else "No lab was running.")


def _zone(config: Path) -> "LandingZone":
    from ops.config import load

    return load(config)


def _place(zone: "LandingZone", directory: Path | None) -> Path:
    return directory.absolute() if directory else home.lab_directory(zone)


def _say(text: str) -> None:
    click.echo(clean(text), err=True)


def _show(view: View, found: "Lab", place: Path) -> None:
    data = {**asdict(found), "directory": str(place)}
    view.show(data, lambda: _table(data))


def _table(data: dict[str, Any]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for name in ("endpoint", "organization", "zone", "started", "pid", "directory"):
        table.add_row(Text(name, style="bold"), Text(clean(str(data[name])), overflow="fold"))
    return table
