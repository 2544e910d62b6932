"""Synthesized landing zones, each made once: starting the CDK takes seconds."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ops import deployed_rules
from ops.config import load
from tests.conftest import ZONES

VARIANTS = ("minimal", "everything", "standalone", "existing", "govcloud", "china")


def without_metadata(value: Any) -> Any:
    """Drop what the CDK says about itself; JSON texts become values, to be read."""
    if isinstance(value, dict):
        return {key: without_metadata(one) for key, one in value.items() if key != "//"}
    if isinstance(value, list):
        return [without_metadata(one) for one in value]
    if isinstance(value, str) and value.startswith("{") and not value.startswith("{ "):
        try:
            return {"json": json.loads(value)}
        except ValueError:
            return value
    return value


def read_stacks(directory: Path) -> dict[str, Any]:
    """Return every synthesized stack below a CDK output directory, by name."""
    files = sorted(directory.glob("stacks/*/cdk.tf.json"))
    return {file.parent.name: without_metadata(json.loads(file.read_text())) for file in files}


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """Return a function that gives a variant's stacks, as Terraform's own JSON."""
    from modules import stacks

    home = tmp_path_factory.mktemp("home")

    @cache
    def stacks_of(variant: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ATALAYA_HOME", str(home))
            outdir = home / variant / "cdktf.out"
            zone = load(ZONES / f"{variant}.yaml")
            stacks.synthesize(zone, deployed_rules.of(zone), outdir)
        return read_stacks(outdir)

    return stacks_of
