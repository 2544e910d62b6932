"""The views every question reads, as DuckDB defines them over a store's files.

`records` is everything stored; `events` is what a question means by events: of
the asked time, one row an event. What other views need no more than `events`
for is in `ops.query.derived`, written once for every engine.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ops.history.schema import BAGS, COLUMNS, KEPT, PARTITION, Column
from ops.history.shelf import CONFLICTS, MANIFEST, QUARANTINE, UNKNOWN_DAY, VERDICTS
from ops.layout import Family
from ops.query.files import Files
from ops.query.window import BEGUN, DAY_FORM, SLOW, Window

_TYPES = {"text": "VARCHAR", "flag": "BOOLEAN", "time": "TIMESTAMP", "number": "BIGINT",
          "bytes": "BLOB"}  # fmt: skip
_FOLDERS = {
    MANIFEST: "key text, etag text, stamp text, size number, foreign flag, family text, account text, "
    "region text, day text, records number, stored number, duplicates number, conflicts number, "
    "quarantined number, oldest time, newest time, collected_at time, run text",
    QUARANTINE: "source_key text, source_index number, source_etag text, reason text, "
    "repaired flag, bytes bytes, collected_at time",
    CONFLICTS: "event_id text, source_key text, source_index number",
    VERDICTS: "source_key text, verdict text, reason text, digest_key text, verified_at time",
}
"""What the folders beside the events hold."""
EVENT_COLUMNS = tuple(one.name for one in (*COLUMNS, *BAGS, *KEPT, PARTITION))
"""The columns of `events` and `records`, in order."""


def statements(files: Files, window: Window, *, conflicts: bool) -> Iterator[str]:
    """Yield what defines the views; `conflicts` says whether `losers` hold any row."""
    yield f"CREATE VIEW records AS {_records((*files.dated, *files.undated))}"
    yield f"CREATE VIEW events AS {_events(files, window, conflicts=conflicts)}"
    yield f"CREATE VIEW manifest AS {_folder(MANIFEST, files)}"
    yield f"CREATE VIEW quarantine AS {_folder(QUARANTINE, files)}"
    yield f"CREATE VIEW integrity AS {_integrity(files)}"
    yield f"CREATE VIEW conflicts AS {_CONFLICTS}"
    yield f"CREATE VIEW coverage AS {_coverage(window, files.pruned)}"


def rewritten(files: Files) -> str:
    """Return the places that hold more than one record of a conflict: a file was written anew."""
    return f"""SELECT event_id, source_key, source_index FROM ({_folder(CONFLICTS, files)})
GROUP BY ALL HAVING count(*) > 1"""


def losers(files: Files, *, copies: bool) -> str:
    """Return the table of the rows that `events` hides: all of a conflict but one.

    The one that stays is from a log verified VALID, else the first by key and
    place: an intruder may plant a record to hide a true one, but cannot sign it.
    `copies` says that some stand at one place, in a file that was written anew: of those
    it is the last that was collected before the verdict VALID, else the first collected.
    """
    paths = (*files.dated, *files.undated) if copies else ()
    return f"""CREATE TEMP TABLE losers AS
WITH rivals AS (SELECT DISTINCT event_id, source_key, source_index FROM ({_folder(CONFLICTS, files)})),
verdicts AS (
    SELECT source_key, arg_max(verdict, verified_at) AS verdict, max(verified_at) AS verified_at
    FROM ({_folder(VERDICTS, files)})
    WHERE source_key IN (SELECT source_key FROM rivals) GROUP BY source_key),
twice AS ({rewritten(files)}),
copies AS (
    SELECT event_id, source_key, source_index, source_etag, collected_at
    FROM twice JOIN (SELECT event_id, source_key, source_index, source_etag, collected_at
        FROM {_event_files(paths)}) USING (event_id, source_key, source_index)),
