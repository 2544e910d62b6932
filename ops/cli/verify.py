"""`ops verify`: prove that a log archive is complete and untampered."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli import maker, state_key
from ops.cli.options import View, output_options
from ops.cli.source import named
from ops.errors import Exit, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.archive.fetch import Fetcher
    from ops.archive.model import Archive
    from ops.cli.verdicts import Sink
    from ops.config import LandingZone
    from ops.integrity.bundle import Writer
    from ops.integrity.checkpoint import State
    from ops.integrity.keys import KeyRing
    from ops.integrity.report import Report
    from ops.integrity.request import KeySource, Request
    from ops.integrity.verify import Context

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Prove that a log archive is complete and untampered.")
@click.argument("source", required=False)
@click.option("--since", metavar="TIME", help="From when on; else from each first digest on.")
@click.option("--until", metavar="TIME", help="Until when; else now, or the end of the copy.")
@click.option("--config", type=_FILE, envvar="ATALAYA_CONFIG",
              help="The landing-zone file: says which accounts and regions must be there.")  # fmt: skip
@click.option("--trail", metavar="NAME", help="Only this trail.")
@click.option(
    "--account", "accounts", multiple=True, metavar="ID", help="Only this account. Repeatable."
)
@click.option(
    "--region", "regions", multiple=True, metavar="REGION", help="Only this region. Repeatable."
)
@click.option("--keys", type=_FILE, help="Public keys: the output of list-public-keys.")
@click.option("--expected-owner", metavar="ACCOUNT", help="The account that must own the bucket.")
@click.option("--state", type=_FILE, help="Where checkpoints are kept: the next run continues.")
@click.option(
    "--state-key", type=_FILE, help=f"The key that protects them.  [env: {state_key.VARIABLE}]"
)
@click.option("--concurrency", type=click.IntRange(1, 1024), default=128, show_default=True,
              help="Requests under way at once.")  # fmt: skip
@click.option("--bundle", type=_FILE, help="Write an evidence bundle that verifies offline.")
@click.option(
    "--report", "report_file", type=_FILE, help="Write the report: .json, .jsonl or .xml."
)
@click.option("--store", metavar="DIR", help="Put the verdicts beside the events collected there.")
@click.option("--allow-empty", is_flag=True, help="Nothing found is right, if nothing is expected.")
@output_options
def verify(*, source: str | None, view: View, **asked: Any) -> Exit:
    """Check every digest and log file in SOURCE against CloudTrail's signatures.

    SOURCE is s3://BUCKET[/PREFIX], a directory that holds a copy of a bucket
    (keys as paths), or a bundle that --bundle wrote; without one, the archive of
    --config. TIME is ISO 8601, a date, or how long ago: 7d, 36h.

    \b
    Exit status: 0 everything is proven, 1 tampering or loss was found, 2 usage,
    3 not everything could be checked.

    \b
    Example:
        ops verify --config acme.yaml --since 7d
        ops verify ./copy --keys keys.json --report report.json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    if asked["report_file"]:
        from ops.render import verify as views

        views.check(asked["report_file"])
    with ExitStack() as stack:
        return _Command(source, asked, stack).run(view)


