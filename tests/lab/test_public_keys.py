import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ops.lab.keys import KeyRing
from tests.lab.conftest import SHOP

MONTH = timedelta(days=30)


@pytest.fixture
def ring(cloud, directory):
    """The key ring of the running lab, as the delivery would open it."""
    return KeyRing(directory / "keys")


def listed(cloud, region="eu-west-1", **arguments):
    answer = cloud.client("cloudtrail", region).list_public_keys(**arguments)
    return answer["PublicKeyList"]


def test_without_times_the_current_key_is_served(cloud):
    (key,) = listed(cloud)
    assert key["ValidityStartTime"] <= datetime.now(UTC) < key["ValidityEndTime"]
    assert key["ValidityEndTime"] - key["ValidityStartTime"] == MONTH


def test_a_key_is_rsa_2048_in_pkcs1_der_named_by_its_md5(cloud):
    (key,) = listed(cloud)
    public = load_der_public_key(key["Value"])
    assert (public.key_size, public.public_numbers().e) == (2048, 65537)
    assert key["Value"][:2] == b"\x30\x82"
    assert b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" not in key["Value"]  # no SPKI around it
    assert key["Fingerprint"] == hashlib.md5(key["Value"]).hexdigest()


def test_what_signs_is_what_is_served(cloud, ring):
    pair = ring.at("eu-west-1", datetime.now(UTC))
    assert [key["Fingerprint"] for key in listed(cloud)] == [pair.fingerprint]


def test_each_region_has_its_own(cloud):
    (here,), (there,) = listed(cloud), listed(cloud, "us-east-1")
    assert here["Fingerprint"] != there["Fingerprint"]


def test_every_account_is_served_the_same(cloud):
    assert listed(cloud.account(SHOP)) == listed(cloud)


def test_a_time_range_finds_the_keys_valid_in_it(cloud, ring):
    now = datetime.now(UTC)
    past = [ring.at("eu-south-1", now - age * MONTH) for age in (3, 2)]
    found = listed(
        cloud, "eu-south-1", StartTime=past[0].start, EndTime=past[1].end - timedelta(seconds=1)
    )
    assert [key["Fingerprint"] for key in found] == [pair.fingerprint for pair in past]
    assert listed(cloud, "eu-south-1", StartTime=now - 9 * MONTH, EndTime=now - 8 * MONTH) == []
    assert len(listed(cloud, "eu-south-1", StartTime=past[1].start)) == 2  # until now


def test_many_keys_come_in_pages(cloud, ring):
    now = datetime.now(UTC)
    with ThreadPoolExecutor(2) as pool:
        ages = range(21)
        made = {pair.fingerprint for pair in pool.map(
            lambda age: ring.at("af-south-1", now - age * MONTH), ages
        )}  # fmt: skip
    client = cloud.client("cloudtrail", "af-south-1")
    pages = list(
        client.get_paginator("list_public_keys").paginate(StartTime=now - 30 * MONTH, EndTime=now)
    )
    assert [len(page["PublicKeyList"]) for page in pages] == [20, 1]
    assert {key["Fingerprint"] for page in pages for key in page["PublicKeyList"]} == made


def test_a_range_that_ends_before_it_starts_is_refused(cloud):
    now = datetime.now(UTC)
    with pytest.raises(ClientError) as failed:
        listed(cloud, StartTime=now, EndTime=now - MONTH)
    assert failed.value.response["Error"]["Code"] == "InvalidTimeRangeException"


def test_private_keys_are_for_their_owner_only(cloud, ring):
    ring.at("eu-west-1", datetime.now(UTC))
    files = list(ring.directory.rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in files if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in files if path.is_dir()} == {0o700}
    assert {path.suffix for path in files if path.is_file()} == {".pem"}


def test_two_that_need_a_key_at_once_get_the_same(tmp_path):
    ring, moment = KeyRing(tmp_path), datetime(2026, 5, 1, tzinfo=UTC)
    with ThreadPoolExecutor(4) as pool:
        pairs = pool.map(lambda _: ring.at("eu-west-1", moment), range(4))
    assert len({pair.fingerprint for pair in pairs}) == 1


def test_a_pair_covers_its_moment_and_the_next_begins_where_it_ends(tmp_path):
    ring, moment = KeyRing(tmp_path), datetime(2026, 5, 1, tzinfo=UTC)
    pair = ring.at("eu-west-1", moment)
    assert pair.start <= moment < pair.end
    following = ring.at("eu-west-1", pair.end)
    assert following.start == pair.end
    assert following.fingerprint != pair.fingerprint
