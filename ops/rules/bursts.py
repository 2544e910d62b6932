"""From a correlation to SQL in the runbooks' language: one row for each burst, not for each event.

A condition is asked at each event, of the span of time that ends with it. Where it holds
again within the span, the burst goes on. An event without a time, or without one of the
fields it is grouped by, takes no part.

How many different values a span holds is counted by sweeping over time: a value comes in
with an event, and goes out when the span has passed it or an event brings it again. So
nothing is counted twice, and the work grows as sorting does.
"""

from collections.abc import Sequence
from itertools import groupby

from ops.rules import sql
from ops.rules.predicate import Or, Path, Predicate
from ops.rules.rule import Correlation, Kind
from ops.rules.sql import Columns

_EVERY = "true"


def text(found: Correlation, columns: Columns, *, only: str = _EVERY) -> str:
    """Return the SELECT; `only` is a condition on the events that are looked at.

    Columns: `key_1`, … (what it is grouped by), `event_time` and `event_id` of the event at
    which the condition first held, `last_time`, `found` (the most there was in a span).
    """
    steps = {"hits": _hits(found, columns, only)}
    match found.kind:
        case Kind.EVENT_COUNT:
            steps |= {"counted": _events(found)}
        case Kind.VALUE_COUNT | Kind.TEMPORAL:
            steps |= _values(found)
        case Kind.TEMPORAL_ORDERED:
            steps |= _ordered(found)
    steps |= _bursts(found)
    written = ",\n".join(f"{name} AS (\n{body}\n)" for name, body in steps.items())
    keys = _keys(found)
    listed = "".join(f"{key}, " for key in keys)
    return (
        f"WITH {written}\n"
        f"SELECT {listed}min(event_time) AS event_time, max(event_time) AS last_time, "
        "max(n) AS found, min(CASE WHEN fresh = 1 THEN event_id END) AS event_id\n"
        f"FROM numbered\nGROUP BY {listed}burst\nORDER BY event_time, {listed}event_id"
    )


def _keys(found: Correlation) -> list[str]:
    return [f"key_{nth}" for nth, _ in enumerate(found.group_by, 1)]


def _by(found: Correlation, *more: str) -> str:
    """Return what parts the rows of one value of the fields from those of others."""
    keys = [*_keys(found), *more]
    return f"PARTITION BY {', '.join(keys)} " if keys else ""


def _span(found: Correlation) -> str:
    return f"INTERVAL '{found.seconds}' SECOND"


def _hits(found: Correlation, columns: Columns, only: str) -> str:
    """Return the SELECT of the records that rules hold for, with the fields that count."""
    return "\nUNION ALL\n".join(
        _selected(found, predicate, number, paths, columns, only)
        for predicate, number, paths in _sources(found)
    )


def _sources(found: Correlation) -> list[tuple[Predicate, int, tuple[Path, ...]]]:
    """Return what is looked for, the number of its rule, and where its keys and its value lie.

    Where it does not matter which rule held, rules that read the same fields are one, so that
    an event counts once.
    """
    parts = []
    for number, rule in enumerate(found.rules):
        paths = [each[number] for _, each in found.group_by]
        paths += [found.counted[number]] if found.counted else []
        parts.append((rule.predicate, number, tuple(paths)))
    if found.kind in (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED):
        return parts
    return [
        (Or(tuple(predicate for predicate, _, _ in same)), 0, paths)
        for paths, same in groupby(sorted(parts, key=lambda one: one[2]), key=lambda one: one[2])
    ]


