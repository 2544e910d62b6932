"""`ops deploy` as people run it: what it says, its exit codes, a terminal or none, and signals."""

import fcntl
import json
import os
import pty
import re
import signal
import termios
import time
from contextlib import contextmanager

import pytest

from tests.deploy.conftest import a_stack


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_plan_prints_json_for_machines_on_stdout_and_talk_on_stderr(command_line):
    done = command_line.run("plan", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {"stack", "account", "region", "add", "change", "replace", "destroy", "addresses",
            "waits_for"} == set(rows[0])  # fmt: skip
    assert [row["waits_for"] for row in rows if row["stack"] == "trail"] == [["log-archive"]]
    assert "log-archive: plan" in done.stderr


def test_plan_exits_1_for_changes_only_with_detailed(command_line):
    assert command_line.run("plan", "island").returncode == 0
    detailed = command_line.run("plan", "island", "--detailed")
    assert detailed.returncode == 1
    assert "+ island:aws_sns_topic.alone" in detailed.stdout


def test_jmespath_filters_what_json_would_show(command_line):
    done = command_line.run("plan", "island", "--jmespath", "[].addresses.add[]")
    assert json.loads(done.stdout) == ["aws_sns_topic.alone"]


def test_an_unknown_stack_exits_2_and_lists_the_stacks(command_line):
    done = command_line.run("plan", "trial")
    assert done.returncode == 2
    assert "log-archive" in done.stderr


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_without_a_terminal_and_without_leave_nothing_is_begun(command_line, command):
    done = command_line.run(command)
    assert done.returncode == 2
    assert "--auto-approve" in done.stderr
    assert not (command_line.directory / "calls.jsonl").exists()


def test_apply_says_what_became_of_every_stack(command_line):
    done = command_line.run("apply", "--auto-approve", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["stack"]: row for row in json.loads(done.stdout)}
    assert rows["trail"]["status"] == "applied"
    assert rows["trail"]["changed"] == ["aws_cloudtrail.trail", "aws_sns_topic.alarms"]
    again = command_line.run("apply", "--auto-approve")
    assert again.returncode == 0
    assert "no drift" in again.stdout


def test_a_failure_half_way_exits_3_with_the_reason_and_the_log(command_line):
    command_line.fake_terraform(fail={"aws_kms_key.key": "LimitExceeded"})
    done = command_line.run("apply", "--auto-approve")
    assert done.returncode == 3
    assert "ops: log-archive failed: terraform apply failed: LimitExceeded" in done.stderr
    assert "ops: trail skipped: needs log-archive" in done.stderr
    assert ".log" in done.stderr


def test_drift_exits_1_and_names_it(command_line):
    command_line.fake_terraform(drift=["aws_sns_topic.alone"])
    done = command_line.run("apply", "--auto-approve")
    assert done.returncode == 1
    assert "! island:aws_sns_topic.alone" in done.stdout


def test_a_refused_destruction_exits_2_and_the_printed_option_helps(command_line):
    command_line.run("apply", "--auto-approve")
    refused = command_line.run("destroy", "--auto-approve")
    assert refused.returncode == 2
    options = refused.stderr.partition("add: ")[2].split()
    assert len(options) == 6
    assert command_line.run("destroy", "--auto-approve", *options).returncode == 0


@contextmanager
def ended(process):
    """Let no process outlive its test, whatever the test runs into."""
    try:
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
    finally:
        assert process.poll() is not None


def read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""  # the other end of a terminal closes with an error


def on_a_terminal(command_line, answers, *arguments):
    """Run a command on a terminal and answer its questions; return its code and all it says."""
    here, there = pty.openpty()
    process = command_line.start(
        *arguments,
        stdin=there,
        stdout=there,
        stderr=there,
        # Ctrl-C is a signal only to those whose own terminal it is typed on.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(there)
    said, given = b"", 0
    with ended(process):
        while chunk := read(here):
            said += chunk
            if given < len(answers) and said.count(b"[y/N]:") > given:
                time.sleep(0.5)  # a person has to read first
                os.write(here, answers[given])
                given += 1
        process.wait(60)
    os.close(here)
    return process.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode(errors="replace"))


def test_a_person_sees_the_changes_and_may_decline(command_line):
    code, said = on_a_terminal(command_line, [b"n\n"], "apply", "island")
    assert code == 3
    assert "+ island:aws_sns_topic.alone" in said
    assert "island declined" in said
    assert not (command_line.directory / "state/island.tfstate").exists()


def test_a_person_may_agree(command_line):
    code, said = on_a_terminal(command_line, [b"y\n"], "apply", "island")
    assert code == 0, said
    assert (command_line.directory / "state/island.tfstate").exists()


def test_ctrl_c_at_the_question_is_no_yes(command_line):
    code, said = on_a_terminal(command_line, [b"\x03"], "apply", "island")
    assert code == 3, said
    assert not (command_line.directory / "state/island.tfstate").exists()


def test_ctrl_c_reaches_terraform_once_and_ops_says_what_stands(command_line):
    command_line.fake_terraform(hang=["aws_s3_bucket.archive"])
    process = command_line.start("apply", "--auto-approve")
    with ended(process):
        wait_for(command_line.directory / "hanging", process)
        # As a terminal does it, and a second time by an impatient person.
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        told, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert re.search(r"organization .* applied", told)
    assert (command_line.directory / "interrupts").read_text() == "1"
    assert "ops: log-archive stopped" in said
    assert "done before that: aws_kms_key.key" in said
    assert "Traceback" not in said


def test_a_second_apply_at_the_same_time_is_turned_away(command_line):
    command_line.fake_terraform(hang=["aws_sns_topic.alone"])
    process = command_line.start("apply", "island", "--auto-approve")
    with ended(process):
        wait_for(command_line.directory / "hanging", process)
        second = command_line.run("apply", "island", "--auto-approve")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert second.returncode == 3
    assert f"process {process.pid}" in second.stderr
    assert process.returncode == 3


def test_a_stack_the_config_lost_is_not_forgotten(command_line, lab):
    state = lab.home / "minimal/lab/state"
    state.mkdir(parents=True, exist_ok=True)
    (state / "standalone-666666666666.tfstate").write_text("{}")
    done = command_line.run("plan", "island")
    assert "standalone-666666666666: is no stack of this config any more" in done.stderr
    (state / "standalone-666666666666.tfstate").unlink()


def test_a_missing_terraform_is_one_line_and_what_to_do(command_line):
    command_line.environment["ATALAYA_TERRAFORM"] = "/nowhere/terraform"
    done = command_line.run("plan")
    assert done.returncode == 2
    assert done.stderr.startswith("ops: /nowhere/terraform cannot be run")
    assert "  → install Terraform 1.10 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_an_app_that_fails_is_quoted(command_line):
    command_line.app.write_text(command_line.app.read_text().replace('if "', 'if "broken" or "'))
    done = command_line.run("plan")
    assert done.returncode == 3
    assert "config.yaml: trail.name: no" in done.stderr


def test_terminal_sequences_in_what_terraform_says_are_spelled_out(command_line):
    command_line.fake_terraform(fail={"aws_sns_topic.alone": "\x1b]0;owned\x07"})
    done = command_line.run("apply", "island", "--auto-approve")
    assert "\x1b" not in done.stdout + done.stderr
    assert r"\x1b]0;owned\x07" in done.stderr


def test_a_stack_that_changes_outputs_only_is_told_as_such(command_line):
    command_line.stacks({"empty": a_stack(outputs=["name"])})
    done = command_line.run("plan", "empty")
    assert done.returncode == 0
    assert "outputs only" in done.stdout


def test_wrong_rules_are_told_all_at_once_before_anything_is_done(command_line, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    text = command_line.config.read_text(encoding="utf-8")
    wrong.write_text(f"{text}alarms: {{rules: [cis-9.0]}}\nreactions: {{rules: [nothing]}}\n")
    command_line.config = wrong
    done = command_line.run("plan")
    assert done.returncode == 2
    assert "alarms.rules.0: 'cis-9.0': is no rule, profile or tag" in done.stderr
    assert "reactions.rules.0: 'nothing': is no rule, profile or tag" in done.stderr
    assert "synth" not in done.stderr
