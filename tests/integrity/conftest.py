"""What the integrity tests share: short ways to say what a report must hold."""

from collections.abc import Callable
from typing import Any

import pytest

from ops.integrity.finding import Finding
from ops.integrity.report import Report
from tests.integrity.world import World


@pytest.fixture
def check(tmp_path) -> Callable[..., Report]:
    """Verify a world; each call writes to a directory of its own."""
    calls = iter(range(100))

    def run(world: World, **asked: Any) -> Report:
        return world.verify(tmp_path / f"copy{next(calls)}", **asked)

    return run


def causes(report: Report) -> list[str]:
    return sorted(one.cause for one in report.findings)


def only(report: Report, cause: str) -> Finding:
    (found,) = [one for one in report.findings if one.cause == cause]
    return found
