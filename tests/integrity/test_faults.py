"""Runs over HTTP against a bucket that misbehaves: never a false INVALID, never a false PASS.

The bucket is the project's own S3 server, read as any bucket is. Scenarios 25, 59,
60, 69 to 73, 93, 102 and 103 are shown here as S3 answers them.
"""

from dataclasses import dataclass

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Kind, Plan, Rule
from benchmarks.s3server import Server, serving
from ops.archive import s3
from ops.archive.model import Patience
from ops.archive.opening import open_source
from ops.errors import OpsError
from ops.integrity.finding import Status, Verdict
from ops.integrity.report import Report
from ops.integrity.request import Expected, Request, fixed_keys
from ops.integrity.verify import Context, verify
from tests.integrity.conftest import causes, only
from tests.integrity.world import ACCOUNT, BUCKET, HOUR, START, World, gz

QUICK = Patience(
    attempts=5, stalls=2, first_wait=0.01, longest_wait=0.05,
    connect_timeout=1, read_timeout=0.3, total_timeout=0.8,
)  # fmt: skip
NEVER = {"INVALID", "MISSING", "UNREFERENCED"}


@dataclass
class Served:
    """A world in a bucket, and runs over it."""

    server: Server

    def upload(self, world: World) -> None:
        for key, stored in world.objects.items():
            self.server.bucket.put(key, stored.body, stored.metadata)

    def run(self, world: World, *rules: Rule, source: str = f"s3://{BUCKET}", expected=None,
            owner: str | None = None, **plan) -> Report:  # fmt: skip
        self.server.plan = Plan(list(rules), **plan)
        archive = open_source(source, patience=QUICK, expected_owner=owner)
        request = Request(
            now=world.end + HOUR, since=world.start, until=world.end, concurrency=16, workers=1
        )
        return verify(
            archive, request, keys=fixed_keys(world.ring()), context=Context(expected=expected)
        )


@pytest.fixture
def served(monkeypatch):
    s3.callers.cache_clear()
    with serving(Server(Bucket(BUCKET, region="eu-west-1"), Plan())) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        yield Served(server)
    s3.callers.cache_clear()


@pytest.fixture
def world(served) -> World:
    made = World()
    made.line().run(6)
    made.line(region="eu-west-1").run(6)
    served.upload(made)
    return made


def verdicts(report: Report) -> set[str]:
    return {one.verdict.value for one in report.findings}


def test_an_intact_bucket_passes(served, world):
    report = served.run(world)
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24
    assert report.source == f"s3://{BUCKET}"


@pytest.mark.parametrize(
    "kind", [Kind.SLOW_DOWN, Kind.INTERNAL, Kind.RESET, Kind.TRUNCATE, Kind.HANG]
)
def test_s72_faults_that_pass_are_tried_again(served, world, kind):
    report = served.run(world, Rule(kind, times=1, per_key=kind is not Kind.HANG))
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (Kind.SLOW_DOWN, Verdict.ERROR),  # 72
        (Kind.INTERNAL, Verdict.ERROR),
        (Kind.RESET, Verdict.ERROR),
        (Kind.TRUNCATE, Verdict.ERROR),
        (Kind.HANG, Verdict.ERROR),
        (Kind.DRIP, Verdict.ERROR),
        (Kind.EXPIRED, Verdict.ERROR),  # 73
        (Kind.ARCHIVED, Verdict.UNVERIFIABLE),  # 69
        (Kind.DENIED, Verdict.UNVERIFIABLE),
        (Kind.NO_KMS, Verdict.UNVERIFIABLE),  # 70
    ],
)
@pytest.mark.parametrize("what", ["digest", "log"])
def test_s69_to_s73_faults_that_stay_are_told_apart_from_tampering(
    served, world, kind, verdict, what
):
    hour = world.lines[0].hours[3]
    key = hour.key if what == "digest" else hour.logs[0]
    report = served.run(world, Rule(kind, pattern=key.rpartition("/")[2]))
    assert not verdicts(report) & NEVER
    assert [one.verdict for one in report.findings if one.key == key] == [verdict]
    assert report.status is Status.INCOMPLETE


def test_s71_without_permission_to_list_nothing_is_called_missing(served, world):
    report = served.run(world, Rule(Kind.DENIED, operation="ListObjects"))
    assert not verdicts(report) & NEVER
    assert report.status is Status.INCOMPLETE


