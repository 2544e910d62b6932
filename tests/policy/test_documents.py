"""What holds for every policy document, whatever the landing zone."""

import json
from collections.abc import Iterator

import pytest

from modules import guardrail_policies, policies
from modules.policies.statement import Document
from ops.config import LandingZone
from ops.errors import ConfigError

from .archive_cases import key_arn
from .conditions import listed
from .zones import ARCHIVE, REGIONS, SIEM, STRANGER, ZONES, a_zone

BUCKET_POLICY_BYTES, KEY_POLICY_BYTES = 20 * 1024, 32 * 1024
"""S3 and KMS quotas."""


def documents(zone: LandingZone) -> dict[str, Document]:
    region = REGIONS[zone.partition][1]
    found = {
        "bucket": policies.bucket_policy(zone, key_arn(zone)),
        "access logs": policies.access_log_bucket_policy(zone),
        "archive key": policies.archive_key_policy(zone),
        "log group key": policies.log_group_key_policy(zone),
        "topic key": policies.topic_key_policy(zone),
        "global topic key": policies.topic_key_policy(zone, region),
        "log role trust": policies.log_role_trust(),
        "log role": policies.log_role_policy(zone),
        "reader": policies.reader_policy(zone, key_arn(zone)),
        "alarm topic": policies.alarm_topic_policy(zone),
        "global alarm topic": policies.alarm_topic_policy(zone, region),
        "delivery topic": policies.delivery_topic_policy(zone),
        "bus": policies.bus_policy(zone, [ARCHIVE]),
        "forward trust": policies.forward_role_trust(ARCHIVE),
        "forward role": policies.forward_role_policy(zone),
        "results access logs": policies.results_access_log_bucket_policy(zone),
        "results bucket": policies.results_bucket_policy(zone),
        "analytics key": policies.analytics_key_policy(zone),
        "analyst": policies.analyst_policy(zone, key_arn(zone), key_arn(zone)),
        "trail SCP": guardrail_policies.trail_scp(zone),
        "archive SCP": guardrail_policies.archive_scp(zone),
        "archive RCP": guardrail_policies.archive_rcp(zone),
    }
    if zone.readers:
        found["reader trust"] = policies.reader_trust(zone)
    if zone.analytics.enabled:
        found["analyst trust"] = policies.analyst_trust(zone)
    return found


ALL = {**ZONES, "smallest": a_zone()}
every_zone = pytest.mark.parametrize("zone", ALL.values(), ids=ALL)


def statements(zone: LandingZone) -> Iterator[tuple[str, dict]]:
    for name, policy in documents(zone).items():
        for statement in policy["Statement"]:
            yield name, statement


@every_zone
def test_every_document_is_json_with_unique_sids(zone: LandingZone):
    for name, policy in documents(zone).items():
        assert json.loads(json.dumps(policy)) == policy, name
        assert policy["Version"] == "2012-10-17"
        sids = [statement["Sid"] for statement in policy["Statement"]]
        assert len(sids) == len(set(sids)), name
        assert all(sid.isalnum() for sid in sids), name


@every_zone
def test_no_statement_allows_everyone(zone: LandingZone):
    for name, statement in statements(zone):
        principal = statement.get("Principal")
        if statement["Effect"] == "Allow" and principal is not None:
            assert principal != "*", name
            assert "*" not in listed(principal.get("AWS", ())), name


@pytest.mark.parametrize("partition", ["aws-us-gov", "aws-cn"])
def test_no_other_partition_s_arns_stand_in_a_policy(partition: str):
    for name, policy in documents(ZONES[partition]).items():
        # Every ARN begins a text; "arn" also ends the names of condition keys.
        text = json.dumps(policy)
        assert text.count('"arn:') == text.count(f'"arn:{partition}:'), name


