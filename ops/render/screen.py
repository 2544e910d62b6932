"""The two consoles: data goes to stdout, talk to stderr."""

from typing import NoReturn

from rich.console import Console


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
