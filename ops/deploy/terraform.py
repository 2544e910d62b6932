"""Terraform for one stack: init, plan, show, apply, and what its state holds.

Every command runs in the stack's directory, in a process group of its own, with
its output in a log file. What Terraform keeps between commands lies beside the
state, not in the synthesized directory.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import IO, Any

from ops.deploy import plan as plans
from ops.deploy.initialization import Initialization
from ops.deploy.interrupt import Interrupt
from ops.deploy.messages import Event, Kind, Listen, Transcript
from ops.deploy.plan import StackPlan
from ops.deploy.program import Program
from ops.deploy.stacks import Stack
from ops.errors import DeployError

_NO_STATE = "No state file was found"
_HINTS = {
    "Error acquiring the state lock": "another Terraform works on this stack; if surely none "
    "does, `terraform force-unlock ID` in the stack's directory",
    "Backend configuration changed": "the config keeps this stack's state elsewhere than before; "
    "move it with `terraform init -migrate-state` in the stack's directory",
    "AWS account ID not allowed": "the role or the credentials are of another account than the "
    "config says",
    "Cannot assume IAM Role": "check that the role exists and trusts you, and deploy.role_name",
    "BucketNotEmpty": "empty the bucket, every version of every object, and run this again; what "
    "Object Lock holds cannot go before its day",
    "ExpiredToken": "your credentials have expired",
}
"""What to do about the errors people meet most."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all stacks' Terraforms share."""

    program: Program
    mirror: Path | None
    environment: Mapping[str, str]
    directory: Path
    """The landing zone's: logs, plans and working data lie in it."""
    state_directory: Path
    provider_version: str
    interrupt: Interrupt
    listen: Listen


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a plan has done."""

    changed: tuple[str, ...]
    """The addresses of the resources created, updated or deleted."""
    failure: DeployError | None = None
    """Why it ended early, if it failed or was stopped."""


class Terraform:
    """Terraform in one stack's directory."""

    def __init__(self, stack: Stack, setting: Setting) -> None:
        self.stack = stack
        self._setting = setting
        self._data = setting.directory / "terraform" / stack.name
        self._plans = setting.directory / "plans"
        self._file = self._plans / f"{stack.name}.tfplan"
        self._prepared = False
        self._lock = RLock()

    def init(self) -> None:
        """Get provider and backend ready, unless they are."""
        with self._lock:
            if self._prepared:
                return
            for directory in (self._data, self._plans, self._setting.state_directory):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            initialization = Initialization(
                stack=self.stack,
                data=self._data,
                lock_file=self._setting.state_directory / f"{self.stack.name}.terraform.lock.hcl",
                program=self._setting.program,
                mirror=self._setting.mirror,
                provider_version=self._setting.provider_version,
            )
            if not initialization.is_done():
                transcript, code, log = self._watched("init", initialization.arguments())
                if code:
                    raise initialization.failure(transcript.unread, log)
                initialization.done()
            self._prepared = True

    def plan(self, variables: Mapping[str, Any], *, destroy: bool = False) -> StackPlan:
        """Plan, keep the plan's file for `apply`, and return what it holds."""
        arguments = ["-json", "-detailed-exitcode", f"-out={self._file}", "-lock-timeout=30s"]
        step = "plan"
        if destroy:
            arguments.append("-destroy")
            step = "plan-destroy"
        transcript, code, log = self._watched("plan", arguments, variables, step=step)
        if code not in (0, 2):
            raise self._failure(step, transcript, log)
        document = self.show() if code == 2 else None
        if document is None:
            return self._plan((), changed=False)
        return self._plan(plans.changes(json.loads(document.read_bytes())), document)

    def show(self) -> Path:
        """Write the last plan as JSON beside it and return where; owner-readable only."""
        text = self._told("show", ["-json", str(self._file)])
        path = self._plans / f"{self.stack.name}.json"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def apply(self) -> Applied:
        """Apply exactly the last plan; return what was changed, even if it failed."""
        arguments = ["-json", "-lock-timeout=30s", str(self._file)]
        transcript, code, log = self._watched("apply", arguments)
        # A plan is good for one apply only, and it may hold secrets.
        with suppress(FileNotFoundError):
            self._file.unlink()
        failure = self._failure("apply", transcript, log) if code else None
        return Applied(tuple(transcript.changed), failure)

    def drift(self, variables: Mapping[str, Any]) -> tuple[str, ...]:
        """Plan without keeping it; return what it would change, outputs as `outputs`."""
        arguments = ["-json", "-detailed-exitcode", "-lock-timeout=30s"]
        transcript, code, log = self._watched("plan", arguments, variables, step="plan-again")
        if code not in (0, 2):
            raise self._failure("plan", transcript, log)
        return tuple(transcript.planned) or (("outputs",) if code == 2 else ())

    def outputs(self) -> dict[str, Any]:
        """Return the values of the stack's outputs, as its state knows them."""
        found = json.loads(self._told("output", ["-json"]))
        return {name: one["value"] for name, one in found.items()}

    def stands(self) -> bool:
        """Whether the state holds any resource."""
        done = self._captured(["state", "list"])
        if done.returncode and _NO_STATE not in done.stderr:
            raise self._unread("state list", done)
        return bool(done.stdout.strip())

    def _plan(
        self,
        changes: tuple[plans.Change, ...],
        document: Path | None = None,
        *,
        changed: bool = True,
    ) -> StackPlan:
        stack = self.stack
        return StackPlan(
            stack.name, stack.account, stack.region, changes, changed=changed, document=document
        )

    def _watched(
        self,
        command: str,
        arguments: Sequence[str],
        variables: Mapping[str, Any] | None = None,
        *,
        step: str | None = None,
    ) -> tuple[Transcript, int, Path]:
        """Run a command, log and tell what it says; return that, its code and the log."""
        step = step or command
        log = self._log(step)
        self._setting.listen(Event(self.stack.name, Kind.STEP, step))
        words = [*self._setting.program.command, command, "-input=false", "-no-color", *arguments]
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(words)}\n")
            child = self._started(words, variables, stderr=subprocess.STDOUT)
            with child, self._setting.interrupt.reaching(child):
                transcript = self._listened(_output(child), file)
                code = child.wait()
            file.write(f"exit code {code}\n")
        return transcript, code, log

    def _listened(self, lines: Iterable[str], log: IO[str]) -> Transcript:
        transcript = Transcript(self.stack.name)
        told = False
        for line in lines:
            log.write(line)
            log.flush()
            if event := transcript.feed(line):
                self._setting.listen(event)
            if self._setting.interrupt.requested and not told:
                told = True
                words = "stopping: Terraform finishes what it has begun, please wait"
                self._setting.listen(Event(self.stack.name, Kind.NOTICE, words))
        return transcript

    def _told(self, command: str, arguments: Sequence[str]) -> str:
        done = self._captured([command, *arguments])
        if done.returncode:
            raise self._unread(command, done)
        return done.stdout

    def _captured(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        words = [*self._setting.program.command, *arguments]
        child = self._started(words, None, stderr=subprocess.PIPE)
        with child, self._setting.interrupt.reaching(child):
            out, err = child.communicate()
        return subprocess.CompletedProcess(words, child.returncode, out, err)

    def _started(
        self, words: Sequence[str], variables: Mapping[str, Any] | None, *, stderr: int
    ) -> "subprocess.Popen[str]":
        if self._setting.interrupt.requested:
            raise DeployError(f"{self.stack.name}: stopped before Terraform began.")
        return subprocess.Popen(
            words,
            cwd=self.stack.directory,
            env=self._environment(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def _environment(self, variables: Mapping[str, Any]) -> dict[str, str]:
        values = {
            f"TF_VAR_{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in variables.items()
        }
        return {**self._setting.environment, "TF_DATA_DIR": str(self._data), **values}

    def _log(self, step: str) -> Path:
        directory = self._setting.directory / "logs"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return directory / f"{stamp}-{self.stack.name}-{step}.log"

    def _failure(self, step: str, transcript: Transcript, log: Path) -> DeployError:
        errors = [str(one) for one in transcript.errors()] or transcript.unread[-5:]
        said = "\n".join(errors) or "it gave no reason"
        hint = next((words for text, words in _HINTS.items() if text in said), "")
        return DeployError(
            f"{self.stack.name}: terraform {step} failed: {said}",
            hint="; ".join(filter(None, [hint, f"the whole output is in {log}"])),
        )

    def _unread(self, command: str, done: "subprocess.CompletedProcess[str]") -> DeployError:
        log = self._log(command.replace(" ", "-"))
        log.write_text(done.stderr, encoding="utf-8")
        said = " ".join(done.stderr.split())[:500] or "it gave no reason"
        return DeployError(
            f"{self.stack.name}: terraform {command} failed: {said}",
            hint=f"the whole output is in {log}",
        )


def _output(child: "subprocess.Popen[str]") -> IO[str]:
    if child.stdout is None:
        raise ValueError("the process was started without a pipe")
    return child.stdout
