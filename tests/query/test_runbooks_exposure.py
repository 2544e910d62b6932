"""Runbooks about what is open, what left, and what is held to ransom."""

import json
import re

from ops.query import lists, rendering, runbook
from ops.query.catalog import VIEWS
from tests.query.asking import ids, run, sees
from tests.query.conftest import at
from tests.query.records import event, event_id, session

OWN = {**lists.known(None), "own_accounts": ["777777777777"]}


# 25


@sees(25, "foothold")
def test_open_security_groups_finds_the_door_and_no_inner_one(answer, planted, story):
    [row] = answer("open-security-groups")
    assert {row["event_id"]} == planted("foothold", "AuthorizeSecurityGroupIngress")
    assert (row["networks"], row["from_ports"], row["to_ports"]) == ("0.0.0.0/0", "22", "22")
    assert row["region"] == story.facts.far_region


def ingress(*networks, six=(), ports=(22, 22), name="AuthorizeSecurityGroupIngress", group="sg-1"):
    rule = {"fromPort": ports[0], "toPort": ports[1], "ipRanges": {"items": [{"cidrIp": one} for one in networks]},
            "ipv6Ranges": {"items": [{"cidrIpv6": one} for one in six]}}  # fmt: skip
    return event(name, "ec2", params={"groupId": group, "ipPermissions": {"items": [rule]}})


def test_open_security_groups_knows_every_spelling_and_leaves_networks_of_ours_out(ask):
    changed = {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-5", "SecurityGroupRule": {
        "SecurityGroupRule": {"CidrIpv4": "0.0.0.0/0", "FromPort": 1}}}}  # fmt: skip
    texts = [
        ingress("10.0.0.0/8", "192.0.2.0/24"), ingress(six=["2001:db8::/32"]),
        ingress("0.0.0.0/0", name="AuthorizeSecurityGroupEgress"), ingress("0.0.0.0/0", name="RevokeSecurityGroupIngress"),
        ingress("10.0.0.0/8", "0.0.0.0/0", group="sg-2"), ingress(six=["::/0"], group="sg-3"), ingress("128.0.0.0/1", group="sg-4"),
        event("ModifySecurityGroupRules", "ec2", params=changed),
        event("AuthorizeSecurityGroupIngress", "ec2", params={"groupName": "sg-6", "cidrIp": "0.0.0.0/0", "fromPort": 80, "toPort": 81}),
    ]  # fmt: skip
    rows = {row["group_id"]: row for row in run(ask(texts), "open-security-groups")}
    assert set(rows) == {"sg-2", "sg-3", "sg-4", "sg-5", "sg-6"}
    assert (rows["sg-6"]["from_ports"], rows["sg-6"]["to_ports"]) == ("80", "81")


# 27


@sees(27, "sharing")
def test_public_exposure_finds_everything_that_was_shared_and_no_look_alike(answer, planted):
    rows = answer("public-exposure")
    assert ids(rows) == planted("sharing")
    assert {(row["what"], row["opened_to"]) for row in rows} == {
        ("a snapshot", "666666666666"), ("a snapshot", "everybody"), ("a machine image", "everybody"),
        ("a bucket's block of public access", "everybody"), ("a bucket", "everybody"), ("a function", "everybody"),
    }  # fmt: skip


def allow(principal, **more):
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "*",
        **more,
    }


def bucket_policy(*statements):
    return event(
        "PutBucketPolicy",
        "s3",
        params={"bucketName": "b", "bucketPolicy": {"Statement": list(statements)}},
    )


