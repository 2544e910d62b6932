"""The one place that turns an exception into text and an exit code."""

import errno
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest

from ops import cli
from ops.errors import AwsError, ConfigError, DeployError, Exit, LabError, Refused, SetupError
from ops.errors import UsageError as OpsUsageError
from tests.conftest import ROOT


@pytest.fixture
def command(monkeypatch):
    """Add a command that does what a test wants, and run a command line with it."""

    def run(body, *arguments):
        probe = click.Command("probe", callback=body)
        monkeypatch.setitem(cli.ops.commands, "probe", probe)
        return cli.run([*arguments, "probe"])

    return run


def raising(error):
    def body():
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OpsUsageError("x"), 2),
        (ConfigError("f.yaml", ["name: is required"]), 2),
        (SetupError("x"), 2),
        (Refused("x"), 2),
        (AwsError("x"), 3),
        (LabError("x"), 3),
        (DeployError("x"), 3),
        (KeyboardInterrupt(), 3),
        (click.Abort(), 3),
        (click.UsageError("x"), 2),
        (ValueError("x"), 3),
    ],
)
def test_every_error_has_its_exit_code(command, error, code):
    assert command(raising(error)) == code


@pytest.mark.parametrize("code", list(Exit))
def test_a_command_may_return_its_exit_code(command, code):
    assert command(lambda: code) == code


def test_a_command_that_returns_nothing_exits_0(command):
    assert command(lambda: None) == 0


def test_a_message_and_what_to_do_next_go_to_stderr(command, capsys):
    command(raising(AwsError("the bucket is gone", hint="look for it")))
    assert capsys.readouterr() == ("", "ops: the bucket is gone\n  → look for it\n")


def test_every_problem_of_a_config_is_shown(command, capsys):
    command(raising(ConfigError("f.yaml", ["name: is required", "trail: is required"])))
    assert capsys.readouterr().err == "ops: f.yaml: name: is required\nf.yaml: trail: is required\n"


def test_control_characters_in_a_message_are_spelled_out(command, capsys):
    command(raising(AwsError("\x1b[2Jgone\u202e", hint="\x07")))
    assert capsys.readouterr().err == "ops: \\x1b[2Jgone\\u202e\n  → \\x07\n"


def test_an_unforeseen_error_is_one_line_and_its_traceback_a_file(command, capsys):
    assert command(raising(ZeroDivisionError("a\nb"))) == 3
    said = capsys.readouterr().err
    assert said.startswith("ops: a fault in ops itself: ZeroDivisionError: a b\n")
    path = Path(said.partition("the traceback is in ")[2].partition(";")[0])
    assert "in body" in path.read_text()
    path.unlink()


def test_a_full_disk_is_no_fault_of_ours(command, capsys):
    full = OSError(errno.ENOSPC, "No space left on device", "out.json")
    assert command(raising(full)) == 3
    err = capsys.readouterr().err
    assert "out.json cannot be written: No space left on device" in err
    assert "traceback" not in err


def test_debug_shows_the_traceback(command, capsys):
    assert command(raising(ZeroDivisionError("x")), "--debug") == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_command_exits_2_and_shows_the_usage(capsys):
    assert cli.run(["nonsense"]) == 2
    assert "Usage: ops" in capsys.readouterr().err


def test_an_unknown_option_exits_2(capsys):
    assert cli.run(["deploy", "plan", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def test_no_command_shows_the_help_and_exits_2(capsys):
    assert cli.run([]) == 2
    assert "Commands:" in capsys.readouterr().err


def a_process(body):
    program = f"""
        import sys, time, click
        from ops import cli
        @click.command()
        def probe():
            {body}
        cli.ops.add_command(probe)
        sys.exit(cli.run(["probe"]))
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("write", ["click.echo('x')", "rich.print('x')"])
def test_a_reader_that_goes_away_ends_it_quietly(write):
    table = "from ops.render import screen; out = screen.out()"
    line = write.replace("rich.print", "out.print")
    with a_process(f"{table}\n            while True: {line}") as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 3
        assert process.stderr.read() == ""


def test_ctrl_c_ends_it_without_a_traceback():
    with a_process("print('on', flush=True); time.sleep(60)") as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 3
        assert process.stderr.read().strip() == "ops: stopped"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [(">/dev/full", 3, "The output cannot be written: No space left on device"), (">&-", 0, "")],
)
def test_output_that_cannot_be_written_is_no_fault_of_ours_and_no_finding(words, code, said):
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m ops runbooks --format json {words}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert said in done.stderr
    assert "fault" not in done.stderr
    assert "Traceback" not in done.stderr
