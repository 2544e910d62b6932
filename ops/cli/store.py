"""`ops store`: look at the history's store, and prune it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ops.cli.asking import history_option
from ops.cli.options import View, output_options, store_option

if TYPE_CHECKING:
    from ops.history.shelf import Shelf


@click.group(short_help="Look at a store of collected events, and prune it.")
def store() -> None:
    """Look at a store that `ops collect` made, and prune it."""


@store.command(short_help="Say what a store holds.")
@history_option
@output_options
def info(*, store: str, view: View) -> None:
    """Say what a store holds: days, events, accounts, regions, conflicts, the last run.

    \b
    Example:
        ops store info --store history
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.history.info import info as count
    from ops.history.store import existing
    from ops.render import history as views

    shelf = existing(store)
    _bring(shelf, store)
    found = count(shelf)
    view.show(found.as_json(), lambda: views.info(found))


def _bring(shelf: "Shelf", store: str) -> None:
    """Bring what is counted of a store in a bucket to this machine, several files at once."""
    if not store.startswith("s3://"):
        return
    from ops.history.fetching import fetched
    from ops.history.shelf import CONFLICTS, EVENTS, MANIFEST, QUARANTINE
    from ops.render.waiting import Watch

    starts = (EVENTS, MANIFEST, QUARANTINE, CONFLICTS)
    with Watch() as watch:
        fetched(shelf, [one for start in starts for one in shelf.files(start)], watch.fetching)


@store.command(short_help="Remove the events of days long past.")
@store_option
@click.option("--before", required=True, metavar="TIME", help="Remove whole days before this day.")
@output_options
def prune(*, store: str, view: View, before: str) -> None:
    """Remove the events of the days before a day, for good.

    What was collected once is not collected again, so they stay away. TIME is a date, or
    how long ago: 400d. Events without a readable time stay.

    \b
    Example:
        ops store prune --store history --before 400d
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops import timerange
    from ops.history.prune import prune as remove
    from ops.history.store import existing
    from ops.render import history as views

    day = timerange.moment(before, datetime.now(UTC)).date()
    found = remove(existing(store), day)
    view.show(found.as_json(), lambda: views.pruned(found))
