"""Runbooks about covering tracks, changed resources, and what was recorded at all."""

import json
from datetime import date

from ops.history.prune import prune
from ops.history.store import existing
from ops.query.window import Window
from tests.query import stores
from tests.query.asking import ids, run, sees
from tests.query.conftest import at
from tests.query.records import event


@sees(35, "trail-tampering")
def test_trail_tampering_finds_every_attempt_and_no_change_of_another_bucket(
    answer, story, planted
):
    rows = answer("trail-tampering")
    assert ids(rows) == planted("trail-tampering")
    assert {row["outcome"] for row in rows} == {"AccessDenied"}
    assert all(row["what"] and row["target"] for row in rows)
    assert {row["access_key_id"] for row in rows} == {story.facts.backdoor_key}


def test_trail_tampering_takes_a_further_bucket(answer, story, planted):
    extra = ids(answer("trail-tampering", bucket=story.facts.bucket)) - planted("trail-tampering")
    changes = ("PutBucketVersioning", "PutBucketLifecycle", "DeleteObject", "PutObject")
    assert planted("ransom", *changes) <= extra
    assert extra <= planted("ransom") | planted("sharing")


def test_trail_tampering_knows_the_bucket_of_a_trail_and_the_key_that_cloudtrail_writes_with(ask):
    ours, other = (f"arn:aws:kms:us-east-1:222222222222:key/{nth}" for nth in "12")
    service = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    texts = [
        event("CreateTrail", "cloudtrail", params={"name": "t", "s3BucketName": "our-logs"}),
        event("GenerateDataKey", "kms", user=service, resources=[{"ARN": ours}]),
        event("GenerateDataKey", "kms", resources=[{"ARN": other}]),
        event("PutObject", "s3", user=service, params={"bucketName": "our-logs"}),
        event("DisableKey", "kms", params={"keyId": other}),
        event("DeleteBucketPolicy", "s3", params={"bucketName": "our-logs-2"}),
        event("PutBucketTagging", "s3", params={"bucketName": "our-logs"}),
        event("DescribeTrails", "cloudtrail"),
        event("DisableKey", "kms", params={"keyId": ours}),
        event("DeleteBucketPolicy", "s3", params={"bucketName": "our-logs"}),
        event("StopLogging", "cloudtrail", params={"name": "t"}),
    ]  # fmt: skip
    own = {"archive_buckets": [], "archive_keys": []}
    found = [row["event_name"] for row in run(ask(texts, lists=own), "trail-tampering")]
    assert sorted(found) == ["DeleteBucketPolicy", "DisableKey", "StopLogging"]


# 36


@sees(36, "evasion")
def test_detection_disabled_finds_every_guard_that_was_switched_off(answer, planted, story):
    rows = answer("detection-disabled")
    assert ids(rows) == planted("evasion")
    assert len({row["what"] for row in rows}) == 7
    assert all(row["target"] or row["what"] == "Security Hub" for row in rows)
    assert {row["access_key_id"] for row in rows} == {story.facts.backdoor_key}


def test_detection_disabled_leaves_out_what_switches_on_or_is_of_another_service(ask):
    quiet = [
        event("UpdateDetector", "guardduty", params={"detectorId": "d", "enable": True}),
        event("UpdateMacieSession", "macie2", params={"status": "ENABLED"}),
        event("DeleteMembers", "chime"), event("DeleteRule", "elasticloadbalancing"), event("EnableRule", "events"),
        event("Disable", "cloudfront"), event("PutMetricAlarm", "monitoring"),
    ]  # fmt: skip
    assert run(ask(quiet), "detection-disabled") == []
    loud = [
        event("UpdateDetector", "guardduty", params={"detectorId": "d", "enable": False}),
        event("UpdateMacieSession", "macie2", params={"status": "PAUSED"}),
        event("DeleteMembers", "guardduty", errorCode="AccessDenied"), event("DeleteRule", "events", params={"name": "r"}),
        event("DeleteLogGroup", "logs", params={"logGroupName": "/trail"}), event("Disable", "inspector2"),
        event("DeleteWebACL", "wafv2", params={"name": "acl", "id": "1"}),
    ]  # fmt: skip
    rows = run(ask(loud), "detection-disabled")
    assert len(rows) == len(loud)
    assert {row["outcome"] for row in rows} == {"done", "AccessDenied"}


