"""Real Terraform applies a landing zone; then AWS's own API is asked what is there.

The tests run in order: apply, look, destroy. A file for each landing zone takes
them all, so that each runs on a worker of its own; it says which by VARIANT.
"""

import json

import pytest

from modules import guardrail_policies, policies
from ops import catalog, deployed_rules, names, saved
from tests.e2e.landing import landing

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def deployed(request, tmp_path_factory):
    with landing(request.module.VARIANT, tmp_path_factory.mktemp("home")) as one:
        # Exit code 0 says that planning again found nothing to do: drift is 1.
        applied = one.data("deploy", "apply", "--auto-approve")
        assert {row["status"] for row in applied} == {"applied"}
        assert not any(row["drift"] for row in applied)
        yield one


@pytest.fixture
def zone(deployed):
    return deployed.zone


@pytest.fixture
def management(deployed, zone):
    return lambda service, region=None: deployed.client(
        service, zone.organization.management_account, region
    )


@pytest.fixture
def log_archive(deployed, zone):
    return lambda service: deployed.client(service, zone.organization.log_archive_account)


def archive_key(zone, log_archive):
    """Return what AWS says of the archive's key."""
    alias = f"alias/{names.stem(zone)}-archive"
    return log_archive("kms").describe_key(KeyId=alias)["KeyMetadata"]


def test_the_archive_is_locked_versioned_private_and_logged(zone, log_archive):
    s3, bucket = log_archive("s3"), names.bucket(zone)
    lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    retention = lock["Rule"]["DefaultRetention"]
    assert retention["Mode"] == zone.archive.object_lock.mode
    assert retention["Days"] == zone.archive.object_lock.days
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(blocked.values())
    assert len(blocked) == 4
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    logging = s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]
    assert logging["TargetBucket"] == names.access_log_bucket(zone)


def test_the_archive_is_encrypted_with_its_own_rotating_key(zone, log_archive):
    rule = log_archive("s3").get_bucket_encryption(Bucket=names.bucket(zone))[
        "ServerSideEncryptionConfiguration"
    ]["Rules"][0]
    kms, key = log_archive("kms"), archive_key(zone, log_archive)
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": key["Arn"],
    }
    assert rule["BucketKeyEnabled"] is True
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    assert policy == policies.archive_key_policy(zone)
    bucket_policy = log_archive("s3").get_bucket_policy(Bucket=names.bucket(zone))["Policy"]
    assert json.loads(bucket_policy) == policies.bucket_policy(zone, key["Arn"])


def test_access_logs_lie_in_a_bucket_s3_can_write_to(zone, log_archive):
    s3, bucket = log_archive("s3"), names.access_log_bucket(zone)
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    with pytest.raises(s3.exceptions.ClientError, match="ObjectLockConfigurationNotFound"):
        s3.get_object_lock_configuration(Bucket=bucket)
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy == policies.access_log_bucket_policy(zone)


def test_files_expire_when_the_config_says(zone, log_archive):
    (rule,) = log_archive("s3").get_bucket_lifecycle_configuration(Bucket=names.bucket(zone))[
        "Rules"
    ]
    assert rule["Expiration"]["Days"] == zone.archive.expire_days
    moves = zone.archive.transition
    expected = [{"Days": moves.days, "StorageClass": moves.storage_class}] if moves else []
    assert rule.get("Transitions", []) == expected


