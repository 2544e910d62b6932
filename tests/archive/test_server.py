"""The test server answers as AWS does, or the tests above would show nothing."""

import http.client
import json
import subprocess
import sys
from datetime import UTC, datetime

import boto3
import pytest

from benchmarks.s3faults import Plan
from ops import cloudtrail
from ops.aws import Caller
from ops.endpoint import Access
from tests.conftest import ROOT

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def client(world):
    return boto3.client("s3", region_name="us-east-1")


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_both_listings_show_the_same_over_pages_of_any_size(world, client, operation, size):
    for key in ["a/1", "a/2", "b", "c/d/1", "c/d/2", "c e&+ü", "d"]:
        world.bucket.put(key, b"x")
    world.bucket.delete("d")
    world.plan = Plan(page_size=size)
    pages = list(client.get_paginator(operation).paginate(Bucket="archive"))
    assert [one["Key"] for page in pages for one in page.get("Contents", [])] == [
        "a/1", "a/2", "b", "c e&+ü", "c/d/1", "c/d/2",
    ]  # fmt: skip
    pages = list(client.get_paginator(operation).paginate(Bucket="archive", Delimiter="/"))
    assert [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])] == [
        "a/", "c/",
    ]  # fmt: skip
    assert [one["Key"] for page in pages for one in page.get("Contents", [])] == ["b", "c e&+ü"]


def test_objects_are_read_whole_in_part_by_version_and_by_head_alone(world, client):
    old = world.bucket.put("k", b"0123456789", {"signature": "ab"})
    world.bucket.put("k", b"new")
    assert client.get_object(Bucket="archive", Key="k")["Body"].read() == b"new"
    found = client.get_object(Bucket="archive", Key="k", VersionId=old.version_id)
    assert found["Body"].read() == b"0123456789"
    part = client.get_object(Bucket="archive", Key="k", VersionId=old.version_id, Range="bytes=2-4")
    assert part["Body"].read() == b"234"
    head = client.head_object(Bucket="archive", Key="k")
    assert (head["ContentLength"], head["Metadata"]) == (3, {})
    world.bucket.delete("k")
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket="archive", Key="k")


def test_the_buckets_region_is_told(world, client):
    assert client.get_bucket_location(Bucket="archive")["LocationConstraint"] == "eu-west-1"


def test_clients_that_send_several_requests_at_once_get_them_in_order(world):
    world.bucket.put("a", b"1")
    world.bucket.put("b", b"2")
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port)
    connection.connect()
    request = "GET /archive/{} HTTP/1.1\r\nHost: x\r\n\r\n"
    connection.sock.sendall((request.format("a") + request.format("b")).encode())
    received = b""
    while received.count(b"HTTP/1.1 200") < 2 or not received.endswith(b"2"):
        received += connection.sock.recv(4096)
    connection.close()
    assert received.index(b"\r\n\r\n1") < received.index(b"\r\n\r\n2")


def test_public_keys_come_from_their_region_over_all_pages(world):
    window = {"ValidityStartTime": "2026-03-01T00:00:00Z", "ValidityEndTime": 1774915200}
    world.bucket.public_keys = {
        "eu-west-1": [
            {"Fingerprint": f"{number:032x}", "Value": "AAAA", **window} for number in range(5)
        ]
    }
    world.server.control.keys_page_size = 2
    caller = Caller(Access())
    found = cloudtrail.public_keys(caller, "eu-west-1", SINCE, UNTIL)
    assert [one["Fingerprint"] for one in found] == [f"{number:032x}" for number in range(5)]
    assert found[0]["ValidityStartTime"].timestamp() == SINCE.timestamp()
    assert cloudtrail.public_keys(caller, "us-east-1", SINCE, UNTIL) == []


def test_the_organization_and_the_caller_are_told(world):
    world.server.control.organization = "o-a1b2c3d4e5"
    world.server.control.accounts = [{"Id": "111122223333", "Status": "ACTIVE"}]
    caller = Caller(Access())
    assert cloudtrail.organization_id(caller) == "o-a1b2c3d4e5"
    assert [one["Id"] for one in cloudtrail.organization_accounts(caller)] == ["111122223333"]
    assert cloudtrail.caller_arn(caller) == "arn:aws:iam::111122223333:user/tester"
    assert list(
        cloudtrail.lookup_events(caller, "us-east-1", SINCE, UNTIL, EventName="StopLogging")
    ) == []  # fmt: skip


def test_as_a_program_it_serves_a_directory_and_says_where(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "1").write_bytes(b"one")
    started = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.s3server", str(tmp_path), "--latency-ms", "1"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        told = json.loads(started.stdout.readline())
        port = int(told["url"].rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/archive/x/1")
        assert connection.getresponse().read() == b"one"
        connection.close()
        assert told["objects"] == 1
    finally:
        started.terminate()
        started.communicate()
