"""`ops verify`: prove that a log archive is complete and untampered."""

import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.options import View, output_options
from ops.errors import AwsError, Exit, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ops.archive.fetch import Fetcher
    from ops.archive.model import Archive
    from ops.config import LandingZone
    from ops.integrity.bundle import Writer
    from ops.integrity.checkpoint import State
    from ops.integrity.keys import KeyRing
    from ops.integrity.report import Report
    from ops.integrity.request import KeySource, Request
    from ops.integrity.verify import Context

_KEY_VARIABLE = "ATALAYA_STATE_KEY"
_REPORTS = (".json", ".jsonl", ".xml")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Prove that a log archive is complete and untampered.")
@click.argument("source")
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
    "--state-key", type=_FILE, help=f"The key that protects them.  [env: {_KEY_VARIABLE}]"
)
@click.option("--concurrency", type=click.IntRange(1, 1024), default=128, show_default=True,
              help="Requests under way at once.")  # fmt: skip
@click.option("--bundle", type=_FILE, help="Write an evidence bundle that verifies offline.")
@click.option(
    "--report", "report_file", type=_FILE, help="Write the report: .json, .jsonl or .xml."
)
@click.option("--allow-empty", is_flag=True, help="Nothing found is right, if nothing is expected.")
@output_options
def verify(*, source: str, view: View, **asked: Any) -> Exit:
    """Check every digest and log file in SOURCE against CloudTrail's signatures.

    SOURCE is s3://BUCKET[/PREFIX], a directory that holds a copy of a bucket
    (keys as paths), or a bundle that --bundle wrote. TIME is ISO 8601, a date, or how
    long ago: 7d, 36h.

    \b
    Exit status: 0 everything is proven, 1 tampering or loss was found, 2 usage,
    3 not everything could be checked.

    \b
    Example:
        ops verify s3://acme-cloudtrail --config acme.yaml --since 7d
        ops verify ./copy --keys keys.json --report report.json
    """  # noqa: D301 (click reads the backspace as "keep these lines")
    if asked["report_file"] and asked["report_file"].suffix not in _REPORTS:
        raise UsageError(
            f"--report {asked['report_file']} ends in none of {', '.join(_REPORTS)}.",
            hint="the ending chooses the form",
        )
    with ExitStack() as stack:
        return _Command(source, asked, stack).run(view)


class _Command:
    """One call of `ops verify`."""

    def __init__(self, source: str, asked: dict[str, Any], stack: ExitStack) -> None:
        self._asked = asked
        self._stack = stack
        self._pool = ThreadPoolExecutor(2)
        # Nobody waits for what was asked on the side once the command is over.
        stack.callback(self._pool.shutdown, wait=False, cancel_futures=True)
        self._fetcher = self._begun(source)
        self._zone = self._landing_zone()
        self._request = self._question()
        self._archive = self._opened(source)
        self._ring: KeyRing | None = None
        self._caller: Future[str | None] | None = None

    def run(self, view: View) -> Exit:
        from ops.integrity.verify import verify as run

        context, keys = self._context()
        state, writer = context.state, self._writer
        report = run(self._archive, self._request, keys=keys, context=context)
        report = _signed(report, self._caller.result() if self._caller else self._caller_arn())
        self._show(report, view)
        if writer is not None and self._ring is not None:
            writer.finish(report, self._ring, self._request)
        if state is not None and writer is None:
            state.commit(report)
        return report.exit_code

    def _begun(self, source: str) -> "Fetcher":
        """Return who reads; for a bucket its processes begin now, while others are loaded."""
        from ops.archive.fetch import Fetcher

        fetcher = self._stack.enter_context(Fetcher(_workers()))
        if source.startswith("s3://"):
            fetcher.begin(remote=True)
        return fetcher

    def _opened(self, source: str) -> "Archive":
        from ops.archive.opening import open_source

        owner = self._asked["expected_owner"]
        opening = self._pool.submit(open_source, source, zone=self._zone, expected_owner=owner)
        from ops.integrity.verify import announce  # loaded while the bucket is asked where it is

        archive = opening.result()
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
        timerange.checked(since, until)
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
        from ops.render.watch import watching

        self._writer = self._bundle()
        context = Context(
            expected=expected_of(self._zone) if self._zone else None,
            state=self._state(),
            evidence=self._writer,
            fetcher=self._fetcher,
            watch=self._stack.enter_context(watching()),
            history=self._history(),
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
            self._caller = self._pool.submit(self._caller_arn)  # asked while others read
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

        state = State(self._asked["state"], self._state_key(), str(self._archive.source))
        self._stack.callback(state.close)
        return state

    def _state_key(self) -> bytes | None:
        if self._asked["state_key"]:
            try:
                key = Path(self._asked["state_key"]).read_bytes().strip()
            except OSError as error:
                raise UsageError(
                    f"{self._asked['state_key']}: cannot be read: {error.strerror}",
                    hint="make one: head -c 32 /dev/urandom | base64 > FILE",
                ) from error
        else:
            key = os.environb.get(_KEY_VARIABLE.encode(), b"").strip()
        if key and len(key) < 16:
            raise UsageError("The state's key is shorter than 16 bytes.", hint="make a longer one")
        return key or None

    def _bundle(self) -> "Writer | None":
        if self._asked["bundle"] is None:
            return None
        from ops.integrity.bundle import Writer

        writer = Writer(self._asked["bundle"])
        self._stack.callback(writer.discard)
        return writer

    def _caller_arn(self) -> str | None:
        if self._archive.source.kind != "s3":
            return None
        from ops import cloudtrail
        from ops.archive.s3 import callers

        try:
            return cloudtrail.caller_arn(callers(self._archive.source.access))
        except AwsError:
            return None  # sts may be out of reach from where S3 is not

    def _show(self, report: "Report", view: View) -> None:
        data = report.as_json()
        lines = view.format in ("jsonl", "csv")
        view.show(data["findings"] if lines else data, lambda: _table(report))
        if self._asked["report_file"]:
            from ops.render import verify as views

            views.write(report, self._asked["report_file"])


def _workers() -> int:
    return min(os.cpu_count() or 1, 8)


def _signed(report: "Report", caller_arn: str | None) -> "Report":
    """Return the report with who made it and how it was called."""
    run = replace(report.run, caller_arn=caller_arn, args=tuple(sys.argv[1:]))
    return replace(report, run=run)


def _table(report: "Report") -> "RenderableType":
    from ops.render import verify as views

    return views.report(report)
