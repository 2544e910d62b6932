"""Real Terraform against the lab, on a stack small enough to wait for.

One story, told once: an apply that Ctrl-C stops in the middle, a second one that
goes on, and a destruction that is refused. What several stacks hand to each other,
in which account they lie and an allowed destruction are seen in tests/e2e, where
whole landing zones are applied: each start of the AWS provider takes seconds.
"""

import json
import os
import re
import signal
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from tests.deploy.conftest import ARCHIVE, CommandLine, a_stack, synthesized

pytestmark = pytest.mark.terraform

STACK = "log-archive"
MADE = {"aws_kms_key.key", "aws_s3_bucket.archive"}
RESOURCES = {
    "aws_kms_key": {"key": {"description": "the archive's"}},
    "aws_s3_bucket": {"archive": {"bucket": "tiny-archive"}},
    "terraform_data": {
        "slow": {
            "depends_on": sorted(MADE),
            "provisioner": [{"local-exec": {"command": "test -e FLAG || sleep 100"}}],
        }
    },
}
PROVIDER = {
    "assume_role": [{"role_arn": f"arn:aws:iam::{ARCHIVE}:role/OrganizationAccountAccessRole"}],
    "skip_credentials_validation": True,
    "skip_metadata_api_check": "true",
    "s3_use_path_style": True,
}


def write_stack(command_line):
    """Write the stack as the CDK does, for the real provider."""
    directory = command_line.directory
    synthesized(directory / "out", {STACK: a_stack(ARCHIVE)}, state=f"{directory}/state")
    path = directory / "out/stacks" / STACK / "cdk.tf.json"
    document = json.loads(path.read_text())
    document["resource"] = RESOURCES
    document["provider"]["aws"][0] |= PROVIDER
    aws = {"source": "hashicorp/aws", "version": "5.100.0"}
    document["terraform"]["required_providers"] = {"aws": aws}
    path.write_text(json.dumps(document).replace("FLAG", f"{directory}/go"))
    command_line.stacks_written()


@dataclass
class Story:
    """What happened, in order, and what the state held after each step."""

    interrupted: SimpleNamespace
    held_then: set
    again: SimpleNamespace
    held_after: set
    refused: SimpleNamespace
    held_at_last: set


@pytest.fixture(scope="module")
def story(lab, tmp_path_factory):
    command_line = CommandLine(tmp_path_factory.mktemp("real"), lab.home, lab.config)
    write_stack(command_line)
    interrupted = interrupt_when(command_line, "Provisioning with 'local-exec'")
    held_then = held(command_line)
    (command_line.directory / "go").touch()
    again = command_line.run("apply", "--auto-approve", "--format", "json")
    held_after = held(command_line)
    refused = command_line.run("destroy", "--auto-approve")
    return Story(interrupted, held_then, again, held_after, refused, held(command_line))


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
    found = (command_line.home / "minimal/logs").glob(f"*-{STACK}-apply.log")
    return [path.read_text(errors="replace") for path in found]


def held(command_line):
    """Return the addresses of what the state holds whole: nothing in it is tainted."""
    state = json.loads((command_line.directory / "state" / f"{STACK}.tfstate").read_text())
    return {
        f"{one['type']}.{one['name']}"
        for one in state["resources"]
        if not any("status" in instance for instance in one["instances"])
    }


def test_ctrl_c_in_the_middle_exits_3_and_says_what_stands(story):
    assert story.interrupted.returncode == 3
    assert f"ops: {STACK} stopped" in story.interrupted.stderr
    done = re.findall(r"done before that: (\S+)", story.interrupted.stderr)
    assert {*done} == MADE
    assert "Traceback" not in story.interrupted.stderr


def test_the_state_is_whole_after_ctrl_c(story):
    assert story.held_then == MADE


def test_a_second_apply_goes_on_from_there_without_drift(story):
    assert story.again.returncode == 0, story.again.stderr
    (row,) = json.loads(story.again.stdout)
    assert row["status"] == "applied"
    assert {*row["changed"]} == {"terraform_data.slow"}
    assert not row["drift"]
    assert story.held_after == {*MADE, "terraform_data.slow"}


def test_destroying_bucket_and_key_is_refused_with_every_option_to_add(story):
    assert story.refused.returncode == 2
    for address in MADE:
        assert f"--allow-destroy {STACK}:{address}" in story.refused.stderr
    assert story.held_at_last == story.held_after