@every_zone
def test_plain_http_is_denied_in_the_words_scanners_look_for(zone: LandingZone):
    for policy in (
        policies.bucket_policy(zone, key_arn(zone)),
        policies.access_log_bucket_policy(zone),
        policies.results_bucket_policy(zone),
        policies.results_access_log_bucket_policy(zone),
    ):
        found = [
            statement
            for statement in policy["Statement"]
            if statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert [(one["Effect"], one["Action"]) for one in found] == [("Deny", "s3:*")]


def test_the_documented_statement_ids_are_kept():
    sids = [one["Sid"] for one in policies.bucket_policy(a_zone(), "k")["Statement"]]
    assert sids[:3] == [
        "AWSCloudTrailAclCheck20150319",
        "AWSCloudTrailWrite20150319",
        "AWSCloudTrailOrganizationWrite20150319",
    ]


def test_nothing_external_stands_in_a_policy_when_there_is_nobody():
    for name, policy in documents(a_zone()).items():
        assert "External" not in json.dumps(policy), name
    rcp = guardrail_policies.archive_rcp(a_zone())["Statement"][0]
    assert rcp["Condition"].keys() == {"StringNotEquals", "BoolIfExists"}


def test_a_reader_role_without_readers_is_refused():
    with pytest.raises(ValueError, match="needs readers"):
        policies.reader_trust(a_zone())


def test_an_analyst_role_without_analysts_is_refused():
    with pytest.raises(ValueError, match="needs analysts"):
        policies.analyst_trust(a_zone())


def test_nothing_of_analysts_stands_in_a_policy_of_the_archive_without_analytics():
    for policy in (policies.bucket_policy(a_zone(), "k"), policies.archive_key_policy(a_zone())):
        assert "nalyst" not in json.dumps(policy)


def test_a_bus_without_senders_is_refused():
    with pytest.raises(ValueError, match="at least one sending account"):
        policies.bus_policy(a_zone(), [])


def test_an_existing_key_is_protected_by_its_own_arn():
    key = f"arn:aws:kms:eu-west-1:{ARCHIVE}:key/0000-1111"
    zone = a_zone(archive={"existing_key_arn": key})
    protect = {one["Sid"]: one for one in guardrail_policies.archive_scp(zone)["Statement"]}
    assert protect["ProtectKey"]["Resource"] == key
    assert key in guardrail_policies.archive_rcp(zone)["Statement"][0]["Resource"]


def a_long_zone(**sections) -> LandingZone:
    """Return a landing zone in which every name is as long as the config lets it be."""
    return a_zone(
        "aws-us-gov",
        name="a" * 20,
        trail={"name": "t" * 128, "prefix": "p" * 100},
        archive={"bucket": "b" * 63},
        deploy={"role_name": "d" * 64},
        **{"guardrails": {"break_glass_role": "g" * 64}, **sections},
    )


def test_guardrails_fit_whatever_the_names():
    zone = a_long_zone()
    for make in (
        guardrail_policies.trail_scp,
        guardrail_policies.archive_scp,
        guardrail_policies.archive_rcp,
    ):
        text = guardrail_policies.check_size(make(zone))
        assert len(text) <= 5120
        assert json.loads(text) == make(zone)


def test_many_standalone_accounts_fit_the_bucket_and_key_policies():
    accounts = [{"id": f"{700000000000 + n}", "name": f"account {n}"} for n in range(15)]
    zone = a_long_zone(standalone_accounts=accounts)
    assert len(json.dumps(policies.bucket_policy(zone, key_arn(zone)))) <= BUCKET_POLICY_BYTES
    assert len(json.dumps(policies.archive_key_policy(zone))) <= KEY_POLICY_BYTES


def test_a_guardrail_too_long_for_aws_is_refused_with_its_size():
    readers = [f"arn:aws-us-gov:iam::{SIEM}:role/reader-{n:03}" for n in range(200)]
    zone = a_zone("aws-us-gov", guardrails={"external_readers": readers})
    policy = guardrail_policies.archive_rcp(zone)
    size = len(json.dumps(policy, separators=(",", ":")))
    with pytest.raises(ConfigError) as error:
        guardrail_policies.check_size(policy)
    assert f"{size} characters" in str(error.value)
    assert "5120" in str(error.value)
    assert "DenyOutsideOrganization" in str(error.value)
    assert "external_readers" in error.value.hint


@pytest.mark.parametrize("excess", [0, 1])
def test_the_limit_itself_is_allowed_and_one_character_more_is_not(excess: int):
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": ""}]}
    padding = guardrail_policies.MAX_CHARACTERS - len(json.dumps(policy, separators=(",", ":")))
    policy["Statement"][0]["Sid"] = "x" * (padding + excess)
    if excess:
        with pytest.raises(ConfigError):
            guardrail_policies.check_size(policy)
    else:
        assert len(guardrail_policies.check_size(policy)) == 5120


def test_a_reader_that_is_an_account_stands_for_its_roles_alone():
    zone = a_zone(guardrails={"external_readers": [f"arn:aws:iam::{STRANGER}:root"]})
    condition = guardrail_policies.archive_rcp(zone)["Statement"][0]["Condition"]
    assert condition["ArnNotLike"] == {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:*"}
