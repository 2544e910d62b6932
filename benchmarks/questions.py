"""What the history is asked: the same questions for us, and for DuckDB over the delivered files.

Every answer is a list of rows of plain values; both must be equal. CloudTrail delivers
some records twice: who reads the files themselves has to count ids, not records.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

TEXT, ID, ROLE = "text anywhere", "event id", "role, two days"


@dataclass(frozen=True, slots=True)
class Question:
    """A question in two spellings."""

    name: str
    ours: str
    """Over the view `events`."""
    raw: str
    """Over `records`, a table of the column `r`: JSON."""
    goal_ms: int
    """Engine time at two million events, at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what the questions are about, chosen from a store: there are answers."""

    key: str
    role: str
    address: str
    event: str
    text: str
    """Stands in the bodies of a few records only."""
    since: str
    until: str


def subject(store: Path) -> Subject:
    """Return what a store is asked about; the same for the same store."""
    connection = duckdb.connect()
    source = f"read_parquet('{store}/day=2*/*.parquet')"

    def first(text: str) -> str:
        [(found,)] = connection.execute(text.replace("EVENTS", source)).fetchall()
        return str(found)

    def common(column: str, condition: str = "true") -> str:
        return first(
            f"SELECT {column} FROM EVENTS WHERE {column} IS NOT NULL AND {condition} "
            f"GROUP BY 1 ORDER BY count(*) DESC, 1 OFFSET 5 LIMIT 1"
        )

    day = "SELECT CAST(min(event_time) AS DATE) + {} FROM EVENTS"
    return Subject(
        key=common("user_access_key_id", "user_access_key_id LIKE 'ASIA%'"),
        role=common("session_issuer_arn"),
        address=common("source_ip_address", "regexp_matches(source_ip_address, '^[0-9.]+$')"),
        event=first("SELECT event_id FROM EVENTS WHERE event_name = 'GetObject' "
                    "ORDER BY hash(event_id) LIMIT 1"),
        text=first("SELECT min(json_extract_string(raw, '$.responseElements.instancesSet.items[0].instanceId')) "
                   "FROM EVENTS WHERE event_name = 'RunInstances'"),
        since=first(day.format(2)), until=first(day.format(4)),
    )  # fmt: skip


def questions(about: Subject) -> Iterator[Question]:
    """Yield the questions."""
    key, role, address, event = about.key, about.role, about.address, about.event
    since, until, text = about.since, about.until, about.text
    yield Question(
        "access key",
        f"SELECT event_name, count(*) AS n, min(event_time) AS first FROM events "
        f"WHERE user_access_key_id = '{key}' GROUP BY 1 ORDER BY 1",
        f"SELECT {_at('eventName')}, count(DISTINCT {_at('eventID')}), min({_at('eventTime')}) FROM records "
        f"WHERE {_at('userIdentity.accessKeyId')} = '{key}' GROUP BY 1 ORDER BY 1",
        250,
    )
    issuer = _at("userIdentity.sessionContext.sessionIssuer.arn")
    yield Question(
        ROLE,
        f"SELECT event_id FROM events WHERE session_issuer_arn = '{role}' "
        f"AND event_time >= TIMESTAMP '{since}' AND event_time < TIMESTAMP '{until}' ORDER BY 1",
        f"SELECT DISTINCT {_at('eventID')} FROM records WHERE {issuer} = '{role}' "
        f"AND {_at('eventTime')} >= '{since}' AND {_at('eventTime')} < '{until}' ORDER BY 1",
        250,
    )
    yield Question(
        "actions by day",
        "SELECT day, event_name, count(*) AS n FROM events WHERE event_time IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        f"SELECT substr({_at('eventTime')}, 1, 10), {_at('eventName')}, count(DISTINCT {_at('eventID')}) "
        f"FROM records WHERE {_at('eventTime')} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        250,
    )
    yield Question(
        "bursts of errors",
        "SELECT user_arn, date_trunc('hour', event_time) AS hour, count(*) AS n FROM events "
        "WHERE error_code IS NOT NULL AND user_arn IS NOT NULL GROUP BY 1, 2 HAVING count(*) >= 10 ORDER BY 1, 2",
        f"SELECT {_at('userIdentity.arn')}, substr({_at('eventTime')}, 1, 13) || ':00:00Z', "
        f"count(DISTINCT {_at('eventID')}) AS n FROM records "
        f"WHERE {_at('errorCode')} IS NOT NULL AND {_at('userIdentity.arn')} IS NOT NULL "
        f"GROUP BY 1, 2 HAVING n >= 10 ORDER BY 1, 2",
        250,
    )
    yield Question(
        "address",
        f"SELECT coalesce(user_arn, '') AS who, count(*) AS n FROM events "
        f"WHERE source_ip_address = '{address}' GROUP BY 1 ORDER BY 1",
        f"SELECT coalesce({_at('userIdentity.arn')}, ''), count(DISTINCT {_at('eventID')}) FROM records "
        f"WHERE {_at('sourceIPAddress')} = '{address}' GROUP BY 1 ORDER BY 1",
        250,
    )
    yield Question(
        TEXT,
        f"SELECT event_id FROM events WHERE mentions('{text}') ORDER BY 1",
        f"SELECT DISTINCT {_at('eventID')} FROM records WHERE contains(CAST(r AS VARCHAR), '{text}') ORDER BY 1",
        800,
    )
    yield Question(
        ID,
        f"SELECT event_id, raw FROM events WHERE event_id = '{event}'",
        f"SELECT DISTINCT {_at('eventID')}, CAST(r AS VARCHAR) FROM records WHERE {_at('eventID')} = '{event}'",
        50,
    )


def _at(path: str) -> str:
    return f"json_extract_string(r, '$.{path}')"
