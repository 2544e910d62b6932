"""The log files that proven digests name, on their way to a hash: a stream for every bucket."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ops.archive.fetch import Fetcher, Stream
from ops.archive.model import Archive
from ops.archive.opening import sibling
from ops.errors import ArchiveError
from ops.integrity.loghash import Hashed, hash_log
from ops.integrity.task import Task

_LOG_BYTES = 512 << 20
"""How long a stored log file may be, compressed."""


@dataclass(slots=True)
class _Place:
    """A bucket that log files lie in."""

    stream: Stream[Hashed]
    keys: deque[str] = field(default_factory=deque)
    """Waiting to be read."""
    wanted: dict[str, list[Task]] = field(default_factory=dict)
    """Waiting, or being read."""

    def drain(self) -> Iterator[str]:
        """Yield the keys that wait."""
        while self.keys:
            yield self.keys.popleft()


class Hashing:
    """Takes tasks in, gives them back with what their log files hashed to."""

    def __init__(self, archive: Archive, fetcher: Fetcher, concurrency: int) -> None:
        self._archive = archive
        self._fetcher = fetcher
        self._concurrency = concurrency
        self._places: dict[str | None, _Place | str] = {}
        """By bucket, None is the archive itself; or why a bucket cannot be read."""
        self._settled: list[tuple[list[Task], Hashed]] = []

    @property
    def waiting(self) -> int:
        """How many log files wait to be read."""
        return sum(len(place.keys) for place in self._open_places())

    @property
    def under_way(self) -> bool:
        """Whether anything is being read."""
        return any(place.stream.open for place in self._open_places())

    @property
    def arrived(self) -> bool:
        """Whether there are results to be taken."""
        return bool(self._settled) or any(place.stream.arrived for place in self._open_places())

    def add(self, task: Task) -> None:
        """Take in a log file to be hashed."""
        own = task.bucket == task.digest_bucket
        place = self._place(task.home if own else task.bucket)
        if isinstance(place, str):
            self.settle(task, Hashed(b"", ("elsewhere", place)))
            return
        if task.key not in place.wanted:
            place.keys.append(task.key)
        place.wanted.setdefault(task.key, []).append(task)

    def settle(self, task: Task, hashed: Hashed) -> None:
        """Take in a log file about which everything is known already."""
        self._settled.append(([task], hashed))

    def offer(self) -> None:
        """Hand out what lanes take."""
        for place in self._open_places():
            if place.keys:
                place.stream.offer(place.drain())

    def results(self) -> Iterator[tuple[list[Task], Hashed]]:
        """Yield what has arrived, with everyone who asked for it."""
        settled, self._settled = self._settled, []
        yield from settled
        for place in self._open_places():
            for key, hashed in place.stream.results():
                yield place.wanted.pop(key), hashed

    def _open_places(self) -> Iterable[_Place]:
        return [place for place in self._places.values() if isinstance(place, _Place)]

    def _place(self, bucket: str | None) -> _Place | str:
        if bucket not in self._places:
            try:
                archive = sibling(self._archive, bucket) if bucket else self._archive
            except ArchiveError as error:
                self._places[bucket] = str(error)
            else:
                stream = self._fetcher.stream(
                    archive.source,
                    hash_log,
                    concurrency=self._concurrency,
                    limit=_LOG_BYTES,
                    metadata=False,
                )
                self._places[bucket] = _Place(stream)
        return self._places[bucket]