class _Command:
    """One call of `ops verify`."""

    def __init__(self, source: str | None, asked: dict[str, Any], stack: ExitStack) -> None:
        self._asked = asked
        self._stack = stack
        self._pool = ThreadPoolExecutor(2)
        # Nobody waits for what was asked on the side once the command is over.
        stack.callback(self._pool.shutdown, wait=False, cancel_futures=True)
        self._fetcher = self._begun(source)
        self._zone = self._landing_zone()
        self._request = self._question()
        self._archive = self._opened(named(source, self._zone))
        self._ring: KeyRing | None = None
        self._caller: Future[str | None] | None = None

    def run(self, view: View) -> Exit:
        from ops.integrity.verify import verify as run

        context, keys = self._context()
        state, writer = context.state, self._writer
        report = run(self._archive, self._request, keys=keys, context=context)
        arn = self._caller.result() if self._caller else maker.caller_arn(self._archive.source)
        report = maker.signed(report, arn)
        self._show(report, view)
        if self._verdicts is not None:
            self._verdicts.publish(report)
        if writer is not None and self._ring is not None:
            writer.finish(report, self._ring, self._request)
        if state is not None:
            state.commit(report)
        return report.exit_code

    def _begun(self, source: str | None) -> "Fetcher":
        """Return who reads; for a bucket its processes begin now, while others are loaded."""
        from ops.archive.fetch import Fetcher

        fetcher = self._stack.enter_context(Fetcher(_workers()))
        if source is None or source.startswith("s3://"):
            fetcher.begin(remote=True)
        return fetcher

    def _opened(self, source: str) -> "Archive":
        from ops.archive.opening import open_source

        owner = self._asked["expected_owner"]
        opening = self._pool.submit(open_source, source, zone=self._zone, expected_owner=owner)
        from ops.integrity.verify import announce  # loaded while the bucket is asked where it is

        archive = opening.result()
        if owner and archive.source.kind != "s3":
            raise UsageError(
                f"--expected-owner says whose bucket it must be, and {source} is none.",
                hint="leave it out for a copy: whose it was, its digests' signatures say",
            )
        announce(archive, self._fetcher)
        return archive

    def _landing_zone(self) -> "LandingZone | None":
        if self._asked["config"] is None:
            return None
        from ops.config import load

        return load(self._asked["config"])

    def _question(self) -> "Request":
        from ops import timerange
        from ops.integrity.request import Request

        now = datetime.now(UTC).replace(microsecond=0)
        since, until = (
            timerange.moment(self._asked[name], now) if self._asked[name] else None
            for name in ("since", "until")
        )
        timerange.checked(since, until or now)
        return Request(
            now=now,
            since=since,
            until=until,
            accounts=frozenset(self._asked["accounts"]),
            regions=frozenset(self._asked["regions"]),
            trail=self._asked["trail"],
            allow_empty=self._asked["allow_empty"],
            concurrency=self._asked["concurrency"],
            workers=_workers(),
            asked=(self._asked["since"] or "", self._asked["until"] or ""),
        )

    def _context(self) -> "tuple[Context, KeySource]":
        from ops.integrity.request import expected_of
        from ops.integrity.verify import Context
        from ops.render.watch import Watch

        self._writer = self._bundle()
        self._verdicts = self._sink()
        context = Context(
            expected=expected_of(self._zone) if self._zone else None,
            state=self._state(),
            evidence=self._writer,
            fetcher=self._fetcher,
            watch=self._stack.enter_context(Watch()).tell,
            history=self._history(),
            tell=self._verdicts.tell if self._verdicts else None,
        )
        if self._archive.source.kind != "bundle":
            return context, self._keys(None)
        from ops.integrity.offline import Record

        record = Record(self._archive)
        self._request = record.request(self._request)
        inside = record.ring() if self._asked["keys"] is None else None
        keys = self._keys(inside)
        return record.context(context, inside or self._file_ring()), keys

    def _keys(self, inside: "KeyRing | None") -> "KeySource":
        from ops.integrity.keys import KeyRing
        from ops.integrity.request import fixed_keys

        if self._asked["keys"]:
            return self._kept(fixed_keys(self._file_ring()))
        if inside is not None:
            return self._kept(fixed_keys(inside))
        if self._archive.source.kind != "s3":
            return self._kept(fixed_keys(KeyRing()))
        from ops import cloudtrail
        from ops.archive.s3 import callers
        from ops.integrity.sources import ListedKeys

        caller = callers(self._archive.source.access)
        # The first client of a service takes longest: now, while the bucket is searched.
        self._pool.submit(caller.client, "cloudtrail")
        return self._kept(
            ListedKeys(
                lambda region, start, end: cloudtrail.public_keys(caller, region, start, end)
            )
        )

    def _kept(self, keys: "KeySource") -> "KeySource":
        def kept(regions: frozenset[str], start: datetime, end: datetime) -> "KeyRing":
            self._ring = keys(regions, start, end)
            # Asked while others read.
            self._caller = self._pool.submit(maker.caller_arn, self._archive.source)
            return self._ring

        return kept

    def _file_ring(self) -> "KeyRing":
        from ops.integrity.keys import load_keys_file

        return load_keys_file(self._asked["keys"])

    def _history(self) -> Any:
        if self._archive.source.kind != "s3":
            return None
        from ops import cloudtrail
        from ops.archive.s3 import callers
        from ops.integrity.sources import EventHistory

        caller = callers(self._archive.source.access)
        return EventHistory(
            lambda region, since, until, name: cloudtrail.lookup_events(
                caller, region, since, until, EventName=name
            )
        )

    def _state(self) -> "State | None":
        if self._asked["state"] is None:
            return None
        from ops.integrity.checkpoint import State

        key = state_key.read(self._asked["state_key"])
        state = State(self._asked["state"], key, str(self._archive.source))
        self._stack.callback(state.close)
        return state

    def _bundle(self) -> "Writer | None":
        if self._asked["bundle"] is None:
            return None
        from ops.integrity.bundle import Writer

        writer = Writer(self._asked["bundle"])
        self._stack.callback(writer.discard)
        return writer

    def _sink(self) -> "Sink | None":
        if self._asked["store"] is None:
            return None
        from ops.cli.verdicts import Sink

        return self._stack.enter_context(Sink(self._asked["store"], datetime.now(UTC)))

    def _show(self, report: "Report", view: View) -> None:
        data = report.as_json()
        from ops.integrity.report import FINDING

        lines = view.format in ("jsonl", "csv")
        view.show(
            data["findings"] if lines else data, lambda: _table(report),
            columns=FINDING if lines else (),
        )  # fmt: skip
        if self._asked["report_file"]:
            from ops.render import verify as views

            views.write(report, self._asked["report_file"])


def _workers() -> int:
    return min(os.cpu_count() or 1, 8)


def _table(report: "Report") -> "RenderableType":
    from ops.render import verify as views

    return views.report(report)
