"""`ops deploy check`: what CIS, Security Hub, prowler and checkov would say."""

from pathlib import Path

import click

from ops.cli.options import View, config_option, output_options
from ops.errors import Exit
from ops.render.text import clean


@click.command(short_help="Judge the plan by CIS, Security Hub, scanners.")
@config_option
@click.option("--summary", is_flag=True, help="Only counts, and the controls that want attention.")
@output_options
def check(*, config: Path, summary: bool, view: View) -> Exit:
    """Judge the plan of every stack by CIS, Security Hub, prowler and checkov.

    Works before the first apply and after it; nothing is changed. `accepted` in
    the config turns a failing control into an accepted one, with its reason.
    The machine formats show one row per control; --summary leaves out those
    that pass or do not apply.

    \b
    Exit status: 0 no failure but accepted ones (manual controls do not count),
    1 a control fails, 2 usage, 3 a stack could not be planned.

    \b
    Example:
        ops deploy check --summary
        ops deploy check --jmespath "[?status=='fail'].control"
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.deploy import session
    from ops.deploy.check import judge, planned
    from ops.render import check as views
    from ops.render import screen
    from ops.render.progress import Talk

    with Talk(screen.err()) as talk, session.opened(config, listen=talk.listen) as opened:
        estate = planned(opened.zone, opened.deployment)
    matrix = judge(estate, opened.zone.accepted)
    shown = matrix.open() if summary else matrix
    view.show(
        [row.json() for row in shown.rows],
        lambda: views.summary(matrix) if summary else views.matrix(matrix),
    )
    for note in matrix.notes:
        click.echo(f"ops: {clean(note)}", err=True)
    return Exit.FINDINGS if matrix.fails else Exit.OK