# 38


def test_resource_history_finds_every_change_of_a_resource_and_what_was_before(
    answer, story, planted
):
    rows = answer("resource-history", resource=story.facts.bucket)
    changes = {one.event_id for one in story.planted
               if story.facts.bucket in one.text and '"readOnly":false' in one.text}  # fmt: skip
    assert ids(rows) == changes
    assert changes > planted("ransom", "DeleteObject")
    everything = answer("resource-history", resource=story.facts.bucket, kind="all")
    assert ids(everything) >= planted("exfiltration") | changes
    assert answer("resource-history", resource=f"{story.facts.bucket}-other") == []


def test_resource_history_puts_a_change_beside_the_one_before_it(ask):
    def policy(version, **more):
        return event(
            "PutBucketPolicy",
            "s3",
            f"2026-11-20T1{version}:00:00Z",
            params={"bucketName": "b-1", "v": version},
            **more,
        )

    store = ask([policy(1), policy(2, errorCode="AccessDenied"), policy(3), event("PutBucketAcl", "s3", "2026-11-20T12:30:00Z",
                params={"bucketName": "b-1"}), event("PutBucketPolicy", "s3", params={"bucketName": "c"})])  # fmt: skip
    rows = run(store, "resource-history", resource="b-1")
    told = [(row["event_name"], row["outcome"], row["request_before"]) for row in rows]
    assert told == [
        ("PutBucketPolicy", "done", None), ("PutBucketPolicy", "AccessDenied", None), ("PutBucketAcl", "done", None),
        ("PutBucketPolicy", "done", '{"bucketName":"b-1","v":1}'),
    ]  # fmt: skip


def test_resource_history_looks_into_every_corner_of_a_record(ask):
    places = [
        event("A", resources=[{"ARN": "arn:aws:x:::needle-1"}]), event("B", answer={"id": "needle-1"}),
        event("C", params={"deep": [{"er": "needle-1"}]}), event("D", additionalEventData={"x": "needle-1"}),
        event("E", user={"type": "IAMUser", "userName": "needle-1"}), event("F", serviceEventDetails={"x": "needle-1"}),
        event("G", annotation={"new": "needle-1"}), event("H", params={"x": "needle 1"}),
    ]  # fmt: skip
    assert sorted(
        row["event_name"] for row in run(ask(places), "resource-history", resource="needle-1")
    ) == list("ABCDEFG")


# 39


@sees(39, "foothold")
def test_who_created_leads_from_a_machine_to_the_stranger(answer, story, planted):
    machines = [
        one
        for one in story.step("foothold")
        if one.name == "RunInstances" and "instanceId" in one.text
    ]
    assert len(machines) == 2
    for one in machines:
        made = json.loads(one.text)["responseElements"]["instancesSet"]["items"][0]["instanceId"]
        [row] = answer("who-created", id=made)
        assert row["event_id"] == one.event_id
        assert row["access_key_id"] == story.facts.backdoor_key
    rows = answer("who-created", id="support-svc")
    assert ids(rows) == planted(
        "persistence", "CreateUser", "CreateAccessKey", "CreateLoginProfile"
    )


def test_who_deleted_finds_what_the_defenders_took_away(answer, planted):
    rows = answer("who-deleted", id="support-svc")
    assert ids(rows) == planted("response", "DeleteLoginProfile", "DetachUserPolicy")
    assert {row["outcome"] for row in rows} == {"done"}


