"""Any single change to a valid archive is noticed: it never ends in PASS with exit code 0.

The exceptions are these and no others, each shown below: metadata that nothing
signs, metadata that is absent where a successor signs the digest, content
compressed anew, a whole chain nobody expects, objects that are not due yet. A file
of a kind that no digest of the archive names is told by its kind, not by its name.
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
from tests.integrity.world import ACCOUNT, HOUR, OTHER, REGION, START, TRAIL, Stored, World, gz

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


def judged(change: Callable[[World], object], **asked) -> Report:
    world = intact()
    changed = copy.copy(world)
    changed.objects = {
        key: Stored(one.body, dict(one.metadata)) for key, one in world.objects.items()
    }
    change(changed)
    with tempfile.TemporaryDirectory() as path:
        question = {"until": START + HOURS * HOUR, "now": START + 9 * HOUR, **asked}
        return changed.verify(Path(path, "copy.zip"), since=START, expected=EXPECTED, **question)


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
def test_any_byte_of_any_content_changed_and_compressed_anew_is_noticed(data):
    key = data.draw(st.sampled_from(keys()))
    content = bytearray(gzip.decompress(intact().objects[key].body))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    report = judged(lambda world: setattr(world.objects[key], "body", gz(bytes(content))))
    # No successor names the newest digest: if it names another key, nothing can judge it.
    unknown = [one.cause for one in report.findings] == ["key-unknown"]
    assert report.status is (Status.INCOMPLETE if unknown else Status.FAIL)


@MANY
@given(st.data())
def test_content_compressed_anew_is_an_exception(data):
    key = data.draw(st.sampled_from(keys()))
    body = gz(gzip.decompress(intact().objects[key].body), data.draw(st.integers(0, 9)))
    assert judged(lambda world: setattr(world.objects[key], "body", body)).status is Status.PASS


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


def digests() -> list[str]:
    return [key for key in keys() if intact().objects[key].metadata]


def means_the_same(name: str, value: str, changed: str) -> bool:
    """Whether a change leaves what a value says: hexadecimal digits have two cases."""
    return name == "signature" and value.lower() == changed.lower()


@MANY
@given(st.data())
def test_any_character_of_any_metadata_value_changed_is_noticed_if_something_signs_it(data):
    key = data.draw(st.sampled_from(digests()))
    metadata = intact().objects[key].metadata
    name = data.draw(st.sampled_from(sorted(metadata)))
    value = metadata[name]
    at = data.draw(st.integers(0, len(value) - 1))
    letter = data.draw(st.characters(exclude_categories=["Cs"], exclude_characters=value[at]))
    changed = value[:at] + data.draw(st.sampled_from([letter, ""])) + value[at + 1 :]
    report = judged(lambda world: world.objects[key].metadata.update({name: changed}))
    if means_the_same(name, value, changed):
        assert report.status is Status.PASS
    elif name == "backfill-generation-timestamp":
        assert report.status in (Status.PASS, Status.FAIL)  # AWS signs no part of it
    else:
        assert report.status is Status.FAIL


@MANY
@given(st.data())
def test_metadata_nobody_knows_is_an_exception(data):
    key = data.draw(st.sampled_from(keys()))
    name = data.draw(st.text("abcdefghijklmnop-", min_size=1))
    report = judged(lambda world: world.objects[key].metadata.update({name: "anything"}))
    assert report.status is Status.PASS


@MANY
@given(st.data())
def test_metadata_taken_away_is_noticed_unless_a_successor_signs_the_digest(data):
    key = data.draw(st.sampled_from(digests()))
    whole = intact().objects[key].metadata
    gone = data.draw(st.sampled_from([*([name] for name in sorted(whole)), sorted(whole)]))
    report = judged(lambda world: [world.objects[key].metadata.pop(name) for name in gone])
    heads = {line.hours[HOURS - 1].key for line in intact().lines}
    place = parse(key)
    assert isinstance(place, DigestKey)
    if "signature" in gone and (key in heads or place.backfill):
        assert report.status is Status.INCOMPLETE
    elif "backfill-generation-timestamp" in gone:
        assert report.status is Status.FAIL
    else:
        assert report.status is Status.PASS


STRANGE = [*CELLS, (OTHER, "ap-south-1"), ("999999999999", REGION)]
"""Where something may be put: some of it holds no chain, so nothing there is proven."""


@MANY
@given(
    cell=st.sampled_from(STRANGE),
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

    assert judged(change).status is (Status.FAIL if cell in CELLS else Status.INCOMPLETE)


@MANY
@given(
    cell=st.sampled_from(CELLS),
    minute=st.integers(1, HOURS * 60 - 1),
    family=st.sampled_from([Family.INSIGHT, Family.NETWORK, Family.AGGREGATED]),
)
def test_a_file_of_a_kind_no_digest_names_is_told_by_its_kind(cell, minute, family):
    report = judged(lambda world: world.log(*cell, at=START + minute * HOUR / 60, family=family))
    assert report.status is Status.PASS
    assert report.families[family].unreferenced == 1
    assert f"1 files of {family}: not covered by digests" in report.notes


@MANY
@given(
    cell=st.sampled_from(CELLS),
    name=st.text("abc_0123456789-TZ", min_size=1, max_size=30),
    ending=st.sampled_from([".json", ".json.gz"]),
)
def test_any_file_put_there_that_a_reader_would_take_for_a_log_is_noticed(cell, name, ending):
    folder = next(key for key in keys() if "/".join(("", cell[0], "CloudTrail", cell[1])) in key)
    report = judged(
        lambda world: world.objects.update(
            {f"{folder.rpartition('/')[0]}/{name}{ending}": Stored(gz(b'{"Records": []}'))}
        )
    )
    assert report.status is Status.FAIL


def test_a_chain_nobody_expects_is_an_exception():
    def change(world: World) -> None:
        beside = World()
        beside.keys = world.keys
        beside.line(account=OTHER, trail="unexpected").run(HOURS)
        world.objects |= beside.objects

    report = judged(change)
    assert report.status is Status.PASS
    assert any("unexpected: not expected by" in note for note in report.notes)


def test_what_is_not_due_yet_is_an_exception():
    def change(world: World) -> None:
        world.log(at=START + (HOURS + 0.5) * HOUR)
        del world.objects[world.lines[0].hours[HOURS - 1].key]

    now = START + (HOURS + 0.9) * HOUR
    assert judged(change, until=now, now=now).status is Status.PASS


@MANY
@given(
    cell=st.sampled_from(STRANGE),
    seconds=st.integers(1, HOURS * 3600 + 600),
    signed=st.sampled_from(["by an intruder", "not at all", "by another digest"]),
    trail=st.sampled_from([TRAIL, "another-trail"]),
    backfill=st.booleans(),
)
def test_any_digest_put_there_is_noticed(cell, seconds, signed, trail, backfill):
    def change(world: World) -> None:
        line = next(
            (one for one in world.lines if (one.account, one.region) == cell), world.lines[0]
        )
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
    unsigned = signed == "not at all"
    status = judged(change).status
    assert status is Status.FAIL or (unsigned and status is Status.INCOMPLETE)


@MANY
@given(st.data())
def test_any_two_objects_swapped_are_noticed(data):
    one, two = data.draw(st.lists(st.sampled_from(keys()), min_size=2, max_size=2, unique=True))
    what = data.draw(st.sampled_from(["all of them", "bodies"]))

    def change(world: World) -> None:
        first, second = world.objects[one], world.objects[two]
        if what == "bodies":
            first.body, second.body = second.body, first.body
        else:
            world.objects[one], world.objects[two] = second, first

    assert judged(change).status is Status.FAIL


@MANY
@given(st.data())
def test_any_two_digests_metadata_swapped_is_noticed(data):
    one, two = data.draw(st.lists(st.sampled_from(digests()), min_size=2, max_size=2, unique=True))

    def change(world: World) -> None:
        first, second = world.objects[one], world.objects[two]
        first.metadata, second.metadata = second.metadata, first.metadata

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
