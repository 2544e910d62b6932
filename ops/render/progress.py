"""Progress of a deployment: live bars on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from ops.deploy.messages import Event, Kind
from ops.render.meter import Live
from ops.render.text import clean

_DONE = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}


class Talk(Live):
    """Shows events as they come; may be told from several threads."""

    def __init__(self, console: Console) -> None:
        self.console = console
        super().__init__(_bars(console) if console.is_terminal else None)
        self._tasks: dict[str, TaskID] = {}

    def listen(self, event: Event) -> None:
        """Show one event."""
        line = _line(event)
        if self._live is None:
            if line is not None:
                self._say(line)
            return
        if line is not None and event.kind in (Kind.FAILED, Kind.NOTICE):
            self._say(line)
        self._move(self._live, event)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        if self._live:
            self._live.stop()
        try:
            yield
        finally:
            if self._live:
                self._live.start()

    def _say(self, line: str) -> None:
        self.console.print(Text(clean(line)), soft_wrap=True)

    def _move(self, live: Progress, event: Event) -> None:
        task = self._tasks.get(event.stack)
        if task is None:
            task = live.add_task(clean(event.stack), total=None, step="")
            self._tasks[event.stack] = task
        match event.kind:
            case Kind.STEP:
                live.reset(task, total=None, step=event.text)
            case Kind.EXPECTED:
                live.update(task, total=event.count)
            case Kind.DONE:
                live.advance(task)
            case Kind.ENDED:
                live.update(task, step=event.text, total=1, completed=1)


def _bars(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.fields[step]}", style="dim", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _line(event: Event) -> str | None:
    """Return what an event says in one line; None if it is only for the bars."""
    where = f"{event.stack}: "
    match event.kind:
        case Kind.STEP:
            return f"{where}{event.text}"
        case Kind.DONE:
            return f"{where}{event.text} {_DONE.get(event.action, event.action)}{_took(event)}"
        case Kind.FAILED:
            return f"{where}{event.text} failed ({event.action}){_took(event)}"
        case Kind.NOTICE | Kind.ENDED:
            return f"{where}{event.text}"
        case _:
            return None


def _took(event: Event) -> str:
    return f" in {event.seconds:.0f} s" if event.seconds >= 1 else ""
