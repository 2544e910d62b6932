import json

import pytest

from ops.deploy import stacks
from ops.errors import DeployError, UsageError
from tests.deploy.conftest import ARCHIVE, a_stack, landing_zone, synthesized


def test_stacks_come_after_those_they_need_and_know_all_of_them(tmp_path):
    synthesized(tmp_path, dict(reversed(landing_zone().items())))
    found = {stack.name: stack for stack in stacks.read(tmp_path)}
    order = list(found)
    assert order.index("organization") < order.index("log-archive") < order.index("trail")
    assert found["trail"].needs == ("organization", "log-archive")
    assert found["island"].needs == ()


def test_a_stack_is_read_from_its_own_json(tmp_path):
    synthesized(tmp_path, landing_zone(), state="../../../kept")
    one = next(stack for stack in stacks.read(tmp_path) if stack.name == "log-archive")
    assert (one.account, one.region) == (ARCHIVE, "us-east-1")
    assert one.outputs == ("archive_key_arn",)
    assert one.addresses == ("aws_kms_key.key", "aws_s3_bucket.archive")
    assert one.state == tmp_path.parent / "kept/log-archive.tfstate"


def test_the_provider_without_alias_says_the_region(tmp_path):
    synthesized(tmp_path, {"one": a_stack()})
    file = tmp_path / "stacks/one/cdk.tf.json"
    document = json.loads(file.read_text())
    home = document["provider"]["aws"][0]
    document["provider"]["aws"] = [{**home, "alias": "global", "region": "eu-west-1"}, home]
    file.write_text(json.dumps(document))
    assert stacks.read(tmp_path)[0].region == "us-east-1"


def test_a_variable_with_a_default_needs_no_value(tmp_path):
    synthesized(tmp_path, {"one": a_stack(variables=["size"])})
    file = tmp_path / "stacks/one/cdk.tf.json"
    file.write_text(file.read_text().replace('"type": "string"', '"default": "small"'))
    assert stacks.read(tmp_path)[0].variables == ()


def test_stacks_that_need_each_other_are_an_error_that_shows_the_circle(tmp_path):
    synthesized(tmp_path, {"one": a_stack(needs=["two"]), "two": a_stack(needs=["one"])})
    with pytest.raises(DeployError, match=r"in a circle: (one → two → one|two → one → two)"):
        stacks.read(tmp_path)


def test_output_that_holds_something_else_is_an_error(tmp_path):
    (tmp_path / "manifest.json").write_text('{"version": 1}')
    with pytest.raises(DeployError, match="does not hold synthesized stacks"):
        stacks.read(tmp_path)


def test_a_directory_without_a_manifest_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(DeployError, match=r"manifest\.json cannot be read"):
        stacks.read(tmp_path)


def test_wanted_stacks_keep_their_order_and_all_are_wanted_if_none_is_named(tmp_path):
    synthesized(tmp_path, landing_zone())
    known = stacks.read(tmp_path)
    assert stacks.select(known, []) == known
    assert [one.name for one in stacks.select(known, ["trail", "organization"])] == [
        "organization",
        "trail",
    ]
    with pytest.raises(UsageError, match="No stack is called nope"):
        stacks.select(known, ["trail", "nope"])
