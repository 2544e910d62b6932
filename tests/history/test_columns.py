"""Every column is what an independent extraction with plain `json` finds, on every record."""

import json
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.archive.model import Object
from ops.history import schema, stage
from ops.history.extract import typed
from ops.history.moment import column, microseconds
from ops.history.reader import Reader
from ops.history.rows import name_of
from ops.lab.history import oddities
from tests.conftest import ROOT
from tests.history import plain
from tests.history.forms import KEY, record, text, trail

REAL = ROOT.parent / "shared" / "data"
"""Published logs of others, where a developer has them."""


def rows_of(directory, key, body):
    """Return the rows of one object as dictionaries, by what they hold and where they lie."""
    reader = Reader(str(directory), hashes=True)
    [(_, haul)] = reader.gather([(key, reader(key, Object(body, {})))])
    [read] = haul.reads
    assert not read.failure
    assert sum(piece.rows for piece in haul.pieces) == read.rows
    rows = []
    for piece in haul.pieces:
        heads, bodies = piece.head().to_pylist(), piece.body().to_pylist()
        for head, rest in zip(heads, bodies, strict=True):
            day = name_of(head["event_time"] and head["event_time"].date())
            assert day in piece.days
            rows.append({**head, **rest, "day": day, "key": piece.keys[rest["object"]]})
    stage.close(str(directory))
    return sorted(rows, key=lambda row: row["source_index"]), read


def check(rows, account=None):
    """Compare every column of rows with plain json over their text."""
    for row in rows:
        expected = plain.columns(row["raw"], account)
        assert {name: row[name] for name in expected} == expected
        assert row["day"] == plain.day(expected)
        assert row["size"] == len(row["raw"].encode())
    names = {one.name for one in schema.COLUMNS}
    assert not rows or names == set(expected)


ENGINE = duckdb.connect()
JSON_FUNCTIONS = """
    SELECT count(*), bool_and(json_valid(raw)), count(json_extract_string(raw, '$.eventName')),
           count(json_keys(raw)), sum(length(json_extract(raw, '$')::VARCHAR))
    FROM texts
"""


def engines_read(rows):
    """Let DuckDB's JSON functions loose on every text."""
    ENGINE.register("texts", pa.table({"raw": pa.array([row["raw"] for row in rows], pa.string())}))
    [(count, valid, _, keys, _)] = ENGINE.execute(JSON_FUNCTIONS).fetchall()
    assert count == keys == len(rows)
    assert valid or not rows


def test_a_history_with_every_oddity_has_the_columns_plain_json_finds(tmp_path):
    base = json.dumps(record(0, tlsDetails={"tlsVersion": "TLSv1.3"}))
    texts = [oddities.odd(base, name) for name in oddities.ODDITIES] + [oddities.huge(base)]
    written = [one.encode("utf-8", "surrogateescape") for one in texts]
    key = KEY.format("oddities")
    rows, read = rows_of(tmp_path, key, trail(*written))
    assert len(rows) == len(texts)
    assert read.records == len(texts)
    mended = {row["source_index"] for row in rows if row["raw_repaired"]}
    names = list(oddities.ODDITIES)
    assert {names[index] for index in mended} == {"lone surrogate", "bytes that are no text"}
    for row in rows:
        if not row["raw_repaired"]:
            assert row["raw"].encode() == written[row["source_index"]]
    assert [(one.index, one.text, one.repaired) for one in read.spoiled] == [
        (index, written[index], True) for index in sorted(mended)
    ]
    check(rows, "111111111111")
    engines_read(rows)


def leaf():
    ids = ["", "111111111111", "012345678901", "x" * 40, "é", "\x00", "\x1b[2J", "true"]
    return st.sampled_from([*ids, None, True, False, 0, 1.5, [], {}, ["a"], {"a": "b"}]) | st.text(
        max_size=3
    )


def times():
    return st.sampled_from(
        ["2026-01-05T00:00:00Z", "2026-01-05T00:00:00.123Z", "20260105T000000Z", "2026-02-30T00:00:00Z",
         "2026-01-05 00:00:00Z", "2026-01-05T00:00:00", "2026-01-05T000000Z", "1969-12-31T23:59:59Z",
         "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-05T24:00:00Z", "", "now"]
    ) | leaf()  # fmt: skip


