"""One text, two engines: the values beside it, the views before it."""

from datetime import UTC, datetime

import duckdb
import pytest
import sqlglot

from ops import catalog
from ops.errors import UsageError
from ops.query import dialect, rendering, tables
from ops.query.catalog import VIEWS
from ops.query.window import Window
from tests.query.records import event

WINDOW = Window(datetime(2026, 11, 18, 6, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
COLLECTED, DELIVERED = (
    tables.Collected("history", "events"),
    tables.Delivered("archive", "cloudtrail"),
)


def tree(text):
    return dialect.parsed(text, source="here", views=VIEWS)


def athena(text, table=COLLECTED, lists=None, **values):
    found = rendering.athena(tree(text), table, WINDOW, values, lists or {})
    return " ".join(found.text.split()), found.positional


def test_optional_parameters_are_decided_before_the_engine_sees_them(ask):
    store = ask([event("A"), event("B", userAgent="curl")])
    text = "SELECT event_name FROM events WHERE (:agent IS NULL OR user_agent = :agent) ORDER BY 1"

    def names(**values):
        return [
            row
            for (row,) in store.engine.run(rendering.duckdb(tree(text), values), limit=None).rows
        ]

    assert names(agent=None) == ["A", "B"]
    assert names(agent="curl") == ["B"]
    assert "$agent" not in rendering.duckdb(tree(text), {"agent": None}).text
    assert athena(text, agent=None)[0].count("?") == 4


def test_a_list_is_bound_as_one_value_by_duckdb_and_as_many_by_athena():
    text = "SELECT event_id FROM events WHERE event_name IN (:names)"
    statement = rendering.duckdb(tree(text), {"names": ("A", "B")})
    assert "list_contains($names, event_name)" in statement.text
    assert statement.named == {"names": ("A", "B")}
    sql, values = athena(text, names=("A", "B"))
    assert "event_name IN (?, ?)" in sql
    assert values[-2:] == ("'A'", "'B'")
    assert "WHERE FALSE" in athena(text, names=())[0]


def test_only_the_values_a_text_names_go_with_it():
    statement = rendering.duckdb(
        tree("SELECT event_id FROM events"), {"who": "x", "since": WINDOW.begin}
    )
    assert statement.named == {}


def test_day_and_time_are_always_pushed_down_to_the_collected_table():
    sql, values = athena("SELECT event_id FROM events")
    assert sql == (
        'WITH events AS ( SELECT event_id FROM "history"."events" WHERE day BETWEEN ? AND ? '
        "AND event_time >= ? AND event_time < ? ) SELECT event_id FROM events"
    )
    assert values == (
        "'2026-11-18'",
        "'2026-11-19'",
        "TIMESTAMP '2026-11-18 06:00:00'",
        "TIMESTAMP '2026-11-20 00:00:00'",
    )


def test_day_of_delivery_and_time_are_always_pushed_down_to_the_delivered_files():
    sql, values = athena("SELECT event_id FROM events", DELIVERED)
    assert '"date" BETWEEN ? AND ? AND eventtime >= ? AND eventtime < ?' in sql
    assert "copy = 1" in sql
    assert values == (
        "'2026/11/18'",
        "'2026/11/20'",
        "'2026-11-18T06:00:00Z'",
        "'2026-11-20T00:00:00Z'",
    )


@pytest.fixture
def delivered():
    """A database that answers what Athena is asked of the delivered files, said in its own SQL."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA archive")
        texts = [one for one in catalog.RECORD if one.name not in ("useridentity", "resources")]
        connection.execute(
            'CREATE TABLE archive.cloudtrail ("$path" VARCHAR, "date" VARCHAR, '
            "useridentity STRUCT(username VARCHAR), resources STRUCT(arn VARCHAR)[], "
            f"{', '.join(f'{one.name} VARCHAR' for one in texts)})"
        )

        def answer(text, *records):
            for path, event, user in records:
                connection.execute(
                    'INSERT INTO archive.cloudtrail ("$path", "date", eventtime, eventid, '
                    "useridentity) VALUES ($1, '2026/11/19', '2026-11-19T01:00:00Z', $2, "
                    "{username: $3})", [path, event, user],
                )  # fmt: skip
            sql, values = athena(text, DELIVERED)
            spelled = sqlglot.transpile(sql, read="athena", write="duckdb")[0]
            spelled = spelled.replace("CAST(UUID() AS TEXT)", '"$path"')  # which is as new
            return connection.execute(spelled, [one.strip("'") for one in values]).fetchall()

        yield answer


def test_a_record_that_was_delivered_twice_is_there_once_and_a_planted_one_hides_none(delivered):
    found = delivered(
        "SELECT event_id, user_name FROM events ORDER BY event_id, user_name",
        ("s3://a", "1", "nobody"), ("s3://b", "1", "mallory"), ("s3://c", "1", "mallory"),
        ("s3://d", "2", "alice"), ("s3://e", None, "x"), ("s3://f", None, "x"),
    )  # fmt: skip
    assert found == [("1", "mallory"), ("1", "nobody"), ("2", "alice"), (None, "x"), (None, "x")]


def test_the_order_of_values_is_that_of_the_text():
    text = "WITH a AS (SELECT event_id FROM events WHERE user_name = :late) SELECT a.event_id FROM a, events AS e WHERE e.event_name = :early AND e.user_name = :late"
    sql, values = athena(text, early="E", late="L")
    assert values[4:] == ("'L'", "'E'", "'L'")
    assert sql.index("events AS (") < sql.index("a AS (")


def test_only_columns_that_are_needed_are_read():
    sql, _ = athena("SELECT event_name, field('requestParameters.x') AS x FROM events")
    assert "SELECT event_name, raw FROM" in sql
    sql, _ = athena("SELECT count(*) AS n, max(request_parameters) AS p FROM events")
    assert "JSON_FORMAT(JSON_EXTRACT(raw, '$.requestParameters'))" in sql
    assert "user_agent" not in sql


def test_fields_become_the_right_columns_extraction():
    text = "SELECT e.field('requestParameters.x-y.b') AS x, e.field('tlsDetails.tlsVersion') AS t FROM events AS e"
    assert (
        """JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters["x-y"].b') AS x, e.tls_version AS t"""
        in athena(text)[0]
    )
    sql, _ = athena(text, DELIVERED)
    assert (
        """JSON_EXTRACT_SCALAR(e.request_parameters, '$["x-y"].b') AS x, e.tls_version AS t"""
        in sql
    )
    assert "tlsdetails.tlsversion AS tls_version" in sql


def test_a_list_of_values_goes_through_lists_in_athena_too():
    sql, _ = athena("SELECT event_id FROM events WHERE contains(field_any('resources.ARN'), 'x')")
    assert """JSON_QUERY(raw, 'lax $."resources"."ARN"[*]' WITH ARRAY WRAPPER)""" in sql


def test_views_go_before_the_question_with_what_they_need():
    sql, _ = athena("SELECT access_key_id FROM sessions")
    assert (
        sql.index("events AS (")
        < sql.index("sessions AS (")
        < sql.index("SELECT access_key_id FROM sessions")
    )
    sql, _ = athena(
        "SELECT i.country FROM events AS e LEFT JOIN ip_info AS i ON i.source_ip_address = e.source_ip_address"
    )
    assert "ip_info AS (" in sql


def test_corrections_are_applied_in_athena_too():
    sql, _ = athena("SELECT event_id FROM events_latest")
    assert "events_latest AS (" in sql
    assert "PARTITION BY addendum_original_event_id ORDER BY source_key DESC" in sql


def test_site_lists_are_literals_in_athena():
    sql, _ = athena(
        "SELECT event_id FROM events WHERE contains(site_list('x'), user_name)",
        lists={"x": ["o'brien"], "y": []},
    )
    assert "CAST(ARRAY['o''brien'] AS ARRAY(VARCHAR))" in sql
    with pytest.raises(UsageError, match="no site list 'x'"):
        athena("SELECT event_id FROM events WHERE contains(site_list('x'), user_name)")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("SELECT event_id FROM events WHERE raw LIKE '%x%'", "raw"),
        ("SELECT event_id, source_etag FROM events", "source_etag"),
        ("SELECT field('insightDetails.state') AS x FROM events", "insightDetails.state"),
        (
            "SELECT event_id FROM events WHERE contains(field_any('eventContext.x'), 'y')",
            "eventContext.x",
        ),
        ("SELECT event_id FROM events_latest", "raw"),
    ],
)
def test_the_delivered_files_refuse_what_they_do_not_hold(text, what):
    with pytest.raises(UsageError, match=f"delivered files do not give {what}"):
        athena(text, DELIVERED)


@pytest.mark.parametrize(
    "name", ["records", "integrity", "conflicts", "quarantine", "manifest", "coverage"]
)
def test_views_that_only_a_store_has_are_refused_by_athena(name):
    with pytest.raises(UsageError, match=f"no view {name}"):
        athena(f"SELECT count(*) AS n FROM {name}")


def test_duckdb_and_the_plain_record_agree_on_every_path(day):
    sql = rendering.duckdb_text(
        tree("SELECT e.field('userIdentity.arn') AS a, e.user_arn AS b FROM events AS e")
    )
    rows = day.rows(sql)
    assert rows
    assert [row["a"] for row in rows] == [row["b"] for row in rows]
