"""Scenarios 46 to 56: files that are not what CloudTrail writes."""

import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from ops import timerange
from ops.integrity import inflate
from ops.integrity.digest import MalformedError, moment, parse
from ops.integrity.finding import Status, Verdict
from ops.integrity.inflate import Damage, DamagedError, hash_gzip, strict_gunzip
from ops.integrity.judge import DIGEST_LIMIT_BYTES
from tests.integrity.conftest import causes, only
from tests.integrity.world import START, World, a_world, bomb, gz

WHOLE = gz(b"content" * 1000)


def spoiled(world: World, body: bytes, which: int = 2) -> str:
    key = world.lines[0].hours[which].key
    world.objects[key].body = body
    return key


@pytest.mark.parametrize(
    ("damage", "data"),
    [
        (Damage.TRAILING, WHOLE + b"\0"),
        (Damage.TRAILING, WHOLE + b"x" * 100),
        (Damage.SECOND_MEMBER, WHOLE + WHOLE),
        (Damage.SECOND_MEMBER, WHOLE + gz(b"")),
        (Damage.TRUNCATED, b""),
        (Damage.TRUNCATED, WHOLE[:1]),
        (Damage.TRUNCATED, WHOLE[:9]),
        (Damage.TRUNCATED, WHOLE[:-40]),
        (Damage.TRUNCATED, WHOLE[:-8]),
        (Damage.TRUNCATED, WHOLE[:-4]),
        (Damage.TRUNCATED, WHOLE[:-1]),
        (Damage.CHECKSUM, WHOLE[:-8] + b"\0\0\0\0" + WHOLE[-4:]),
        (Damage.LENGTH, WHOLE[:-4] + b"\0\0\0\1"),
        (Damage.NOT_GZIP, b"{}"),
        (Damage.CORRUPT, WHOLE[:12] + b"\xff" * 12 + WHOLE[24:]),
        (Damage.CORRUPT, WHOLE[:2] + b"\7" + WHOLE[3:]),
        (Damage.TOO_LARGE, gz(b"\0" * 100_001)),
    ],
)
def test_s46_s47_s48_only_one_whole_gzip_member_is_accepted(damage, data):
    for read in (strict_gunzip, hash_gzip):
        with pytest.raises(DamagedError) as caught:
            read(data, limit=100_000)
        assert caught.value.damage is damage


@pytest.mark.parametrize("size", [0, 1, inflate._PIECE_BYTES, inflate._PIECE_BYTES * 2 + 1])
def test_content_of_any_size_comes_out_whole(size):
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert strict_gunzip(gz(content, 1), limit=size) == content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body + b"\0",
        lambda body: body + gz(b"{}"),
        lambda body: body[:-1],
        lambda body: body[:-8] + b"\0\0\0\0" + body[-4:],
        lambda body: body[: len(body) // 2],
        lambda body: b"",
        lambda body: b"not gzip",
    ],
)
@pytest.mark.parametrize("which", [2, 3])
def test_s46_s47_s48_a_damaged_digest_is_invalid_and_the_run_goes_on(check, spoil, which):
    world = a_world(4)
    key = world.lines[0].hours[which].key
    spoiled(world, spoil(world.objects[key].body), which)
    report = check(world)
    assert only(report, "digest-damaged").key == key
    assert report.digests[Verdict.VALID] == 3
    assert report.status is Status.FAIL


def test_s49_a_bomb_is_invalid_and_costs_no_memory(check):
    world = a_world(4)
    spoiled(world, bomb(DIGEST_LIMIT_BYTES + (1 << 20)))
    tracemalloc.start()
    hashed = hash_gzip(bomb(64 << 20), limit=1 << 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(hashed) == 32
    assert peak < 24 << 20
    report = check(world)
    assert "expands beyond the limit" in only(report, "digest-damaged").reason


def fields_of(world: World) -> dict:
    return dict(world.lines[0].hours[2].fields)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'\xef\xbb\xbf{"a": 1}', b'{"a": NaN}',
     b'{"a": 1, "a": 2}', b"[" * 100_000, b'{"a": 1e999999999}', b"1" * 5000,
     '{"é": 1}'.encode("utf-16")],
)  # fmt: skip
def test_s50_what_is_no_digest_is_malformed(check, body):
    world = a_world(4)
    key = spoiled(world, gz(body))
    report = check(world)
    assert only(report, "digest-format").key == key
    assert report.status is Status.FAIL


@pytest.mark.parametrize("name", [
    "awsAccountId", "digestStartTime", "digestEndTime", "digestS3Bucket", "digestS3Object",
    "digestPublicKeyFingerprint", "digestSignatureAlgorithm", "logFiles", "previousDigestS3Object",
])  # fmt: skip
@pytest.mark.parametrize("value", ["absent", None, 7, [], {}, ""])
def test_s50_a_field_that_is_absent_or_of_a_wrong_type_is_malformed(name, value):
    fields = fields_of(a_world(4))
    if value == "absent":
        del fields[name]
    elif name == "logFiles" and value == []:
        return
    else:
        fields[name] = value
    with pytest.raises(MalformedError):
        parse(json.dumps(fields).encode())


