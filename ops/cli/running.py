"""`ops run`: ask the history a question of the runbooks."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ops.cli.asking import Options, engine_options, say
from ops.cli.desk import Desk, Told, estimated
from ops.cli.histories import history, window
from ops.cli.options import View, output_options
from ops.errors import Exit, UsageError

if TYPE_CHECKING:
    from ops.query.model import Answer
    from ops.query.runbook import Runbook


@click.command(short_help="Ask the history a question of the runbooks.")
@click.argument("runbook")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE",
              help="A parameter of the runbook. Repeatable.")  # fmt: skip
@click.option("--table", metavar="NAME",
              help="The table of Athena's to ask.  [default: events, else cloudtrail]")  # fmt: skip
@engine_options
@output_options
def run(
    *, runbook: str, given: tuple[str, ...], table: str | None, asked: Options, view: View
) -> Exit:
    """Run a runbook: its name, or the path of a file of yours that ends in .sql.

    What a runbook asks for and answers is explained by ops runbooks RUNBOOK. What
    is missing is asked for, if there is a terminal. What to ask next, filled in
    from the answer, is said on stderr, as is what the answer covers. Athena needs
    --since, and says what it read and what that cost; --dry-run says it beforehand.

    \b
    Exit status: 0 answered, whatever the rows, 2 usage, 3 the history is empty
    or the question failed.

    \b
    Example:
        ops run key-activity --store history -p key=AKIAIOSFODNN7EXAMPLE
        ops run trail-tampering --store history --since 7d --format json
        ops run trail-tampering --engine athena --config acme.yaml --since 90d --dry-run
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.query import parameters
    from ops.query import runbook as runbooks
    from ops.query.cells import plain

    now = datetime.now(UTC).replace(microsecond=0)
    book = runbooks.found(runbook)
    texts = _asked_for(book, _pairs(given))
    values = parameters.values(book.params, texts, now)
    place = history(asked, now, table=table)
    times = window(asked, now, place, default_since=book.since)
    statement, looked_at = place.rendered(book, values, times), book.looked_at(times, values)
    if asked.dry_run:
        estimated(place, view, statement, looked_at)
        return Exit.OK
    known = {**texts, "since": plain(times.begin), "until": plain(times.end)}
    with Desk(asked, view, place, looked_at) as desk:
        answer = desk.answer(statement, Told(statement.text, known, book.name), form=book.view)
    if looked_at != times:
        further = "" if asked.since else "; --since looks further back"
        say(f"Rows from {plain(times.begin)} on: the days before are to compare with{further}.")
    _say_next(book, answer, asked)
    return Exit.OK


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            raise UsageError(f"-p {one!r} has no value.", hint="say -p NAME=VALUE")
        if name in pairs:
            raise UsageError(f"-p {name} is given twice.")
        pairs[name] = value
    return pairs


def _asked_for(book: "Runbook", given: dict[str, str]) -> dict[str, str]:
    """Return the values given, and those asked for at the terminal."""
    from ops.query import parameters

    if not sys.stdin.isatty():
        return given
    asked = {
        one.name: str(click.prompt(f"{one.name} ({one.meaning or one.type})", err=True))
        for one in parameters.missing(book.params, given)
    }
    return {**given, **asked}


def _say_next(book: "Runbook", answer: "Answer", asked: Options) -> None:
    from ops.query import steps

    lines = list(steps.after(book, answer, asked.again()))
    if lines:
        say("Next:")
    for line in lines:
        say(f"  {line}")