def test_the_trail_covers_the_organisation_and_every_region(zone, management, log_archive):
    (trail,) = management("cloudtrail").describe_trails()["trailList"]
    assert trail["TrailARN"] == names.trail_arn(zone)
    assert trail["S3BucketName"] == names.bucket(zone)
    assert trail.get("S3KeyPrefix", "") == zone.trail.prefix
    assert trail["SnsTopicARN"] == names.topic_arn(zone, names.delivery_topic(zone))
    assert trail["CloudWatchLogsLogGroupArn"] == f"{names.log_group_arn(zone)}:*"
    # Its id is AWS's choice: one stack has put it out, and another was given it.
    assert trail["KmsKeyId"] == archive_key(zone, log_archive)["Arn"]
    for setting in ("IsMultiRegionTrail", "IsOrganizationTrail", "LogFileValidationEnabled",
                    "IncludeGlobalServiceEvents"):  # fmt: skip
        assert trail[setting] is True, setting
    assert management("cloudtrail").get_trail_status(Name=trail["TrailARN"])["IsLogging"] is True


def test_the_trail_records_what_the_config_asks_for(zone, management):
    client = management("cloudtrail")
    selectors = client.get_event_selectors(TrailName=names.trail_arn(zone))[
        "AdvancedEventSelectors"
    ]
    assert selectors[0]["Name"] == "Management events selector"
    kinds = [
        field["Equals"][0]
        for one in selectors
        for field in one["FieldSelectors"]
        if field["Field"] == "eventCategory"
    ]
    assert kinds.count("Data") == len(zone.trail.data_events)
    assert kinds.count("NetworkActivity") == len(zone.trail.network_activity)
    if zone.trail.insights:
        found = client.get_insight_selectors(TrailName=names.trail_arn(zone))["InsightSelectors"]
        assert {one["InsightType"] for one in found} == {*zone.trail.insights}


def test_the_log_group_is_encrypted_and_kept(zone, management):
    groups = management("logs").describe_log_groups(logGroupNamePrefix=names.log_group(zone))
    (group,) = groups["logGroups"]
    assert group["retentionInDays"] == zone.log_group.retention_days
    policy = management("kms").get_key_policy(KeyId=group["kmsKeyId"], PolicyName="default")
    assert json.loads(policy["Policy"]) == policies.log_group_key_policy(zone)


def test_every_control_has_its_filters_and_an_alarm_that_reaches_the_topic(zone, management):
    filters = management("logs").describe_metric_filters(logGroupName=names.log_group(zone))
    patterns = {one["filterPattern"] for one in filters["metricFilters"]}
    metrics = deployed_rules.of(zone).metrics
    assert patterns == {text for one in metrics for text in one.filters.values()}
    alarms = management("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == len(metrics) + 1
    named = {one["AlarmName"]: one for one in alarms}
    for one in metrics:
        alarm = named[names.rule(zone, one.said.name)]
        assert (alarm["Period"], alarm["Threshold"]) == (one.alarm.period, one.alarm.threshold)
    topic = names.topic_arn(zone, names.alarm_topic(zone))
    assert all(one["AlarmActions"] == [topic] and one["ActionsEnabled"] for one in alarms)
    (heartbeat,) = [one for one in alarms if one["AlarmName"].endswith("heartbeat")]
    assert heartbeat["TreatMissingData"] == "breaching"


def test_topics_are_encrypted_and_name_their_publishers(zone, management):
    sns = management("sns")
    for topic, policy in (
        (names.alarm_topic(zone), policies.alarm_topic_policy(zone)),
        (names.delivery_topic(zone), policies.delivery_topic_policy(zone)),
    ):
        arn = names.topic_arn(zone, topic)
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        assert ":key/" in attributes["KmsMasterKeyId"]
        assert json.loads(attributes["Policy"]) == policy
    subscribed = sns.list_subscriptions_by_topic(
        TopicArn=names.topic_arn(zone, names.alarm_topic(zone))
    )["Subscriptions"]
    assert {one["Endpoint"] for one in subscribed} == {
        one.endpoint for one in zone.alarms.recipients
    }


def test_reactions_stand_where_their_events_arise(deployed, zone):
    organization, home = zone.organization, zone.regions.home
    places = {
        "trail-tampering": (organization.management_account, home),
        "alarm-tampering": (organization.management_account, home),
        "log-group-tampering": (organization.management_account, home),
        "organization-tampering": (organization.management_account, zone.where.global_region),
        "root-sign-in": (organization.management_account, zone.where.global_region),
        "archive-key-tampering": (organization.log_archive_account, home),
        "archive-bucket-tampering": (organization.log_archive_account, home),
    }
    if zone.reactions.directory:
        places["own-secret-read"] = (organization.management_account, home)
    for rule in deployed_rules.of(zone).reactions:
        account, region = places.pop(rule.said.name)
        events = deployed.client("events", account, region)
        found = events.describe_rule(Name=names.rule(zone, rule.said.name))
        assert json.loads(found["EventPattern"]) == json.loads(rule.pattern)
        assert (found["State"] != "ENABLED") == (rule.said.name == "own-secret-read")
        (target,) = events.list_targets_by_rule(Rule=found["Name"])["Targets"]
        assert target["Arn"] == names.event_bus_arn(zone)
    assert not places


def test_guardrails_are_attached_to_what_the_config_names(zone, management):
    organizations = management("organizations")
    archive = zone.organization.log_archive_account
    expected = {(archive, "RESOURCE_CONTROL_POLICY"): guardrail_policies.archive_rcp(zone)}
    for (target, kind), document in expected.items():
        attached = organizations.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]
        ours = [one["Id"] for one in attached if one["Name"].startswith(names.stem(zone))]
        (content,) = [organizations.describe_policy(PolicyId=one)["Policy"]["Content"]
                      for one in ours]  # fmt: skip
        assert json.loads(content) == document
    for target in zone.guardrails.targets:
        attached = organizations.list_policies_for_target(
            TargetId=target, Filter="SERVICE_CONTROL_POLICY"
        )["Policies"]
        assert f"{names.stem(zone)}-trail" in {one["Name"] for one in attached}


