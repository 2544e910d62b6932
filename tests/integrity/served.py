"""Worlds in a bucket, read over HTTP as any bucket is, with faults on demand."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.s3faults import Plan, Rule
from benchmarks.s3server import Server
from ops.archive.opening import open_source
from ops.integrity.bundle import Writer
from ops.integrity.checkpoint import State
from ops.integrity.keys import KeyRing
from ops.integrity.report import Report
from ops.integrity.request import Expected, Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.integrity.world import BUCKET, HOUR, World
from tests.loopback import patience


@dataclass
class Served:
    """A world in a bucket, and runs over it."""

    server: Server

    def upload(self, world: World) -> None:
        for key, stored in world.objects.items():
            self.server.bucket.put(key, stored.body, stored.metadata)
        self.server.bucket.public_keys = {
            region: answer["PublicKeyList"] for region, answer in world.key_file().items()
        }

    def run(
        self,
        world: World,
        *rules: Rule,
        source: str = f"s3://{BUCKET}",
        expected: Expected | None = None,
        owner: str | None = None,
        state: State | None = None,
        open_start: bool = False,
        ring: KeyRing | None = None,
        bundle: Path | None = None,
        **plan,
    ) -> Report:
        """Verify exactly the world's time, one hour later, while the rules strike.

        With an open start the time begins with each chain, as without --since. The evidence
        goes into a bundle, if one is named.
        """
        self.server.plan = Plan(list(rules), **plan)
        archive = open_source(source, patience=patience(self.server.plan), expected_owner=owner)
        request = Request(
            now=world.end + HOUR,
            since=None if open_start else world.start,
            until=world.end,
            concurrency=16,
            workers=1,
        )
        writer = Writer(bundle) if bundle else None
        used = ring or world.ring()
        context = Context(expected=expected, state=state, evidence=writer)
        report = verify(archive, request, keys=fixed_keys(used), context=context)
        if writer is not None:
            writer.finish(report, used, request)
        self.server.hang_up()
        return report
