"""A backtest as people read it: hits along the days, whose they were, when alarms went off.

Every text of an event is spelled out on one line; no colour carries a meaning alone.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.comparison import Comparison, Example
from ops.detect.backtest.outcome import Outcome, Rang, Result, Span, day_of, per_day
from ops.detect.backtest.pattern import Kind
from ops.detect.backtest.tally import Ranking, Tally
from ops.query.cells import moment
from ops.render.moments import bars
from ops.render.text import one_line

_SHOWN = 5
"""Values of a ranking, and firings of an alarm, that are shown."""
_SIGNS = {
    "GreaterThanOrEqualToThreshold": ">=", "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "<=", "LessThanThreshold": "<",
}  # fmt: skip


def report(outcome: Outcome) -> RenderableType:
    """Return the whole answer."""
    parts: list[RenderableType] = []
    for one in outcome.results:
        parts += [*_result(one, outcome.span), Text("")]
    for unread in outcome.unread:
        parts.append(Text(f"not replayed: {one_line(unread.name)}: {one_line(unread.reason)}"))
    parts.append(Text(f"{outcome.events:,} events replayed", style="dim"))
    return Group(*parts)


def _result(found: Result, span: Span | None) -> Iterator[RenderableType]:
    tally = found.tally
    yield Text(one_line(tally.subject.name), style="bold")
    for pattern in tally.subject.patterns:
        if pattern.text != tally.subject.name:
            yield _under(Text(one_line(pattern.text), style="dim"))
    yield Text(_hits(tally, span))
    days = per_day(tally, span)
    pages = _pages(found.alarms)
    yield _under(bars(days, [_paged(pages[day]) for day, _ in days]))
    if tally.count.hits:
        yield _under(_rankings(tally))
    for rang in found.alarms:
        yield from _alarm(rang, span)
    yield from map(Text, _unseen(tally))
    if found.doubtful:
        yield Text(_doubt(found))
    if found.comparison is not None:
        yield from _comparison(found.comparison)


def _under(inner: RenderableType) -> Padding:
    return Padding(inner, (0, 0, 0, 2), expand=False)


def _hits(tally: Tally, span: Span | None) -> str:
    what = "hits" if tally.subject.kind is Kind.FILTER else "events for the rule's targets"
    each = f", {tally.count.hits / span.days:,.1f} a day" if span else ""
    return f"{tally.count.hits:,} {what}{each}"


def _pages(alarms: tuple[Rang, ...]) -> Counter[str]:
    return Counter(day_of(one.begin) for rang in alarms for one in rang.firings)


def _paged(count: int) -> str:
    return f"{count} page{'' if count == 1 else 's'}" if count else ""


def _rankings(tally: Tally) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold")
    named = [("who", tally.actors), ("from", tally.addresses), ("what", tally.names)]
    if tally.subject.kind is Kind.RULE:
        named.append(("where", tally.places))
    for name, ranking in named:
        for nth, (value, hits) in enumerate(_top(ranking)):
            table.add_row(Text(name if nth == 0 else "", style="cyan"), f"{hits:,}",
                          Text(one_line(value)))  # fmt: skip
    return table


def _top(ranking: Ranking) -> list[tuple[str, int]]:
    found = ranking.top(None)
    more = len(found) - _SHOWN
    shown = found[:_SHOWN]
    if more > 0:
        shown.append((f"({more:,} more)", sum(hits for _, hits in found[_SHOWN:])))
    return shown


def _alarm(rang: Rang, span: Span | None) -> Iterator[Text]:
    each = f", {rang.pages / span.days:,.1f} a day" if span else ""
    total = sum(one.seconds for one in rang.firings)
    name = f"{one_line(rang.alarm.name)}: " if rang.alarm.name else ""
    yield Text(f"Alarm {name}{_words(rang.alarm)}")
    if not rang.firings:
        yield Text(f"  would never have paged; it ends in {rang.state}")
        return
    longest = rang.longest
    yield Text(
        f"  would have paged {_times(rang.pages)}{each}; on for {_length(total)} in all, "
        f"{_length(longest.seconds if longest else 0)} at most; it ends in {rang.state}"
    )
    for one in rang.firings[:_SHOWN]:
        end = "still on" if one.open else _time(one.end)
        yield Text(f"    {_time(one.begin)} to {end}, {_length(one.seconds)}", style="dim")
    if rang.pages > _SHOWN:
        yield Text(f"    and {rang.pages - _SHOWN:,} more (--format json)", style="dim")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _words(alarm: Alarm) -> str:
    points = f"{alarm.needed} of {alarm.evaluation_periods} periods of {alarm.period} s"
    sign = _SIGNS[alarm.comparison]
    return f"{alarm.statistic} {sign} {alarm.threshold:g} in {points}, missing data {alarm.missing}"


def _unseen(tally: Tally) -> Iterator[str]:
    if tally.too_large:
        yield f"Not delivered, larger than 256 KB: {tally.too_large:,} matching events"
    if tally.only_reads:
        yield (
            f"Not seen, read-only management events: {tally.only_reads:,} matching events "
            "(--all-management-events)"
        )
    if tally.elsewhere:
        yield f"Not seen, of other accounts or regions: {tally.elsewhere:,} matching events"
    if tally.undated:
        yield f"Without a readable time, on no day and in no alarm: {tally.undated:,} hits"
    if tally.unread:
        yield f"Unreadable records: {tally.unread:,}"


def _doubt(found: Result) -> str:
    pages = ", ".join(f"{one.pages:,}" for one in found.otherwise)
    told = f", and {pages} pages" if found.otherwise else ""
    return (
        "AWS does not say whether != matches a field that is absent. Counted: it does not. "
        f"If it does: {found.tally.otherwise.hits:,} hits{told}."
    )


def _comparison(found: Comparison) -> Iterator[RenderableType]:
    yield Text(f"Against {one_line(found.against)}")
    yield Text(f"  both catch {found.both:,} events")
    yield Text(f"  {found.only_this:,} only the first catches")
    yield from map(_example, found.these)
    yield Text(f"  {found.only_other:,} only the second catches")
    yield from map(_example, found.others)


def _example(one: Example) -> Text:
    place = f"{one.account or '-'} {one.region or '-'}"
    why = "; ".join(f"{each.condition}: {each.because}" for each in one.why)
    return Text(one_line(f"{one.time} {place} {one.name} {one.id}") + f"\n      {one_line(why)}",
                style="dim") if why else Text(one_line(f"{one.time} {place} {one.name} {one.id}"))  # fmt: skip


def _time(second: int) -> str:
    return moment(datetime.fromtimestamp(second, UTC))


def _length(seconds: int) -> str:
    hours, rest = divmod(timedelta(seconds=seconds), timedelta(hours=1))
    minutes = rest // timedelta(minutes=1)
    return f"{hours}h{minutes:02d}m" if hours else f"{minutes}m{rest.seconds % 60:02d}s"
