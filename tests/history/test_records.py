"""Every form in which people have events is read; nothing is lost without a word."""

import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.history import unpack
from ops.history.records import ForeignError, exactly
from ops.history.scan import end_of
from tests.history.forms import broken, every_form, noise, read, record, sound, text, trail

FORMS = list(every_form())


@pytest.mark.parametrize(("name", "body", "texts"), FORMS, ids=[one[0] for one in FORMS])
@pytest.mark.parametrize("expected", [True, False], ids=["by its key a log", "any file"])
def test_every_form_gives_each_record_as_it_was_delivered(name, body, texts, expected):
    assert read(body, expected=expected) == texts


def test_the_quick_split_takes_only_files_that_are_records_and_nothing_else():
    texts = text(0, 1)
    assert list(map(bytes, exactly(trail(*texts)))) == texts
    assert exactly(trail(texts[0])[:-1] + b"," + trail(texts[1])[1:]) is None
    assert exactly(b'{"Records":[' + texts[0] + b'],"more":[' + texts[1] + b"]}") is None
    assert exactly(trail(*texts) + b"x") is None


def test_reading_goes_on_behind_a_record_whose_brackets_do_not_match():
    first, second, third = text(0, 1, 2)
    items = read(trail(first, second.replace(b"}", b"]", 1), third))
    assert sound(items) == [first, third]
    assert [one.text for one in broken(items)] == [second.replace(b"}", b"]", 1)]


def test_reading_goes_on_behind_a_line_that_is_cut():
    first, second, third = text(0, 1, 2)
    items = read(b"\n".join([first, second[:80], third]), expected=False)
    assert sound(items) == [first, third]
    assert [one.text for one in broken(items)] == [second[:80]]


@pytest.mark.parametrize("cut", [5, 60, 200, 400, 700])
def test_of_a_file_cut_short_what_is_whole_is_kept_and_the_rest_counts_once(cut):
    texts = [*text(*range(40)), noise(300)]
    packed = gzip.compress(trail(*texts))
    items = read(packed[:-cut])
    assert sound(items) == texts[: len(sound(items))]
    assert len(sound(items)) == 40 if cut < 300 else 0 < len(sound(items)) < 40
    [rest] = broken(items)
    assert rest.reason == "the gzip data is cut short"


def test_a_cut_behind_the_last_byte_of_text_still_counts_once():
    packed = gzip.compress(trail(*text(0, 1)))
    items = read(packed[:-8])
    assert sound(items) == text(0, 1)
    assert [(one.text, one.reason) for one in broken(items)] == [
        (b"", "the gzip data is cut short")
    ]


def test_a_wrong_checksum_costs_no_record_and_is_told():
    packed = bytearray(gzip.compress(trail(*text(0, 1))))
    packed[-8] ^= 1
    items = read(bytes(packed))
    assert sound(items) == text(0, 1)
    assert "incorrect data check" in broken(items)[0].reason


def test_what_follows_the_gzip_data_is_told():
    items = read(gzip.compress(trail(*text(0))) + b"and more")
    assert sound(items) == text(0)
    assert [one.reason for one in broken(items)] == ["bytes that are not gzip follow the gzip data"]


def test_a_bomb_stops_at_the_limit(monkeypatch):
    bomb = gzip.compress(trail(*text(0))[:-2] + b"," + b"[" * 3_000_000)
    found = unpack.unpack(gzip.compress(bomb), limit=1 << 20)
    assert len(found.content) == 1 << 20
    assert found.damage == "it expands beyond 1 MB"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"hello", b"\x00\x01", b"7", b"{}", b"[]", b'{"a": [1, 2]}', b"name,size\na,1\n",
        b'{"Records": 5}', b'{"events": [{"a": 1}]}', b'{"message": "{}"}', b'["a"]', b"[" * 100_000,
        b'{"digestS3Bucket": "b", "logFiles": []}', b"PK\x03\x04junk",
        b"of a column eventjson\nis written here\n", b'"eventjson\nx\n',
    ],
)  # fmt: skip
def test_a_file_without_events_is_foreign_unless_its_key_promises_some(content):
    with pytest.raises(ForeignError):
        read(content, expected=False)
    assert sound(read(content)) == []
    assert len(broken(read(content))) == (content != b"[]")


def test_a_file_of_any_name_that_holds_one_event_counts_all_its_pieces():
    items = read(b'{"a": 1}\nnot json\n' + text(0)[0] + b"\n{}", expected=False)
    assert sound(items) == text(0)
    assert [one.text for one in broken(items)] == [b'{"a": 1}', b"not json", b"{}"]


def test_a_string_that_should_hold_a_record_and_does_not_is_told():
    rows = [{"eventjson": text(0)[0].decode()}, {"eventjson": "no"}, {"eventjson": 5}, {"other": 1}]
    items = read(json.dumps(rows).encode())
    assert sound(items) == text(0)
    assert len(broken(items)) == 3


def test_a_record_with_a_field_called_like_a_container_stays_a_record():
    odd = json.dumps(record(0, events=[1], message="x")).encode()
    assert read(odd, expected=False) == [odd]


def test_a_record_of_a_megabyte_is_read():
    large = json.dumps(record(0, requestParameters={"x": "y" * 1_000_000})).encode()
    assert read(trail(*text(1), large)) == [*text(1), large]
    assert read(large + b"\n" + text(1)[0]) == [large, *text(1)]


def test_a_record_of_a_megabyte_is_read_from_lakes_table():
    large = json.dumps(record(0, requestParameters={"x": "y" * 1_000_000})).encode()
    quoted = large.decode().replace('"', '""')
    assert read(f'eventjson\n"{quoted}"\n'.encode(), expected=False) == [large]


def test_lakes_answer_without_the_column_of_records_holds_none():
    rows = json.dumps({"QueryResultRows": [[{"eventName": "CreateUser"}, {"eventID": "1"}]]})
    with pytest.raises(ForeignError):
        read(rows.encode(), expected=False)


@pytest.mark.parametrize("kept", [4, 12, 20, 28])
def test_what_is_left_of_a_file_too_short_to_tell_is_set_apart(kept):
    packed = gzip.compress(trail(*text(0, 1)))[:kept]
    [rest] = read(packed, expected=False)
    assert rest.reason == "the gzip data is cut short"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(values, st.sampled_from([None, 1]), st.booleans())
def test_the_scanner_finds_the_end_of_any_value(value, indent, ascii_only):
    written = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    content = written.encode("utf-8", "surrogatepass")
    assert end_of(b"[" + content + b"]", 1) == 1 + len(content)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=5), st.data())
def test_any_text_cut_anywhere_loses_only_what_the_cut_went_through(dicts, data):
    texts = [json.dumps(one).encode() for one in dicts]
    content = trail(*texts)
    cut = data.draw(st.integers(1, len(content)))
    items = sound(read(content[:cut]))
    assert items == texts[: len(items)]
    whole = [one for n, one in enumerate(texts) if len(trail(*texts[: n + 1])) - 2 <= cut]
    assert len(items) == len(whole)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_set_apart(content):
    assert isinstance(read(content), list)
    assert isinstance(read(trail(*text(0))[:-2] + content), list)


@pytest.mark.parametrize("piece", [b',{"eventVersion":"', b"[", b'\n{"eventVersion":"'])
def test_a_file_broken_on_purpose_takes_no_time_to_speak_of(piece):
    content = b'{"Records":[{}' + piece * (1_000_000 // len(piece))
    begun = time.process_time()
    assert len(read(content)) <= 102
    assert time.process_time() - begun < 5
