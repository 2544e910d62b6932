"""`ops runbooks`: list and explain the runbooks."""

import click

from ops.cli.options import View, output_options


@click.command(short_help="List and explain the runbooks.")
@click.argument("runbook", required=False)
@output_options
def runbooks(*, runbook: str | None, view: View) -> None:
    """List the runbooks, or explain RUNBOOK: what it asks for, answers and runs.

    \b
    Example:
        ops runbooks
        ops runbooks session-chain
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.query import runbook as books
    from ops.render import runbooks as views

    if runbook is not None:
        book = books.found(runbook)
        view.show(views.data(book), lambda: views.explained(book))
        return
    found = [books.found(name) for name in books.names()]
    view.show([views.data(one) for one in found], lambda: views.listed(found))
