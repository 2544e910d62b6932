"""Every other kind of landing zone: planned always, applied and destroyed by `make e2e`."""

import json

import pytest

from ops import names
from ops.config import load
from tests.e2e.landing import landing

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(900)]

# Two partitions are planned alike; `make e2e` plans and applies both.
VARIANTS = ("existing", "china", pytest.param("govcloud", marks=pytest.mark.e2e))


@pytest.fixture
def variant(request, tmp_path):
    with landing(request.param, tmp_path) as one:
        _what_exists_already(one, tmp_path)
        yield one


def _what_exists_already(one, tmp_path):
    """Make the buckets and the key that a landing zone's file says are there."""
    _existing_key(one, tmp_path)
    zone = one.zone
    owners = {}
    if zone.archive.existing_bucket:
        owners[names.bucket(zone)] = zone.organization.log_archive_account
    if zone.deploy.state.backend == "s3":
        owners[zone.deploy.state.bucket] = zone.organization.management_account
    for bucket, account in owners.items():
        one.client("s3", account).create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": zone.regions.home},
        )


def _existing_key(one, tmp_path):
    """Make the archive's key; its id is AWS's choice, so the file is told, not the key."""
    named = one.zone.archive.existing_key_arn
    if named is None:
        return
    kms = one.client("kms", one.zone.organization.log_archive_account)
    made = kms.create_key(Description="the archive's, since 2015")["KeyMetadata"]["Arn"]
    told = tmp_path / one.config.name
    told.write_text(one.config.read_text().replace(named, made))
    one.config, one.zone = told, load(told)


@pytest.mark.parametrize("variant", VARIANTS, indirect=True)
def test_every_stack_is_valid_and_planned_on_a_green_field(variant):
    # The check plans every stack, the waiting ones with a key ARN that stands in.
    checked = variant.ops("deploy", "check", "--format", "json")
    assert checked.returncode in (0, 1), checked.stderr
    assert json.loads(checked.stdout)


def test_what_needs_the_archive_key_waits_for_it_on_a_green_field(tmp_path):
    # Its stacks are planned here, and in no other test but those of `make e2e`.
    with landing("standalone", tmp_path) as one:
        rows = one.data("deploy", "plan", "--jmespath", "[].{stack: stack, waits: waits_for}")
    waiting = {row["stack"]: row["waits"] for row in rows if row["waits"]}
    expected = ("trail", "standalone-777777777777", "standalone-888888888888")
    assert waiting == {stack: ["log-archive"] for stack in expected}


@pytest.mark.e2e
@pytest.mark.parametrize("variant", ["standalone", *VARIANTS], indirect=True)
def test_the_variant_is_applied_without_drift_and_destroyed(variant):
    applied = variant.ops("deploy", "apply", "--auto-approve", "--format", "json")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert json.loads(applied.stdout)
    destroyed = variant.ops("deploy", "destroy", "--auto-approve", *variant.allowances())
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
