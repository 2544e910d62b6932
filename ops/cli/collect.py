"""`ops collect`: bring an archive's events into the history's store."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.options import View, output_options, store_option
from ops.cli.source import named
from ops.errors import Exit

if TYPE_CHECKING:
    from ops.archive.model import Archive
    from ops.config import LandingZone
    from ops.history.collect import Request


@click.command(short_help="Collect an archive's events into a store that answers fast.")
@click.argument("source", required=False)
@store_option
@click.option("--since", metavar="TIME", help="Only files that may hold events from then on.")
@click.option("--until", metavar="TIME", help="Only files that may hold events before then.")
@click.option(
    "--account", "accounts", multiple=True, metavar="ID", help="Only this account. Repeatable."
)
@click.option(
    "--region", "regions", multiple=True, metavar="REGION", help="Only this region. Repeatable."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="ATALAYA_CONFIG",
    help="The landing-zone file: how its bucket is reached, and who must own it.",
)
@click.option("--expected-owner", metavar="ACCOUNT", help="The account that must own the bucket.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=64, show_default=True,
              help="Requests under way at once.")  # fmt: skip
@click.option("--allow-empty", is_flag=True, help="A source without any event is right.")
@output_options
def collect(*, source: str | None, store: str, view: View, **asked: Any) -> Exit:
    """Collect the events in SOURCE into a store, once each.

    SOURCE is s3://BUCKET[/PREFIX], a directory that holds a copy of a bucket, a bundle,
    or any directory or file of CloudTrail's events: log files, JSON lines, pages of
    LookupEvents, exports of CloudWatch Logs, results of CloudTrail Lake; without one,
    the archive of --config. Files that are in the store already are not read again, so
    that a second run goes on where one was stopped. TIME is ISO 8601, a date, or how
    long ago: 7d, 36h.

    --since and --until choose files by the day in their keys, a day more before and
    two after; all events of a chosen file are stored. Files whose keys do not follow
    CloudTrail's layout are always read.

    \b
    Exit status: 0 all is stored, 1 something was quarantined, 2 usage,
    3 something could not be read, or there was nothing to read.

    \b
    Example:
        ops collect s3://acme-cloudtrail --store history --since 30d
        ops collect ./logs --store history --format json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.history.collect import collect as run
    from ops.history.store import open_store
    from ops.render import history as views

    request = _request(asked)
    archive = _archive(source, asked)
    with views.Watch() as watch:
        found = run(archive, open_store(store), request, watch=watch.tell)
    view.show(found.as_json(), lambda: views.outcome(found))
    return found.exit_code


def _request(asked: dict[str, Any]) -> "Request":
    from ops import timerange
    from ops.history.collect import Request
    from ops.history.listing import Selection

    now = datetime.now(UTC)
    since, until = (
        timerange.moment(asked[name], now) if asked[name] else None for name in ("since", "until")
    )
    timerange.checked(since, until)
    accounts, regions = frozenset(asked["accounts"]), frozenset(asked["regions"])
    return Request(
        now=now,
        selection=Selection(since, until, accounts, regions),
        allow_empty=asked["allow_empty"],
        concurrency=asked["concurrency"],
        workers=min(os.cpu_count() or 1, 8),
    )


def _archive(source: str | None, asked: dict[str, Any]) -> "Archive":
    from ops.archive.opening import open_events

    zone = _zone(asked["config"]) if asked["config"] else None
    return open_events(named(source, zone), zone=zone, expected_owner=asked["expected_owner"])


def _zone(config: Path) -> "LandingZone":
    from ops.config import load

    return load(config)