def test_the_delegated_administrator_is_the_configs(zone, management):
    found = management("organizations").list_delegated_administrators(
        ServicePrincipal="cloudtrail.amazonaws.com"
    )["DelegatedAdministrators"]
    wanted = zone.organization.delegated_administrator
    assert [one["Id"] for one in found] == ([wanted] if wanted else [])


def test_the_readers_and_nobody_else_may_assume_the_reader_role(zone, log_archive):
    iam = log_archive("iam")
    if not zone.readers:
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.get_role(RoleName=names.reader_role(zone))
        return
    role = iam.get_role(RoleName=names.reader_role(zone))["Role"]
    assert role["AssumeRolePolicyDocument"] == policies.reader_trust(zone)


def test_athena_knows_the_tables_and_keeps_to_the_limits(deployed, zone):
    audit = zone.organization.audit_account
    athena, glue = deployed.client("athena", audit), deployed.client("glue", audit)
    if not zone.analytics.enabled:
        assert [one["Name"] for one in athena.list_work_groups()["WorkGroups"]] == ["primary"]
        return
    found = athena.get_work_group(WorkGroup=names.workgroup(zone))["WorkGroup"]["Configuration"]
    assert found["EnforceWorkGroupConfiguration"] is True
    assert found["BytesScannedCutoffPerQuery"] == zone.analytics.scan_limit_bytes
    results = found["ResultConfiguration"]
    assert results["OutputLocation"].startswith(f"s3://{names.results_bucket(zone)}/")
    key = results["EncryptionConfiguration"]["KmsKey"]
    policy = deployed.client("kms", audit).get_key_policy(KeyId=key, PolicyName="default")
    assert json.loads(policy["Policy"]) == policies.analytics_key_policy(zone)
    tables = {
        one["Name"]: one
        for one in glue.get_tables(DatabaseName=names.analytics_database(zone))["TableList"]
    }
    assert tables.keys() == {one.name for one in catalog.tables(zone)}
    for one in catalog.tables(zone):
        # Read back, a template has one $ again: what Terraform must not fill in.
        assert tables[one.name]["Parameters"] == one.parameters()
        assert [(column["Name"], column["Type"])
                for column in tables[one.name]["StorageDescriptor"]["Columns"]
                ] == [(column.name, column.type) for column in one.columns]  # fmt: skip
    found = athena.list_named_queries(WorkGroup=names.workgroup(zone))["NamedQueryIds"]
    assert len(found) == len(saved.queries(zone))


