"""What the views hold, compared with the records themselves."""

import json
from datetime import datetime

import pytest

from ops.errors import QueryError, StoreError
from ops.history.schema import BAGS, COLUMNS
from ops.history.store import existing
from ops.query import catalog, files
from ops.query.views import EVENT_COLUMNS
from ops.query.window import Window
from tests.query import stores
from tests.query.conftest import at, of_records
from tests.query.records import event, event_id

TYPED = [one.name for one in COLUMNS]


def test_every_view_is_there_and_named_in_the_catalog(day):
    for name in catalog.VIEWS:
        day.rows(f"SELECT * FROM {name}", limit=1)


def test_the_columns_of_events_are_those_of_the_schema(day):
    assert day.column("DESCRIBE events") == list(EVENT_COLUMNS)


def test_typed_columns_and_bags_are_what_the_raw_record_says(day):
    rows = day.rows("FROM events")
    assert len(rows) > 2000
    for row in rows:
        record = json.loads(row["raw"])
        for column in COLUMNS:
            value = row[column.name]
            found = value.replace(tzinfo=None) if isinstance(value, datetime) else value
            if column.name != "recipient_account_id":
                assert found == stores.cell(record, column)
        for bag in BAGS:
            text, said = row[bag.name], record.get(bag.paths[0])
            assert (json.loads(text) if text is not None else None) == said


def test_times_are_utc_and_never_zoned_in_the_engine(day):
    kinds = {row["column_type"] for row in day.rows("DESCRIBE events")}
    assert kinds == {"VARCHAR", "BOOLEAN", "TIMESTAMP", "BIGINT"}
    moment = day.value("SELECT max(event_time) FROM events")
    assert moment.utcoffset().total_seconds() == 0


def test_a_zoned_time_of_a_question_is_shown_in_utc(ask):
    assert ask([event("A")]).value("SELECT TIMESTAMPTZ '2026-01-05 12:00:00+02:00'") == at(
        "2026-01-05T10:00:00Z"
    )


def test_only_the_files_of_the_asked_days_are_opened(day_store, opened):
    window = Window(at("2026-11-20T03:00:00Z"), at("2026-11-20T05:00:00Z"))
    found = files.found(existing(str(day_store)), window)
    assert {one.parent.name for one in found.dated} == {"day=2026-11-20"}
    assert {one.parent.name for one in found.undated} == {"day=unknown"}
    assert found.days == ("2026-11-19", "2026-11-20")
    asker = opened(day_store, window)
    [row] = asker.rows(
        "SELECT min(event_time) AS a, max(event_time) AS b, count(*) AS n FROM events WHERE event_time IS NOT NULL"
    )
    assert window.since <= row["a"] < row["b"] < window.until
    assert row["n"] > 100


def test_a_window_ends_before_its_end(ask):
    texts = [event("A", at=f"2026-11-20T10:00:0{nth}Z") for nth in range(4)]
    window = Window(at("2026-11-20T10:00:01Z"), at("2026-11-20T10:00:03Z"))
    assert ask(texts, window=window).value("SELECT count(*) FROM events") == 2


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, ["2026-11-18", "2026-11-19", "2026-11-20"]),
        ("2026-11-19T00:00:00Z", None, ["2026-11-19", "2026-11-20"]),
        (None, "2026-11-19T00:00:00Z", ["2026-11-18"]),
        ("2026-11-19T23:59:59Z", "2026-11-20T00:00:01Z", ["2026-11-19", "2026-11-20"]),
        ("2026-12-01T00:00:00Z", None, []),
    ],
)
def test_days_are_chosen_by_the_window(tmp_path, since, until, days):
    writer = stores.Writer(tmp_path / "store")
    writer.log("a", [event("A", at=f"2026-11-{nth}T12:00:00Z") for nth in (18, 19, 20)])
    window = Window(since and at(since), until and at(until))
    found = files.found(existing(str(writer.finish())), window)
    assert [one.parent.name.removeprefix("day=") for one in found.dated] == days


