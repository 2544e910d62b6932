"""`ops query`: ask the history anything, in SQL."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ops.cli.asking import Options, engine_options, say
from ops.cli.desk import Desk, Told, estimated
from ops.cli.histories import history, window
from ops.cli.options import View, output_options
from ops.errors import Exit, OpsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.query.model import Statement

_PROMPT, _MORE = "ops> ", "...> "


@click.command(short_help="Ask the history anything, in SQL.")
@click.argument("sql", required=False)
@engine_options
@output_options
def query(*, sql: str | None, asked: Options, view: View) -> Exit:
    """Answer one SELECT over the history, in the engine's SQL.

    \b
    A store (--store S) is asked in DuckDB's SQL.
    Views: events, events_latest, cross_account, sessions, conflicts, quarantine,
    integrity, coverage. field('requestParameters.bucketName') looks into a
    record, field_any('resources.ARN') gives every value there as a list,
    mentions('i-0abc') looks for a text anywhere in a record, and
    site_list('scanners') is a list of the landing-zone file.

    Athena (--engine athena) is asked in its own SQL, of the tables of its database.
    --since and --until leave out the days, and the files, of other times. What was
    read and what it cost is said on stderr; --dry-run says it beforehand.

    Nothing but the history is read, and nothing is written. SQL may be - to read it
    from stdin; without SQL there is a prompt. TIME is ISO 8601, a date, or how
    long ago: 7d, 36h. What an answer covers is said on stderr.

    \b
    Exit status: 0 answered, whatever the rows, 2 usage, 3 the history is empty
    or the question failed.

    \b
    Example:
        ops query --store history "SELECT event_name, count(*) FROM events GROUP BY 1"
        ops query --engine athena --config acme.yaml --since 7d "SELECT count(*) FROM cloudtrail"
        ops query --store history --since 2d --view timeline "FROM events WHERE error_code = 'AccessDenied'"
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    _checked_output(asked)
    text = _text(sql)
    now = datetime.now(UTC)
    place = history(asked, now)
    times = window(asked, now, place)
    statement = None if text is None else place.plain(text, times)
    if asked.dry_run:
        if statement is None:
            raise UsageError("--dry-run has no question to look at.", hint="give it: ops query SQL")
        estimated(place, view, statement, times)
        return Exit.OK
    with Desk(asked, view, place, times) as desk:
        if statement is None:
            _converse(desk, lambda line: place.plain(line, times))
        else:
            desk.answer(statement, Told(str(text), {}))
    return Exit.OK


def _checked_output(asked: Options) -> None:
    if asked.output is not None:
        from ops.render import export

        export.check(asked.output)


def _text(sql: str | None) -> str | None:
    """Return the question; None if there is a terminal to ask at."""
    if sql == "-":
        return sys.stdin.read()
    if sql is None and not sys.stdin.isatty():
        raise UsageError(
            "There is no question.", hint='give it: ops query "SELECT …", or - for stdin'
        )
    return sql


def _converse(desk: Desk, statement: "Callable[[str], Statement]") -> None:
    """Answer questions from a prompt until it ends; one that fails does not end it."""
    import readline  # noqa: F401 (gives input() its history and editing)

    views = "" if desk.asked.engine == "athena" else " SHOW TABLES lists the views."
    say(f"One SELECT, ended by a semicolon.{views} Ctrl-D ends.")
    while (text := _read()) is not None:
        try:
            if text.strip(" ;\n"):
                desk.answer(statement(text), Told(text, {}))
        except KeyboardInterrupt:
            say("stopped")
        except OpsError as error:
            say(f"ops: {error}")
            if error.hint:
                say(f"  → {error.hint}")


def _read() -> str | None:
    """Return lines up to one that ends with a semicolon; None at the end of input."""
    lines: list[str] = []
    while not (lines and lines[-1].rstrip().endswith(";")):
        try:
            lines.append(input(_MORE if lines else _PROMPT))
        except EOFError:
            return None
        except KeyboardInterrupt:
            say("")
            lines = []
    return "\n".join(lines)
