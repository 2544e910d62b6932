"""Terraform's machine-readable output, line by line, and what we make of it.

Source: Terraform CLI, "Machine-Readable UI" (format version 1.x).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What an event tells."""

    STEP = "step"
    """A stack's next Terraform command begins."""
    EXPECTED = "expected"
    """The command is going to change so many resources: `count`."""
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    ENDED = "ended"
    """The work on a stack is over; the text says what became of it."""
    NOTICE = "notice"
    """Something to know that is not about one resource."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened while Terraform ran, for people to watch."""

    stack: str
    kind: Kind
    text: str
    """The step, the resource's address, or the notice."""
    action: str = ""
    """What is done to the resource: create, update, delete."""
    seconds: float = 0
    count: int = 0


Listen = Callable[[Event], None]
"""What events are told to; may be called from several threads."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning of Terraform."""

    severity: str
    summary: str
    detail: str
    address: str | None

    def __str__(self) -> str:
        """Return all of it in one paragraph."""
        where = f" ({self.address})" if self.address else ""
        detail = f": {self.detail.strip()}" if self.detail.strip() else ""
        return f"{self.summary.strip()}{where}{detail}"


@dataclass(slots=True)
class Transcript:
    """What one run of Terraform has told so far."""

    stack: str
    changed: list[str] = field(default_factory=list)
    """The addresses of the resources it created, updated or deleted."""
    planned: list[str] = field(default_factory=list)
    """The addresses of the resources it means to change."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Lines that are not JSON: what Terraform says before it knows of -json."""

    def feed(self, line: str) -> Event | None:
        """Take in one line and return what is worth watching in it, if anything."""
        message = _parsed(line)
        if message is None:
            if line.strip():
                self.unread.append(line.rstrip())
            return None
        match message.get("type"):
            case "diagnostic":
                self.diagnostics.append(_diagnostic(message["diagnostic"]))
            case "planned_change":
                return self._planned(message["change"])
            case "apply_start" | "apply_complete" | "apply_errored" as kind:
                return self._hook(kind, message["hook"])
        return None

    def errors(self) -> list[Diagnostic]:
        """Return its errors, each once: Terraform repeats those of a resource's parts."""
        return [one for one in dict.fromkeys(self.diagnostics) if one.severity == "error"]

    def _planned(self, change: Mapping[str, Any]) -> Event | None:
        if change["action"] not in ("noop", "read"):
            self.planned.append(change["resource"]["addr"])
        return Event(self.stack, Kind.EXPECTED, "", count=len(self.planned))

    def _hook(self, kind: str, hook: Mapping[str, Any]) -> Event | None:
        address, action = hook["resource"]["addr"], hook["action"]
        if action in ("read", "noop"):
            return None
        if kind == "apply_complete":
            self.changed.append(address)
        return Event(
            self.stack,
            {"apply_start": Kind.STARTED, "apply_complete": Kind.DONE}.get(kind, Kind.FAILED),
            address,
            action=action,
            seconds=hook.get("elapsed_seconds", 0),
        )


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _diagnostic(told: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=told["severity"],
        summary=told.get("summary", ""),
        detail=told.get("detail", ""),
        address=told.get("address"),
    )