ranked AS (
    SELECT rivals.*, source_etag, verdict, row_number() OVER (PARTITION BY event_id ORDER BY
        coalesce(verdict = 'VALID', false) DESC, source_key, source_index,
        CASE WHEN verdict = 'VALID' AND collected_at <= verified_at THEN -epoch_us(collected_at)
            ELSE epoch_us(collected_at) END, source_etag) AS place
    FROM rivals LEFT JOIN verdicts USING (source_key)
    LEFT JOIN copies USING (event_id, source_key, source_index))
SELECT event_id, source_key, source_index, source_etag, verdict, place > 1 AS hidden FROM ranked"""


def _records(paths: Sequence[Path]) -> str:
    bags = {one.name: _bag(place, one) for place, one in enumerate(BAGS, 1)}
    columns = ", ".join(bags.get(name, name) for name in EVENT_COLUMNS)
    return f"SELECT {columns} FROM {_event_files(paths)}"


def _event_files(paths: Sequence[Path]) -> str:
    if paths and not any(part.startswith(f"{PARTITION.name}=") for part in paths[0].parts[:-2]):
        return (
            f"read_parquet([{_names(paths)}], hive_partitioning = true, "
            f"hive_types = {{'{PARTITION.name}': VARCHAR}})"
        )
    if paths:  # DuckDB would take the day from a folder above the store.
        day = f"coalesce(strftime(event_time, '{DAY_FORM}'), '{UNKNOWN_DAY}') AS {PARTITION.name}"
        return f"(SELECT *, {day} FROM read_parquet([{_names(paths)}], hive_partitioning = false))"
    typed = [(one.name, one.kind) for one in COLUMNS]
    kept = [(one.name, one.type) for one in (*KEPT, PARTITION)]
    return f"({_nothing([*typed, *kept])})"


def _bag(place: int, column: Column) -> str:
    """Return the text of a bag. All are read in one go: to parse a record takes time and memory."""
    paths = ", ".join(f"'$.\"{one.paths[0]}\"'" for one in BAGS)
    return (
        f"nullif(CAST(json_extract(raw, [{paths}])[{place}] AS VARCHAR), 'null') AS {column.name}"
    )


def _events(files: Files, window: Window, *, conflicts: bool) -> str:
    """Return the events of the asked time; those without a readable time are always among them.

    Two halves, so that the statistics of the dated files prune them.
    """
    times = []
    if window.since is not None:
        times.append(f"event_time >= TIMESTAMP '{window.begin:%Y-%m-%d %H:%M:%S.%f}'")
    if window.until is not None:
        times.append(f"event_time < TIMESTAMP '{window.end:%Y-%m-%d %H:%M:%S.%f}'")
    shown = ["NOT EXISTS (FROM losers WHERE hidden AND losers.event_id = one.event_id "
             "AND losers.source_key = one.source_key AND losers.source_index = one.source_index "
             "AND coalesce(losers.source_etag = one.source_etag, true))"
             ] if conflicts else []  # fmt: skip
    halves = [_where(files.dated, [*times, *shown])]
    if files.undated:
        halves.append(_where(files.undated, shown))
    return " UNION ALL ".join(halves)


def _where(paths: Sequence[Path], conditions: list[str]) -> str:
    text = f"SELECT one.* FROM ({_records(paths)}) AS one"
    return f"{text} WHERE {' AND '.join(conditions)}" if conditions else text


def _folder(folder: str, files: Files) -> str:
    paths = files.apart.get(folder, ())
    if paths:
        return f"SELECT * FROM read_parquet([{_names(paths)}], hive_partitioning = false)"
    return _nothing(one.split() for one in _FOLDERS[folder].split(", "))


def _nothing(columns: Iterable[Sequence[str]]) -> str:
    empty = ", ".join(f'CAST(NULL AS {_TYPES[kind]}) AS "{name}"' for name, kind in columns)
    return f"SELECT {empty} WHERE false"


def _integrity(files: Files) -> str:
    """Return every log file collected, with the newest verdict on it; null: never verified.

    An object that is no log file is in the manifest, too: nobody verifies it. Nor does
    anybody verify a kind of log file that no digest names, as `ops verify` has it.
    """
    return f"""WITH newest AS (
    SELECT * FROM ({_folder(VERDICTS, files)})
    QUALIFY row_number() OVER (PARTITION BY source_key ORDER BY verified_at DESC, verdict) = 1),