def test_only_the_analyst_role_reads_the_archive_from_the_audit_account(deployed, zone):
    if not zone.analytics.enabled:
        return
    organization = zone.organization
    role = deployed.client("iam", organization.audit_account).get_role(
        RoleName=names.analyst_role(zone)
    )["Role"]
    assert role["AssumeRolePolicyDocument"] == policies.analyst_trust(zone)
    results = deployed.client("s3", organization.audit_account)
    found = results.get_bucket_policy(Bucket=names.results_bucket(zone))["Policy"]
    assert json.loads(found) == policies.results_bucket_policy(zone)
    (rule,) = results.get_bucket_lifecycle_configuration(Bucket=names.results_bucket(zone))["Rules"]
    assert rule["Expiration"]["Days"] == zone.analytics.results_days
    logging = results.get_bucket_logging(Bucket=names.results_bucket(zone))["LoggingEnabled"]
    assert logging["TargetBucket"] == names.results_access_log_bucket(zone)
    archive = deployed.client("s3", organization.log_archive_account)
    policy = json.loads(archive.get_bucket_policy(Bucket=names.bucket(zone))["Policy"])
    readers = [one for one in policy["Statement"] if one["Sid"].startswith("Analyst")]
    assert [one["Condition"] for one in readers] == [
        {"ArnLike": {"aws:PrincipalArn": names.role_arn(zone, "*", names.analyst_role(zone))}}
    ] * 2


def test_nothing_lies_in_another_account_than_its_own(deployed, zone):
    for account in zone.organization.accounts:
        trails = deployed.client("cloudtrail", account.id).describe_trails()["trailList"]
        buckets = deployed.client("s3", account.id).list_buckets()["Buckets"]
        # Members see the organisation's trail, and have none of their own.
        assert [one["TrailARN"] for one in trails] == [names.trail_arn(zone)]
        asked = zone.analytics.enabled and account.id == zone.organization.audit_account
        holds = asked or account.id == zone.organization.log_archive_account
        assert len(buckets) == 2 * holds


def test_z_allowed_destruction_leaves_nothing_but_keys_pending_deletion(deployed, zone):
    run = deployed.ops("deploy", "destroy", "--auto-approve", *deployed.allowances())
    assert run.returncode == 0, run.stdout + run.stderr
    states = list(deployed.home.glob("*/lab/state/*.tfstate"))
    assert len(states) > 3
    assert not any(json.loads(one.read_text())["resources"] for one in states)
    for account in zone.organization.accounts:
        assert not deployed.client("s3", account.id).list_buckets()["Buckets"]
        assert not deployed.client("cloudtrail", account.id).describe_trails()["trailList"]
        assert not deployed.client("logs", account.id).describe_log_groups()["logGroups"]
        assert not deployed.client("sns", account.id).list_topics()["Topics"]
        assert not deployed.client("cloudwatch", account.id).describe_alarms()["MetricAlarms"]
        events = deployed.client("events", account.id)
        assert [one["Name"] for one in events.list_event_buses()["EventBuses"]] == ["default"]
        assert not events.list_rules()["Rules"]
        assert not deployed.client("glue", account.id).get_databases()["DatabaseList"]
        groups = deployed.client("athena", account.id).list_work_groups()["WorkGroups"]
        assert [one["Name"] for one in groups] == ["primary"]
        kms = deployed.client("kms", account.id)
        states = {kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"]
                  for one in kms.list_keys()["Keys"]}  # fmt: skip
        assert states <= {"PendingDeletion"}
