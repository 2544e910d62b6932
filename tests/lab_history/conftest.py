"""Histories on disk, made once, and copies of them to spoil."""

import shutil
from datetime import UTC, datetime

import pytest

from ops.config import load
from ops.lab import delivery, history
from ops.lab.delivery.signing import Signer
from ops.lab.keys import KeyRing
from tests.conftest import ROOT, ZONES

END = datetime(2026, 11, 20, 15, 20, 7, tzinfo=UTC)  # a Friday, not on the hour


def a_zone(name="lab"):
    return load(ROOT / "config" / "lab.yaml" if name == "lab" else ZONES / f"{name}.yaml")


def a_plan(zone="lab", **changes):
    return history.plan(a_zone(zone), **({"end": END, "days": 1.0, "backfill": True} | changes))


def make_keys(plan, lab):
    """Put random keys where a plan's derived ones would lie: they are made ten times as fast."""
    signer = Signer(KeyRing(lab / delivery.DERIVED / plan.zone.name / str(plan.seed)), plan)
    for region in plan.regions:
        for moment in (plan.begin, plan.end):
            signer.pair(region, moment)


def delivered(plan, path, lab):
    """Deliver to a directory, where no test asks which keys sign."""
    make_keys(plan, lab)
    return delivery.to_directory(plan, path, lab)


@pytest.fixture(scope="session")
def lab_directory(tmp_path_factory):
    """Where the private keys are."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def intact(tmp_path_factory, lab_directory):
    """A day of history, the attack included. Look, do not touch."""
    path = tmp_path_factory.mktemp("intact") / "copy"
    delivered(a_plan(), path, lab_directory)
    return path


@pytest.fixture(scope="session")
def hours(tmp_path_factory, lab_directory):
    """Ten hours, the attack included: as much as an intruder needs. Look, do not touch."""
    path = tmp_path_factory.mktemp("hours") / "copy"
    delivered(a_plan(days=0.4), path, lab_directory)
    return path


@pytest.fixture
def copy(hours, tmp_path):
    """The same, to be spoilt."""
    shutil.copytree(hours, tmp_path / "copy")
    return tmp_path / "copy"