logs AS (FROM manifest WHERE NOT coalesce("foreign", false)),
named AS (SELECT DISTINCT family FROM logs JOIN newest ON newest.source_key = logs.key)
SELECT coalesce(newest.source_key, logs.key) AS source_key, verdict, reason, digest_key,
    verified_at, account, region, day, stored,
    verdict IS NOT NULL OR coalesce(family, '{Family.LOG}') = '{Family.LOG}'
        OR family IN (SELECT family FROM named WHERE family IS NOT NULL) AS covered
FROM logs FULL JOIN newest ON newest.source_key = logs.key"""


_CONFLICTS = """SELECT losers.verdict, NOT losers.hidden AS shown, records.*
FROM losers JOIN records ON losers.event_id = records.event_id
    AND losers.source_key = records.source_key AND losers.source_index = records.source_index
    AND coalesce(losers.source_etag = records.source_etag, true)"""


def _coverage(window: Window, pruned: str | None) -> str:
    """Return a row for each account, region and day: what was recorded, and what of it is proven.

    A day without events has its row too, between the first and the last day asked for. Where
    nobody said, these are the first and the last that can be true: a record may say any time.
    `pruned` is the day before which events were removed.
    """
    begin = _end("min") if window.since is None else f"DATE '{window.first_day}'"
    end = _end("max") if window.until is None else f"DATE '{window.last_day}'"
    gone = f"day < DATE '{pruned}'" if pruned else "false"
    return f"""WITH seen AS (
    SELECT recipient_account_id AS account, aws_region AS region, CAST(event_time AS DATE) AS day,
        count(*) AS events, min(event_time) AS first_event, max(event_time) AS last_event
    FROM events WHERE event_time IS NOT NULL GROUP BY ALL),
logs AS (
    SELECT account, region, TRY_CAST(day AS DATE) AS day, count(*) AS log_files,
        count_if(verdict = 'VALID') AS valid, count_if(verdict IN ('INVALID', 'MISSING')) AS invalid,
        count_if(covered AND coalesce(verdict, 'PENDING') = 'PENDING') AS unverified,
        count_if(NOT covered) AS not_covered
    FROM integrity WHERE account IS NOT NULL AND region IS NOT NULL GROUP BY ALL),
places AS (SELECT account, region FROM seen UNION SELECT account, region FROM logs),
likely AS (
    SELECT day FROM seen WHERE day >= DATE '{BEGUN:{DAY_FORM}}'
        AND day <= (SELECT CAST(max(collected_at) AS DATE) + {SLOW.days} FROM manifest)),
ends AS (SELECT {begin} AS first, {end} AS last),
days AS (
    SELECT CAST(unnest(generate_series(first, last, INTERVAL 1 DAY)) AS DATE) AS day FROM ends
    UNION SELECT day FROM seen)
SELECT account, region, strftime(day, '%Y-%m-%d') AS day, coalesce(events, 0) AS events,
    first_event, last_event, coalesce(log_files, 0) AS log_files, coalesce(valid, 0) AS valid,
    coalesce(invalid, 0) AS invalid, coalesce(unverified, 0) AS unverified,
    coalesce(not_covered, 0) AS not_covered, {gone} AS pruned
FROM places CROSS JOIN days LEFT JOIN seen USING (account, region, day)
LEFT JOIN logs USING (account, region, day)
ORDER BY account, region, day"""


def _end(aggregate: str) -> str:
    return f"coalesce((SELECT {aggregate}(day) FROM likely), (SELECT {aggregate}(day) FROM seen))"


def pattern(path: Path) -> str:
    """Return the pattern that only this path matches: DuckDB takes every path for a pattern."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))


def _names(paths: Sequence[Path]) -> str:
    return ", ".join("'" + pattern(one).replace("'", "''") + "'" for one in paths)