def test_events_without_a_time_are_always_among_them(ask):
    window = Window(at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"))
    store = ask(
        [event("A", at="2026-11-19T10:00:00Z"), event("B", at=None), event("C", at="soon")],
        window=window,
    )
    assert store.column("SELECT event_name FROM events ORDER BY 1") == ["B", "C"]
    assert set(store.column("SELECT day FROM events")) == {"unknown"}


def test_a_store_below_a_folder_with_an_equals_sign_is_read_alike(opened, tmp_path):
    writer = stores.Writer(tmp_path / "day=1999-01-01" / "a=b" / "it's here")
    writer.log("a", [event("A")])
    asker = opened(writer.finish())
    assert asker.rows("SELECT event_name, day FROM events") == [
        {"event_name": "A", "day": "2026-11-20"}
    ]


@pytest.mark.parametrize(
    "name", ["a[b]c", "a*c", "a?c", "{x}", "%41", "ü 日", "$HOME", "'; DROP", "file:x"]
)
def test_a_store_s_path_is_a_path_and_no_pattern(opened, tmp_path, name):
    of_records(tmp_path / "abc", [event("Other")])
    store = opened(of_records(tmp_path / name, [event("A")]))
    assert store.column("SELECT event_name FROM events") == ["A"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all" * 9])
def test_a_damaged_file_is_named(opened, tmp_path, content):
    root = of_records(tmp_path / "store", [event("A")])
    [log] = root.glob("day=*/*.parquet")
    log.write_bytes(content)
    with pytest.raises(StoreError, match=f"cannot be opened: .*{log.name}"):
        opened(root)


def test_a_file_damaged_inside_is_named_whatever_the_engine_says(opened, tmp_path):
    root = of_records(tmp_path / "store", [event("A", userAgent="x" * nth) for nth in range(200)])
    [log] = root.glob("day=*/*.parquet")
    content = bytearray(log.read_bytes())
    content[200:4000] = bytes(3800)
    log.write_bytes(content)
    with pytest.raises(StoreError, match=f"{log.name} cannot be read: ") as caught:
        opened(root).rows("FROM events")
    assert "collect what it held again" in caught.value.hint


def test_a_question_that_fails_by_itself_blames_no_file(opened, tmp_path):
    root = of_records(tmp_path / "store", [event("A")])
    with pytest.raises(QueryError, match="The question failed: "):
        opened(root).rows("SELECT CAST(event_name AS INTEGER) FROM events")


def test_files_being_written_are_not_read(ask, tmp_path):
    store = ask([event("A")])
    [log] = store.engine.files.dated
    (log.parent / ".new.parquet").write_bytes(b"half")
    (log.parent / "_new.parquet").write_bytes(b"half")
    assert files.found(existing(str(store.root)), Window()).dated == (log,)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (None, "There is no store at"),
        ("{", "does not say what the store is"),
        ('{"format": "other", "schema_version": 1, "created_at": ""}', "no store of ours"),
        ('{"format": "atalaya.store", "schema_version": 99, "created_at": ""}', "version 99"),
    ],
)
def test_a_folder_that_is_no_store_is_said_to_be_none(tmp_path, about, words):
    if about is not None:
        (tmp_path / "_atalaya").mkdir()
        (tmp_path / "_atalaya" / "store.json").write_text(about)
    with pytest.raises(StoreError, match=words):
        existing(str(tmp_path))


def test_a_store_without_events_has_empty_views(ask):
    store = ask()
    for name in catalog.VIEWS:
        assert store.rows(f"FROM {name}") == []


# Conflicts


def rivals(name="StopLogging", count=2):
    first = event(name)
    others = [
        json.dumps(json.loads(first) | {"userAgent": f"other {nth}"}) for nth in range(1, count)
    ]
    return [first, *others]


def conflicting(opened, tmp_path, verdicts):
    texts = rivals(count=3)
    writer = stores.Writer(tmp_path / "store")
    for nth, text in enumerate(texts):
        writer.log(f"log-{nth}", [event("Other"), text])
    for key, verdict, when in verdicts:
        writer.verdict(key, verdict, at(when))
    return texts, opened(writer.finish())


def shown(store):
    return store.column("SELECT source_key FROM events WHERE event_name = 'StopLogging'")


def test_of_conflicting_records_the_first_by_key_is_shown(opened, tmp_path):
    _, store = conflicting(opened, tmp_path, [])
    assert shown(store) == ["log-0"]
    assert store.value("SELECT count(*) FROM records") == 6
    assert store.value("SELECT count(*) FROM events") == 4


def test_of_conflicting_records_the_verified_one_is_shown_and_the_newest_verdict_counts(
    opened, tmp_path
):
    day = "2026-11-2{}T00:00:00Z"
    verdicts = [("log-0", "VALID", day.format(0)), ("log-0", "INVALID", day.format(1)),
                ("log-2", "VALID", day.format(0))]  # fmt: skip
    _, store = conflicting(opened, tmp_path, verdicts)
    assert shown(store) == ["log-2"]


def test_conflicts_lists_every_record_of_a_conflict_and_which_is_shown(opened, tmp_path):
    texts, store = conflicting(opened, tmp_path, [("log-1", "VALID", "2026-11-21T00:00:00Z")])
    rows = store.rows(
        "SELECT source_key, shown, verdict, event_id, user_agent FROM conflicts ORDER BY 1"
    )
    assert [(row["source_key"], row["shown"], row["verdict"]) for row in rows] == [
        ("log-0", False, None), ("log-1", True, "VALID"), ("log-2", False, None)]  # fmt: skip
    assert {row["event_id"] for row in rows} == {event_id(texts[0])}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [(None, "first"), ("2026-11-21T12:00:00Z", "second"), ("2026-11-20T12:00:00Z", "first")],
)
def test_of_a_file_written_anew_one_record_of_each_event_is_shown(
    opened, tmp_path, verdict, expected
):
    texts = rivals(count=3)
    writer = stores.Writer(tmp_path / "store")
    for nth, (text, etag) in enumerate(zip(texts, ("first", "second", "third"), strict=True)):
        collected = at(f"2026-11-2{nth}T00:00:00Z")
        writer.log("log", [event("Other"), text], etag=etag, collected=collected)
    if verdict:
        writer.verdict("log", "VALID", at(verdict))
    store = opened(writer.finish())
    assert store.column("SELECT source_etag FROM events WHERE event_name = 'StopLogging'") == [
        expected
    ]
    rows = store.rows("SELECT source_etag, shown FROM conflicts ORDER BY 1")
    assert {row["source_etag"]: row["shown"] for row in rows} == {
        etag: etag == expected for etag in ("first", "second", "third")
    }
    assert len(rows) == 3


