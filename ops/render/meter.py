"""How far a run is: a bar on a terminal, a line now and then elsewhere.

Where there is no terminal rich is not loaded: it would take a tenth of a short run.
"""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PLAIN_SECONDS, _BAR_SECONDS = 5.0, 0.1
"""Seconds between two lines, and between two states of the bar."""


class Meter:
    """Shows how far a run is, on stderr."""

    def __init__(self) -> None:
        self._live = _bar() if sys.stderr.isatty() else None
        self._task = self._live.add_task("", total=None, text="") if self._live else None
        self._pause = _BAR_SECONDS if self._live else _PLAIN_SECONDS
        self._started = time.monotonic()
        self._next = self._started + self._pause

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._live:
            self._live.stop()

    @property
    def seconds(self) -> float:
        """How long it has been shown; never 0."""
        return max(time.monotonic() - self._started, 0.001)

    def due(self) -> bool:
        """Whether it is time to show something again."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._pause
        return True

    def show(self, text: str, completed: int, total: int | None) -> None:
        """Show how much of all is done, and say it in words; None if nobody knows what all is."""
        if self._live is None or self._task is None:
            sys.stderr.write(f"{text}\n")
        else:
            self._live.update(self._task, text=text, total=total, completed=completed)


def _bar() -> "Bar":
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from ops.render import screen

    return Bar(
        BarColumn(bar_width=24),
        TextColumn("{task.fields[text]}", markup=False),
        TimeRemainingColumn(),
        console=screen.err(),
        transient=True,
    )
