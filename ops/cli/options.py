"""Options that several commands share: the config file, and how output looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.render.machine import Json

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_CONFIG = "config/lab.yaml"

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    envvar="ATALAYA_CONFIG",
    help="The landing-zone file.",
)
"""`--config F`: the landing-zone file, as a Path."""

store_option = click.option(
    "--store", required=True, metavar="S",
    help="The store of events: a directory or s3://BUCKET[/PREFIX].",
)  # fmt: skip
"""`--store S`: where the history's events lie, as text."""

level_option = click.option(
    "--level", type=click.Choice(("informational", "low", "medium", "high", "critical")),
    help="Only rules of this level or above.",
)  # fmt: skip
"""`--level L`: the least level of a rule, as text or None."""


def print_whole(renderable: "RenderableType") -> None:
    """Write something to stdout that is as wide as it is where no terminal limits it."""
    from ops.render import screen

    out = screen.out()
    if out.is_terminal:
        out.print(renderable)
    else:
        click.echo(screen.plain(renderable), nl=False)


@dataclass(frozen=True, slots=True)
class View:
    """How a command's data is to be shown."""

    format: str
    """table, json, jsonl or csv; a few commands have more."""
    expression: str | None = None
    """A JMESPath expression over what json would show."""

    def show(
        self, data: "Json", table: "Callable[[], RenderableType]", *,
        whole: bool = False, columns: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Write data to stdout, as a table for people or in a machine's format.

        A `whole` table is as wide as it is where no terminal limits it. `columns` are those
        of csv that stand there even if there is no row.
        """
        if self.format != "table":
            from ops.render import machine

            text = machine.text(data, self.format, self.expression, columns=columns)
            click.echo(text, nl=False)
        elif whole:
            print_whole(table())
        else:
            from ops.render import screen

            screen.out().print(table())


FORMATS = ("table", "json", "jsonl", "csv")


def output_options(command: Command, formats: Sequence[str] = FORMATS) -> Command:
    """Give a command `--format` and `--jmespath`, handed over as one `view`."""

    @click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default="table",
        show_default=True,
        help="How the data on stdout looks.",
    )
    @click.option(
        "--jmespath",
        "expression",
        metavar="EXPR",
        callback=_checked_expression,
        help="Filter what --format json would print; implies it.",
    )
    @wraps(command)
    def with_view(*args: Any, format_: str, expression: str | None, **options: Any) -> Any:
        view = View("json" if expression else format_, expression)
        return command(*args, view=view, **options)

    return with_view  # type: ignore[return-value]  # click keeps the type of what it decorates


def _checked_expression(
    _ctx: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """Refuse a wrong expression before the command has done any work."""
    if value is not None:
        from ops.render import machine

        machine.compiled(value)
    return value
