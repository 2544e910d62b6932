"""Real Terraform against the lab, on stacks small enough to wait for.

One story, told once: an apply that Ctrl-C stops in the middle, a second one that
goes on, and a destruction that is refused until it is allowed.
"""

import json
import os
import signal
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from ops.aws import Aws
from tests.deploy.conftest import ARCHIVE, MANAGEMENT, CommandLine, a_stack, synthesized

pytestmark = pytest.mark.terraform

STACKS = {
    "log-archive": a_stack(ARCHIVE, outputs=["archive_key_arn"]),
    "trail": a_stack(MANAGEMENT, needs=["log-archive"], variables=["archive_key_arn"]),
}
RESOURCES = {
    "log-archive": {
        "aws_kms_key": {"key": {"description": "the archive's"}},
        "aws_s3_bucket": {"archive": {"bucket": "tiny-archive"}},
    },
    "trail": {
        "aws_sns_topic": {"alarms": {"name": "tiny", "tags": {"key": "${var.archive_key_arn}"}}},
        "terraform_data": {
            "slow": {
                "depends_on": ["aws_sns_topic.alarms"],
                "provisioner": [{"local-exec": {"command": "test -e FLAG || sleep 100"}}],
            }
        },
    },
}
PROVIDER = {
    "skip_credentials_validation": True,
    "skip_metadata_api_check": "true",
    "s3_use_path_style": True,
}


def write_stacks(command_line):
    """Write the stacks as the CDK does, for the real provider."""
    directory = command_line.directory
    synthesized(directory / "out", STACKS, state=f"{directory}/state")
    for name, resources in RESOURCES.items():
        path = directory / "out/stacks" / name / "cdk.tf.json"
        document = json.loads(path.read_text())
        document["resource"] = resources
        document["provider"]["aws"][0] |= PROVIDER
        aws = {"source": "hashicorp/aws", "version": "5.100.0"}
        document["terraform"]["required_providers"] = {"aws": aws}
        if name == "log-archive":
            role = f"arn:aws:iam::{ARCHIVE}:role/OrganizationAccountAccessRole"
            document["provider"]["aws"][0]["assume_role"] = [{"role_arn": role}]
            document["output"]["archive_key_arn"]["value"] = "${aws_kms_key.key.arn}"
        path.write_text(json.dumps(document).replace("FLAG", f"{directory}/go"))
    command_line.stacks_written()


@dataclass
class Story:
    """What happened, in order, and the account where it can be looked at."""

    aws: Aws
    interrupted: SimpleNamespace
    state_then: dict
    again: SimpleNamespace
    tags: dict
    buckets: dict
    refused: SimpleNamespace
    destroyed: SimpleNamespace
    state_at_last: list


@pytest.fixture(scope="module")
def story(lab, tmp_path_factory):
    command_line = CommandLine(tmp_path_factory.mktemp("real"), lab.home, lab.config)
    write_stacks(command_line)
    aws = Aws(lab.zone, lab.endpoint)
    interrupted = interrupt_when(command_line, "Provisioning with 'local-exec'")
    state_then = states(command_line)
    (command_line.directory / "go").touch()
    again = command_line.run("apply", "--auto-approve", "--format", "json")
    tags = aws.call(
        MANAGEMENT, "sns", "list_tags_for_resource",
        ResourceArn=f"arn:aws:sns:us-east-1:{MANAGEMENT}:tiny",
    )  # fmt: skip
    buckets = {
        account: [one["Name"] for one in aws.call(account, "s3", "list_buckets")["Buckets"]]
        for account in (MANAGEMENT, ARCHIVE)
    }
    refused = command_line.run("destroy", "--auto-approve")
    allowed = ["--allow-destroy", "aws_kms_key.key", "--allow-destroy", "aws_s3_bucket.archive"]
    destroyed = command_line.run("destroy", "--auto-approve", *allowed)
    last = [one["resources"] for one in states(command_line).values()]
    return Story(aws, interrupted, state_then, again, tags, buckets, refused, destroyed, last)


def interrupt_when(command_line, sign):
    """Apply, press Ctrl-C once Terraform's own log holds a sign, and wait."""
    process = command_line.start("apply", "--auto-approve")
    deadline = time.monotonic() + 200
    with process:
        while not any(sign in log for log in logs(command_line)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, logs(command_line)
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return SimpleNamespace(returncode=process.returncode, stdout=out, stderr=err)


def logs(command_line):
    found = (command_line.home / "minimal/logs").glob("*-trail-apply.log")
    return [path.read_text(errors="replace") for path in found]


def states(command_line):
    directory = command_line.directory / "state"
    return {path.stem: json.loads(path.read_text()) for path in directory.glob("*.tfstate")}


def test_ctrl_c_in_the_middle_exits_3_and_says_what_stands(story):
    assert story.interrupted.returncode == 3
    assert "ops: trail stopped" in story.interrupted.stderr
    assert "done before that: aws_sns_topic.alarms" in story.interrupted.stderr
    assert "Traceback" not in story.interrupted.stderr
    assert "applied" in story.interrupted.stdout


def test_the_state_is_whole_after_ctrl_c(story):
    held = {f"{one['type']}.{one['name']}" for one in story.state_then["trail"]["resources"]}
    assert "aws_sns_topic.alarms" in held
    assert len(story.state_then["log-archive"]["resources"]) == 2


def test_a_second_apply_goes_on_from_there_without_drift(story):
    assert story.again.returncode == 0, story.again.stderr
    rows = {row["stack"]: row for row in json.loads(story.again.stdout)}
    assert rows["log-archive"]["status"] == "unchanged"
    assert rows["trail"]["status"] == "applied"
    assert "aws_sns_topic.alarms" not in rows["trail"]["changed"]
    assert not any(row["drift"] for row in rows.values())


def test_the_archive_keys_arn_is_handed_to_the_stack_that_needs_it(story):
    (tag,) = story.tags["Tags"]
    assert tag["Value"].startswith(f"arn:aws:kms:us-east-1:{ARCHIVE}:key/")


def test_every_resource_lies_in_the_account_of_its_stack(story):
    assert story.buckets == {MANAGEMENT: [], ARCHIVE: ["tiny-archive"]}


def test_destroying_bucket_and_key_is_refused_with_every_option_to_add(story):
    assert story.refused.returncode == 2
    for address in ("aws_kms_key.key", "aws_s3_bucket.archive"):
        assert f"--allow-destroy log-archive:{address}" in story.refused.stderr


def test_an_allowed_destruction_leaves_nothing_in_the_states(story):
    assert story.destroyed.returncode == 0, story.destroyed.stderr
    assert story.state_at_last == [[], []]
