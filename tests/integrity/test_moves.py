"""Scenarios 22 to 24: chains whose bucket or prefix changed."""

from datetime import timedelta

import pytest

from ops.archive.opening import open_source
from ops.integrity import hashing, pipeline
from ops.integrity.finding import Status, Verdict
from ops.integrity.report import Report
from ops.integrity.request import Request, fixed_keys
from ops.integrity.verify import verify
from tests.integrity.conftest import causes, only
from tests.integrity.world import BUCKET, HOUR, START, Line, World, a_world, gz, trail_event


class TwoBuckets:
    """A chain delivered to one bucket, then to another; each lies in a directory of its own.

    The server of the other tests serves one bucket only, so two directories stand
    for two buckets here.
    """

    def __init__(self, path, monkeypatch) -> None:
        self.world = World()
        self.line = self.world.line(bucket="old-bucket").run(5)
        self.early = dict(self.world.objects)
        self.line.bucket = "new-bucket"
        self.line.run(5)
        self.late = {key: one for key, one in self.world.objects.items() if key not in self.early}
        self.opened: list[str] = []
        self._path = path
        self._runs = 0
        for reader in (pipeline, hashing):
            monkeypatch.setattr(reader, "sibling", self._sibling)

    def run(self, **asked) -> Report:
        self._runs += 1
        self._old = open_source(str(self._written("old", self.early)))
        archive = open_source(str(self._written("new", self.late)))
        question = {"now": self.world.end + HOUR, "since": START, "until": self.world.end}
        request = Request(**{**question, "workers": 1, **asked})
        return verify(archive, request, keys=fixed_keys(self.world.ring()))

    def _written(self, name, objects):
        world = World()
        world.objects = objects
        return world.write(self._path / f"{name}{self._runs}")

    def _sibling(self, archive, bucket):
        self.opened.append(bucket)
        return self._old if bucket == "old-bucket" else archive


@pytest.fixture
def buckets(tmp_path, monkeypatch) -> TwoBuckets:
    return TwoBuckets(tmp_path, monkeypatch)


def test_s22_a_chain_that_leads_to_another_bucket_is_followed(buckets):
    report = buckets.run()
    assert report.status is Status.PASS, causes(report)
    assert report.digests[Verdict.VALID] == 10
    assert report.logs[Verdict.VALID] == 20
    assert set(buckets.opened) == {"old-bucket"}
    assert any("leads to bucket old-bucket" in note for note in report.notes)


def test_s22_without_since_the_chain_is_followed_too(buckets):
    assert buckets.run(since=None).digests[Verdict.VALID] == 10


def test_s25_a_bucket_that_holds_nothing_any_more_is_elsewhere(buckets):
    buckets.early = {}
    assert causes(buckets.run()) == ["elsewhere"]


def test_s22_tampering_in_the_other_bucket_is_found(buckets):
    key = buckets.line.hours[2].logs[0]
    buckets.early[key].body = gz(b"forged")
    del buckets.early[buckets.line.hours[1].key]
    found = buckets.run()
    assert only(found, "log-hash").key == key
    assert only(found, "digest-missing").key == buckets.line.hours[1].key


@pytest.mark.parametrize("hour", [0, 2, 4, 5, 7, 9])
@pytest.mark.parametrize("where", ["early", "late"])
def test_s22_a_log_planted_in_either_bucket_is_unreferenced(buckets, hour, where):
    key = buckets.world.log(at=START + (hour + 0.5) * HOUR)
    getattr(buckets, where)[key] = buckets.world.objects[key]
    assert only(buckets.run(), "unreferenced").key == key


def test_s22_a_log_planted_where_the_other_bucket_has_a_named_one_is_unreferenced(buckets):
    key = buckets.line.hours[2].logs[0]
    buckets.late[key] = buckets.early[key]
    assert only(buckets.run(), "unreferenced").key == key


def test_s22_a_change_of_bucket_by_link_passes(check):
    world = World()
    line = world.line(bucket="old-bucket").run(6)
    line.bucket = "new-bucket"
    line.run(6)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 12


def test_s23_a_change_of_prefix_by_link_passes(check):
    world = World()
    line = world.line(prefix="old").run(6)
    line.prefix = "new/place"
    line.run(6)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 12
    assert len(report.chains) == 1


def test_s24_a_change_of_prefix_with_a_restart_is_a_gap(check):
    world = World()
    line = world.line(prefix="old").run(6)
    line.prefix = "new"
    line.pause(2).run(6)
    report = check(world)
    assert only(report, "gap").hint.endswith(
        "another bucket or prefix meanwhile, verify that one, too"
    )
    assert report.digests[Verdict.VALID] == 12
    assert report.status is Status.FAIL


def moved(line: Line, **to: str) -> None:
    """Let an hour pass in which the trail was told to deliver elsewhere."""
    at = line.now + HOUR - timedelta(minutes=10)
    event = trail_event("UpdateTrail", at, **to)
    line.hour(
        logs=[line.world.log(at=at + timedelta(minutes=5), prefix=line.prefix, records=[event])]
    )


def test_s24_a_change_of_prefix_that_an_event_explains_passes(check):
    world = World()
    line = world.line(prefix="old").run(6)
    moved(line, s3KeyPrefix="new")
    line.prefix = "new"
    line.restart().run(6)
    report = check(world)
    assert causes(report) == ["restart-explained"]
    assert report.digests[Verdict.VALID] == 13
    assert report.status is Status.PASS


def test_s24_a_change_of_bucket_with_a_restart_says_where_to_look(check):
    """Nothing in the new bucket leads to the old one, so nothing there can be verified."""
    world = a_world(6, bucket="new-bucket")
    report = check(world, since=START - 6 * HOUR)
    assert "delivered to another bucket or prefix before" in only(report, "starts-late").hint
    assert report.status is Status.INCOMPLETE


def test_s24_a_change_of_bucket_that_an_event_explains_is_noted(check):
    world = World()
    line = world.line(bucket="new-bucket")
    moved(line, s3BucketName="new-bucket")
    line.run(5)
    report = check(world, since=START - 6 * HOUR)
    assert report.status is Status.PASS
    assert any("verify where it delivered to before" in note for note in report.notes)


@pytest.mark.parametrize("open_start", [False, True])
def test_s23_a_prefix_beside_the_named_one_was_not_looked_at_and_is_not_missing(served, open_start):
    world = World()
    line = world.line(prefix="old").run(3)
    line.prefix = "new"
    line.run(3)
    served.upload(world)
    report = served.run(world, source=f"s3://{BUCKET}/new", open_start=open_start)
    assert causes(report) == ["older-part-gone" if open_start else "elsewhere"]
    assert report.status is Status.INCOMPLETE
    assert served.run(world).status is Status.PASS


def test_s25_a_predecessor_in_a_bucket_out_of_reach_is_unverifiable(check):
    world = World()
    line = world.line(bucket="old-bucket").run(6, logs=0)
    line.bucket = "new-bucket"
    line.run(6)
    for hour in line.hours[:6]:
        del world.objects[hour.key]
    report = check(world, since=START)
    assert causes(report) == ["elsewhere"]
    assert report.findings[0].verdict is Verdict.UNVERIFIABLE
    assert report.status is Status.INCOMPLETE
