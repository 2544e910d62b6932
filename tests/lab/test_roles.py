import json

import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import ALONE, AUDIT, LOGS, MANAGEMENT, OTHER, ROLE, SHOP


def denied(action):
    with pytest.raises(ClientError) as failed:
        action()
    error = failed.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("account", "role"),
    [(LOGS, ROLE), (AUDIT, ROLE), (SHOP, ROLE), (ALONE, ROLE), (OTHER, "TheirRole")],
)
def test_every_other_account_has_the_role_of_the_config(cloud, account, role):
    identity = cloud.account(account, role).client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role}/test"


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{MANAGEMENT}:role/{ROLE}",
        f"arn:aws:iam::{MANAGEMENT}:role/OrganizationAccountAccessRole",
        f"arn:aws:iam::{LOGS}:role/OrganizationAccountAccessRole",
        f"arn:aws:iam::{OTHER}:role/{ROLE}",
        f"arn:aws:iam::{LOGS}:role/path/{ROLE}",
        f"arn:aws-cn:iam::{LOGS}:role/{ROLE}",
        f"arn:aws:iam::999999999999:role/{ROLE}",
        "arn:aws:iam::nobody:role/at-all",
    ],
)
def test_a_role_that_does_not_exist_is_denied(cloud, arn):
    assert denied(lambda: cloud.assume(arn)) == ("AccessDenied", 403)


def test_the_denial_names_who_and_what(cloud):
    arn = f"arn:aws:iam::{LOGS}:role/Nobody"
    with pytest.raises(ClientError, match=rf"user/lab-operator is not authorized .* {arn}"):
        cloud.assume(arn)


def test_a_role_is_assumed_only_from_an_account_it_trusts(cloud):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::{AUDIT}:root"]},
                "Action": "sts:AssumeRole",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        ],
    }
    cloud.account(LOGS).client("iam").create_role(
        RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust)
    )
    arn = f"arn:aws:iam::{LOGS}:role/reader"
    assert cloud.account(AUDIT).assume(arn).client("sts").get_caller_identity()["Account"] == LOGS
    assert denied(lambda: cloud.assume(arn)) == ("AccessDenied", 403)
    assert denied(lambda: cloud.account(SHOP).assume(arn)) == ("AccessDenied", 403)


def test_what_one_account_makes_no_other_account_sees(cloud):
    cloud.account(SHOP).client("s3").create_bucket(
        Bucket="bucket-in-shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    cloud.account(SHOP).client("sns").create_topic(Name="topic-in-shop")
    cloud.account(AUDIT).client("logs").create_log_group(logGroupName="group-in-audit")

    def seen(one):
        buckets = one.client("s3").list_buckets()["Buckets"]
        topics = one.client("sns").list_topics()["Topics"]
        groups = one.client("logs").describe_log_groups()["logGroups"]
        names = {bucket["Name"] for bucket in buckets}
        names |= {topic["TopicArn"].rsplit(":", 1)[1] for topic in topics}
        names |= {group["logGroupName"] for group in groups}
        return names & {"bucket-in-shop", "topic-in-shop", "group-in-audit"}

    assert seen(cloud.account(SHOP)) == {"bucket-in-shop", "topic-in-shop"}
    assert seen(cloud.account(AUDIT)) == {"group-in-audit"}
    assert seen(cloud) == set()
