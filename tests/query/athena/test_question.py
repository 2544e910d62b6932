"""A SELECT of Athena's own SQL: what it reads, and how its days are bounded."""

from datetime import UTC, datetime

import pytest

from ops.errors import UsageError
from ops.query import tables
from ops.query.athena import Workplace, question
from ops.query.window import Window
from tests.query.athena.conftest import DATABASE, WORKGROUP

PLACE = Workplace(WORKGROUP, DATABASE)
DAY = Window(datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
LOGS = (
    "( SELECT * FROM \"cloudtrail\" WHERE \"date\" BETWEEN '2026/11/20' AND '2026/11/21' "
    "AND eventtime >= '2026-11-20T06:00:00Z' AND eventtime < '2026-11-21T00:00:00Z' )"
)


def form(name):
    kind = {"cloudtrail": tables.Delivered, "events": tables.Collected}.get(name)
    return kind(DATABASE, name) if kind else None


def bounded(text, window=DAY):
    return " ".join(question.bounded(question.checked(text, PLACE), window, form).split())


def read(text):
    return [one.name for one in question.tables(question.checked(text, PLACE))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("WITH a AS (SELECT 1 AS n FROM events) SELECT n FROM a", ["events"]),
        # In its own definition the name is the table's.
        ("WITH events AS (SELECT * FROM events) SELECT * FROM events", ["events"]),
        ("WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT n FROM a", []),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", ["b"]),
        # A WITH means nothing outside its own SELECT.
        ("SELECT * FROM (WITH events AS (SELECT 1 AS n) SELECT n FROM events), events", ["events"]),
        (f"WITH events AS (SELECT 1 AS n) SELECT * FROM {DATABASE}.events", ["events"]),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM cloudtrail)", ["cloudtrail"]),
    ],
)
def test_what_a_name_means_depends_on_where_it_stands(text, names):
    assert read(text) == names


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("SELECT eventname FROM cloudtrail", "cloudtrail"),
        ("SELECT c.eventname FROM cloudtrail AS c", "c"),
        ("WITH cloudtrail AS (SELECT * FROM cloudtrail) SELECT * FROM cloudtrail", "cloudtrail"),
        ("SELECT 1 FROM events AS e WHERE e.event_id IN (SELECT eventid FROM cloudtrail)", "cloudtrail"),
        ("SELECT 1 FROM events AS e LEFT JOIN cloudtrail AS c ON c.eventid = e.event_id", "c"),
    ],
)  # fmt: skip
def test_wherever_a_table_stands_only_the_days_asked_about_are_read(text, alias):
    assert f'{LOGS} AS "{alias}"' in bounded(text)
    assert bounded(text).count('"cloudtrail" WHERE "date"') == 1


def test_what_hangs_on_a_table_goes_on_hanging_there():
    text = "SELECT r.arn FROM cloudtrail AS c TABLESAMPLE BERNOULLI (10) CROSS JOIN UNNEST(c.resources) AS t (r)"
    assert bounded(text).endswith(
        f'FROM {LOGS} AS "c" TABLESAMPLE BERNOULLI (10) CROSS JOIN UNNEST(c.resources) AS t(r)'
    )


def test_a_table_keeps_the_names_that_its_alias_gives_to_columns():
    text = bounded("SELECT moment FROM cloudtrail AS c (version, who, moment) WHERE moment > 'a'")
    assert f"{LOGS} AS \"c\"(version, who, moment) WHERE moment > 'a'" in text


def test_without_an_end_every_later_day_is_read():
    assert "\"date\" BETWEEN '2026/11/20' AND '9000/01/01'" in bounded(
        "SELECT 1 FROM cloudtrail", Window(DAY.since)
    )


def test_a_name_cannot_end_a_quotation():
    tree = question.checked('SELECT 1 FROM "events""; DROP TABLE x"', PLACE)
    text = question.bounded(tree, DAY, lambda name: tables.Collected(DATABASE, name))
    assert '"events""; DROP TABLE x"' in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/* SELECT */ DELETE FROM events", "DELETE is refused"),
        ("MERGE INTO events USING x ON true WHEN MATCHED THEN DELETE", "MERGE is refused"),
        ("USING EXTERNAL FUNCTION f(x INT) RETURNS INT LAMBDA 'a' SELECT f(1)", "USING"),
        ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN is refused"),
        ("EXECUTE prepared", "EXECUTE is refused"),
        ("", "here are 0 statements"),
        ('SELECT * FROM "lambda:other".d.events', "only tables of"),
        ("SELECT * FROM information_schema.tables", "only tables of"),
    ],
)
def test_what_is_no_select_over_the_database_is_refused(text, said):
    with pytest.raises(UsageError, match=said):
        question.checked(text, PLACE)
