"""What every test gets: a clean environment, and --golden to write goldens again."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no defect.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]
ZONES = ROOT / "tests" / "zones"

_LEAKING = ("AWS_", "ATALAYA_", "TF_VAR_", "TF_LOG", "TF_CLI_ARGS")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files again")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: workers that end together end soonest."""
    items.sort(key=lambda item: item.get_closest_marker("terraform") is None)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--golden"))


@pytest.fixture(autouse=True, scope="session")
def clean_environment() -> None:
    """Take away what the developer's shell could let in."""
    for name in list(os.environ):
        if name.startswith(_LEAKING) and name != "AWS_CA_BUNDLE":
            del os.environ[name]
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        os.environ.pop(name, None)
