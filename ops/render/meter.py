"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ops.render import screen

_PLAIN_SECONDS = 5.0
"""Seconds between two lines where there is no terminal."""


class Live:
    """Something that moves on a terminal while a `with` block lasts; nothing elsewhere."""

    def __init__(self, live: Progress | None) -> None:
        self._live = live

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Take it away; what was said stays."""
        if self._live:
            self._live.stop()


class Meter(Live):
    """Shows how far a run is, on stderr."""

    def __init__(self) -> None:
        self._console = screen.err()
        super().__init__(_bar(self._console) if self._console.is_terminal else None)
        self._task = self._live.add_task("", total=None, text="") if self._live else None
        self._started = self._said = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been shown; never 0."""
        return max(time.monotonic() - self._started, 0.001)

    def show(self, text: str, completed: int, total: int) -> None:
        """Show how much of all is done, and say it in words."""
        now = time.monotonic()
        if self._live and self._task is not None:
            self._live.update(self._task, text=text, total=total, completed=completed)
        elif now - self._said >= _PLAIN_SECONDS:
            self._said = now
            self._console.print(Text(text), soft_wrap=True)


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
