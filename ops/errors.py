"""Every error this tool raises on purpose, and the exit code each one means.

    OpsError                 the root; exit code 3 unless a subclass says otherwise
    ├── UsageError           the command line asks for something that cannot be (2)
    │   ├── PatternError     a pattern is wrong; points at the character (2)
    │   ├── RuleError        a file of rules is wrong; names file and line (2)
    │   └── Refusal          a target cannot say what a rule says, and why (2)
    ├── ConfigError          the landing-zone file is wrong; lists every problem (2)
    ├── SetupError           a program or file this machine needs is missing (2)
    ├── AwsError             AWS (or the lab) refused or could not be reached (3)
    ├── ArchiveError         a place that holds logs, or an object in it, cannot be read (3)
    ├── StoreError           the history's store cannot be read or written (3)
    ├── QueryError           an engine refused a question or failed at it (3)
    ├── LabError             the embedded AWS could not be started or found (3)
    └── DeployError          Terraform failed, was stopped, or may not go on (3)
        └── Refused          a destruction nobody allowed, or nobody to ask (2)

A message says what, where, why and what to do next. Only `ops.cli` turns an
error into text and an exit code.
"""

from collections.abc import Sequence
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command (DESIGN: the CLI contract)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3


class OpsError(Exception):
    """Something this tool foresaw went wrong; `hint` says what to do next."""

    exit_code = Exit.INCOMPLETE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(OpsError):
    """The command line asks for something that cannot be."""

    exit_code = Exit.USAGE


class PatternError(UsageError):
    """A pattern is wrong; the message shows the character, where one is to blame."""

    def __init__(
        self, problem: str, text: str = "", place: int | None = None, *, hint: str = ""
    ) -> None:
        self.problem = problem
        self.column = None if place is None else place + 1
        """The character's number, from 1."""
        shown = (
            problem if place is None else f"column {place + 1}: {problem}\n{_caret(text, place)}"
        )
        super().__init__(shown, hint=hint)


def _caret(text: str, place: int) -> str:
    """Return the line around a character, and a mark under it."""
    start = max(0, place - 60)
    line = "".join(one if one.isprintable() else " " for one in text[start : place + 40])
    return f"  {line}\n  {' ' * (place - start)}^"


class RuleError(UsageError):
    """A rule is wrong, or says what we do not take; names the file, and the line if it is known."""

    def __init__(
        self, problem: str, file: str = "", line: int | None = None, *, hint: str = ""
    ) -> None:
        self.problem, self.file, self.line = problem, file, line
        where = f"{file}, line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + problem, hint=hint)


class Refusal(UsageError):
    """A target cannot say what a rule says; nothing is weakened to make it fit."""

    def __init__(self, target: str, reason: str) -> None:
        self.target, self.reason = target, reason
        super().__init__(f"{target} cannot express this: {reason}.")


class ConfigError(OpsError):
    """The landing-zone file is wrong; `problems` lists everything found."""

    exit_code = Exit.USAGE

    def __init__(self, path: str, problems: Sequence[str], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems), hint=hint)


class SetupError(OpsError):
    """A program or file this machine needs is missing or too old."""

    exit_code = Exit.USAGE


class AwsError(OpsError):
    """AWS refused a call or could not be reached."""


class ArchiveError(OpsError):
    """A place that holds logs cannot be read; `ops.archive.model` has its kinds."""


class StoreError(OpsError):
    """The history's store cannot be read or written."""


class QueryError(OpsError):
    """An engine refused a question or failed at it."""


class LabError(OpsError):
    """The embedded AWS could not be started, or is not running."""


class DeployError(OpsError):
    """Terraform failed, was stopped, or a stack it needs did."""


class Refused(DeployError):
    """A destruction nobody allowed, or a question with nobody to ask."""

    exit_code = Exit.USAGE
