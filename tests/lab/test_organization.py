import pytest
from botocore.exceptions import ClientError

from ops import lab as labs
from ops.config import load
from ops.lab import blueprint
from tests.conftest import ZONES
from tests.lab.conftest import ALONE, AUDIT, LOGS, MANAGEMENT, ROLE, SHOP, Cloud, a_zone

DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"%s}]}'
CONTENT = {
    "SERVICE_CONTROL_POLICY": DENY % "",
    "RESOURCE_CONTROL_POLICY": DENY % ',"Principal":"*"',
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A lab of its own, to see how an organisation begins."""
    place = tmp_path_factory.mktemp("new")
    yield Cloud(labs.up(a_zone(), place))
    labs.down(place)


@pytest.fixture
def organizations(cloud):
    return cloud.client("organizations")


def code(failed):
    return failed.value.response["Error"]["Code"]


def status(failed):
    return failed.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_it_is_exactly_the_one_of_the_config(organizations):
    found = organizations.describe_organization()["Organization"]
    assert (found["Id"], found["MasterAccountId"]) == ("o-0123456789abcdef", MANAGEMENT)
    assert found["MasterAccountEmail"] == f"aws+{MANAGEMENT}@example.com"
    assert [root["Id"] for root in organizations.list_roots()["Roots"]] == ["r-longer99"]


def test_its_units_lie_below_the_root(organizations):
    units = organizations.list_organizational_units_for_parent(ParentId="r-longer99")
    assert {(unit["Id"], unit["Name"]) for unit in units["OrganizationalUnits"]} == {
        ("ou-longer99-security00", "Security"),
        ("ou-longer99-workload00", "Workloads"),
    }


def test_its_accounts_are_the_ones_of_the_config_and_no_other(organizations):
    accounts = organizations.list_accounts()["Accounts"]
    assert [(account["Id"], account["Name"]) for account in accounts] == [
        (MANAGEMENT, "management"),
        (LOGS, "log-archive"),
        (AUDIT, "audit"),
        (SHOP, "web shop"),
    ]
    assert all(account["Status"] == "ACTIVE" for account in accounts)


def test_each_account_lies_in_its_unit(organizations):
    def below(parent):
        found = organizations.list_accounts_for_parent(ParentId=parent)["Accounts"]
        return {account["Id"] for account in found}

    assert below("r-longer99") == {MANAGEMENT}
    assert below("ou-longer99-security00") == {LOGS, AUDIT}
    assert below("ou-longer99-workload00") == {SHOP}


def test_accounts_are_paged_without_loss(organizations):
    pages = organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})
    assert [account["Id"] for page in pages for account in page["Accounts"]] == [
        MANAGEMENT,
        LOGS,
        AUDIT,
        SHOP,
    ]


def test_unknown_keys_are_the_management_account(cloud):
    stranger = Cloud(cloud.lab, aws_access_key_id="mock", aws_secret_access_key="mock")
    assert stranger.client("sts").get_caller_identity()["Account"] == MANAGEMENT


def test_the_records_keys_are_a_user_of_the_management_account(cloud):
    assert cloud.client("sts").get_caller_identity()["Arn"] == (
        f"arn:aws:iam::{MANAGEMENT}:user/lab-operator"
    )


def test_trusted_access_starts_disabled_and_can_be_enabled(organizations):
    listed = organizations.list_aws_service_access_for_organization
    assert listed()["EnabledServicePrincipals"] == []
    for _ in range(2):  # enabling twice is no error
        organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    names = [one["ServicePrincipal"] for one in listed()["EnabledServicePrincipals"]]
    assert names == ["cloudtrail.amazonaws.com"]


@pytest.mark.parametrize("kind", CONTENT)
def test_a_policy_type_starts_disabled_and_attaching_needs_it(organizations, kind):
    root = organizations.list_roots()["Roots"][0]
    assert kind not in {one["Type"] for one in root["PolicyTypes"]}
    policy = organizations.create_policy(
        Name=kind, Description="", Type=kind, Content=CONTENT[kind]
    )["Policy"]["PolicySummary"]["Id"]
    target = {"PolicyId": policy, "TargetId": "ou-longer99-workload00"}
    with pytest.raises(ClientError) as failed:
        organizations.attach_policy(**target)
    assert code(failed) == "PolicyTypeNotEnabledException"
    organizations.enable_policy_type(RootId=root["Id"], PolicyType=kind)
    organizations.attach_policy(**target)
    with pytest.raises(ClientError) as failed:
        organizations.enable_policy_type(RootId=root["Id"], PolicyType=kind)
    assert code(failed) == "PolicyTypeAlreadyEnabledException"
    targets = organizations.list_targets_for_policy(PolicyId=policy)["Targets"]
    assert [one["TargetId"] for one in targets] == ["ou-longer99-workload00"]


def test_a_member_may_describe_the_organisation_but_not_list_it(cloud):
    member = cloud.account(SHOP).client("organizations")
    assert member.describe_organization()["Organization"]["Id"] == "o-0123456789abcdef"
    with pytest.raises(ClientError) as failed:
        member.list_accounts()
    assert code(failed) == "AccessDeniedException"


def test_a_standalone_account_is_in_no_organisation(cloud):
    alone = cloud.account(ALONE).client("organizations")
    with pytest.raises(ClientError) as failed:
        alone.describe_organization()
    assert code(failed) == "AWSOrganizationsNotInUseException"


def test_another_partition_has_its_own_arns_and_roles(tmp_path):
    zone = load(ZONES / "govcloud.yaml")
    lab = labs.up(zone, tmp_path)
    try:
        cloud = Cloud(lab)
        region = zone.regions.home
        found = cloud.client("organizations", region).describe_organization()["Organization"]
        assert found["Arn"].startswith("arn:aws-us-gov:organizations::111111111111:")
        role = f"arn:aws-us-gov:iam::{LOGS}:role/{zone.deploy.role_name}"
        answer = cloud.client("sts", region).assume_role(RoleArn=role, RoleSessionName="test")
        assert answer["AssumedRoleUser"]["Arn"].startswith("arn:aws-us-gov:sts::")
    finally:
        labs.down(tmp_path)


def test_a_blueprint_survives_the_way_to_the_server():
    plan = blueprint.of(a_zone())
    assert blueprint.Blueprint.from_json(plan.to_json()) == plan
    assert plan.fingerprint != blueprint.of(a_zone(deploy={"role_name": "X"})).fingerprint
    assert {account.role for account in plan.standalone} == {ROLE, "TheirRole"}


def test_the_emulators_own_controls_are_not_served(cloud):
    import http.client

    connection = http.client.HTTPConnection(cloud.lab.endpoint.removeprefix("http://"), timeout=5)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 404
    connection.close()
    assert cloud.client("organizations").list_roots()["Roots"]


def test_what_the_emulator_lacks_is_refused_at_once_and_by_name(cloud):
    for service, call, arguments in (
        ("accessanalyzer", "create_analyzer", {"analyzerName": "a", "type": "ACCOUNT"}),
        ("cloudtrail", "list_event_data_stores", {}),
        ("cloudwatch", "list_metric_streams", {}),
        ("sns", "list_sms_sandbox_phone_numbers", {}),
    ):
        with pytest.raises(ClientError) as failed:
            getattr(cloud.client(service), call)(**arguments)
        assert (code(failed), status(failed)) == ("NotImplemented", 501), service
