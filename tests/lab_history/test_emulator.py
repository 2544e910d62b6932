"""Through the lab's S3, with the keys its ListPublicKeys serves."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops import endpoint, home, names
from ops import lab as labs
from ops.aws import Aws
from ops.cli import run
from ops.endpoint import Endpoint
from ops.errors import LabError
from ops.lab import delivery, event_history
from ops.lab.tamper import BucketTarget, rings, tamper
from tests.lab_history.checking import public_keys, signed
from tests.lab_history.conftest import a_plan, a_zone, delivered

BUCKET = names.bucket(a_zone())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("emulator")
    labs.up(a_zone(), place)
    yield place
    labs.down(place)


@pytest.fixture(scope="module")
def aws(place):
    lab = labs.status(place)
    return Aws(a_zone(), Endpoint(lab.endpoint, lab.access_key_id, lab.secret_access_key))


@pytest.fixture(scope="module")
def s3(aws):
    return aws.client("222222222222", "s3")


@pytest.fixture(scope="module")
def plan():
    return a_plan(days=0.3, scale=0.5)


@pytest.fixture(scope="module")
def summary(place, s3, plan):
    with pytest.raises(LabError, match="NoSuchBucket"):
        delivery.to_bucket(plan, s3, place)
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return delivery.to_bucket(plan, s3, place)


def listed(s3):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def test_everything_arrives_in_the_log_archive_accounts_bucket(summary, s3):
    assert len(listed(s3)) == summary.logs + summary.digests


def test_the_keys_that_sign_are_those_the_lab_publishes(summary, s3, aws, plan):
    digests = [key for key in listed(s3) if "/CloudTrail-Digest/" in key]
    published = {}
    for region in plan.regions:
        answer = aws.call("111111111111", "cloudtrail", "list_public_keys", region=region,
                          StartTime=plan.begin, EndTime=plan.end)  # fmt: skip
        published[region] = {"PublicKeyList": [
            {**one, "ValidityStartTime": f"{one['ValidityStartTime']:%Y-%m-%dT%H:%M:%SZ}",
             "ValidityEndTime": f"{one['ValidityEndTime']:%Y-%m-%dT%H:%M:%SZ}",
             "Value": __import__("base64").b64encode(one["Value"]).decode()}
            for one in answer["PublicKeyList"]]}  # fmt: skip
    keys = public_keys(published)
    for key in digests:
        found = s3.get_object(Bucket=BUCKET, Key=key)
        content = gzip.decompress(found["Body"].read())
        assert signed(json.loads(content), key, content, found["Metadata"], keys)


def test_the_logs_are_those_a_directory_would_hold(summary, s3, plan, tmp_path, lab_directory):
    delivered(plan, tmp_path / "d", lab_directory)
    logs = [key for key in listed(s3) if "/CloudTrail/" in key][::20]
    for key in logs:
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        assert body == (tmp_path / "d" / key).read_bytes()


def test_each_account_and_region_remembers_the_management_events_that_were_delivered(
    summary, s3, place, plan
):
    for one in plan.places[:4]:
        delivered = set()
        for key in listed(s3):
            if f"/{one.account}/CloudTrail/{one.region}/" in key:
                body = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
                found = json.loads(body.decode("utf-8", "replace"))["Records"]
                delivered |= {record["eventID"] for record in found
                              if record.get("eventCategory", "Management") == "Management"
                              and "\ufffd" not in json.dumps(record, ensure_ascii=False)}  # fmt: skip
        remembered = event_history.remembered(
            place / event_history.DIRECTORY, one.account, one.region
        )
        assert {record["eventID"] for record, _ in remembered} == delivered
        assert delivered


def test_a_second_history_in_the_same_bucket_is_refused(summary, s3, place, plan):
    with pytest.raises(LabError, match="holds a history already"):
        delivery.to_bucket(plan, s3, place)


def test_a_deleted_log_survives_behind_a_delete_marker(summary, s3, place):
    (touch,) = tamper("delete-marker", BucketTarget(s3, BUCKET))
    found = s3.list_object_versions(Bucket=BUCKET, Prefix=touch.key)
    assert [one["IsLatest"] for one in found["DeleteMarkers"]] == [True]
    assert len(found["Versions"]) == 1


def test_an_overwritten_log_keeps_its_original_as_an_older_version(summary, s3, place):
    (touch,) = tamper("overwrite-log", BucketTarget(s3, BUCKET))
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix=touch.key)["Versions"]
    assert [one["IsLatest"] for one in versions] == [True, False]


def test_metadata_is_stripped_and_chains_restart_with_the_labs_own_keys(summary, s3, place):
    (touch,) = tamper("strip-metadata", BucketTarget(s3, BUCKET))
    assert s3.head_object(Bucket=BUCKET, Key=touch.key)["Metadata"] == {}
    touched = tamper("restart-chain", BucketTarget(s3, BUCKET), rings=rings(place))
    body = s3.get_object(Bucket=BUCKET, Key=touched[0].key)["Body"].read()
    assert json.loads(gzip.decompress(body))["previousDigestS3Object"] is None


def test_the_command_line_tampers_with_the_labs_bucket_and_names_the_keys(
    summary, s3, place, capsys
):
    before = set(listed(s3))
    code = run(["lab", "tamper", "delete-digest", "--dir", str(place), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {one["key"] for one in told["touched"]} == before - set(listed(s3))


def test_the_command_line_refuses_to_deliver_twice_with_exit_code_three(summary, place, capsys):
    assert run(["lab", "deliver", "--dir", str(place), "--days", "0.1"]) == 3
    assert "holds a history already" in capsys.readouterr().err


def test_beginning_anew_forgets_locked_and_deleted_versions_and_delivers_again(
    summary, s3, place, capsys
):
    tamper("delete-marker", BucketTarget(s3, BUCKET))
    s3.put_object(
        Bucket=BUCKET, Key="locked", Body=b"1", ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    words = ["lab", "deliver", "--anew", "--dir", str(place), "--days", "0.1", "--format", "json"]
    assert run(words) == 0
    told = json.loads(capsys.readouterr().out)
    versions = s3.list_object_versions(Bucket=BUCKET)
    assert len(versions["Versions"]) == told["logs"] + told["digests"]
    assert "DeleteMarkers" not in versions


def test_with_a_config_alone_the_zones_own_archive_is_verified(
    summary, s3, place, capsys, monkeypatch
):
    monkeypatch.setenv(home.LAB_VARIABLE, str(place))
    labs_archive = ["verify", "--config", "config/lab.yaml", "--format", "json"]
    assert (
        run(["lab", "deliver", "--anew", "--dir", str(place), "--days", "0.2", "--scale", "0.2"])
        == 0
    )
    capsys.readouterr()
    assert run(labs_archive) == 0
    assert json.loads(capsys.readouterr().out)["source"] == f"s3://{BUCKET}"
    (touch,) = tamper("change-log", BucketTarget(s3, BUCKET))
    assert run(labs_archive) == 1
    assert touch.key in {one["key"] for one in json.loads(capsys.readouterr().out)["findings"]}


def test_only_who_knows_the_labs_instance_can_empty_a_bucket(summary, s3, place):
    stranger = replace(labs.status(place), instance="guessed")
    with pytest.raises(LabError, match="did not empty"):
        endpoint.empty(stranger, BUCKET)
    assert listed(s3)
