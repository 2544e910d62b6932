"""The engine: limits, interruption, memory, and what it knows of addresses."""

import os
import signal
import threading
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from ops.errors import QueryError, UsageError
from ops.query import addresses, local, portions
from ops.query.cells import plain, records
from ops.query.model import Statement
from tests.query.conftest import at, of_records
from tests.query.records import event


def test_more_rows_than_the_limit_are_said_to_be_there(ask):
    engine = ask([event("A"), event("B"), event("C")]).engine
    asked = Statement("SELECT event_name FROM events ORDER BY 1", {})
    assert (len(engine.run(asked, limit=2).rows), engine.run(asked, limit=2).truncated) == (2, True)
    assert (len(engine.run(asked, limit=3).rows), engine.run(asked, limit=3).truncated) == (
        3,
        False,
    )
    assert engine.run(asked, limit=None).truncated is False
    assert engine.run(asked, limit=1).rows == [("A",)]


def test_an_event_is_found_by_its_id(day):
    wanted = day.value("SELECT event_id FROM events WHERE event_name = 'StopLogging'")
    assert day.column("SELECT event_name FROM events WHERE event_id = $id", id=wanted) == [
        "StopLogging"
    ]


def test_ctrl_c_stops_a_question_at_once_and_the_next_is_answered(ask):
    store = ask([event("A")])
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        store.rows(
            "SELECT count(*) FROM range(1000000000000) AS t(a), range(1000) AS u(b) WHERE a = b + 1"
        )
    timer.join()
    assert store.value("SELECT 42 AS a") == 42


def test_a_question_that_fails_while_it_runs_is_no_usage_error(ask):
    with pytest.raises(QueryError, match="The question failed: "):
        ask([event("A")]).rows("SELECT CAST(event_name AS INTEGER) FROM events")


def test_a_question_too_large_for_memory_and_disk_says_what_to_do(ask):
    store = ask([event("A")])
    with pytest.raises(QueryError, match="needs more memory") as error:
        store.rows("SELECT array_agg(repeat('x', 1000000) || a) FROM range(1000000) AS t(a)")
    assert "--since" in error.value.hint
    assert store.value("SELECT 1 AS a") == 1


def large(count, size=100_000):
    return [event("A", requestParameters={"nth": n, "x": "y" * size}) for n in range(count)]


def test_large_rows_are_handed_out_few_at_a_time(ask, monkeypatch):
    monkeypatch.setattr(portions, "_BYTES", 400_000)
    monkeypatch.setattr(portions, "_STEP", 2)
    engine = ask(large(12)).engine
    asked = Statement("SELECT raw FROM events", {})
    counts = [len(one) for one in engine.rows(asked, limit=None).batches()]
    assert (max(counts), sum(counts)) == (4, 12)
    assert [len(one) for one in engine.rows(asked, limit=5).batches()] == [4, 1]


def test_an_answer_too_large_to_be_shown_says_what_to_do(ask, monkeypatch):
    monkeypatch.setattr(portions, "_WHOLE_BYTES", 500_000)
    engine = ask(large(12)).engine
    with pytest.raises(QueryError, match="too large to be shown") as error:
        engine.run(Statement("SELECT raw FROM events", {}), limit=None)
    assert "--output" in error.value.hint
    assert engine.run(Statement("SELECT raw FROM events", {}), limit=3).truncated


def test_rows_that_pass_a_filter_are_not_gathered_whatever_their_size(ask):
    setting = "SELECT current_setting('enable_caching_operators') AS a"
    assert ask([event("A")]).value(setting) is False


def test_more_text_than_the_engines_memory_can_be_asked_for(opened, tmp_path, monkeypatch):
    root = of_records(tmp_path / "store", large(60, 1_000_000))
    [file] = root.glob("day=*/*.parquet")
    pq.write_table(pq.ParquetFile(file).read(), file, row_group_size=1)
    monkeypatch.setattr(local, "_MEMORY", "40MB")
    for condition in ("true", "field('requestParameters.nth') <> '59'"):
        asked = Statement(f"SELECT length(raw), raw FROM events WHERE {condition}", {})
        batches = opened(root).engine.rows(asked, limit=10_001).batches()
        lengths = [row[0] for batch in batches for row in batch]
        assert len(lengths) == (60 if condition == "true" else 59)
        assert min(lengths) > 1_000_000


