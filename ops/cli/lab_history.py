"""`ops lab deliver` and `ops lab tamper`: CloudTrail's part and an intruder's, played."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops import home
from ops.cli.lab import directory_option
from ops.cli.options import View, config_option, output_options
from ops.render.text import clean

if TYPE_CHECKING:
    from rich.table import Table

    from ops.config import LandingZone
    from ops.lab.delivery import Summary
    from ops.lab.tamper import Target

copy_option = click.option(
    "--to",
    "--in",
    "copy",
    type=click.Path(path_type=Path, file_okay=False),
    help="A directory instead of the lab's bucket: keys as paths.",
)
seed_option = click.option(
    "--seed", type=int, default=1, show_default=True, help="What chance does."
)


def _moment(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """Read a time; one without an offset is UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is no time: write 2026-11-22T18:00:00Z or 2026-11-22"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.command()
@config_option
@directory_option
@seed_option
@click.option("--days", type=float, default=2.0, show_default=True, help="How long it lasts.")
@click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="How much happens: 40 events an account, region and hour times this.",
)
@click.option("--end", metavar="TIME", callback=_moment, help="When it ends.  [default: now]")
@click.option("--attack/--no-attack", default=True, show_default=True, help="Whether a key leaks.")
@click.option("--anew", is_flag=True, help="Forget what the lab's bucket holds already.")
@click.option("--backfill", is_flag=True, help="Let some logs miss their hour's digest.")
@copy_option
@output_options
def deliver(
    *, config: Path, directory: Path | None, copy: Path | None, view: View, anew: bool,
    **wanted: Any,
) -> None:  # fmt: skip
    """Play CloudTrail: deliver a history's logs and signed digests.

    Into the archive bucket that `ops deploy apply` made in the lab, or into a
    new directory. Equal options give equal files; in the lab they differ in
    their signatures, for its keys are its own.

    \b
    Example:
        ops lab deliver --days 2 --seed 7
        ops lab deliver --to /tmp/copy --days 30 --end 2026-11-01
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.lab import delivery, history

    zone, place, say = _loaded(config, directory)
    end = wanted.pop("end") or datetime.now(UTC)
    plan = history.plan(zone, end=end, **wanted)
    if copy is not None:
        summary = delivery.to_directory(plan, copy, place, _progress(say))
    else:
        if anew:
            _forget(zone, place)
        summary = delivery.to_bucket(plan, _client(zone, place), place, _progress(say))
    view.show(summary.as_json(), lambda: _summary_table(summary))


@click.command()
@click.argument("kind", required=False)
@config_option
@directory_option
@seed_option
@click.option(
    "--count", type=click.IntRange(1), default=3, show_default=True, help="How many, where several."
)
@copy_option
@output_options
def tamper(
    *, kind: str | None, config: Path, directory: Path | None, copy: Path | None, view: View,
    seed: int, count: int,
) -> None:  # fmt: skip
    """Play the intruder: tamper with a delivered history, and say what was touched.

    Without KIND, list every kind.

    \b
    Example:
        ops lab tamper
        ops lab tamper delete-digest --seed 7 --format json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    from ops.lab import tamper as tampering

    if kind is None:
        rows = [
            {"kind": one.name, "harmless": one.harmless, "what": one.help}
            for one in tampering.KINDS.values()
        ]
        view.show(rows, lambda: _table(rows, ("kind", "what")))
        return
    zone, place, _ = _loaded(config, directory)
    target = _target(zone, place, copy)
    touched = tampering.tamper(kind, target, seed=seed, count=count, rings=tampering.rings(place))
    rows = [asdict(one) for one in touched]
    data = {"kind": kind, "harmless": tampering.KINDS[kind].harmless, "touched": rows}
    view.show(data, lambda: _table(rows, ("action", "key", "what")))


def _loaded(
    config: Path, directory: Path | None
) -> tuple["LandingZone", Path, Callable[[str], None]]:
    from ops.config import load

    zone = load(config)
    place = directory.absolute() if directory else home.lab_directory(zone)
    return zone, place, lambda text: click.echo(clean(text), err=True)


def _client(zone: "LandingZone", place: Path) -> Any:
    """Return boto3's S3 of the log-archive account in the running lab."""
    from ops.aws import Aws
    from ops.endpoint import Endpoint, running

    lab = running(place)
    found = Endpoint(lab.endpoint, lab.access_key_id, lab.secret_access_key)
    return Aws(zone, found).client(zone.organization.log_archive_account, "s3")


def _forget(zone: "LandingZone", place: Path) -> None:
    from ops import endpoint, names

    endpoint.empty(endpoint.running(place), names.bucket(zone))


def _target(zone: "LandingZone", place: Path, copy: Path | None) -> "Target":
    from ops import names
    from ops.lab.tamper import BucketTarget, DirectoryTarget

    if copy is not None:
        return DirectoryTarget(copy)
    prefix = f"{zone.trail.prefix}/" if zone.trail.prefix else ""
    return BucketTarget(_client(zone, place), names.bucket(zone), prefix)


def _progress(say: Callable[[str], None]) -> Callable[["Summary"], None]:
    """Return who tells, now and then, how far a delivery is."""
    told = [0]

    def hear(summary: "Summary") -> None:
        objects = summary.logs + summary.digests
        if objects - told[0] >= 1000:
            told[0] = objects
            say(f"{objects} files, {summary.events} events …")

    return hear


def _summary_table(summary: "Summary") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    families = ", ".join(f"{count} {name}" for name, count in sorted(summary.families.items()))
    facts = {
        "from": summary.since,
        "to": summary.until,
        "accounts": f"{summary.accounts} in {summary.regions} regions",
        "logs": f"{summary.logs} ({families})",
        "digests": str(summary.digests),
        "events": str(summary.events),
        "size": f"{summary.bytes / 1e6:.1f} MB",
    }
    for name, value in facts.items():
        table.add_row(Text(name, style="bold"), Text(value))
    for step in summary.attack:
        what = f"{step['title']} ({step['account']}, {step['region']}, {step['events']} events)"
        table.add_row(Text(str(step["at"]), style="bold"), Text(what))
    return table


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(clean(str(row[column])), overflow="fold") for column in columns))
    return table
