"""The import arrows point one way, and each fact stands in one place."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

SOURCES = [
    *sorted((ROOT / "ops").rglob("*.py")),
    *sorted((ROOT / "modules").rglob("*.py")),
    ROOT / "main.py",
]
MAY_IMPORT = {
    # Who may import whom: a part of `ops`, and the parts it may name.
    "rules": {"rules", "strict_yaml", "errors"},
    "strict_yaml": set(),
    "detect": {"detect", "rules", "query", "history", "archive", "whole", "errors"},
    "config": {"config", "partition", "layout", "strict_yaml", "errors"},
    "layout": set(),
    "errors": set(),
    "timerange": {"errors"},
    "partition": set(),
    "lock": {"errors"},
    "whole": set(),
    "names": {"config", "partition"},
    "deployed_rules": {"config", "names", "query", "rules", "errors"},
    "catalog": {"config", "names", "layout", "history"},
    "saved": {"catalog", "config", "names", "query", "timerange", "errors"},
    "home": {"config"},
    "endpoint": {"config", "home", "errors"},
    "aws": {"config", "names", "endpoint", "errors"},
    "lab": {"lab", "config", "names", "partition", "home", "endpoint", "errors", "layout"},
    "cloudtrail": {"aws", "config", "errors"},
    "deploy": {"deploy", "aws", "config", "deployed_rules", "names", "partition", "home", "endpoint", "errors",
               "rules", "layout", "lock"},
    "render": {"render", "detect", "rules", "deploy", "integrity", "history", "lab", "query", "config", "names",
               "whole", "errors"},
    "query": {"query", "history", "archive", "aws", "cloudtrail", "endpoint", "timerange", "config",
              "names", "catalog", "layout", "lock", "whole", "errors"},
    "history": {"history", "archive", "home", "layout", "lock", "errors"},
    "archive": {"archive", "aws", "config", "names", "endpoint", "layout", "errors"},
    "integrity": {"integrity", "archive", "aws", "config", "names", "layout", "partition", "whole", "errors"},
}  # fmt: skip


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


@cache
def imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return frozenset(found)


def packages(path: Path) -> set[str]:
    return {name.split(".", maxsplit=1)[0] for name in imports(path)}


def parts_of_ops(path: Path) -> set[str]:
    named = {name.split(".")[1] for name in imports(path) if name.startswith("ops.")}
    return named - {"__version__"}


def below(folder: str) -> list[Path]:
    return [path for path in SOURCES if place(path).startswith(f"{folder}/")]


def test_ops_knows_neither_the_cdk_nor_modules():
    foreign = {"cdktf", "cdktn", "constructs", "modules", "main"}
    assert not [place(path) for path in below("ops") if packages(path) & foreign]


def test_each_part_of_ops_imports_only_what_lies_below_it():
    free = {"__init__", "__main__", "cli"}
    upward = {
        place(path): parts_of_ops(path) - MAY_IMPORT.get(part_of(path), set())
        for path in below("ops")
        if part_of(path) not in free
    }
    assert not {path: named for path, named in upward.items() if named}


def test_modules_import_only_the_pure_parts_of_ops():
    pure = {"config", "rules", "layout", "names", "partition", "home", "errors", "catalog", "saved",
            "deployed_rules"}  # fmt: skip
    assert not {place(path): parts_of_ops(path) - pure for path in below("modules")
                if parts_of_ops(path) - pure}  # fmt: skip


def test_the_catalogue_knows_of_the_history_its_columns_alone():
    [catalog] = [path for path in SOURCES if place(path) == "ops/catalog.py"]
    named = {name for name in imports(catalog) if name.startswith("ops.history")}
    assert named == {"ops.history", "ops.history.schema"}
    for name in ("__init__", "schema"):
        assert packages(ROOT / "ops" / "history" / f"{name}.py") <= {"dataclasses", "typing"}


def test_what_is_deployed_of_the_rules_knows_of_questions_their_lists_alone():
    [deployed] = [path for path in SOURCES if place(path) == "ops/deployed_rules.py"]
    assert {name for name in imports(deployed) if name.startswith("ops.query")} == {
        "ops.query", "ops.query.lists",
    }  # fmt: skip
    assert parts_of_ops(ROOT / "ops" / "query" / "lists.py") <= {"config", "names"}


def test_the_aws_sdk_is_used_in_one_place_and_the_lab():
    using = [place(path) for path in SOURCES if packages(path) & {"boto3", "botocore"}]
    assert [path for path in using if not path.startswith("ops/lab/")] == ["ops/aws.py"]


def test_sigma_is_read_in_one_place_without_its_lists_of_attacks():
    using = [path for path in SOURCES if "sigma" in packages(path)]
    assert [place(path) for path in using] == ["ops/rules/sigma/detection.py"]
    assert not {name for name in imports(using[0]) if name.startswith(("sigma.data", "sigma.collection"))}  # fmt: skip


def test_presentation_is_imported_at_the_edge_only():
    edge = ("ops/cli/", "ops/render/", "ops/__main__.py")
    using = [place(path) for path in SOURCES if packages(path) & {"click", "rich"}]
    assert not [path for path in using if not path.startswith(edge)]


def test_cloudtrails_key_layout_is_spelled_once():
    spelling = [place(path) for path in SOURCES if "AWSLogs" in path.read_text()]
    assert spelling == ["ops/layout.py"]


def test_the_distribution_of_the_cdk_is_named_once():
    naming = [place(path) for path in SOURCES if packages(path) & {"cdktf", "cdktn", "constructs"}]
    assert naming == ["modules/cdk.py"]


def test_files_stay_short_enough_to_read():
    lengths = {place(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert not {path: length for path, length in lengths.items() if length > 310}


def test_help_loads_nothing_heavy():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ops", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in run.stderr.splitlines()}
    assert not loaded & {"boto3", "moto", "pydantic", "rich", "cdktf", "yaml"}