def _selected(  # noqa: PLR0917  # one caller
    found: Correlation, predicate: Predicate, number: int, paths: Sequence[Path],
    columns: Columns, only: str,
) -> str:  # fmt: skip
    values = [_value(path, columns) for path in paths]
    names = [*_keys(found), *(["item"] if found.counted else [])]
    fields = [f"{value} AS {name}" for value, name in zip(values, names, strict=True)]
    fields += [f"{number} AS item"] if found.kind is Kind.TEMPORAL else []
    fields += [f"{number} AS rule"] if found.kind is Kind.TEMPORAL_ORDERED else []
    there = [f"{value} IS NOT NULL" for value in dict.fromkeys(values)]
    held = f"{sql.condition(predicate, columns)} AND event_time IS NOT NULL"
    # One expression: DuckDB would look into each record for a part that stands by itself.
    held = f"CASE WHEN {held} THEN {' AND '.join(there)} ELSE false END" if there else held
    conditions = [held] if only == _EVERY else [only, held]
    listed = ", ".join(["event_id", "event_time", *fields])
    return f"SELECT {listed}\nFROM events\nWHERE {' AND '.join(conditions)}"


def _value(path: Path, columns: Columns) -> str:
    dotted = ".".join(path)
    return columns.texts.get(dotted) or f"field({sql.literal(dotted)})"


def _carried(found: Correlation, *more: str) -> str:
    """Return the columns that go on from step to step; Athena would read a whole record for `*`."""
    return ", ".join(["event_id", "event_time", *_keys(found), *more])


def _events(found: Correlation) -> str:
    return (
        f"SELECT {_carried(found)}, count(*) OVER ({_by(found)}ORDER BY event_time "
        f"RANGE BETWEEN {_span(found)} PRECEDING AND CURRENT ROW) AS n\nFROM hits"
    )


def _values(found: Correlation) -> dict[str, str]:
    """Return the sweep: where the same value comes again in time, it goes out as it comes in."""
    soon = f"again <= event_time + {_span(found)}"
    return {
        "lasting": (
            f"SELECT {_carried(found)}, lead(event_time) OVER ({_by(found, 'item')}"
            "ORDER BY event_time, event_id) AS again\nFROM hits"
        ),
        "steps": (
            f"SELECT {_carried(found)}, event_time AS moment, 0 AS phase, 1 AS step\n"
            "FROM lasting\nUNION ALL\n"
            f"SELECT {_carried(found)}, "
            f"CASE WHEN {soon} THEN again ELSE event_time + {_span(found)} END AS moment, "
            f"CASE WHEN {soon} THEN 0 ELSE 1 END AS phase, -1 AS step\nFROM lasting"
        ),
        "swept": (
            f"SELECT {_carried(found, 'step')}, sum(step) OVER ({_by(found)}"
            "ORDER BY moment, phase) AS n\nFROM steps"
        ),
        "counted": f"SELECT {_carried(found, 'n')}\nFROM swept\nWHERE step = 1",
    }


def _ordered(found: Correlation) -> dict[str, str]:
    """Return the chains: of each record, when the latest chain that it ends began."""
    last = len(found.rules) - 1
    columns = _carried(found, "rule")
    steps = {
        "chain_0": f"SELECT {columns}, CASE WHEN rule = 0 THEN event_time END AS began\nFROM hits"
    }
    for nth in range(1, last + 1):
        before = f"max(CASE WHEN rule = {nth - 1} THEN began END)"
        steps[f"chain_{nth}"] = (
            f"SELECT {columns}, CASE WHEN rule = {nth} THEN {before} OVER ({_by(found)}"
            f"ORDER BY event_time) ELSE began END AS began\nFROM chain_{nth - 1}"
        )
    steps["counted"] = (
        f"SELECT {_carried(found)}, {last + 1} AS n\nFROM chain_{last}\n"
        f"WHERE rule = {last} AND event_time <= began + {_span(found)}"
    )
    return steps


def _bursts(found: Correlation) -> dict[str, str]:
    order = f"OVER ({_by(found)}ORDER BY event_time, event_id)"
    goes_on = f"event_time <= lag(event_time) {order} + {_span(found)}"
    columns = _carried(found, "n")
    return {
        "held": f"SELECT {columns}\nFROM counted\nWHERE n {found.count.sign} {found.count.number}",
        "started": f"SELECT {columns}, CASE WHEN {goes_on} THEN 0 ELSE 1 END AS fresh\nFROM held",
        "numbered": f"SELECT {columns}, fresh, sum(fresh) {order} AS burst\nFROM started",
    }