def objects(names, inner=None):
    """Return objects that have some of these fields, with values of every type."""
    values = leaf() if inner is None else inner
    return st.dictionaries(st.sampled_from(names), values, max_size=6)


session = st.fixed_dictionaries(
    {},
    optional={
        "sessionIssuer": objects(["arn", "type", "userName"]) | leaf(),
        "attributes": st.fixed_dictionaries(
            {}, optional={"mfaAuthenticated": leaf(), "creationDate": times()}
        ) | leaf(),
        "sourceIdentity": leaf(),
    },
)  # fmt: skip
identity = st.fixed_dictionaries(
    {},
    optional={
        name: leaf()
        for name in (
            "type",
            "principalId",
            "arn",
            "accountId",
            "userName",
            "accessKeyId",
            "invokedBy",
        )
    }
    | {
        "sessionContext": session | leaf(),
        "onBehalfOf": objects(["identityStoreArn", "userId"]) | leaf(),
    },
)
TOP = sorted({paths[0].split(".")[0] for paths in plain.PATHS.values()} | set(plain.FLAGS.values()))
events = st.fixed_dictionaries(
    {},
    optional={name: leaf() for name in [*TOP, "eventId", "recipientAccountId", "accountId", "EventID"]}
    | {"eventTime": times(), "userIdentity": identity | leaf(), "tlsDetails": objects(["tlsVersion"]) | leaf(),
       "addendum": objects(["reason", "originalEventID"]) | leaf(), "requestParameters": leaf()},
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(events, min_size=1, max_size=12), st.booleans())
def test_any_record_has_the_columns_plain_json_finds(tmp_path_factory, dicts, ascii_only):
    texts = [
        json.dumps(one, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass") for one in dicts
    ]
    rows, _ = rows_of(tmp_path_factory.mktemp("any"), "some.json", trail(*texts))
    assert [row["source_index"] for row in rows] == list(range(len(dicts)))
    check(rows)
    engines_read(rows)


def spoil(text, data):
    """Change a few bytes of a text."""
    changed = bytearray(text)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place : place + data.draw(st.integers(0, 1))] = data.draw(
            st.sampled_from(
                [
                    b"\xff",
                    b"\\",
                    b'"',
                    b"\\ud83d",
                    b"\x00",
                    b"\n",
                    b"NaN",
                    b"{",
                    b"}",
                    b"\xed\xa0\x80",
                ]
            )
        )
    return bytes(changed)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_stored_of_spoilt_records_is_json_that_engines_read(tmp_path_factory, data):
    texts = [spoil(one, data) for one in text(*range(4))]
    rows, read = rows_of(tmp_path_factory.mktemp("spoilt"), KEY.format("spoilt"), trail(*texts))
    assert read.records == len(rows) + sum(not one.repaired for one in read.spoiled)
    assert {one.index for one in read.spoiled if one.repaired} == {
        row["source_index"] for row in rows if row["raw_repaired"]
    }
    check(rows, "111111111111")
    engines_read(rows)


@pytest.mark.parametrize(
    ("odd", "stored"),
    [
        (rb'{"eventName":"\ud83d","a":"\ud83d\ude00"}', r'{"eventName":"\ufffd","a":"\ud83d\ude00"}'),
        (b'{"eventName":"\xff"}', '{"eventName":"\ufffd"}'),
        (b'{"eventName":"a\nb"}', r'{"eventName":"a\u000ab"}'),
        (rb'{"eventName":"\q"}', r'{"eventName":"\\q"}'),
        (b'{"eventName":"NaN","a":[NaN,-Infinity]}', '{"eventName":"NaN","a":[null,null]}'),
        (rb'{"\udc00":1,"eventName":"x"}', r'{"\ufffd":1,"eventName":"x"}'),
    ],
)  # fmt: skip
def test_what_engines_would_choke_on_is_mended_and_the_original_kept(tmp_path, odd, stored):
    rows, read = rows_of(tmp_path, KEY.format("odd"), trail(text(0)[0], odd))
    assert [row["raw"] for row in rows][1] == stored
    assert rows[1]["raw_repaired"]
    assert [(one.index, one.text, one.repaired) for one in read.spoiled] == [(1, odd, True)]
    engines_read(rows)


