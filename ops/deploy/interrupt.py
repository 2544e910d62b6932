"""Ctrl-C while Terraform runs: stop it once, gently, and wait.

Terraform finishes or cancels what it has begun and writes its state when it is
told to stop once; told twice, it gives up at once and may lose state. It runs
in a process group of its own, so that the terminal's Ctrl-C reaches us alone,
and we pass on exactly one.
"""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupt:
    """Takes the signals that ask us to stop, while it is entered."""

    def __init__(self) -> None:
        self.requested = False
        """Whether somebody asked to stop."""
        self._children: set[subprocess.Popen[Any]] = set()
        self._before: dict[signal.Signals, Any] = {}
        self._lock = RLock()

    def __enter__(self) -> "Interrupt":
        """Take the signals over; only the main thread may."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let Ctrl-C do what it did before, as long as a person is asked something."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        try:
            yield
        finally:
            for number in self._before:
                signal.signal(number, self._receive)

    @contextmanager
    def reaching(self, child: subprocess.Popen[Any]) -> Iterator[None]:
        """Pass a request to stop on to a process, as long as it runs."""
        with self._lock:
            self._children.add(child)
            if self.requested:
                child.send_signal(signal.SIGINT)
        try:
            yield
        finally:
            with self._lock:
                self._children.discard(child)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        with self._lock:
            if self.requested:
                return
            self.requested = True
            for child in self._children:
                child.send_signal(signal.SIGINT)