def test_columns_of_one_name_are_told_apart(ask):
    answer = ask([event("A")]).engine.run(
        Statement("SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a", {}), limit=None
    )
    assert answer.columns == ("a", "a_2", "a_2_2", "a_3")
    assert answer.rows == [(1, 2, 3, 4)]


def test_values_come_out_as_plain_data():
    moment = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert records(("a", "b"), [(moment, float("nan"))]) == [
        {"a": "2026-01-05T12:00:00Z", "b": "nan"}
    ]
    assert plain(moment.replace(microsecond=120)) == "2026-01-05T12:00:00.00012Z"
    assert plain({"k": [b"\xff", None, True]}) == {"k": ["/w==", None, True]}


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("DATE '2026-01-05'", "2026-01-05"),
        ("TIME '10:00:00'", "10:00:00"),
        ("INTERVAL 90 SECOND", 90.0),
        ("1.50::DECIMAL(5, 2)", 1.5),
        ("2::HUGEINT * 9223372036854775807", 18446744073709551614),
        ("'infinity'::DOUBLE", "inf"),
        ("{'a': [1, NULL]}", {"a": [1, None]}),
        ("MAP {'a': TIMESTAMP '2026-01-05'}", {"a": "2026-01-05T00:00:00Z"}),
        ("'x'::BLOB", "eA=="),
        ("'{\"a\": 1}'::JSON", '{"a": 1}'),
        ("uuid() IS NOT NULL", True),
        ("TIMESTAMPTZ '2026-01-05 02:00:00+02'", "2026-01-05T00:00:00Z"),
    ],
)
def test_every_type_of_the_engine_has_a_plain_form(day, sql, value):
    assert plain(day.value(f"SELECT {sql} AS a")) == value


INFO = "cidr,country,asn\n192.0.2.0/24,XA,AS64500\n192.0.2.128/25,XB,AS64501\n2001:db8::/32,XC,\n"


@pytest.fixture
def known(tmp_path):
    path = tmp_path / "info.csv"
    path.write_text(INFO)
    return addresses.load(path)


def test_of_networks_that_hold_an_address_the_narrowest_counts(known):
    assert known.about("192.0.2.7") == ("XA", "AS64500")
    assert known.about("192.0.2.200") == ("XB", "AS64501")
    assert known.about("2001:db8::1") == ("XC", "")
    assert known.about("198.51.100.1") is None
    assert known.about("AWS Internal") is None


def test_what_is_known_of_addresses_can_be_joined_and_is_empty_without_a_file(ask, known):
    texts = [
        event("A", sourceIPAddress="192.0.2.7"),
        event("B", sourceIPAddress="ec2.amazonaws.com"),
    ]
    sql = "SELECT event_name, country FROM events LEFT JOIN ip_info USING (source_ip_address) ORDER BY 1"
    assert ask(texts, known=known).rows(sql) == [
        {"event_name": "A", "country": "XA"},
        {"event_name": "B", "country": None},
    ]
    assert [row["country"] for row in ask(texts).rows(sql)] == [None, None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cidr,country\n", "no column asn"),
        ("", "no column cidr, country, asn"),
        ("cidr,country,asn\n192.0.2.0/24,XA,AS1\n192.0.2.0/99,XA,AS1\n", "line 3: .*192.0.2.0/99"),
        ("cidr,country,asn\n,XA,AS1\n", "line 2"),
        (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_addresses_that_is_wrong_is_named_with_its_line(tmp_path, text, words):
    path = tmp_path / "info.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=words):
        addresses.load(path)


def test_times_are_bound_without_a_zone(ask):
    store = ask([event("A", at="2026-11-20T10:00:00Z")])
    moment = at("2026-11-20T12:00:00+02:00")
    assert store.value("SELECT count(*) FROM events WHERE event_time = $when", when=moment) == 1
    assert store.value("SELECT typeof($when) AS a", when=moment) == "TIMESTAMP"
