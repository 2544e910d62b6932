from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.lab.conftest import AUDIT, LOGS, MANAGEMENT, SHOP

ADVANCED = [
    {
        "Name": "Management events selector",
        "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
    }
]
BASIC = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
INSIGHTS = [{"InsightType": "ApiCallRateInsight"}]


@pytest.fixture
def trails(trusted):
    """CloudTrail in the management account, without a trail."""
    client = trusted.client("cloudtrail")
    yield client
    for trail in client.describe_trails()["trailList"]:
        home = trusted.client("cloudtrail", trail["HomeRegion"])
        home.delete_trail(Name=trail["TrailARN"])


def create(client, name="one", **settings):
    answer = client.create_trail(Name=name, S3BucketName="archive", **settings)
    return answer["TrailARN"]


def create_for_organization(client, **settings):
    return create(client, IsOrganizationTrail=True, IsMultiRegionTrail=True, **settings)


def code(action, **arguments):
    with pytest.raises(ClientError) as failed:
        action(**arguments)
    return failed.value.response["Error"]["Code"]


def described(client, **arguments):
    return [trail["Name"] for trail in client.describe_trails(**arguments)["trailList"]]


def test_an_organisation_trail_needs_trusted_access(trails, trusted):
    organizations = trusted.client("organizations")
    organizations.disable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    try:
        assert code(create_for_organization, client=trails) == "CloudTrailAccessNotEnabledException"
        create(trails, "own")
        assert (
            code(trails.update_trail, Name="own", IsOrganizationTrail=True)
            == "CloudTrailAccessNotEnabledException"
        )
        assert (
            code(trails.register_organization_delegated_admin, MemberAccountId=AUDIT)
            == "CloudTrailAccessNotEnabledException"
        )
    finally:
        organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")


def test_trails_are_described_by_name_and_by_arn(trails):
    arns = {name: create(trails, name) for name in ("one", "two", "three")}
    assert described(trails) == ["one", "two", "three"]
    assert described(trails, trailNameList=["two"]) == ["two"]
    assert described(trails, trailNameList=[arns["three"], "one"]) == ["one", "three"]
    assert described(trails, trailNameList=["none"]) == []


def test_a_trail_is_seen_in_other_regions_only_if_it_is_multi_region(trails, trusted):
    create(trails, "here")
    arn = create(trails, "everywhere", IsMultiRegionTrail=True)
    elsewhere = trusted.client("cloudtrail", "us-east-1")
    assert described(elsewhere) == ["everywhere"]
    assert described(elsewhere, includeShadowTrails=False) == []
    assert code(elsewhere.stop_logging, Name=arn) == "InvalidHomeRegionException"


def test_a_name_is_taken_once(trails):
    create(trails)
    assert code(create, client=trails) == "TrailAlreadyExistsException"


def test_a_trail_is_deleted_by_its_arn_with_its_tags(trails):
    arn = create(trails, TagsList=[{"Key": "owner", "Value": "me"}])
    trails.delete_trail(Name=arn)
    assert described(trails) == []
    assert trails.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == []
    assert code(trails.delete_trail, Name=arn) == "TrailNotFoundException"


def test_a_member_sees_the_organisation_trail_and_cannot_change_it(trails, trusted):
    arn = create_for_organization(trails)
    create(trails, "private")
    trails.start_logging(Name=arn)
    member = trusted.account(SHOP).client("cloudtrail")
    assert described(member) == ["one"]
    assert member.get_trail_status(Name=arn)["IsLogging"]
    assert member.get_trail(Name=arn)["Trail"]["IsOrganizationTrail"]
    assert code(member.get_trail, Name="one") == "TrailNotFoundException"
    for change in (member.stop_logging, member.delete_trail, member.update_trail):
        assert code(change, Name=arn) == "NotOrganizationMasterAccountException"
    assert (
        code(member.put_event_selectors, TrailName=arn, EventSelectors=BASIC)
        == "NotOrganizationMasterAccountException"
    )
    assert trails.get_trail_status(Name=arn)["IsLogging"]


def test_a_member_cannot_create_an_organisation_trail(trails, trusted):
    member = trusted.account(SHOP).client("cloudtrail")
    assert code(create_for_organization, client=member) == "NotOrganizationMasterAccountException"
    create(member, "own")
    assert (
        code(member.update_trail, Name="own", IsOrganizationTrail=True)
        == "NotOrganizationMasterAccountException"
    )
    member.delete_trail(Name="own")


def test_the_delegated_administrators_organisation_trail_belongs_to_management(trails, trusted):
    trails.register_organization_delegated_admin(MemberAccountId=AUDIT)
    audit = trusted.account(AUDIT).client("cloudtrail")
    arn = create_for_organization(audit)
    assert arn == f"arn:aws:cloudtrail:eu-west-1:{MANAGEMENT}:trail/one"
    audit.start_logging(Name=arn)
    assert trails.get_trail_status(Name=arn)["IsLogging"]
    audit.delete_trail(Name=arn)
    assert described(trails) == []
    trails.deregister_organization_delegated_admin(DelegatedAdminAccountId=AUDIT)


def test_a_trail_says_whether_it_has_selectors_and_insights(trails):
    create(trails)

    def has():
        trail = trails.get_trail(Name="one")["Trail"]
        return trail["HasCustomEventSelectors"], trail["HasInsightSelectors"]

    assert has() == (False, False)
    trails.put_event_selectors(TrailName="one", AdvancedEventSelectors=ADVANCED)
    trails.put_insight_selectors(TrailName="one", InsightSelectors=INSIGHTS)
    assert has() == (True, True)


