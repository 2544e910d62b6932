"""What a replay came to, as plain data: schema atalaya.backtest/1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ops.detect.backtest.alarm import Alarm, Change, Firing, changes, firings
from ops.detect.backtest.comparison import Comparison
from ops.detect.backtest.pattern import Kind
from ops.detect.backtest.subject import Unread
from ops.detect.backtest.tally import DAY, Count, Series, Tally
from ops.query.cells import moment
from ops.query.window import DAY_FORM

SCHEMA = "atalaya.backtest/1"
_MOST_FIRINGS = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """The time that was replayed, in seconds since 1970."""

    first: int
    last: int

    @property
    def days(self) -> float:
        """How many days it is, never less than one."""
        return max(1.0, (self.last - self.first) / DAY)

    def each_day(self) -> range:
        """Return the UTC days of it, counted from 1970."""
        return range(self.first // DAY, max(self.first, self.last - 1) // DAY + 1)


@dataclass(frozen=True, slots=True)
class Rang:
    """What one alarm would have done."""

    alarm: Alarm
    firings: tuple[Firing, ...]
    """The times it was on. Each began with a page."""
    state: str
    """In which it ended."""

    @property
    def pages(self) -> int:
        """How often it went into ALARM."""
        return len(self.firings)

    @property
    def longest(self) -> Firing | None:
        """The longest time it was on."""
        return max(self.firings, key=lambda one: one.seconds, default=None)


def rang(series: Series, span: Span) -> Rang:
    """Return what an alarm would have done with its data points."""
    found: Sequence[Change] = list(changes(series.alarm, series.values(), span.first, span.last))
    times = firings(found, span.last)
    state = found[-1].state if found else "INSUFFICIENT_DATA"
    return Rang(series.alarm, tuple(times), str(state))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one subject."""

    tally: Tally
    alarms: tuple[Rang, ...]
    otherwise: tuple[Rang, ...]
    """The same if `!=` matched what is absent."""
    comparison: Comparison | None = None

    @property
    def doubtful(self) -> bool:
        """Whether it matters what AWS leaves open."""
        return self.tally.otherwise.hits != self.tally.count.hits


def result(tally: Tally, span: Span, comparison: Comparison | None = None) -> Result:
    """Return what came of a subject that was counted."""

    def all_of(count: Count) -> tuple[Rang, ...]:
        return tuple(rang(one, span) for one in count.series)

    return Result(tally, all_of(tally.count), all_of(tally.otherwise), comparison)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of a backtest."""

    span: Span | None
    """None: there was no event with a time."""
    events: int
    results: tuple[Result, ...]
    unread: tuple[Unread, ...]
    coverage: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        span = self.span
        return {
            "schema": SCHEMA,
            "since": _time(span.first) if span else None,
            "until": _time(span.last) if span else None,
            "days": round(span.days, 2) if span else 0,
            "events": self.events,
            "subjects": [_subject(one, span) for one in self.results],
            "unread": [{"name": one.name, "reason": one.reason} for one in self.unread],
            "coverage": dict(self.coverage),
        }


def per_day(tally: Tally, span: Span | None) -> list[tuple[str, int]]:
    """Return the hits of each day, those without any among them."""
    days = {*tally.days, *(span.each_day() if span else ())}
    return [(day_of(one * DAY), tally.days[one]) for one in sorted(days)]


def day_of(second: int) -> str:
    """Return the UTC day of a time."""
    return datetime.fromtimestamp(second, UTC).strftime(DAY_FORM)


def _subject(found: Result, span: Span | None) -> dict[str, Any]:
    tally = found.tally
    return {
        "name": tally.subject.name,
        "kind": str(tally.subject.kind),
        "patterns": [one.text for one in tally.subject.patterns],
        "hits": tally.count.hits,
        "per_day": [{"day": day, "hits": hits} for day, hits in per_day(tally, span)],
        "actors": _ranked(tally.actors.top()),
        "addresses": _ranked(tally.addresses.top()),
        "event_names": _ranked(tally.names.top()),
        "places": _ranked(
            tally.places.top(None) if tally.subject.kind is Kind.RULE else tally.places.top()
        ),
        "not_seen": {
            "too_large": tally.too_large,
            "read_only": tally.only_reads,
            "elsewhere": tally.elsewhere,
            "undated": tally.undated,
            "unreadable": tally.unread,
        },
        "alarms": [_alarm(one, span) for one in found.alarms],
        "absent_differs": _otherwise(found) if found.doubtful else None,
        "comparison": found.comparison.as_json() if found.comparison else None,
    }


def _ranked(top: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"value": value, "hits": hits} for value, hits in top]


def _otherwise(found: Result) -> dict[str, Any]:
    return {
        "hits": found.tally.otherwise.hits,
        "pages": [one.pages for one in found.otherwise],
    }


def _alarm(one: Rang, span: Span | None) -> dict[str, Any]:
    alarm, longest = one.alarm, one.longest
    return {
        "name": alarm.name,
        "period": alarm.period,
        "statistic": alarm.statistic,
        "comparison": alarm.comparison,
        "threshold": alarm.threshold,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.needed,
        "missing": str(alarm.missing),
        "pages": one.pages,
        "pages_per_day": round(one.pages / span.days, 2) if span else 0,
        "seconds_in_alarm": sum(each.seconds for each in one.firings),
        "longest": _firing(longest) if longest else None,
        "firings": [_firing(each) for each in one.firings[:_MOST_FIRINGS]],
        "firings_truncated": one.pages > _MOST_FIRINGS,
        "state": one.state,
    }


def _firing(one: Firing) -> dict[str, Any]:
    return {
        "from": _time(one.begin),
        "to": _time(one.end),
        "seconds": one.seconds,
        "open": one.open,
    }


def _time(second: int) -> str:
    return moment(datetime.fromtimestamp(second, UTC))