PUBLIC = [
    bucket_policy(allow({"AWS": "*"})),
    bucket_policy(allow("444444444444"), allow({"AWS": ["arn:aws:iam::444444444444:root", "*"]})),
    bucket_policy(allow({"AWS": "arn:aws:iam::666666666666:user/x"})),
    event("PutBucketAcl", "s3", params={"bucketName": "b", "x-amz-acl": "public-read"}),
    event("PutBucketAcl", "s3", params={"AccessControlPolicy": {"AccessControlList": {"Grant": [
        {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}}}),
    event("PutBucketPublicAccessBlock", "s3", params={"PublicAccessBlockConfiguration": {"BlockPublicAcls": False, "BlockPublicPolicy": True}}),
    event("CreateDBInstance", "rds", params={"dBInstanceIdentifier": "db", "publiclyAccessible": True}),
    event("CreateFunctionUrlConfig", "lambda", params={"functionName": "f", "authType": "NONE"}),
    event("AddPermission20150331v2", "lambda", params={"functionName": "f", "principal": "666666666666"}),
    event("SetQueueAttributes", "sqs", params={"queueUrl": "q", "attributes": {"Policy": json.dumps({"Statement": [allow("*")]})}}),
    event("SetRepositoryPolicy", "ecr", params={"policyText": json.dumps({"Statement": [allow({"AWS": "arn:aws:iam::666666666666:root"})]})}),
    event("PutKeyPolicy", "kms", params={"keyId": "k", "policy": json.dumps({"Statement": [allow({"AWS": "*"})]})}),
    event("ModifySnapshotAttribute", "ec2", params={"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}),
    event("ModifyDBClusterSnapshotAttribute", "rds", params={"valuesToAdd": ["444444444444", "666666666666"]}),
    event("AddPermission", "sns", params={"topicArn": "t", "aWSAccountIds": ["444444444444", "666666666666"]}),
]  # fmt: skip
PRIVATE = [
    bucket_policy(allow("*") | {"Effect": "Deny"}), bucket_policy(allow({"AWS": "arn:aws:iam::777777777777:root"})),
    bucket_policy(allow({"Service": "cloudtrail.amazonaws.com"}), allow("*") | {"Effect": "Deny"}),
    bucket_policy(allow({"AWS": "arn:aws:iam::444444444444:root"})),
    event("PutBucketAcl", "s3", params={"bucketName": "b", "x-amz-acl": "private"}),
    event("PutBucketPublicAccessBlock", "s3", params={"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True}}),
    event("CreateDBInstance", "rds", params={"publiclyAccessible": False}), event("CreateDBInstance", "rds", params={}),
    event("CreateFunctionUrlConfig", "lambda", params={"authType": "AWS_IAM"}),
    event("AddPermission20150331v2", "lambda", params={"principal": "s3.amazonaws.com", "sourceAccount": "444444444444"}),
    event("ModifySnapshotAttribute", "ec2", params={"createVolumePermission": {"add": {"items": [{"userId": "777777777777"}]}}}),
    event("ModifySnapshotAttribute", "ec2", params={"createVolumePermission": {"remove": {"items": [{"group": "all"}]}}}),
    event("ModifyDBSnapshotAttribute", "rds", params={"valuesToRemove": ["all"]}),
    event("SetQueueAttributes", "sqs", params={"attributes": {"VisibilityTimeout": "666666666666"}}),
    event("PutBucketTagging", "s3", params={"Tagging": "*"}),
]  # fmt: skip


def test_public_exposure_knows_every_way_to_open_something(ask):
    rows = run(ask(PUBLIC, lists=OWN), "public-exposure")
    assert ids(rows) == {event_id(text) for text in PUBLIC}
    assert {row["opened_to"] for row in rows} == {"everybody", "666666666666"}


def test_public_exposure_asks_field_for_no_list_as_athena_answers_nothing_there():
    book = runbook.found("public-exposure")
    for path in re.findall(r"\bfield\('([^']+)'\)", book.sql):
        for text in PUBLIC:
            found = json.loads(text)
            for key in path.split("."):
                found = found.get(key) if isinstance(found, dict) else None
            assert not isinstance(found, list | dict), path


def test_public_exposure_leaves_out_what_only_looks_open(ask):
    assert run(ask(PRIVATE, lists=OWN), "public-exposure") == []


# 29


def volume(one):
    return json.loads(one.text)["additionalEventData"]["bytesTransferredOut"]


@sees(29, "exfiltration")
def test_s3_volumes_counts_what_left_to_the_byte_and_names_no_ordinary_reader(answer, story):
    rows = answer("s3-volumes", megabytes="5000")
    [row] = rows
    facts = story.facts
    ours = [
        one
        for one in story.planted
        if one.step in ("exfiltration", "ransom") and "s3.amazonaws.com" in one.text
    ]
    assert (row["bucket"], row["access_key_id"]) == (facts.bucket, facts.session_keys[1])
    assert row["reads"] == len(story.step("exfiltration")) - 1
    assert row["deletes"] == 40
    gets = [
        one
        for one in ours
        if one.name in ("GetObject", "ListObjects", "DeleteObject", "CopyObject", "PutObject")
    ]
    assert row["bytes_out"] == sum(map(volume, gets)) > 9e9
    assert answer("s3-volumes", megabytes="5000", bucket="another") == []
    ordinary = answer("s3-volumes", megabytes="0")
    assert len(ordinary) > 10
    assert ordinary[0] == row


# 32


@sees(32, "ransom")
def test_s3_ransom_finds_every_part_of_the_extortion(answer, story, planted):
    rows = answer("s3-ransom")
    ours = [row for row in rows if row["bucket"] == story.facts.bucket]
    assert {row["what"]: row["events"] for row in ours} == {
        "versions suspended": 1, "objects expire within a week": 1, "encrypted with the caller's own key": 1,
        "a note": 1, "objects deleted in bulk": 40,
    }  # fmt: skip
    found = {one for row in ours for one in row["event_ids"].split(", ")}
    assert found == planted("ransom") - planted("ransom", "ScheduleKeyDeletion")
    others = {one for row in rows if row not in ours for one in row["event_ids"].split(", ")}
    assert others == planted("trail-tampering", "PutBucketVersioning", "PutBucketLifecycle")


def on_bucket(name, more=None, **params):
    return event(name, "s3", params={"bucketName": "b", **params}, additionalEventData=more)


def test_s3_ransom_leaves_out_ordinary_keeping(ask):
    def rule(days):
        return {"Rule": [{"Expiration": {"Days": days}}]}

    key = "x-amz-server-side-encryption-aws-kms-key-id"
    quiet = [
        on_bucket("PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"}),
        on_bucket("PutBucketLifecycle", LifecycleConfiguration=rule(30)), on_bucket("PutBucketLifecycle", LifecycleConfiguration=rule(70)),
        on_bucket("PutObject", {"SSEApplied": "SSE_S3"}, key="data.txt"), on_bucket("PutObject", key="docs/readme.pdf"),
        on_bucket("PutObject", **{key: "arn:aws:kms:us-east-1:444444444444:key/1"}), on_bucket("PutObject", **{key: "alias/mine"}),
        *[on_bucket("DeleteObject", key=f"o{nth}") for nth in range(29)],
    ]  # fmt: skip
    assert run(ask(quiet), "s3-ransom") == []
    loud = [
        on_bucket("PutBucketLifecycleConfiguration", LifecycleConfiguration=rule(1)),
        on_bucket("UploadPart", **{"x-amz-server-side-encryption-customer-algorithm": "AES256"}),
        on_bucket("PutObject", **{key: "arn:aws:kms:us-east-1:666666666666:key/1"}),
        on_bucket("PutBucketEncryption", ServerSideEncryptionConfiguration={"Rule": {"ApplyServerSideEncryptionByDefault": {
            "KMSMasterKeyID": "arn:aws:kms:us-east-1:666666666666:key/1"}}}),
        on_bucket("PutObject", key="HOW-TO-RECOVER.html"),
        *[on_bucket("DeleteObjects") for _ in range(31)],
    ]  # fmt: skip
    rows = run(ask(loud), "s3-ransom")
    assert sorted((row["what"], row["events"]) for row in rows) == [
        ("a note", 1), ("encrypted with another account's key", 2), ("encrypted with the caller's own key", 1),
        ("objects deleted in bulk", 31), ("objects expire within a week", 1),
    ]  # fmt: skip


# 33


def danger(store, since):
    values = {"since": since, "until": store.window.end, "baseline": 14}
    statement = rendering.duckdb(runbook.found("kms-danger").tree("duckdb", tuple(VIEWS)), values)
    return store.rows(statement.text, **statement.named)


@sees(33, "ransom", "secrets")
def test_kms_danger_finds_the_doomed_key_and_who_decrypts_for_the_first_time(day, story, planted):
    rows = danger(day, story.begin)
    doomed = [
        row for row in rows if row["what"] == "scheduled for deletion" and row["outcome"] == "done"
    ]
    assert [row["target"] for row in doomed] == [story.facts.key]
    assert ids(doomed) == planted("ransom", "ScheduleKeyDeletion")
    denied = [row for row in rows if row["outcome"] == "AccessDenied"]
    assert ids(denied) == planted("trail-tampering", "ScheduleKeyDeletion", "DisableKey")
    novices = {row["who"]: row for row in rows if row["what"] == "decrypts for the first time"}
    novice = novices.pop(story.facts.second_role.arn(story.plan))
    # The generator makes somebody a federated user now and then; no role decrypts for the first time.
    assert {one.split("/")[0].split(":")[-1] for one in novices} <= {"federated-user"}
    assert {novice["event_id"]} < planted("secrets")
    assert novice["events"] == 11


def test_kms_danger_leaves_out_who_decrypted_before_and_what_was_not_decrypted(ask):
    old, new, plain = (
        session(f"ASIA{name}00000000000000", f"arn:aws:sts::444444444444:assumed-role/{name}/s")
        for name in ("OLD", "NEW", "PLN")
    )
    before, after = "2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z"
    store = ask([
        event("Decrypt", "kms", before, user=old), event("Decrypt", "kms", after, user=old),
        event("GetSecretValue", "secretsmanager", after, user=new), event("Decrypt", "kms", after, user={"type": "AWSService", "invokedBy": "x"}),
        event("GetParameter", "ssm", after, user=plain, params={"withDecryption": False}),
        event("Decrypt", "kms", after, errorCode="AccessDenied"), event("DisableKey", "kms", before, params={"keyId": "k"}),
        event("EnableKeyRotation", "kms", after), event("PutKeyPolicy", "kms", after, params={"keyId": "k"}),
    ])  # fmt: skip
    rows = danger(store, at("2026-11-20T00:00:00Z"))
    assert sorted((row["what"], row["who"].rpartition("/")[2]) for row in rows) == [
        ("a new key policy", "alice"), ("decrypts for the first time", "NEW")]  # fmt: skip


def test_kms_danger_without_a_time_looks_at_all_and_compares_with_the_first_days(ask):
    first, later = (
        session(f"ASIA{name}00000000000000", f"arn:aws:sts::444444444444:assumed-role/{name}/s")
        for name in ("OLD", "NEW")
    )
    store = ask([
        event("Decrypt", "kms", "2026-11-01T10:00:00Z", user=first),
        event("DisableKey", "kms", "2026-11-02T10:00:00Z", params={"keyId": "k"}),
        event("GetSecretValue", "secretsmanager", "2026-11-20T10:00:00Z", user=later),
    ])  # fmt: skip
    rows = danger(store, store.window.begin)
    assert [(row["what"], row["who"].rpartition("/")[2]) for row in rows] == [
        ("disabled", "alice"), ("decrypts for the first time", "NEW")]  # fmt: skip
