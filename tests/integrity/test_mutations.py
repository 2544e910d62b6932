"""Any single change to a valid archive is noticed.

The exceptions are these and no others: metadata that nothing signs, metadata
that is absent where a successor signs the digest, content compressed anew, a
whole chain nobody expects, objects that are not due yet.
"""

import copy
import gzip
import tempfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ops.integrity.finding import Status
from ops.integrity.report import Report
from ops.integrity.request import Expectation, Expected
from ops.layout import DigestKey, Family, parse
from tests.integrity.world import ACCOUNT, HOUR, OTHER, REGION, START, TRAIL, Stored, World

HOURS = 5
CELLS = [(ACCOUNT, REGION), (ACCOUNT, "eu-west-1"), (OTHER, REGION)]
EXPECTED = Expected(chains=frozenset(Expectation(a, r, TRAIL) for a, r in CELLS))
MANY = settings(max_examples=40, deadline=None)


@cache
def intact() -> World:
    world = World()
    for account, region in CELLS:
        line = world.line(account=account, region=region)
        line.run(HOURS - 1).hour(logs=0)
    first = world.lines[0]
    first.now = START + 2 * HOUR
    first.hour(logs=1, backfill=START + 40 * HOUR)
    return world


def judged(change: Callable[[World], None]) -> Report:
    world = intact()
    changed = copy.copy(world)
    changed.objects = {
        key: Stored(one.body, dict(one.metadata)) for key, one in world.objects.items()
    }
    change(changed)
    with tempfile.TemporaryDirectory() as path:
        return changed.verify(
            Path(path), since=START, until=START + HOURS * HOUR, now=START + 9 * HOUR,
            expected=EXPECTED,
        )  # fmt: skip


def keys() -> list[str]:
    return sorted(intact().objects)


def test_the_archive_as_it_is_passes():
    assert judged(lambda world: None).status is Status.PASS


def same_content(body: bytes, changed: bytes) -> bool:
    """Whether a change left the compressed content as it was: only the wrapper differs."""
    try:
        stream = zlib.decompressobj(31)
        content = stream.decompress(changed)
    except zlib.error:
        return False
    return stream.eof and not stream.unused_data and content == gzip.decompress(body)


@MANY
@given(st.data())
def test_any_byte_of_any_object_changed_is_noticed(data):
    key = data.draw(st.sampled_from(keys()))
    body = intact().objects[key].body
    at = data.draw(st.integers(0, len(body) - 1))
    changed = bytearray(body)
    changed[at] ^= data.draw(st.integers(1, 255))
    report = judged(lambda world: setattr(world.objects[key], "body", bytes(changed)))
    if same_content(body, bytes(changed)):
        assert report.status is Status.PASS
    else:
        assert report.status is Status.FAIL


@MANY
@given(st.data())
def test_any_object_cut_short_or_made_longer_is_noticed(data):
    key = data.draw(st.sampled_from(keys()))
    body = intact().objects[key].body
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    longer = body + data.draw(st.binary(min_size=1, max_size=9))
    changed = data.draw(st.sampled_from([cut, longer]))
    report = judged(lambda world: setattr(world.objects[key], "body", changed))
    assert report.status is Status.FAIL


@MANY
@given(st.data())
def test_any_object_deleted_is_noticed(data):
    key = data.draw(st.sampled_from(keys()))
    place = parse(key)
    report = judged(lambda world: world.objects.pop(key))
    backfill = isinstance(place, DigestKey) and place.backfill
    # Its log is then named by nobody; nothing else knows of a backfill digest.
    assert report.status is Status.FAIL, backfill


@MANY
@given(st.data())
def test_any_byte_of_signed_metadata_changed_is_noticed(data):
    digests = [key for key in keys() if intact().objects[key].metadata]
    key = data.draw(st.sampled_from(digests))
    name = data.draw(st.sampled_from(["signature", "signature-algorithm"]))
    value = intact().objects[key].metadata[name]
    at = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(codec="ascii", exclude_characters=value[at].swapcase()))
    if letter == value[at]:
        return
    changed = value[:at] + letter + value[at + 1 :]
    report = judged(lambda world: world.objects[key].metadata.update({name: changed}))
    assert report.status is Status.FAIL