def test_an_id_is_found_whole_only_and_in_arns(ask):
    texts = [
        event("CreateBucket", "s3", params={"bucketName": "logs"}), event("CreateBucket", "s3", params={"bucketName": "logs-2"}),
        event("CreateRole", params={"roleName": "r"}, answer={"role": {"arn": "arn:aws:iam::444444444444:role/path/logs"}}),
        event("CreateQueue", "sqs", answer={"queueUrl": "https://sqs/444444444444/my-logs"}),
        event("CreateBucket", "s3", params={"bucketName": "logs"}, errorCode="BucketAlreadyExists"),
        event("ListBuckets", "s3", params={"bucketName": "logs"}, readOnly=True),
        event("DeleteBucket", "s3", params={"bucketName": "logs"}, errorCode="AccessDenied"),
        event("DeleteBucket", "s3", params={"bucketName": "logs-2"}),
    ]  # fmt: skip
    store = ask(texts)
    assert [row["event_name"] for row in run(store, "who-created", id="logs")] == [
        "CreateBucket",
        "CreateRole",
    ]
    arn = "arn:aws:iam::444444444444:role/path/logs"
    assert [row["event_name"] for row in run(store, "who-created", id=arn)] == ["CreateRole"]
    assert [row["outcome"] for row in run(store, "who-deleted", id="logs")] == ["AccessDenied"]


# 50


def test_coverage_proof_shows_silence_tampering_and_what_is_proven(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")

    def log(key, day, hours, region="us-east-1"):
        texts = [event("A", at=f"{day}T{hour:02d}:30:00Z", awsRegion=region) for hour in hours]
        writer.log(key, texts, account="444444444444", region=region, day=day)

    log("full", "2026-11-18", range(24))
    log("gap", "2026-11-19", [0, 1, 2, 20, 21])
    log("forged", "2026-11-20", range(24))
    log("other", "2026-11-20", range(24), "eu-west-1")
    for key, verdict in (("full", "VALID"), ("gap", "VALID"), ("forged", "INVALID")):
        writer.verdict(key, verdict, at("2026-11-21T00:00:00Z"))
    rows = run(opened(writer.finish()), "coverage-proof")
    assert [
        (row["region"], row["day"], row["verdict"], row["hours"], row["silent_seconds"])
        for row in rows
    ] == [
        ("eu-west-1", "2026-11-18", "nothing recorded", 0, None),
        ("eu-west-1", "2026-11-19", "nothing recorded", 0, None),
        ("eu-west-1", "2026-11-20", "not verified", 24, 3600),
        ("us-east-1", "2026-11-18", "proven", 24, 3600),
        ("us-east-1", "2026-11-19", "proven", 5, 18 * 3600),
        ("us-east-1", "2026-11-20", "tampered", 24, 3600),
    ]
    assert rows[4]["silent_since"] == at("2026-11-19T02:30:00Z")


def test_coverage_proof_tells_days_that_were_pruned_from_silent_ones(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    for day in (18, 21):
        text = event("A", at=f"2026-11-{day}T10:00:00Z")
        writer.log(f"log-{day}", [text], account="444444444444", region="us-east-1",
                   day=f"2026-11-{day}")  # fmt: skip
    root = writer.finish()
    prune(existing(str(root)), date(2026, 11, 20))
    rows = run(opened(root, Window(at("2026-11-18T00:00:00Z"))), "coverage-proof")
    assert [(row["day"], row["verdict"]) for row in rows] == [
        ("2026-11-18", "pruned"),
        ("2026-11-19", "pruned"),
        ("2026-11-20", "nothing recorded"),
        ("2026-11-21", "not verified"),
    ]


def test_coverage_proof_counts_every_event_of_the_day(answer, day):
    rows = answer("coverage-proof")
    assert len(rows) == 5 * 3 * 2
    assert sum(row["events"] for row in rows) == day.value(
        "SELECT count(*) FROM events WHERE event_time IS NOT NULL"
    )
    assert {row["verdict"] for row in rows} == {"not verified"}