@pytest.mark.parametrize(
    "bad", [b"null", b"7", b'"text"', b"[1]", b'{"a":tru}', b'{"a":1,}', b'{"a":01}']
)
def test_what_is_no_object_or_beyond_repair_is_set_apart(tmp_path, bad):
    first, second = text(0, 1)
    rows, read = rows_of(tmp_path, KEY.format("bad"), trail(first, bad, second))
    assert [row["raw"].encode() for row in rows] == [first, second]
    assert [row["source_index"] for row in rows] == [0, 2]
    assert [(one.index, one.text, one.repaired) for one in read.spoiled] == [(1, bad, False)]
    assert read.records == 3


def test_a_record_nested_deeper_than_parsers_go_is_set_apart_and_its_neighbours_are_kept(tmp_path):
    deep = b'{"eventName":"x","requestParameters":' + b"[" * 1500 + b"]" * 1500 + b"}"
    rows, read = rows_of(tmp_path, KEY.format("deep"), trail(*text(0), deep, *text(1)))
    assert [row["raw"].encode() for row in rows] == text(0, 1)
    assert [one.text for one in read.spoiled] == [deep]


def test_of_two_equal_keys_the_last_counts_and_the_text_keeps_both(tmp_path):
    twice = b'{"eventName":"A","eventName":"B","eventID":"1"}'
    rows, _ = rows_of(tmp_path, KEY.format("twice"), trail(twice))
    assert rows[0]["event_name"] == "B"
    assert rows[0]["raw"].encode() == twice


def test_keys_are_told_apart_by_their_case(tmp_path):
    rows, _ = rows_of(tmp_path, "x.json", b'{"EVENTNAME":"A","eventName":"b","EventID":"no"}')
    assert rows[0]["event_name"] == "b"
    assert rows[0]["event_id"] is None


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ({}, "111111111111"),
        ({"userIdentity": {"accountId": "222222222222"}}, "222222222222"),
        ({"userIdentity": {"accountId": "2"}, "accountId": "333333333333"}, "333333333333"),
        ({"accountId": "3", "recipientAccountId": "012345678901"}, "012345678901"),
        ({"recipientAccountId": 5, "accountId": None}, "111111111111"),
    ],
)
def test_the_account_is_the_recipient_then_the_callers_then_the_keys(tmp_path, fields, account):
    body = json.dumps({"eventName": "x", **fields}).encode()
    rows, _ = rows_of(tmp_path, KEY.format("account"), body)
    assert rows[0]["recipient_account_id"] == account


def test_records_lie_in_the_day_of_their_event(tmp_path):
    moments = ["2026-01-05T23:59:59Z", "2026-01-06T00:00:00Z", "1969-12-31T23:59:59Z", "soon"]
    texts = [json.dumps(record(n, eventTime=one)).encode() for n, one in enumerate(moments)]
    rows, read = rows_of(tmp_path, KEY.format("days"), trail(*texts))
    assert [row["day"] for row in rows] == ["2026-01-05", "2026-01-06", "1969-12-31", "unknown"]
    assert read.oldest == -1_000_000
    assert read.newest == microseconds("2026-01-06T00:00:00Z")


def test_a_file_larger_than_a_lane_holds_at_once_is_read_in_parts(tmp_path):
    large = [
        json.dumps(record(n, requestParameters={"x": "y" * 900_000})).encode() for n in range(24)
    ]
    rows, _ = rows_of(tmp_path, KEY.format("large"), trail(*large))
    assert [row["raw"].encode() for row in rows] == large


@settings(deadline=None)
@given(st.lists(times().filter(lambda one: isinstance(one, str)) | st.none(), max_size=6))
def test_times_are_read_alike_one_by_one_and_together(texts):
    found = column(texts).to_pylist()
    assert found == [plain.moment(one) for one in texts]


def test_a_typed_reading_of_no_object_is_none():
    assert typed(b"[]") is None
    whole = datetime(2026, 1, 5, tzinfo=UTC).timestamp()
    assert microseconds("2026-01-05T00:00:00.5Z") == whole * 1_000_000 + 500_000


@pytest.mark.skipif(not REAL.is_dir(), reason="the published logs are not on this machine")
def test_published_logs_have_the_columns_plain_json_finds(tmp_path):
    total = 0
    for path in sorted(REAL.rglob("*.json*")):
        rows, read = rows_of(tmp_path, path.name, path.read_bytes())
        check(rows)
        engines_read(rows)
        assert not read.spoiled
        total += len(rows)
    assert total > 3000
