"""Commands: the `--help` of each."""

from collections.abc import Iterator

import click

from docs.pages.markdown import NOTE
from ops import cli

WIDTH = 80


def page() -> str:
    """Return the reference of the commands: the help text of each."""
    parts = [
        "# Commands",
        NOTE,
        "Type `ops` in the project's environment (`pipenv run ops …`), or `python -m ops …`. "
        "Data goes to stdout, talk and progress to stderr.",
    ]
    for words, text in helps(cli.ops, ["ops"]):
        parts.append(f"## `{' '.join(words)}`\n\n```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def helps(command: click.Command, words: list[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the help text of a command and of all below it."""
    with click.Context(
        command, info_name=" ".join(words), terminal_width=WIDTH, max_content_width=WIDTH
    ) as context:
        yield words, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                if below is not None and not below.hidden:
                    yield from helps(below, [*words, name])