# Derived views


def test_field_any_goes_through_lists_wherever_they_are(ask):
    params = {"ipPermissions": {"items": [
        {"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}, {"cidrIp": "0.0.0.0/0"}]}},
        {"ipRanges": {"items": {"cidrIp": "192.0.2.0/24"}}}, {"ipRanges": {}}, {"ipRanges": None}, "text"]},
        "valuesToAdd": ["all", 7, True, None], "one": "x", "ports": [[22], {"port": 80}]}  # fmt: skip
    store = ask([event("A", params=params)])

    def values(path):
        return store.value(f"SELECT field_any('requestParameters.{path}') FROM events")

    assert values("ipPermissions.items.ipRanges.items.cidrIp") == [
        "10.0.0.0/8",
        "0.0.0.0/0",
        "192.0.2.0/24",
    ]
    assert values("valuesToAdd") == ["all", "7", "true"]
    assert values("one") == ["x"]
    assert values("nothing.here") == []
    assert values("one.below") == []


def test_integrity_has_every_log_with_its_newest_verdict(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    for key in ("a", "b"):
        writer.log(key, [event("A")])
    writer.verdict("a", "INVALID", at("2026-11-20T00:00:00Z"))
    writer.verdict("a", "VALID", at("2026-11-21T00:00:00Z"))
    writer.verdict("gone", "MISSING", at("2026-11-21T00:00:00Z"))
    store = opened(writer.finish())
    rows = store.rows("SELECT source_key, verdict, stored FROM integrity ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [
        ("a", "VALID", 1),
        ("b", None, 1),
        ("gone", "MISSING", None),
    ]


def test_coverage_has_a_row_for_every_day_of_every_place(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    places = {
        "log-a": ("2026-11-18", "us-east-1"),
        "log-b": ("2026-11-20", "us-east-1"),
        "log-c": ("2026-11-20", "eu-west-1"),
    }
    for key, (day, region) in places.items():
        text = event("A", at=f"{day}T10:00:00Z", awsRegion=region)
        writer.log(key, [text], account="444444444444", region=region, day=day)
    writer.verdict("log-a", "VALID", at("2026-11-21T00:00:00Z"))
    writer.verdict("log-b", "INVALID", at("2026-11-21T00:00:00Z"))
    store = opened(writer.finish())
    rows = store.rows(
        "SELECT region, day, events, log_files, valid, invalid, unverified FROM coverage"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("eu-west-1", "2026-11-18", 0, 0, 0, 0, 0),
        ("eu-west-1", "2026-11-19", 0, 0, 0, 0, 0),
        ("eu-west-1", "2026-11-20", 1, 1, 0, 0, 1),
        ("us-east-1", "2026-11-18", 1, 1, 1, 0, 0),
        ("us-east-1", "2026-11-19", 0, 0, 0, 0, 0),
        ("us-east-1", "2026-11-20", 1, 1, 0, 1, 0),
    ]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        ("2026-11-18T00:00:00Z", None),
        (None, "2026-11-21T00:00:00Z"),
        ("2026-11-18T00:00:00Z", "2026-11-21T00:00:00Z"),
    ],
)
def test_coverage_has_each_day_of_a_place_once_whatever_time_is_asked_about(ask, since, until):
    texts = [event("A", at=f"2026-11-{day}T10:00:00Z", awsRegion=region)
             for day in (18, 20) for region in ("us-east-1", "eu-west-1")]  # fmt: skip
    store = ask(texts, window=Window(since and at(since), until and at(until)))
    rows = store.rows("SELECT region, day FROM coverage")
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    assert [(row["region"], row["day"]) for row in rows] == [
        (region, day) for region in ("eu-west-1", "us-east-1") for day in days
    ]


def test_coverage_has_the_days_of_logs_without_events(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    writer.log("a", [], account="444444444444", region="us-east-1", day="2026-11-20")
    window = Window(at("2026-11-20T00:00:00Z"), at("2026-11-22T00:00:00Z"))
    rows = opened(writer.finish(), window).rows("SELECT day, events, log_files FROM coverage")
    assert [tuple(row.values()) for row in rows] == [("2026-11-20", 0, 1), ("2026-11-21", 0, 0)]
