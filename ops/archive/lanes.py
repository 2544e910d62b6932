"""Lanes as the one who hands out holds them: in a thread, or in a process of their own."""

import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from types import TracebackType

from ops.archive.channel import Channel
from ops.archive.lane import READY, Answer, Chunk, Task
from ops.archive.serving import serve
from ops.errors import ArchiveError

_PATIENCE_SECONDS = 5.0
"""How long a lane may take to stop."""


class Lane(ABC):
    """A lane that chunks are handed to."""

    def __init__(self) -> None:
        self.open = 0
        """Keys handed out and not answered."""
        self.ready = False
        self.channel, self._far = Channel.pair()
        self._tasks: list[Task] = []

    def number(self, task: Task) -> int:
        """Return what this lane calls a task; it is told of a new one."""
        if task not in self._tasks:
            self._tasks.append(task)
            self._send(task)
        return self._tasks.index(task)

    def send(self, chunk: Chunk) -> None:
        """Hand a chunk out."""
        self._send(chunk)
        self.open += len(chunk.keys)

    def receive(self) -> Answer | None:
        """Return what the lane answered; None if it only said that it can begin."""
        try:
            answer: Answer | None = self.channel.receive()
        except EOFError:
            answer = None
        if answer is None:
            raise self._why_lost()
        if answer[0] == READY:
            self.ready = True
            return None
        return answer

    def close(self) -> None:
        """Let the lane know that nothing more is wanted."""
        self.channel.close()

    @abstractmethod
    def join(self) -> None:
        """Wait until the lane has stopped."""

    @abstractmethod
    def _why_lost(self) -> BaseException:
        """Return what ended a lane that no longer answers."""

    def _send(self, what: Task | Chunk) -> None:
        try:
            self.channel.send(what)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise self._why_lost() from error


class ThreadLane(Lane):
    """A lane in a thread of this process."""

    def __init__(self, *, remote: bool) -> None:
        super().__init__()
        self.ready = True
        self._caught = _Caught()
        # A daemon: an iterator that nobody closed must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, args=(remote,), name="lane", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the lane has stopped."""
        self._thread.join(_PATIENCE_SECONDS)

    def _run(self, remote: bool) -> None:  # noqa: FBT001  # a thread's arguments have no names
        with self._caught:
            serve(self._far, remote=remote)

    def _why_lost(self) -> BaseException:
        self.close()
        self._thread.join()
        return self._caught.error or ArchiveError("A reading thread ended by itself.")


class _Caught:
    """Keeps what ended a thread, for whoever asks."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        self.error = error
        return True


class ProcessLane(Lane):
    """A lane in a process of its own: not multiprocessing's, which starts two and reruns main."""

    def __init__(self, *, remote: bool) -> None:
        super().__init__()
        descriptor = self._far.fileno()
        program = f"import sys; sys.path[:] = {sys.path!r}; from ops.archive.serving import main"
        with self._far:
            self._process = subprocess.Popen(
                # Without site packages' own start-up: the path is the caller's.
                [sys.executable, "-S", "-c", f"{program}; main({descriptor}, remote={remote})"],
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for us alone: we close the channel
            )

    def join(self) -> None:
        """Wait until the process has ended; end it if it does not."""
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _why_lost(self) -> BaseException:
        self.close()
        code = self._process.wait()
        return ArchiveError(
            f"A reading process ended by itself, with exit code {code}.",
            hint="if memory ran out, run again with a lower --concurrency",
        )
