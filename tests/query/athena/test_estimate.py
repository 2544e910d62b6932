"""What a query would read, counted from the files that lie there."""

from datetime import UTC, date, datetime

import pytest

from ops.archive.opening import open_source
from ops.aws import Access
from ops.endpoint import Endpoint
from ops.errors import QueryError
from ops.query.athena import Scope, Workplace, estimate
from ops.query.athena.estimate import tables_of
from ops.query.athena.tables import read
from tests.query.athena.conftest import ACCOUNTS, DATABASE, NOW, REGION, WORKGROUP


@pytest.fixture
def told(filled):
    access = Access(region=REGION, endpoint=Endpoint(filled.url, "mock", "mock"))

    def ask(text, **scope):
        return estimate(
            text, Scope(**scope), caller=filled.caller, workplace=Workplace(WORKGROUP, DATABASE),
            opened=lambda url: open_source(url, access=access), now=NOW,
        )  # fmt: skip

    return ask


def at(day, hour=0):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


LOGS = "SELECT * FROM cloudtrail"


def test_without_a_scope_everything_of_the_table_is_counted_and_digests_are_not(told):
    found = told(LOGS)
    assert (found.files, found.bytes) == (16, 1600)
    assert found.tables == ("cloudtrail",)
    assert found.usd == pytest.approx(0.00005)


@pytest.mark.parametrize(
    ("scope", "objects"),
    [
        ({"accounts": frozenset({"111111111111"})}, 8),
        ({"regions": frozenset({"us-east-1"})}, 8),
        ({"accounts": frozenset({"999999999999"})}, 0),
        ({"accounts": frozenset(ACCOUNTS), "regions": frozenset({"eu-west-1"})}, 8),
        # Until a moment: and the day after it, where late deliveries lie.
        ({"since": at(20), "until": at(21)}, 8),
        ({"since": at(20), "until": at(20, 1)}, 8),
        ({"since": at(21, 23)}, 8),
        ({"until": at(20)}, 8),
        ({"since": at(23)}, 0),
        ({"since": at(1), "until": at(5)}, 0),
    ],
)
def test_accounts_regions_and_days_of_the_question_are_counted_alone(told, scope, objects):
    assert told(LOGS, **scope).files == objects


def test_the_store_is_counted_by_its_days_and_without_what_athena_ignores(told):
    assert told("SELECT * FROM events").bytes == 3000
    assert told("SELECT * FROM events", since=at(21)).bytes == 2000
    assert told("SELECT * FROM events", until=at(20)).bytes == 1000
    # Its files hold all accounts: naming some leaves none out.
    assert told("SELECT * FROM events", accounts=frozenset({"999999999999"})).bytes == 3000
    assert told("SELECT * FROM events_undated").bytes == 30


def test_every_table_of_a_statement_is_counted_once(told):
    text = f"""WITH both AS (SELECT event_id FROM {DATABASE}.Events
                UNION SELECT event_id FROM events_undated)
               SELECT * FROM both JOIN events AS e ON e.event_id = both.event_id"""
    found = told(text)
    assert found.tables == ("events", "events_undated")
    assert found.bytes == 3030


def test_a_table_that_is_not_there_is_named(told):
    with pytest.raises(QueryError, match="has no table evnts") as caught:
        told("SELECT * FROM evnts")
    assert "--database" in caught.value.hint


def test_what_is_no_sql_is_refused_before_anything_is_asked():
    with pytest.raises(QueryError, match="cannot be read as Athena's SQL"):
        tables_of("SELECT FROM WHERE (")


def test_a_question_without_tables_reads_nothing(told):
    found = told("SELECT 1")
    assert (found.bytes, found.files, found.tables) == (0, 0, ())


def described(**parameters):
    return {
        "Name": "t",
        "PartitionKeys": [{"Name": name} for name in ("region", "day")],
        "StorageDescriptor": {"Location": "s3://b/t"},
        "Parameters": {
            "projection.enabled": "true",
            "projection.region.type": "enum",
            "projection.region.values": "a,b",
            "projection.day.type": "date",
            "projection.day.format": "yyyy-MM-dd",
            "projection.day.range": "NOW-2DAYS,NOW",
            **parameters,
        },
    }


def runs(found, days=(date.min, date.max)):
    return [(run.prefix, run.first, run.last) for run in found.runs({}, days)]


def test_a_table_of_anybody_is_read_with_the_folders_hive_gives_it():
    found = read(described(), NOW.date())
    assert runs(found) == [
        ("t/region=a/day=", "2026-11-20", "2026-11-22"),
        ("t/region=b/day=", "2026-11-20", "2026-11-22"),
    ]


@pytest.mark.parametrize(
    ("spelled", "first", "last"),
    [
        ("2026-01-01,NOW", "2026-01-01", "2026-11-22"),
        ("NOW-1WEEK,NOW+1DAY", "2026-11-15", "2026-11-23"),
        (" NOW - 1YEARS , 2026-11-01", "2025-11-21", "2026-11-01"),
    ],
)
def test_ranges_are_read_as_athena_reads_them(spelled, first, last):
    found = read(described(**{"projection.day.range": spelled}), NOW.date())
    assert runs(found)[0] == ("t/region=a/day=", first, last)


def test_a_table_without_projection_is_counted_as_a_whole():
    found = read({"Name": "t", "StorageDescriptor": {"Location": "s3://b/t/"}}, NOW.date())
    assert runs(found, (NOW.date(), NOW.date())) == [("t/", "", "")]


@pytest.mark.parametrize("kind", ["injected", "integer"])
def test_partitions_that_only_a_question_names_cannot_be_counted(kind):
    with pytest.raises(QueryError, match="cannot be told beforehand"):
        read(described(**{"projection.region.type": kind}), NOW.date())
