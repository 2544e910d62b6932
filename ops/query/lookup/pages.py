"""A directory that keeps what came, page by page, and from where to go on.

    DIR/ACCOUNT_REGION_NUMBER.json   {"Events": [{"EventId": …, "CloudTrailEvent": "…"}]}
    DIR/.lookup                      the question, and how far each place is
    DIR/.lookup-lock                 held by the one lookup that writes here

A page is what LookupEvents answers, so that the directory can be collected. Each
file appears whole; a page lies there before the state says so, and an event that
comes twice for it is told by its id.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ops import lock, whole
from ops.errors import QueryError, UsageError
from ops.query.lookup.event import Event
from ops.query.lookup.question import Question

STATE = ".lookup"
LOCK = ".lookup-lock"
_HALF = (f".{STATE}.*.new", ".*_*_*.json.*.new")
"""What a run that was killed may leave half written."""
_FORMAT = {"format": "atalaya.lookup", "version": 1}


@dataclass(slots=True)
class Kept:
    """What is there of one place."""

    reached: datetime | None = None
    """Everything after it is there; None if nothing is."""
    done: bool = False
    pages: int = 0
    events: int = 0
    ids: frozenset[str] = frozenset()
    """The events of earlier runs."""


class Pages:
    """One directory and its one question; safe to use from several threads."""

    def __init__(self, directory: Path, question: Question, asked: Sequence[str]) -> None:
        """Open or make a directory; `asked` is the question as it was typed.

        An interrupted question is taken up with the times it had: `question` is
        then that of the first run. Raises UsageError if another one lies there.
        """
        self.directory = directory
        self._lock = threading.Lock()
        self._asked = list(asked)
        self._places: dict[str, Kept] = {}
        with _explained(directory):
            directory.mkdir(parents=True, exist_ok=True)
            state = _lying(directory)
            self.resumed = state is not None
            self.question = question if state is None else self._taken_up(state, question)
            self._write()

    def kept(self, account: str, region: str) -> Kept:
        """Return what is there of one place."""
        with self._lock:
            return self._places.setdefault(_name(account, region), Kept())

    def held(self, account: str, region: str) -> int:
        """Return how many events of a place are there."""
        return self.kept(account, region).events

    def keep(
        self,
        account: str,
        region: str,
        events: Sequence[Event],
        reached: datetime | None,
        *,
        done: bool,
    ) -> None:
        """Write a page, and then that it is there; raise QueryError if it cannot be written."""
        with self._lock, _explained(self.directory):
            place = self._places.setdefault(_name(account, region), Kept())
            if events:
                place.pages += 1
                place.events += len(events)
                path = self.directory / f"{_name(account, region)}_{place.pages:05}.json"
                _replace(path, {"Events": [_entry(one) for one in events]})
            if reached is not None:
                place.reached = reached.astimezone(UTC)
            place.done = place.done or done
            self._write()

    def _taken_up(self, state: dict[str, Any], question: Question) -> Question:
        if state["asked"] != self._asked:
            raise UsageError(
                f"{self.directory} holds the answer to another question: "
                f"{' '.join(state['asked']) or 'everything'}.",
                hint="name another directory with --output, or ask the same again to go on",
            )
        for name, one in state["places"].items():
            reached = datetime.fromisoformat(one["reached"]) if one["reached"] else None
            ids = frozenset(self._ids(name))
            self._places[name] = Kept(reached, one["done"], self._last(name), len(ids), ids)
        since, until = (datetime.fromisoformat(state[name]) for name in ("since", "until"))
        return Question(since, until, question.attributes)

    def _ids(self, name: str) -> Iterator[str]:
        for path in sorted(self.directory.glob(f"{name}_*.json")):
            yield from (one["EventId"] for one in json.loads(path.read_bytes())["Events"])

    def _last(self, name: str) -> int:
        """Return the highest number of a place's pages: one may lie there untold."""
        numbers = [int(path.stem.rpartition("_")[2])
                   for path in self.directory.glob(f"{name}_*.json")]  # fmt: skip
        return max(numbers, default=0)

    def _write(self) -> None:
        places = {
            name: {"reached": one.reached.isoformat() if one.reached else None, "done": one.done}
            for name, one in self._places.items()
        }
        _replace(
            self.directory / STATE,
            {
                **_FORMAT,
                "asked": self._asked,
                "since": self.question.since.isoformat(),
                "until": self.question.until.isoformat(),
                "places": places,
            },
        )


@contextmanager
def held(directory: Path, question: Question, asked: Sequence[str]) -> Iterator[Pages]:
    """Open or make a directory as the only lookup that writes there.

    Two at once would write over each other's pages. Raises QueryError while another
    does, and else what `Pages` raises.
    """
    with ExitStack() as stack:
        with _explained(directory):
            directory.mkdir(parents=True, exist_ok=True)
            _lying(directory)
            stack.enter_context(lock.held(directory / LOCK, partial(_busy, directory)))
            for half in _half_written(directory):
                half.unlink()
        yield Pages(directory, question, asked)


def _busy(directory: Path, holder: str) -> QueryError:
    return QueryError(
        f"Another lookup writes to {directory}: process {holder}.",
        hint="wait until it has ended, or name another directory with --output",
    )


def _half_written(directory: Path) -> set[Path]:
    return {one for pattern in _HALF for one in directory.glob(pattern)}


def _lying(directory: Path) -> dict[str, Any] | None:
    """Return the state that lies in a directory; None if nothing does, not even something else."""
    state = _state(directory / STATE)
    own = {directory / LOCK, *_half_written(directory)}
    if state is None and not own.issuperset(directory.iterdir()):
        raise UsageError(
            f"{directory} is not empty, and holds no lookup to go on with.",
            hint="name a new directory with --output",
        )
    return state


def _name(account: str, region: str) -> str:
    return f"{account}_{region}"


def _entry(event: Event) -> dict[str, str]:
    return {
        "EventId": event.id,
        "EventTime": f"{event.time:%Y-%m-%dT%H:%M:%SZ}",
        "CloudTrailEvent": event.text,
    }


def _state(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UsageError(
            f"{path} cannot be read: {error}.", hint="name a new directory with --output"
        ) from error
    if not isinstance(found, dict) or {**found, **_FORMAT} != found:
        raise UsageError(
            f"{path} is of another version of this program.",
            hint="name a new directory with --output",
        )
    return found


def _replace(path: Path, data: Any) -> None:
    whole.write(path, json.dumps(data, ensure_ascii=False).encode())


@contextmanager
def _explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise QueryError(
            f"{directory} cannot be used: {error.strerror}.",
            hint="free some space or name another directory, then ask the same again: it goes on "
            "where it was",
        ) from error
