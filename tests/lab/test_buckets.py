import json

import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import LOGS, SHOP

LOG_DELIVERY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::access-logs/*",
        }
    ],
}
IRELAND = {"LocationConstraint": "eu-west-1"}


@pytest.fixture(scope="module")
def s3(cloud):
    client = cloud.account(LOGS).client("s3")
    client.create_bucket(
        Bucket="locked", CreateBucketConfiguration=IRELAND, ObjectLockEnabledForBucket=True
    )
    client.create_bucket(Bucket="access-logs", CreateBucketConfiguration=IRELAND)
    client.put_bucket_policy(Bucket="access-logs", Policy=json.dumps(LOG_DELIVERY))
    return client


def code(action, **arguments):
    with pytest.raises(ClientError) as failed:
        action(**arguments)
    return failed.value.response["Error"]["Code"]


def test_logging_comes_back_with_its_key_format(s3):
    logging = {
        "TargetBucket": "access-logs",
        "TargetPrefix": "log/",
        "TargetObjectKeyFormat": {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
    }
    s3.put_bucket_logging(Bucket="locked", BucketLoggingStatus={"LoggingEnabled": logging})
    assert s3.get_bucket_logging(Bucket="locked")["LoggingEnabled"] == logging
    s3.put_bucket_logging(Bucket="locked", BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="locked")


def test_a_deny_with_a_condition_is_no_deny_to_everybody(s3):
    condition = {"StringNotEquals": {"aws:PrincipalOrgID": "o-elsewhere01"}}
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"],
        "Condition": condition,
    }
    s3.create_bucket(Bucket="guarded", CreateBucketConfiguration=IRELAND)
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket="guarded", Policy=json.dumps(policy))
    s3.put_object(Bucket="guarded", Key="one", Body=b"1")
    assert s3.get_object(Bucket="guarded", Key="one")["Body"].read() == b"1"
    assert s3.head_bucket(Bucket="guarded")


def test_no_access_log_is_written(s3):
    target = {"TargetBucket": "access-logs", "TargetPrefix": ""}
    s3.put_bucket_logging(Bucket="locked", BucketLoggingStatus={"LoggingEnabled": target})
    s3.list_objects_v2(Bucket="locked")
    assert s3.list_objects_v2(Bucket="access-logs")["KeyCount"] == 0


@pytest.mark.parametrize("size", ["varies_by_storage_class", None])
def test_a_lifecycle_comes_back_whole(s3, size):
    rules = [
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
        }
    ]
    asked = {"TransitionDefaultMinimumObjectSize": size} if size else {}
    s3.put_bucket_lifecycle_configuration(
        Bucket="locked", LifecycleConfiguration={"Rules": rules}, **asked
    )
    found = s3.get_bucket_lifecycle_configuration(Bucket="locked")
    assert found["Rules"] == rules
    assert found["TransitionDefaultMinimumObjectSize"] == (size or "all_storage_classes_128K")
    s3.delete_bucket_lifecycle(Bucket="locked")
    assert (
        code(s3.get_bucket_lifecycle_configuration, Bucket="locked")
        == "NoSuchLifecycleConfiguration"
    )


def test_notifications_to_eventbridge_come_back(s3):
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(
        Bucket="locked"
    )
    s3.put_bucket_notification_configuration(
        Bucket="locked", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="locked")


def test_versioning_of_a_locked_bucket_stays(s3, cloud):
    suspended = {"Status": "Suspended"}
    assert (
        code(s3.put_bucket_versioning, Bucket="locked", VersioningConfiguration=suspended)
        == "InvalidBucketState"
    )
    assert s3.get_bucket_versioning(Bucket="locked")["Status"] == "Enabled"
    s3.put_bucket_versioning(Bucket="access-logs", VersioningConfiguration=suspended)


def test_the_lock_of_a_bucket_with_objects_can_change(s3):
    s3.put_object(Bucket="locked", Key="log", Body=b"")
    for retention in ({"Mode": "GOVERNANCE", "Days": 7}, {"Mode": "COMPLIANCE", "Days": 9}):
        lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
        s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=lock)
        found = s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
        assert found["Rule"]["DefaultRetention"].items() >= retention.items()


def test_a_bucket_is_listed_in_its_own_account_only(s3, cloud):
    def names(client):
        return {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}

    assert "locked" in names(s3)
    assert "locked" not in names(cloud.account(SHOP).client("s3"))
