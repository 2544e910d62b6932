"""Progress of a verification: a bar on a terminal, a line now and then elsewhere.

Where there is no terminal rich is not loaded: it would take a tenth of a short run.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.integrity.request import Progress, Watcher

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PLAIN_SECONDS, _BAR_SECONDS = 5.0, 0.1
"""Seconds between two lines, and between two states of the bar."""


@contextmanager
def watching() -> Iterator[Watcher]:
    """Show how far a run is while the block lasts; yield who wants to be told."""
    if not sys.stderr.isatty():
        yield _telling(_write, _PLAIN_SECONDS)
        return
    with _bar() as bar:
        yield _telling(_mover(bar), _BAR_SECONDS)


def _telling(show: Callable[[Progress, str], None], pause: float) -> Watcher:
    """Return what shows one state of a run, if it is time to."""
    begun = told = time.monotonic()

    def tell(done: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < pause:
            return
        told = now
        rate = (done.logs + done.digests) / (now - begun)
        show(
            done,
            f"{done.cells_done}/{done.cells} accounts × regions, {done.digests:,} digests, "  # noqa: RUF001
            f"{done.logs:,}/{done.logs_known:,} log files, {rate:,.0f}/s",
        )

    return tell


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
