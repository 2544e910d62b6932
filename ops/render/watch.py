"""Progress of a verification: a bar on a terminal, a line now and then elsewhere.

Where there is no terminal rich is not loaded: it would take a tenth of a short run.
"""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from ops.integrity.request import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PLAIN_SECONDS, _BAR_SECONDS = 5.0, 0.1
"""Seconds between two lines, and between two states of the bar."""


class Watch:
    """Shows how far a run is."""

    def __init__(self) -> None:
        self._live = _bar() if sys.stderr.isatty() else None
        self._show: Callable[[Progress, str], None] = _write
        if self._live is not None:
            self._show = _mover(self._live)
        self._pause = _BAR_SECONDS if self._live else _PLAIN_SECONDS
        self._started = time.monotonic()
        self._next = self._started + self._pause

    def __enter__(self) -> "Watch":
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

    def tell(self, done: Progress) -> None:
        """Show one state of the run, if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._pause
        rate = (done.logs + done.digests) / (now - self._started)
        self._show(
            done,
            f"{done.cells_done}/{done.cells} accounts × regions, {done.digests:,} digests, "  # noqa: RUF001
            f"{done.logs:,}/{done.logs_known:,} log files, {rate:,.0f}/s",
        )


def _write(_: Progress, text: str) -> None:
    sys.stderr.write(f"{text}\n")


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


def _mover(live: "Bar") -> Callable[[Progress, str], None]:
    task = live.add_task("", total=None, text="")

    def move(done: Progress, text: str) -> None:
        total = done.digests + done.logs_known
        live.update(task, text=text, total=total, completed=done.digests + done.logs)

    return move
