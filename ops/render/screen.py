"""The two consoles: data goes to stdout, talk to stderr."""

import io
from typing import NoReturn

from rich.console import Console, RenderableType

_WIDE = 5_000
"""Cells of a line where no terminal limits it."""


class PlainConsole(Console):
    """A console that leaves a broken pipe to the command line's edge.

    Rich would end the program with exit code 1, which here means findings.
    """

    def on_broken_pipe(self) -> NoReturn:
        """Say that nobody reads on."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for data."""
    return PlainConsole(highlight=False)


def err() -> Console:
    """Return the console for talk and progress."""
    return PlainConsole(stderr=True, highlight=False)


def plain(renderable: RenderableType) -> str:
    """Return something as plain text, as wide as it is: nobody wraps lines for a file or a pipe."""
    console = PlainConsole(file=io.StringIO(), width=_WIDE, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
