"""`ops deploy check` on the plans of the real Terraform, before anything was ever applied."""

import json

import pytest

from ops.deploy.check import judge
from tests.check.world import World
from tests.e2e.landing import landing

pytestmark = pytest.mark.terraform


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A landing zone whose emulator is empty."""
    with landing("minimal", tmp_path_factory.mktemp("home")) as one:
        yield one


@pytest.fixture(scope="module")
def checked(fresh):
    run = fresh.ops("deploy", "check", "--format", "json")
    return run.returncode, json.loads(run.stdout)


def test_before_the_first_apply_every_control_is_judged_as_from_the_stacks(fresh, checked):
    files = sorted((fresh.home / "minimal" / "cdktf.out").glob("stacks/*/cdk.tf.json"))
    world = World({file.parent.name: json.loads(file.read_bytes()) for file in files})
    expected = judge(world.estate(), fresh.zone.accepted)
    judged = {(row["framework"], row["control"]): row["status"] for row in checked[1]}
    assert judged == {
        (row.control.framework.value, row.control.id): row.status.value for row in expected.rows
    }


def test_rows_have_exactly_the_promised_keys(checked):
    keys = {frozenset(row) for row in checked[1]}
    assert keys == {frozenset(("framework", "control", "status", "reason", "resources"))}


def test_the_exit_code_tells_of_failures(checked):
    code, rows = checked
    assert code == int(any(row["status"] == "fail" for row in rows))
