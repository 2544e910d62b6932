"""The runbooks' language: what every engine reads alike, and nothing else."""

import pytest

from ops.errors import UsageError
from ops.query import derived, dialect, rendering
from ops.query.catalog import VIEWS

FINE = [
    "SELECT event_name, count(*) AS n FROM events WHERE event_time >= :since GROUP BY event_name ORDER BY n DESC LIMIT 5",
    "SELECT date_trunc('hour', event_time) AS h, date_diff('second', event_time, event_time) AS d FROM events",
    "WITH a AS (SELECT event_id FROM events) SELECT event_id FROM a UNION ALL SELECT event_id FROM a",
    "WITH RECURSIVE c (k, depth) AS (SELECT event_id, 0 FROM events UNION ALL SELECT k, depth + 1 FROM c WHERE depth < 8) SELECT k FROM c",
    "SELECT e.field('a.b') AS x FROM events AS e CROSS JOIN UNNEST(e.field_any('a.c')) AS t(y) WHERE contains(site_list('s'), t.y)",
    "SELECT event_id FROM events WHERE event_name IN (:names) AND (:who IS NULL OR user_name = :who)",
    "SELECT array_join(slice(array_sort(array_agg(DISTINCT user_name)), 1, 3), ', ') AS u FROM events",
    "SELECT CAST(field('a') AS BIGINT) AS x, row_number() OVER (PARTITION BY user_name ORDER BY event_time) AS n FROM events",
    "SELECT event_id FROM events WHERE regexp_like(user_agent, '(?i)curl') AND NOT starts_with(event_name, 'Get')",
    "SELECT event_time + INTERVAL '1' HOUR AS later FROM events WHERE EXISTS (SELECT 1 FROM sessions WHERE sessions.access_key_id = user_access_key_id)",
]  # fmt: skip
FOREIGN = {
    "SELECT md5(raw) AS x FROM events": "MD5",
    "SELECT now() AS x FROM events": "not in the language",
    "SELECT current_user AS x": "CURRENT_USER",
    "SELECT json_parse(raw) AS x FROM events": "JSON_PARSE",
    "SELECT some_function(raw) AS x FROM events": r"some_function\(\) is not in the language",
    "SELECT e.some_function('a') AS x FROM events AS e": r"some_function\(\) is not in the language",
    "SELECT approx_distinct(raw) AS x FROM events": "not in the language",
    "SELECT a / b AS x FROM events": "Div",
    "SELECT CAST(raw AS JSON) AS x FROM events": "type JSON",
    "SELECT CAST(raw AS ROW(a BIGINT)) AS x FROM events": "not in the language",
    "SELECT event_id FROM events TABLESAMPLE BERNOULLI (1)": "TABLESAMPLE",
    "SELECT event_id FROM events UNION SELECT event_id FROM events": "UNION without ALL",
    "SELECT event_id FROM events INTERSECT SELECT event_id FROM events": "one SELECT|not in the language",
    "SELECT event_id FROM events OFFSET 3": "OFFSET",
    "SELECT event_id FROM events FETCH FIRST 3 ROWS ONLY": "not in the language",
    "SELECT date_diff('minute', event_time, event_time) AS x FROM events": "seconds only",
    "SELECT slice(field_any('a'), 2, 3) AS x FROM events": "begins at 1",
    "SELECT field(user_name) AS x FROM events": "one text in quotes",
    "SELECT field('a', 'b') AS x FROM events": "one text in quotes",
    "SELECT field('a.é') AS x FROM events": "no path into a record",
    "SELECT :who AS x FROM events": "must stand in WHERE",
    "SELECT event_id FROM events LIMIT :n": "must stand in WHERE",
    "SELECT event_id FROM events ORDER BY :n": "must stand in WHERE",
    "SELECT count(*) AS n FROM events GROUP BY user_name HAVING count(*) > :n": "must stand in WHERE",
    "SELECT e.event_id FROM events AS e JOIN events AS f ON e.event_id = :n": "must stand in WHERE",
    "SELECT event_id FROM events WHERE event_id IN (SELECT :n)": "must stand in WHERE",
    "SELECT event_id FROM events WHERE event_id = ?": "must stand in WHERE",
    "SELECT event_id FROM elsewhere": "no view elsewhere",
    "SELECT event_id FROM main.events": "no view main.events",
    "WITH events AS (SELECT 1 AS event_id) SELECT event_id FROM events": "hides the view",
    "WITH RECURSIVE c (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM c) SELECT k FROM c": "must end by: depth < 8",
    "WITH RECURSIVE c (k, depth) AS (SELECT 1, 0 UNION ALL SELECT k, depth + 1 FROM c WHERE depth < 80) SELECT k FROM c": "must end by: depth < 8",
    "DELETE FROM events": "one SELECT",
    "INSERT INTO events SELECT * FROM events": "one SELECT",
    "SELECT 1 AS x; SELECT 2 AS x": "one SELECT",
    "SELECT": "one SELECT|no SQL|not in",
    "SELECT (": "no SQL",
    "": "one SELECT",
}  # fmt: skip


@pytest.mark.parametrize("text", FINE)
def test_what_every_engine_reads_alike_is_in_the_language(text):
    tree = dialect.parsed(text, source="here", views=VIEWS)
    assert rendering.duckdb_text(tree)


@pytest.mark.parametrize("text", FOREIGN)
def test_anything_else_is_refused_and_named_with_its_place(text):
    with pytest.raises(UsageError, match=FOREIGN[text]) as error:
        dialect.parsed(text, source="mine.sql", views=VIEWS)
    assert str(error.value).startswith("mine.sql: ")


def test_the_views_over_events_are_written_in_the_language():
    for name in derived.NAMES:
        assert dialect.tables(derived.tree(name)) == {"events"}
    assert derived.needed({"sessions", "events", "records"}) == ["sessions"]


def test_a_tree_knows_its_parameters_and_views():
    text = "WITH a AS (SELECT event_id FROM sessions) SELECT event_id FROM a, events WHERE event_id = :x AND :y IS NULL"
    tree = dialect.parsed(text, source="here", views=VIEWS)
    assert dialect.parameters(tree) == {"x", "y"}
    assert dialect.tables(tree) == {"sessions", "events"}
