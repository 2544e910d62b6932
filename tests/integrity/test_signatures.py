"""Scenarios 31 to 45: signatures, and the keys that made them."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ops.errors import UsageError
from ops.integrity.finding import Kind, Status, Verdict
from ops.integrity.keys import KeyRing, list_keys, load_keys_file, read_keys
from tests.integrity.conftest import causes, only
from tests.integrity.world import (
    HOUR,
    REGION,
    START,
    Hour,
    Listed,
    World,
    a_world,
    der_of,
    flipped,
    gz,
    sign,
    stamp,
)


def middle(world: World) -> Hour:
    return world.lines[0].hours[3]


def signed_text(hour: Hour) -> str:
    return "\n".join([
        hour.fields["digestEndTime"],
        f"{hour.fields['digestS3Bucket']}/{hour.key}",
        hashlib.sha256(hour.body).hexdigest(),
        hour.fields["previousDigestSignature"] or "null",
    ])  # fmt: skip


@pytest.mark.parametrize("which", [0, 3, 5])
def test_s31_a_flipped_bit_in_a_digests_body_is_invalid(check, which):
    world = a_world()
    hour = world.lines[0].hours[which]
    at = hour.body.index(b"hashValue") + 15
    changed = flipped(hour.body, at)
    assert json.loads(changed)
    world.objects[hour.key].body = gz(changed)
    report = check(world)
    bad = [one for one in report.findings if one.key == hour.key]
    assert [one.verdict for one in bad] == [Verdict.INVALID]
    assert report.status is Status.FAIL


@pytest.mark.parametrize(
    "signature", ["f" * 511, "zz" * 256, "", " ", "00", "é" * 8, "ab" * 256, "ab" * 255]
)
@pytest.mark.parametrize("which", [3, 5])
def test_s32_a_wrong_signature_is_invalid_in_the_middle_and_at_the_head(check, signature, which):
    world = a_world()
    hour = world.lines[0].hours[which]
    world.objects[hour.key].metadata["signature"] = signature
    report = check(world)
    bad = [one for one in report.findings if one.key == hour.key]
    assert [one.verdict for one in bad] == [Verdict.INVALID]
    assert bad[0].kind is (Kind.METADATA if which == 3 else Kind.DIGEST)
    assert report.status is Status.FAIL


def test_s32_an_upper_case_signature_is_accepted(check):
    world = a_world()
    for hour in world.lines[0].hours:
        metadata = world.objects[hour.key].metadata
        metadata["signature"] = metadata["signature"].upper()
    assert check(world).status is Status.PASS


def test_s33_a_digest_without_metadata_is_valid_by_its_successor(check):
    world = a_world()
    for hour in world.lines[0].hours[:-1]:
        world.objects[hour.key].metadata.clear()
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 6
    assert report.logs[Verdict.VALID] == 12
    assert any("proven by their successors" in note for note in report.notes)


def test_s33_a_head_without_metadata_is_unverifiable(check):
    world = a_world()
    world.objects[world.lines[0].hours[-1].key].metadata.clear()
    report = check(world)
    assert only(report, "signature-absent").verdict is Verdict.UNVERIFIABLE
    assert report.status is Status.INCOMPLETE
    assert report.uncovered == 2


def test_s33_a_copy_without_any_metadata_proves_nothing(check):
    report = check(a_world(), metadata=False)
    assert set(causes(report)) == {"signature-absent", "uncovered-logs"}
    assert report.digests[Verdict.UNVERIFIABLE] == 6
    assert report.status is Status.INCOMPLETE


def test_s33_a_changed_digest_without_metadata_is_invalid_by_its_successor(check):
    world = a_world()
    hour = middle(world)
    world.objects[hour.key].metadata.clear()
    world.objects[hour.key].body = gz(hour.body.replace(b'"hashAlgorithm"', b'"hashAlgorithm" '))
    report = check(world)
    assert only(report, "link-hash").key == hour.key
    assert report.status is Status.FAIL


@pytest.mark.parametrize("which", [3, 5])
def test_s34_another_signature_algorithm_in_the_metadata_is_invalid(check, which):
    world = a_world()
    world.objects[world.lines[0].hours[which].key].metadata["signature-algorithm"] = "MD5withRSA"
    report = check(world)
    assert report.findings[0].verdict is Verdict.INVALID
    assert "SHA256withRSA" in report.findings[0].reason
    assert report.status is Status.FAIL


@pytest.mark.parametrize("algorithm", [hashes.MD5(), hashes.SHA1(), hashes.SHA512()])
def test_s35_a_signature_with_another_hash_is_invalid(check, algorithm):
    world = a_world()
    hour = world.lines[0].hours[-1]
    world.objects[hour.key].metadata["signature"] = sign(
        signed_text(hour), f"{REGION}-1", algorithm
    )
    report = check(world)
    assert only(report, "signature-mismatch").key == hour.key


def test_s36_a_pss_signature_is_invalid(check):
    world = a_world()
    hour = world.lines[0].hours[-1]
    pad = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    world.objects[hour.key].metadata["signature"] = sign(signed_text(hour), f"{REGION}-1", pad=pad)
    assert only(check(world), "signature-mismatch").key == hour.key


def test_s37_an_unknown_fingerprint_is_unverifiable_and_names_the_regions_tried(check):
    world = a_world()
    world.line(region="eu-west-1").run(6)
    ring = read_keys(
        {"eu-west-1": {"PublicKeyList": [k.entry() for k in world.keys if k.region != REGION]},
         REGION: {"PublicKeyList": []}}, source="two regions",
    )  # fmt: skip
    report = check(world, ring=ring)
    unknown = [one for one in report.findings if one.cause == "key-unknown"]
    assert len(unknown) == 6
    assert "eu-west-1, us-east-1" in unknown[0].reason
    assert report.status is Status.INCOMPLETE


def test_s37_an_old_digest_whose_key_is_unknown_is_valid_by_its_successor(check):
    world = World()
    old = Listed("old", REGION, START - 30 * 24 * HOUR, START + 3 * HOUR)
    new = Listed("new", REGION, START + 3 * HOUR, START + 60 * 24 * HOUR)
    world.keys += [old, new]
    world.line().run(6)
    ring = read_keys({REGION: {"PublicKeyList": [new.entry()]}}, source="the newer key")
    report = check(world, ring=ring)
    assert report.digests[Verdict.VALID] == 6
    assert report.status is Status.PASS


def test_s38_a_key_of_another_region_is_invalid_only_if_the_regions_own_list_is_at_hand(check):
    world = World()
    line = world.line().run(5)
    line.hour(signer="eu-west-1-1")
    stray = Listed("eu-west-1-1", "eu-west-1", START - 24 * HOUR, START + 24 * HOUR)
    world.keys.append(stray)
    known = check(world)
    assert only(known, "key-wrong-region").verdict is Verdict.INVALID
    ring = world.ring()
    partial = KeyRing(ring.keys, {REGION: "denied"}, frozenset({"eu-west-1"}), ring.source)
    assert "key-unknown" in causes(check(world, ring=partial))
    flat = read_keys({"PublicKeyList": [k.entry() for k in world.keys]}, source="flat")
    report = check(world, ring=flat)
    assert report.status is Status.PASS
    assert any("wrong region go unnoticed" in note for note in report.notes)


@pytest.mark.parametrize("which", [3, 5])
def test_s39_a_key_outside_its_validity_is_invalid(check, which):
    world = World()
    world.keys.append(Listed("stolen", REGION, START - 90 * 24 * HOUR, START - 60 * 24 * HOUR))
    line = world.line().run(which)
    line.hour(signer="stolen")
    line.run(5 - which)
    report = check(world)
    found = only(report, "key-outside-validity")
    assert found.verdict is Verdict.INVALID
    assert report.status is Status.FAIL


def test_s40_a_rotation_inside_the_range_passes(check):
    world = World()
    turn = START + 3 * HOUR
    world.keys += [
        Listed("first", REGION, START - 30 * 24 * HOUR, turn + timedelta(minutes=10)),
        Listed("second", REGION, turn + timedelta(minutes=20), START + 30 * 24 * HOUR),
    ]
    line = world.line().run(2)
    line.hour(signer="second")  # ends at the turn, signed minutes later with the new key
    line.run(3, signer="second")
    report = check(world)
    assert report.status is Status.PASS
    assert report.digests[Verdict.VALID] == 6


def test_s41_a_key_whose_fingerprint_is_not_its_own_is_refused(tmp_path):
    entry = {**Listed("one", REGION, START, START).entry(), "Fingerprint": "0" * 32}
    with pytest.raises(UsageError, match="has fingerprint 0000"):
        read_keys({"PublicKeyList": [entry]}, source="keys.json")


@pytest.mark.parametrize("spki", [True, False])
def test_s42_both_encodings_of_a_key_pass(check, spki):
    world = World()
    world.keys.append(Listed("spki", REGION, START - 24 * HOUR, START + 24 * HOUR, spki=spki))
    world.line().run(4)
    assert check(world).status is Status.PASS


@pytest.mark.parametrize("name", ["weak-1024", "weak-e=3"])
def test_s43_a_weak_key_is_refused(name):
    entry = Listed(name, REGION, START, START).entry()
    with pytest.raises(UsageError, match="is refused"):
        read_keys({"PublicKeyList": [entry]}, source="keys.json")


def test_s43_something_else_than_an_rsa_key_is_refused():
    der = b"\x30\x03\x02\x01\x01"
    entry = {
        "Value": base64.b64encode(der).decode(),
        "Fingerprint": hashlib.md5(der).hexdigest(),
        "ValidityStartTime": 0,
        "ValidityEndTime": 0,
    }
    with pytest.raises(UsageError, match="is refused"):
        read_keys({"PublicKeyList": [entry]}, source="keys.json")


def test_s44_every_page_of_the_keys_is_read():
    names = ["a", "b", "c"]
    asked = []

    def lister(region, start, end, token):
        asked.append(token)
        at = int(token or 0)
        page = {"PublicKeyList": [Listed(names[at], region, start, end).entry()]}
        return {**page, "NextToken": str(at + 1)} if at < 2 else page

    keys = list_keys(REGION, START, START + HOUR, lister)
    assert [key.der for key in keys] == [der_of(name) for name in names]
    assert asked == [None, "1", "2"]


def test_s44_a_file_with_only_one_page_of_the_keys_is_refused():
    page = {"PublicKeyList": [], "NextToken": "more"}
    for data in (page, {REGION: page}):
        with pytest.raises(UsageError, match="NextToken"):
            read_keys(data, source="keys.json")


def test_s45_without_keys_everything_is_unverifiable(check):
    report = check(a_world(), ring=KeyRing())
    assert set(causes(report)) == {"key-unknown", "uncovered-logs"}
    assert report.status is Status.INCOMPLETE


def test_a_keys_file_may_hold_iso_or_epoch_times_and_one_or_many_regions(tmp_path):
    key = Listed("one", REGION, START, START + HOUR)
    epoch = {
        **key.entry(),
        "ValidityStartTime": START.timestamp(),
        "ValidityEndTime": int((START + HOUR).timestamp()),
    }
    path = tmp_path / "keys.json"
    for data in ({"PublicKeyList": [key.entry()]}, {"PublicKeyList": [epoch]},
                 {REGION: {"PublicKeyList": [epoch]}}):  # fmt: skip
        path.write_text(json.dumps(data))
        (read,) = load_keys_file(path).keys
        assert (read.valid_from, read.valid_until) == (START, START + HOUR)
        assert read.der == der_of("one")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"PublicKeyList": 1}', '{"PublicKeyList": [1]}', '{"us-east-1": []}',
     '{"PublicKeyList": [{"Value": "!"}]}', "[" * 100_000],
)  # fmt: skip
def test_a_file_that_holds_no_keys_is_refused_in_words(tmp_path, text):
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"keys\.json"):
        load_keys_file(path)


def test_a_time_without_a_zone_is_utc_and_nonsense_is_refused():
    entry = Listed("one", REGION, START, START).entry()
    (key,) = read_keys(
        {"PublicKeyList": [{**entry, "ValidityStartTime": stamp(START)[:-1]}]}, source="k"
    ).keys
    assert key.valid_from == START
    with pytest.raises(UsageError, match="ValidityStartTime"):
        read_keys({"PublicKeyList": [{**entry, "ValidityStartTime": "soon"}]}, source="k")