@pytest.mark.parametrize("entry", [
    7, None, {}, {"s3Bucket": "b", "s3Object": "k", "hashValue": "xx", "hashAlgorithm": "SHA-256"},
    {"s3Bucket": "b", "s3Object": "k\ud800", "hashValue": "0" * 64, "hashAlgorithm": "SHA-256"},
    {"s3Bucket": "b", "s3Object": "k", "hashValue": "0" * 64},
])  # fmt: skip
def test_s50_a_log_entry_that_is_none_is_malformed(entry):
    fields = {**fields_of(a_world(4)), "logFiles": [entry]}
    with pytest.raises(MalformedError):
        parse(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "more",
    [b'"awsAccountId": "111111111111", ', b'"digestFlavour": NaN, ', b'"n": {"a": 1, "a": 1}, ',
     b'"n": -Infinity, '],
)  # fmt: skip
def test_s50_an_otherwise_good_digest_with_a_key_twice_or_nan_is_malformed(more):
    body = json.dumps(fields_of(a_world(4))).encode()
    assert parse(body)
    with pytest.raises(MalformedError):
        parse(b"{" + more + body[1:])
    with pytest.raises(MalformedError):
        parse(b"\xef\xbb\xbf" + body)


def test_s50_one_malformed_digest_does_not_end_the_run(check):
    world = World()
    line = world.line().run(3)
    line.hour(edit=lambda fields: fields.pop("logFiles"))
    line.run(3)
    report = check(world)
    assert only(report, "digest-format").reason.endswith("logFiles is not a list")
    assert report.digests[Verdict.VALID] == 6
    assert report.status is Status.FAIL


def test_s51_an_hour_without_logs_is_valid(check):
    world = World()
    world.line(logs=0).run(6)
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 6


def test_s52_events_older_than_the_interval_are_valid(check):
    world = World()
    world.line().hour(edit=lambda fields: fields.update(oldestEventTime="2025-12-01T00:00:00Z"))
    assert check(world).status is Status.PASS


def test_s53_fields_nobody_knows_are_accepted(check):
    world = World()
    world.line().run(3, edit=lambda fields: fields.update(digestFlavour={"new": [1, 2.5, None]}))
    assert check(world).status is Status.PASS


# 54: a digest that names 100,000 logs would need as many files, which takes a minute to make;
# 2,000 show that none is lost, and memory is measured by `make bench`.
def test_s54_a_digest_that_names_many_logs_is_read_whole(check):
    world = World()
    line = world.line()
    line.hour(logs=[world.log(at=START) for _ in range(2000)])
    report = check(world)
    assert report.logs[Verdict.VALID] == 2000
    assert report.status is Status.PASS


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "a//b",
        "a/./b",
        "C:\\x",
        "a\x00b",
        "a\nb",
        "ключ",
        "a/../b",
    ],
)
@pytest.mark.parametrize("ending", ["", ".zip"])
def test_s55_a_strange_log_key_leads_nowhere(check, key, ending):
    world = World()
    line = world.line().run(2)
    line.hour(edit=lambda fields: fields["logFiles"][0].update(s3Object=key))
    report = check(world, ending=ending)
    assert report.logs[Verdict.VALID] == 5
    assert report.logs[Verdict.MISSING] == 1
    assert report.status is Status.FAIL


def test_s56_times_need_their_z_and_may_have_a_fraction():
    assert moment("2026-01-31T23:59:59.250Z") == datetime(2026, 1, 31, 23, 59, 59, 250000, UTC)
    for text in ("2026-01-31T23:59:59", "2026-01-31T23:59:59+00:00", "2026-01-31 23:59:59Z", "",
                 "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T23:59:61Z"):  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011
            moment(text)


def test_s56_a_digest_with_fractions_of_seconds_is_valid(check):
    world = World()
    line = world.line().run(2)
    line.hour(
        edit=lambda fields: fields.update(
            digestEndTime=fields["digestEndTime"].replace("Z", ".000Z")
        )
    )
    assert check(world).status is Status.PASS


def test_s91_a_leap_second_is_the_start_of_the_next_minute():
    assert moment("2016-12-31T23:59:60Z") == datetime(2017, 1, 1, tzinfo=UTC)


def test_s91_a_digest_of_events_in_a_leap_second_is_valid(check):
    world = World()
    world.line().run(2, edit=lambda fields: fields.update(newestEventTime="2016-12-31T23:59:60Z"))
    assert check(world).status is Status.PASS


def test_s91_a_time_that_summer_time_leaves_out_is_the_moment_its_offset_says():
    """Clocks in Berlin skip from 02:00 to 03:00; an offset says which moment is meant."""
    now = datetime(2026, 4, 1, tzinfo=UTC)
    said = timerange.moment("2026-03-29T02:30:00+01:00", now)
    assert said == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert said == timerange.moment("2026-03-29T03:30:00+02:00", now)


def test_causes_are_sorted_by_place(check):
    world = a_world(4)
    for hour in world.lines[0].hours[:2]:
        world.objects[hour.key].body = b""
    report = check(world)
    assert causes(report)[:2] == ["digest-damaged", "digest-damaged"]
    assert list(report.findings) == sorted(report.findings, key=lambda one: one.order)
