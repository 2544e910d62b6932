"""Scenarios 93 and 103: what buckets are called, whose they are, and who pays.

Not shown, because only AWS has them: a true access point (its ARN is refused, its
alias reads like a bucket's name) and the bill of a requester-pays bucket, which
refuses everything to a reader who does not say that he pays.
"""

import pytest

from benchmarks.s3bucket import Bucket
from benchmarks.s3faults import Kind, Rule
from ops.archive.opening import open_source
from ops.errors import Exit, OpsError, UsageError
from ops.integrity.finding import Status, Verdict
from ops.integrity.request import Expected
from tests.integrity.conftest import causes
from tests.integrity.world import BUCKET, World, a_world


def filled(served, name: str = BUCKET, **line) -> World:
    served.server.reset(Bucket(name, region="eu-west-1"))
    world = World(name)
    world.line(**line).run(4)
    served.upload(world)
    return world


def test_s93_a_bucket_prefix_is_honoured(served):
    world = filled(served, prefix="audit/trail")
    assert served.run(world, source=f"s3://{BUCKET}/audit").status is Status.PASS
    assert served.run(world, source=f"s3://{BUCKET}/other").status is Status.INCOMPLETE


@pytest.mark.parametrize("name", ["acme.cloudtrail.logs", "a-1", "3com.logs", "x" * 63])
def test_s103_a_bucket_name_with_dots_or_of_any_length_is_read(served, name):
    world = filled(served, name)
    report = served.run(world, source=f"s3://{name}")
    assert report.status is Status.PASS
    assert report.logs[Verdict.VALID] == 8


def test_s103_a_bucket_of_another_owner_is_an_error_before_anything_is_read(served):
    world = filled(served)
    with pytest.raises(OpsError, match="999999999999") as caught:
        served.run(world, owner="999999999999")
    assert caught.value.exit_code is Exit.INCOMPLETE
    assert [one.method for one in served.server.requests] == ["HEAD"]
    assert served.run(world, owner=served.server.bucket.owner).status is Status.PASS


def test_s103_a_bucket_that_refuses_everything_proves_nothing_and_lacks_nothing(served):
    """As one does where the requester pays and did not say that he will."""
    world = filled(served)
    report = served.run(world, Rule(Kind.DENIED, operation="*"))
    assert set(causes(report)) == {"listing-denied", "nothing-found"}
    assert report.status is Status.INCOMPLETE


def test_s103_objects_that_are_all_refused_prove_nothing_and_lack_nothing(served):
    world = filled(served)
    report = served.run(world, Rule(Kind.DENIED))
    assert set(causes(report)) == {"digest-denied", "uncovered-logs"}
    assert report.status is Status.INCOMPLETE


@pytest.mark.parametrize("arn", [
    "arn:aws:s3:eu-west-1:111122223333:accesspoint/logs",
    "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap",
])  # fmt: skip
def test_s103_an_access_points_arn_is_no_bucket(arn):
    with pytest.raises(UsageError, match="cannot be a bucket's name"):
        open_source(f"s3://{arn}")


def test_s103_an_access_points_alias_needs_the_buckets_true_name(served):
    """Digests are signed for the bucket, not for the name it is read by."""
    alias = "logs-hrzrlukc5m36ft7okagglf3gmwluquse1a-s3alias"
    served.server.reset(Bucket(alias, region="eu-west-1"))
    world = a_world(4)
    served.upload(world)
    source = f"s3://{alias}"
    assert "moved" in causes(served.run(world, source=source))
    named = Expected(buckets=frozenset({BUCKET}))
    assert served.run(world, source=source, expected=named).status is Status.PASS