@MANY
@given(st.data())
def test_metadata_taken_away_is_noticed_unless_a_successor_signs_the_digest(data):
    digests = [key for key in keys() if intact().objects[key].metadata]
    key = data.draw(st.sampled_from(digests))
    report = judged(lambda world: world.objects[key].metadata.clear())
    heads = {line.hours[HOURS - 1].key for line in intact().lines}
    place = parse(key)
    assert isinstance(place, DigestKey)
    alone = key in heads or place.backfill
    assert report.status is (Status.INCOMPLETE if alone else Status.PASS)


@MANY
@given(
    cell=st.sampled_from(CELLS),
    minute=st.integers(1, HOURS * 60 - 1),
    number=st.integers(0, 10**16 - 1),
    body=st.sampled_from([b"", gzip.compress(b'{"Records": []}'), b"junk"]),
)
def test_any_log_put_there_is_noticed(cell, minute, number, body):
    def change(world: World) -> None:
        world.serial = number
        at = START + timedelta(minutes=minute)
        place = parse(world.log(*cell, at=at, store=False))
        assert place is not None
        if place.key not in world.objects:
            world.objects[place.key] = Stored(body)
        else:
            world.objects[place.key].body = b"forged"

    assert judged(change).status is Status.FAIL


@MANY
@given(
    cell=st.sampled_from(CELLS),
    seconds=st.integers(1, HOURS * 3600 + 600),
    signed=st.sampled_from(["by an intruder", "not at all", "by another digest"]),
    trail=st.sampled_from([TRAIL, "another-trail"]),
    backfill=st.booleans(),
)
def test_any_digest_put_there_is_noticed(cell, seconds, signed, trail, backfill):
    def change(world: World) -> None:
        line = next(one for one in world.lines if (one.account, one.region) == cell)
        end = START + timedelta(seconds=seconds)
        place = DigestKey("", line.organization, *cell, end.date(), trail, REGION, end, backfill)
        made = copy.deepcopy(line.hours[2])
        fields = {**made.fields, "digestS3Object": place.key, "digestEndTime": f"{end:%FT%TZ}",
                  "digestStartTime": f"{end - HOUR:%FT%TZ}"}  # fmt: skip
        scribe = copy.copy(line)
        scribe.world = world
        scribe.put(place.key, fields, signer="an intruder")
        stored = world.objects[place.key]
        if signed == "not at all":
            stored.metadata.clear()
        elif signed == "by another digest":
            stored.metadata["signature"] = made.signature

    if seconds % 3600 == 0 and trail == TRAIL and not backfill:
        return  # a digest lies there already
    expected = Status.INCOMPLETE if signed == "not at all" else Status.FAIL
    assert judged(change).status in (Status.FAIL, expected)


@MANY
@given(st.data())
def test_any_two_objects_swapped_are_noticed(data):
    one, two = data.draw(st.lists(st.sampled_from(keys()), min_size=2, max_size=2, unique=True))
    whole = data.draw(st.booleans())

    def change(world: World) -> None:
        first, second = world.objects[one], world.objects[two]
        if whole:
            world.objects[one], world.objects[two] = second, first
        else:
            first.body, second.body = second.body, first.body

    assert judged(change).status is Status.FAIL


@MANY
@given(st.data())
def test_a_log_replaced_by_another_family_or_account_is_noticed(data):
    logs = [key for key in keys() if not intact().objects[key].metadata]
    key = data.draw(st.sampled_from(logs))
    region = data.draw(st.sampled_from(["ap-south-1", "eu-central-1"]))
    family = data.draw(st.sampled_from([one for one in Family if one is not Family.DIGEST]))

    def change(world: World) -> None:
        moved = key.replace("/CloudTrail/", f"/{family}/").replace("_CloudTrail_", f"_{family}_")
        stored = world.objects.pop(key)
        world.objects[moved.replace(REGION, region).replace("eu-west-1", region)] = stored

    assert judged(change).status is Status.FAIL
