"""Events go by a subject once: those its columns leave, each judged exactly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from ops.detect.backtest import narrow, tally
from ops.detect.backtest.pattern import Kind
from ops.detect.backtest.scope import Scope, only_reads, too_large
from ops.detect.backtest.subject import Source, Subject
from ops.detect.backtest.tally import MINUTE, Tally
from ops.query.model import Cell, Statement


class Rows(Protocol):
    """An answer as it comes."""

    def batches(self) -> Iterator[list[tuple[Cell, ...]]]:
        """Yield the rows, some at a time."""


class Engine(Protocol):
    """Answers a statement row by row, in bounded memory."""

    def rows(self, statement: Statement, *, limit: int | None) -> Rows:
        """Return the rows of a statement as they come."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the history."""

    second: int | None
    """When, in seconds since 1970; None without a readable time."""
    raw: str
    record: dict[str, Any]


def events(engine: Engine, condition: narrow.Condition) -> Iterator[Event | None]:
    """Yield the events for which a condition holds; None for one that cannot be read."""
    where = f" WHERE {condition}" if condition else ""
    found = engine.rows(Statement(f"SELECT event_time, raw FROM events{where}", {}), limit=None)
    for batch in found.batches():
        for moment, raw in batch:
            text = str(raw)
            record = _record(text)
            second = int(moment.timestamp()) if isinstance(moment, datetime) else None
            yield None if record is None else Event(second, text, record)


def _record(raw: str) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.MsgspecError:  # what Python's own reader may take nevertheless
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            return None
    except RecursionError:
        return None
    return found if isinstance(found, dict) else None


def replayed(engine: Engine, subject: Subject, scope: Scope) -> Tally:
    """Return what came of a subject over the whole history that an engine is open on."""
    found = tally.begun(subject)
    doubtful = any(one.doubtful for one in subject.patterns)
    for event in events(engine, narrow.any_of(one.condition for one in subject.patterns)):
        if event is None:
            found.unread += 1
            continue
        hits = [one for one in subject.sources if one.pattern.matches(event.record)]
        if hits and _delivered(subject, event, scope, found):
            found.count.add(event.second, _values(hits, event))
            found.describe(event.record, event.second)
        if doubtful and not too_large(event.raw):
            hits = [one for one in subject.sources
                    if one.pattern.matches(event.record, absent_differs=True)]  # fmt: skip
            if hits:
                found.otherwise.add(event.second, _values(hits, event))
    if not doubtful:
        found.otherwise = found.count
    if subject.default is not None:
        _fill(engine, subject.default, found)
    return found


def _delivered(subject: Subject, event: Event, scope: Scope, found: Tally) -> bool:
    """Whether an event that matches ever comes to the filter or rule; count it if not."""
    if subject.kind is Kind.RULE:
        if not scope.holds(event.record):
            found.elsewhere += 1
            return False
        if not (subject.all_management or scope.all_management) and only_reads(event.record):
            found.only_reads += 1
            return False
    if too_large(event.raw):
        found.too_large += 1
        return False
    return True


def _values(hits: list[Source], event: Event) -> list[float]:
    """Return what the filters add to their metric, each for itself."""
    given = (one.value.of(event.record) for one in hits)
    return [one for one in given if one is not None]


def _fill(engine: Engine, default: float, found: Tally) -> None:
    """Publish the default in each minute in which events came and none matched.

    Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters", Concepts.
    """
    text = f"SELECT DISTINCT epoch(event_time)::BIGINT // {MINUTE} FROM events"
    rows = engine.rows(Statement(f"{text} WHERE event_time IS NOT NULL", {}), limit=None)
    counts = [found.count] if found.otherwise is found.count else [found.count, found.otherwise]
    for batch in rows.batches():
        for (cell,) in batch:
            minute = int(str(cell))
            for count in counts:
                if minute not in count.minutes:
                    count.publish(minute * MINUTE, [default])


def size(engine: Engine) -> int:
    """Return how many events there are."""
    [[(count,)]] = engine.rows(Statement("SELECT count(*) FROM events", {}), limit=None).batches()
    return int(str(count))
