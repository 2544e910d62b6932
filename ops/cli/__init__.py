"""The command line: a thin skin over the library, and its one error edge.

Every command lives in a module of its own, imported when the command is called;
`ops --help` imports none of them. This module alone turns an exception into text
and an exit code: 0 ok, 1 findings, 2 usage, 3 incomplete.
"""

import errno
import gc
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ops import __version__
from ops.errors import Exit, OpsError
from ops.render.text import clean

_RARELY = (50_000, 20, 50)
"""When to look for garbage: loading makes objects and no garbage, and looking for it after
every 700 of them takes a tenth of a start."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a disk without room says."""


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command that is imported when it is called."""

    target: str
    """MODULE:NAME of the click command."""
    summary: str
    """Its one line in the list of commands."""

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


class LazyGroup(click.Group):
    """A group that lists its commands without importing them."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names in the order they were given, its own before the lazy ones."""
        return [*self.commands, *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None if there is none of that name."""
        if cmd_name in self.lazy:
            return self.lazy[cmd_name].load()
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; the summaries stand here, nothing is imported."""
        rows = [
            (name, self.lazy[name].summary if name in self.lazy else _summary(self.commands[name]))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _summary(command: click.Command) -> str:
    return command.get_short_help_str(limit=80)


COMMANDS = {
    "lab": Lazy("ops.cli.lab:lab", "Run AWS on this machine: an emulator with your organisation."),
    "deploy": Lazy("ops.cli.deploy:deploy", "Plan, apply, destroy and check the landing zone."),
    "verify": Lazy("ops.cli.verify:verify", "Prove that a log archive is complete and untampered."),
    "collect": Lazy(
        "ops.cli.collect:collect", "Collect an archive's events into a store that answers fast."
    ),
    "store": Lazy("ops.cli.store:store", "Look at a store of collected events, and prune it."),
    "query": Lazy("ops.cli.query:query", "Ask the history anything, in SQL."),
    "run": Lazy("ops.cli.running:run", "Ask the history a question of the runbooks."),
    "runbooks": Lazy("ops.cli.runbooks:runbooks", "List and explain the runbooks."),
    "lookup": Lazy(
        "ops.cli.lookup:lookup", "Ask CloudTrail's event history of 90 days, without an archive."
    ),
    "rules": Lazy(
        "ops.cli.rules:rules", "List, render and test detection rules; try patterns on events."
    ),
    "detect": Lazy("ops.cli.detect:detect", "Run detection rules over the history."),
    "backtest": Lazy(
        "ops.cli.backtest:backtest", "Say what filters and alarms would have done over a history."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, no_args_is_help=True)
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.version_option(__version__, prog_name="ops")
@click.pass_context
def ops(context: click.Context, *, debug: bool) -> None:
    """Deploy AWS CloudTrail across an organisation, and look after what it records.

    \b
    Exit status: 0 all is well, 1 findings, 2 usage, 3 incomplete.
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    context.obj = debug


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors become text here."""
    _quiet_interrupts()
    gc.set_threshold(*_RARELY)
    try:
        code = _invoke(arguments)
        if sys.stdout is not None:  # closed by whoever started us
            sys.stdout.flush()
    except OSError as error:
        # Whoever read our output has gone, or the disk is full; the interpreter must not
        # flush to it either.
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.INCOMPLETE if isinstance(error, BrokenPipeError) else _unwritten(error)
    return code


def _invoke(arguments: Sequence[str]) -> int:
    try:
        # Not ops.main(): click would end a broken pipe with 1, which here means findings.
        with ops.make_context("ops", list(arguments)) as context:
            answer = ops.invoke(context)
    except click.exceptions.Exit as ended:
        answer = ended.exit_code
    except OpsError as error:
        answer = _foreseen(error)
    except click.ClickException as error:
        answer = _usage(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nops: stopped", err=True)
        answer = Exit.INCOMPLETE
    except OSError as error:
        full = error.errno in _FULL
        if isinstance(error, BrokenPipeError) or (full and not error.filename):
            raise
        answer = _unwritten(error) if full else _unforeseen(error, debug="--debug" in arguments)
    except Exception as error:  # noqa: BLE001 (the edge: the last place that can explain)
        answer = _unforeseen(error, debug="--debug" in arguments)
    return int(answer) if isinstance(answer, int) else Exit.OK


def _foreseen(error: OpsError) -> int:
    click.echo(f"ops: {clean(str(error))}", err=True)
    if error.hint:
        click.echo(f"  → {clean(error.hint)}", err=True)
    return error.exit_code


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
    click.echo(f"ops: {clean(error.format_message())}", err=True)
    return Exit.USAGE


def _unwritten(error: OSError) -> int:
    where = clean(str(error.filename or "The output"))
    click.echo(f"ops: {where} cannot be written: {error.strerror}.", err=True)
    click.echo("  → make room where output and temporary files go, and repeat it", err=True)
    return Exit.INCOMPLETE


def _unforeseen(error: Exception, *, debug: bool) -> int:
    text = "".join(traceback.format_exception(error))
    if debug:
        click.echo(clean(text), err=True)
        return Exit.INCOMPLETE
    opened, path = tempfile.mkstemp(prefix="atalaya-error-", suffix=".txt")
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    click.echo(f"ops: a fault in ops itself: {clean(what)}", err=True)
    click.echo(f"  → the traceback is in {path}; please report it", err=True)
    return Exit.INCOMPLETE


def _quiet_interrupts() -> None:
    """Let Ctrl-C raise KeyboardInterrupt even if a shell started us in the background."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