def test_one_kind_of_selectors_replaces_the_other(trails):
    create(trails)

    def found():
        answer = trails.get_event_selectors(TrailName="one")
        return answer.get("EventSelectors"), answer.get("AdvancedEventSelectors")

    default = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
    assert found() == ([default], None)
    trails.put_event_selectors(TrailName="one", AdvancedEventSelectors=ADVANCED)
    assert found() == (None, ADVANCED)
    trails.put_event_selectors(TrailName="one", EventSelectors=BASIC)
    assert found() == ([default | BASIC[0]], None)


def test_insight_selectors_are_replaced_and_missing_ones_are_an_error(trails):
    create(trails)
    assert code(trails.get_insight_selectors, TrailName="one") == "InsightNotEnabledException"
    for _ in range(2):
        trails.put_insight_selectors(TrailName="one", InsightSelectors=INSIGHTS)
    assert trails.get_insight_selectors(TrailName="one")["InsightSelectors"] == INSIGHTS
    trails.put_insight_selectors(TrailName="one", InsightSelectors=[])
    assert code(trails.get_insight_selectors, TrailName="one") == "InsightNotEnabledException"


def test_the_key_is_stored_as_its_own_arn_and_must_exist(trails, trusted):
    kms = trusted.account(LOGS).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/archive", TargetKeyId=key)
    alias = f"arn:aws:kms:eu-west-1:{LOGS}:alias/archive"
    create(trails, KmsKeyId=alias)
    assert trails.get_trail(Name="one")["Trail"]["KmsKeyId"] == key
    for missing in (f"{key[:-4]}0000", "alias/archive", f"{alias}-of-nobody"):
        assert code(trails.update_trail, Name="one", KmsKeyId=missing) == "KmsKeyNotFoundException"
    trails.update_trail(Name="one", KmsKeyId="")
    assert not trails.get_trail(Name="one")["Trail"]["KmsKeyId"]


def test_the_status_tells_of_every_delivery_the_trail_makes(trails, trusted):
    topic = trusted.client("sns").create_topic(Name="delivery")["TopicArn"]
    create(trails, "bare")
    create(
        trails,
        "full",
        EnableLogFileValidation=True,
        SnsTopicName=topic.rsplit(":", 1)[1],
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:eu-west-1:{MANAGEMENT}:log-group:g:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{MANAGEMENT}:role/logs",
    )
    deliveries = {
        "LatestDeliveryTime",
        "LatestDigestDeliveryTime",
        "LatestCloudWatchLogsDeliveryTime",
        "LatestNotificationTime",
    }

    def told(name):
        status = trails.get_trail_status(Name=name)
        return {key: status[key] for key in deliveries if key in status}

    assert told("full") == {}
    for name in ("bare", "full"):
        trails.start_logging(Name=name)
    assert set(told("bare")) == {"LatestDeliveryTime"}
    assert set(told("full")) == deliveries
    assert all(datetime.now(UTC) - when < timedelta(minutes=1) for when in told("full").values())
    trails.stop_logging(Name="full")
    assert set(told("full")) == deliveries


def test_only_the_management_account_registers_a_delegated_administrator(trails, trusted):
    member = trusted.account(SHOP).client("cloudtrail")
    assert (
        code(member.register_organization_delegated_admin, MemberAccountId=SHOP)
        == "NotOrganizationManagementAccountException"
    )
    refused = {
        MANAGEMENT: "CannotDelegateManagementAccountException",
        "999999999999": "AccountNotFoundException",
    }
    for account, why in refused.items():
        assert code(trails.register_organization_delegated_admin, MemberAccountId=account) == why


def test_a_delegated_administrator_is_listed_may_list_and_is_removed(trails, trusted):
    organizations = trusted.client("organizations")

    def listed():
        found = organizations.list_delegated_administrators(
            ServicePrincipal="cloudtrail.amazonaws.com"
        )
        return [one["Id"] for one in found["DelegatedAdministrators"]]

    trails.register_organization_delegated_admin(MemberAccountId=AUDIT)
    assert listed() == [AUDIT]
    assert (
        code(trails.register_organization_delegated_admin, MemberAccountId=AUDIT)
        == "AccountRegisteredException"
    )
    assert len(trusted.account(AUDIT).client("organizations").list_accounts()["Accounts"]) == 4
    trails.deregister_organization_delegated_admin(DelegatedAdminAccountId=AUDIT)
    assert listed() == []
    assert (
        code(trails.deregister_organization_delegated_admin, DelegatedAdminAccountId=AUDIT)
        == "AccountNotRegisteredException"
    )


def test_there_are_three_delegated_administrators_at_most(trails, trusted):
    more = trusted.client("organizations").create_account(AccountName="a", Email="a@example.com")
    fourth = more["CreateAccountStatus"]["AccountId"]
    members = [LOGS, AUDIT, SHOP]
    for account in members:
        trails.register_organization_delegated_admin(MemberAccountId=account)
    assert (
        code(trails.register_organization_delegated_admin, MemberAccountId=fourth)
        == "DelegatedAdminAccountLimitExceededException"
    )
    for account in members:
        trails.deregister_organization_delegated_admin(DelegatedAdminAccountId=account)
