import resource
import statistics
import subprocess
import sys

import click
import pytest

from ops import cli
from ops.cli import LazyGroup, deploy
from tests.conftest import ROOT

GROUPS = [("ops", cli.ops), ("deploy", deploy.deploy)]


def commands(group):
    return [(name, lazy.load()) for name, lazy in group.lazy.items()] + [*group.commands.items()]


ALL = [pytest.param(command, id=f"{where} {name}") for where, group in GROUPS
       for name, command in commands(group)]  # fmt: skip


def test_the_help_lists_every_command_without_importing_any():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ops", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in cli.ops.lazy:
        assert f"  {name} " in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {
        "ops.cli.deploy",
        "ops.cli.lab",
        "ops.config",
        "boto3",
        "rich",
        "pydantic",
    }


def test_the_help_appears_at_once():
    def seconds():
        # The processor's seconds, not the clock's: other work may run beside the tests.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "ops", "--help"]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert statistics.median(seconds() for _ in range(3)) <= 0.3


@pytest.mark.parametrize("command", ALL)
def test_every_command_says_what_it_does_in_one_line(command):
    assert command.get_short_help_str(limit=200)
    assert not command.get_short_help_str(limit=200).endswith("...")


@pytest.mark.parametrize(("name", "command"), commands(deploy.deploy))
def test_every_deploy_command_shows_an_example_and_its_exit_codes(name, command):
    text = command.get_help(click.Context(command, info_name=name))
    assert f"ops deploy {name}" in text
    assert "Exit status: 0" in text


@pytest.mark.parametrize("group", [group for _, group in GROUPS])
def test_every_lazy_command_is_there_and_has_the_name_it_is_listed_by(group):
    assert isinstance(group, LazyGroup)
    for name, lazy in group.lazy.items():
        assert lazy.load().name == name
