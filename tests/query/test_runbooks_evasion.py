"""Runbooks about covering tracks, on a generated day."""

from tests.query.asking import ids, run, sees
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