def test_a_listing_that_fails_for_one_folder_is_never_a_pass(served, world):
    digests, logs = "CloudTrail-Digest/us-east-1/$", "/CloudTrail/us-east-1/$"
    for kind, pattern in ((Kind.DENIED, digests), (Kind.DENIED, logs), (Kind.INTERNAL, digests)):
        report = served.run(world, Rule(kind, operation="ListObjects", pattern=pattern))
        assert report.status is Status.INCOMPLETE, (kind, pattern)
        assert not verdicts(report) & NEVER


@pytest.mark.parametrize("page_size", [1, 3])
def test_listings_of_many_pages_are_read_whole(served, world, page_size):
    report = served.run(world, page_size=page_size)
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 24


def test_a_deleted_log_fails_over_http_too(served, world):
    key = world.lines[0].hours[3].logs[0]
    served.server.bucket.delete(key)
    report = served.run(world)
    assert only(report, "log-recoverable").key == key  # 59: the bucket keeps versions
    assert report.status is Status.FAIL


def test_s60_an_overwritten_log_names_the_version_that_survives(served, world):
    key = world.lines[0].hours[3].logs[0]
    served.server.bucket.put(key, gz(b"forged"))
    report = served.run(world)
    assert "older versions survive" in only(report, "log-hash").hint


def test_s21_an_overwritten_digest_names_the_version_that_survives(served, world):
    hour = world.lines[0].hours[3]
    served.server.bucket.put(hour.key, gz(b"{}"), {"signature": "ab"})
    report = served.run(world)
    assert "older versions survive" in only(report, "digest-format").hint


def test_s26_a_copy_in_another_bucket_is_moved_unless_the_config_names_the_original(served):
    world = World("the-original")
    world.line().run(4)
    served.upload(world)
    report = served.run(world)
    assert set(causes(report)) == {"moved", "uncovered-logs"}
    assert report.status is Status.FAIL
    named = Expected(buckets=frozenset({"the-original"}))
    assert served.run(world, expected=named).status is Status.PASS


def test_s93_a_bucket_prefix_is_honoured(served):
    world = World()
    world.line(prefix="audit/trail").run(3)
    served.upload(world)
    assert served.run(world, source=f"s3://{BUCKET}/audit").status is Status.PASS
    assert served.run(world, source=f"s3://{BUCKET}/other").status is Status.INCOMPLETE


def test_s103_a_bucket_of_another_owner_is_refused_before_anything_is_read(served, world):
    with pytest.raises(OpsError, match="999999999999"):
        served.run(world, owner="999999999999")
    assert served.run(world, owner=served.server.bucket.owner).status is Status.PASS


def test_s22_a_chain_that_leads_to_another_bucket_is_followed(tmp_path, monkeypatch):
    """Two directories stand for two buckets: the server at hand serves only one."""
    from ops.integrity import hashing, pipeline

    world = World()
    line = world.line(bucket="old-bucket").run(5)
    line.bucket = "new-bucket"
    line.run(5)
    early = {key for hour in line.hours[:5] for key in (hour.key, *hour.logs)}
    old, new = World(), World()
    old.objects = {key: one for key, one in world.objects.items() if key in early}
    new.objects = {key: one for key, one in world.objects.items() if key not in early}
    there = open_source(str(old.write(tmp_path / "old")))
    opened = []

    def sibling(archive, bucket):
        opened.append(bucket)
        return there if bucket == "old-bucket" else archive

    for reader in (pipeline, hashing):
        monkeypatch.setattr(reader, "sibling", sibling)
    archive = open_source(str(new.write(tmp_path / "new")))
    request = Request(now=world.end + HOUR, since=START, until=world.end, workers=1)
    report = verify(archive, request, keys=fixed_keys(world.ring()))
    assert report.status is Status.PASS, causes(report)
    assert report.digests[Verdict.VALID] == 10
    assert report.logs[Verdict.VALID] == 20
    assert set(opened) == {"old-bucket"}
    assert any("leads to bucket old-bucket" in note for note in report.notes)
    there = open_source(str(World().write(tmp_path / "nothing")))
    lost = verify(archive, request, keys=fixed_keys(world.ring()))
    assert causes(lost) == ["elsewhere"]


def test_account_folders_that_are_denied_are_named(served, world):
    rule = Rule(Kind.DENIED, operation="ListObjects", pattern=f"{ACCOUNT}/$")
    report = served.run(world, rule)
    assert ACCOUNT in (only(report, "listing-denied").key or "")
    assert report.status is Status.INCOMPLETE
