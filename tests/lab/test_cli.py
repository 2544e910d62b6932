"""The commands, as a person types them."""

import json
from dataclasses import dataclass

import pytest

from ops import cli
from ops import lab as labs
from tests.conftest import ROOT

CONFIG = ROOT / "config" / "lab.yaml"


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Type `ops lab …`."""
    monkeypatch.setenv("ATALAYA_HOME", str(tmp_path))

    def ops(*arguments):
        code = cli.run(["lab", *arguments])
        return Answer(code, *capfd.readouterr())

    yield ops
    labs.down(tmp_path / "lab" / "lab")


def test_up_status_down(run, tmp_path):
    missing = run("status", "--config", str(CONFIG))
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "No lab is running" in missing.stderr
    assert "ops lab up" in missing.stderr

    up = run("up", "--config", str(CONFIG), "--format", "json")
    assert up.returncode == 0, up.stderr
    lab = json.loads(up.stdout)
    assert lab["organization"] == "o-lab0000001"
    assert lab["directory"] == str(tmp_path / "lab" / "lab")

    status = run("status", "--config", str(CONFIG), "--jmespath", "endpoint")
    assert json.loads(status.stdout) == lab["endpoint"]
    again = run("up", "--config", str(CONFIG))
    assert lab["endpoint"] in again.stdout
    assert lab["secret_access_key"] not in again.stdout

    down = run("down", "--config", str(CONFIG))
    assert (down.returncode, down.stdout) == (0, "")
    assert f"Stopped the lab at {lab['endpoint']}" in down.stderr
    second = run("down", "--config", str(CONFIG))
    assert (second.returncode, second.stderr) == (0, "No lab was running.\n")


def test_another_directory_is_said_to_need_the_variable(run, tmp_path):
    place = tmp_path / "elsewhere"
    up = run("up", "--config", str(CONFIG), "--dir", str(place))
    assert f"ATALAYA_LAB_DIR={place}" in up.stderr
    assert run("status", "--config", str(CONFIG)).returncode == 3
    assert run("down", "--config", str(CONFIG), "--dir", str(place)).returncode == 0


def test_a_port_that_is_none_is_a_usage_error(run):
    assert run("up", "--port", "70000").returncode == 2
