"""The lab's landing zone, synthesized once, and judged as it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.config import LandingZone, load
from ops.deploy import synth
from ops.deploy.check import Matrix, judge
from tests.check.world import World
from tests.conftest import ROOT

LAB = ROOT / "config" / "lab.yaml"


@pytest.fixture(scope="session")
def zone() -> LandingZone:
    return load(LAB)


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The lab's stacks as main.py synthesizes them."""
    directory: Path = tmp_path_factory.mktemp("check") / "cdktf.out"
    synth.synthesize(LAB, directory)
    files = sorted(directory.glob("stacks/*/cdk.tf.json"))
    return {file.parent.name: json.loads(file.read_bytes()) for file in files}


@pytest.fixture
def world(stacks: dict[str, Any]) -> World:
    """The lab's plans, free to be changed."""
    return World(stacks)


@pytest.fixture(scope="session")
def baseline(stacks: dict[str, Any]) -> Matrix:
    """The matrix of the lab as it is, with nothing accepted."""
    return judge(World(stacks).estate())
