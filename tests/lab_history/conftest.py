"""Histories on disk, made once, and copies of them to spoil."""

import shutil
from datetime import UTC, datetime

import pytest

from ops.config import load
from ops.lab import delivery, history
from tests.conftest import ROOT, ZONES

END = datetime(2026, 11, 20, 15, 20, 7, tzinfo=UTC)  # a Friday, not on the hour


def a_zone(name="lab"):
    return load(ROOT / "config" / "lab.yaml" if name == "lab" else ZONES / f"{name}.yaml")


def a_plan(zone="lab", **changes):
    return history.plan(a_zone(zone), **({"end": END, "days": 1.0, "backfill": True} | changes))


@pytest.fixture(scope="session")
def lab_directory(tmp_path_factory):
    """Where the private keys are."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def intact(tmp_path_factory, lab_directory):
    """A day of history, the attack included. Look, do not touch."""
    path = tmp_path_factory.mktemp("intact") / "copy"
    delivery.to_directory(a_plan(), path, lab_directory)
    return path


@pytest.fixture
def copy(intact, tmp_path):
    """The same, to be spoilt."""
    shutil.copytree(intact, tmp_path / "copy")
    return tmp_path / "copy"
