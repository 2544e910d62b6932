"""Every numbered scenario of log validation has a test whose name says so.

A test's name begins with the numbers of what it shows: `test_s46_s47_s48_…`, or
`test_s69_to_s73_…`. The numbers are those of the list of 105 scenarios that this
verifier was built from, the chapters of which are the names of the files here.
"""

import ast
import re
from functools import cache

from tests.conftest import ROOT

SCENARIOS = range(1, 106)
_NAME = re.compile(r"test((?:_to)?_s\d+)+_[a-z]")
_NUMBER = re.compile(r"(_to)?_s(\d+)")


def numbers(name: str) -> set[int]:
    """The scenarios that a test's name begins with."""
    found: list[int] = []
    for to, number in _NUMBER.findall(name) if _NAME.match(name) else ():
        found += range(found[-1] + 1, int(number) + 1) if to else [int(number)]
    return set(found)


@cache
def shown() -> dict[int, list[str]]:
    """The tests by scenario."""
    tests: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for number in numbers(node.name):
                    tests.setdefault(number, []).append(f"{path.name}::{node.name}")
    return tests


def test_names_say_their_numbers():
    assert numbers("test_s07_older_digests") == {7}
    assert numbers("test_s46_s47_s48_only") == {46, 47, 48}
    assert numbers("test_s69_to_s73_faults") == {69, 70, 71, 72, 73}
    assert numbers("test_something_else") == numbers("test_sixteen") == set()


def test_every_scenario_is_shown():
    assert [number for number in SCENARIOS if number not in shown()] == []


def test_no_test_shows_a_scenario_that_does_not_exist():
    assert {number: shown()[number] for number in shown() if number not in SCENARIOS} == {}
