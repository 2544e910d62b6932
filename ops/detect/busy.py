"""Which values of a field are busy enough for a correlation: asked of columns, before records.

A burst lies within two of the hours or days that its span fits into, so one of them holds
half of it. Whoever has no such hour has no burst, and no record of theirs need be read.
"""

from collections.abc import Sequence

from ops.detect import hint
from ops.detect.columns import COLUMNS
from ops.rules import sql
from ops.rules.predicate import Or, Path
from ops.rules.rule import Correlation, Kind

WORTH = 10_000
"""Events that a correlation may count before this is asked: a question takes a tenth of a second."""
MOST = 500
"""Values that are named in a question at most."""
_UNITS = ((3_600, "hour"), (86_400, "day"))


def question(rule: Correlation) -> str | None:
    """Return the SELECT of the values, at most one more than MOST; None if columns tell nothing."""
    key = _key(rule)
    counts = rule.kind in (Kind.EVENT_COUNT, Kind.VALUE_COUNT) and rule.count.sign in (">", ">=")
    if key is None or not counts:
        return None
    least = rule.count.number + (rule.count.sign == ">")
    item = _column(rule.counted) if rule.counted else None
    unit = next((name for seconds, name in _UNITS if rule.seconds <= seconds), None)
    groups, enough = [key], f"count(*) >= {least}"
    if item is not None:
        enough = f"count(DISTINCT {item}) >= {least}"
    elif unit is not None:
        groups, enough = [key, f"date_trunc('{unit}', event_time)"], f"count(*) >= {-(-least // 2)}"
    held = hint.of_columns(Or(tuple(one.predicate for one in rule.rules)))
    busy = (
        f"SELECT {key} AS value FROM events WHERE {held} AND {key} IS NOT NULL "
        f"AND event_time IS NOT NULL GROUP BY {', '.join(groups)} HAVING {enough}"
    )
    return f"SELECT DISTINCT value FROM ({busy}) AS busy ORDER BY value LIMIT {MOST + 1}"


def condition(rule: Correlation, values: Sequence[str]) -> str:
    """Return the condition that an event is of one of the values."""
    listed = ", ".join(map(sql.literal, values))
    return f"coalesce({_key(rule)} IN ({listed}), false)" if values else "false"


def _key(rule: Correlation) -> str | None:
    """Return a column that a correlation is grouped by, if one is."""
    return next(filter(None, (_column(paths) for _, paths in rule.group_by)), None)


def _column(paths: tuple[Path, ...]) -> str | None:
    """Return the column that holds a field in the records of every rule, if one does."""
    found = {COLUMNS.texts.get(".".join(path)) for path in paths}
    return found.pop() if len(found) == 1 else None
