"""Fields that are right each for itself but do not fit together."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops import names, partition
from ops.config import advanced_conditions, coherence
from ops.config.forms import BUCKET_FORM
from tests.config.zones import a_zone, problems, read

ARCHIVE = "arn:aws:s3:::acme-cloudtrail-222222222222-eu-west-1/"
LOOP = (
    "the archive itself, and each delivery would record another: name other buckets, "
    "or use trail.selectors: advanced"
)
KEY = "arn:aws:kms:{}:222222222222:key/1234"


def selectors(count, **fields):
    return [
        {"name": f"Selector {n}", "resource_type": "AWS::Lambda::Function", **fields}
        for n in range(count)
    ]


def arns(count):
    return [f"arn:aws:lambda:eu-west-1:333333333333:function:{n}" for n in range(count)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"organization__audit_account": "999999999999"},
         "organization.audit_account: '999999999999': must be listed in organization.accounts"),
        ({"organization__log_archive_account": "111111111111"},
         "organization.log_archive_account: '111111111111': must not be the management account: "
         "no service control policy could protect the archive there"),
        ({"organization__delegated_administrator": "111111111111"},
         "organization.delegated_administrator: '111111111111': must be a member account"),
        ({"organization__units": []},
         "organization.accounts.1.unit: 'ou-ab12-11111111': must be listed in organization.units"),
        ({"standalone_accounts": [{"id": "333333333333", "name": "x"}]},
         "standalone_accounts.0.id: '333333333333': is an account of the organisation, whose "
         "trail covers it already"),
        ({"standalone_accounts": [{"id": "999999999999", "name": "x", "home_region": "cn-north-1"}]},
         "standalone_accounts.0.home_region: 'cn-north-1': is not a region of partition aws"),
        ({"standalone_accounts": [{"id": "999999999999", "name": "x"}] * 2},
         "standalone_accounts.1: '999999999999': stands twice"),
        ({"regions__home": "eu-west-3"},
         "regions.home: 'eu-west-3': must be one of regions.governed or regions.opt_in"),
        ({"regions__opt_in": ["us-east-1"]},
         "regions.opt_in.0: 'us-east-1': is in regions.governed too; name it once"),
        ({"regions__governed": ["eu-west-1", "eu-west-1"]},
         "regions.governed.1: 'eu-west-1': stands twice"),
        ({"regions__governed": ["eu-west-1", "us-gov-west-1"]},
         "regions.governed.1: 'us-gov-west-1': is not a region of partition aws"),
        ({"regions__governed": ["eu-west-1", "us-iso-east-1"]},
         "regions.governed.1: 'us-iso-east-1': is not a region of partition aws"),
        ({"readers": ["arn:aws-cn:iam::333333333333:root"]},
         "readers.0: 'arn:aws-cn:iam::333333333333:root': must be of partition aws"),
        ({"guardrails__external_readers": ["arn:aws-cn:iam::999999999999:root"]},
         "guardrails.external_readers.0: 'arn:aws-cn:iam::999999999999:root': must be of "
         "partition aws"),
        ({"alarms__recipients": [{"protocol": "sqs", "endpoint": "arn:aws-cn:sqs:cn-north-1:333333333333:q"}]},
         "alarms.recipients.0.endpoint: 'arn:aws-cn:sqs:cn-north-1:333333333333:q': must be of "
         "partition aws"),
        ({"alarms__recipients": [{"protocol": "email", "endpoint": "a@example.org"}] * 2},
         "alarms.recipients.1.endpoint: 'a@example.org': stands twice"),
        ({"alarms__rules": ["cis-5.0"] * 2}, "alarms.rules.1: 'cis-5.0': stands twice"),
        ({"alarms__without": ["vpc-changes"] * 2}, "alarms.without.1: 'vpc-changes': stands twice"),
        ({"alarms__tuned": [{"rule": "root-usage", "threshold": n} for n in (2, 3)]},
         "alarms.tuned.1: 'root-usage': stands twice"),
        ({"reactions__rules": ["tamper"] * 2}, "reactions.rules.1: 'tamper': stands twice"),
        ({"reactions__without": ["root-sign-in"] * 2},
         "reactions.without.1: 'root-sign-in': stands twice"),
        ({"archive__expire_days": 364},
         "archive.expire_days: 364: must be at least archive.object_lock.days (365): a locked "
         "file cannot expire"),
        ({"archive__transition": {"storage_class": "GLACIER_IR", "days": 2557}},
         "archive.transition.days: 2557: must be less than archive.expire_days (2557)"),
        ({"archive__transition": {"storage_class": "STANDARD_IA", "days": 29}},
         "archive.transition.days: 29: must be at least 30 for STANDARD_IA"),
        ({"archive__existing_bucket": True},
         "archive.bucket: is required with archive.existing_bucket"),
        ({"analytics": {"enabled": True}},
         "analytics.analysts: an empty list: must hold at least 1 with analytics.enabled: nobody "
         "else can read the archive"),
        ({"analytics": {"analysts": ["arn:aws-cn:iam::333333333333:root"]}},
         "analytics.analysts.0: 'arn:aws-cn:iam::333333333333:root': must be of partition aws"),
        ({"analytics": {"analysts": ["arn:aws:iam::333333333333:root"] * 2}},
         "analytics.analysts.1: 'arn:aws:iam::333333333333:root': stands twice"),
        ({"analytics": {"store": "s3://acme-cloudtrail-222222222222-eu-west-1/store"}},
         "analytics.store: 's3://acme-cloudtrail-222222222222-eu-west-1/store': must not lie in "
         "the archive's bucket: its objects are locked"),
        ({"analytics": {"store": "s3://acme-athena-333333333333-eu-west-1"}},
         "analytics.store: 's3://acme-athena-333333333333-eu-west-1': must not lie in the bucket "
         "for results: they expire"),
        ({"analytics": {"store_key_arn": KEY.format("eu-west-1")}},
         f"analytics.store_key_arn: '{KEY.format('eu-west-1')}': needs analytics.store"),
        ({"analytics": {"store": "s3://history",
                        "store_key_arn": KEY.format("eu-west-1").replace("aws", "aws-cn")}},
         f"analytics.store_key_arn: '{KEY.format('eu-west-1').replace('aws', 'aws-cn')}': must be "
         "of partition aws"),
        ({"name": "sthree-x", "archive": {"bucket": "logs"}, "analytics": {
            "enabled": True, "analysts": ["arn:aws:iam::333333333333:root"]}},
         "name: 'sthree-x': makes a bucket 'sthree-x-athena-333333333333-eu-west-1', which must be "
         f"{BUCKET_FORM.words}"),
        ({"name": "sthree-x"},
         "name: 'sthree-x': makes a bucket 'sthree-x-cloudtrail-222222222222-eu-west-1', which "
         f"must be {BUCKET_FORM.words}"),
        ({"archive__existing_key_arn": KEY.format("us-east-1")},
         f"archive.existing_key_arn: '{KEY.format('us-east-1')}': must be a key of partition aws "
         "in the home region eu-west-1, where the bucket is"),
        ({"trail__management_events": {"exclude_sources": ["s3.amazonaws.com"]}},
         "trail.management_events.exclude_sources.0: 's3.amazonaws.com': must be one of "
         "kms.amazonaws.com, rdsdata.amazonaws.com"),
        ({"trail__management_events": {"read_write": "ReadOnly"},
          "trail__insights": ["ApiErrorRateInsight", "ApiCallRateInsight"]},
         "trail.insights.1: 'ApiCallRateInsight': needs write management events: "
         "trail.management_events.read_write must be All or WriteOnly"),
        ({"trail__insights": ["ApiCallRateInsight"] * 2},
         "trail.insights.1: 'ApiCallRateInsight': stands twice"),
        ({"trail__network_activity": [{"event_source": "s3.amazonaws.com"}] * 2},
         "trail.network_activity.1: 's3.amazonaws.com': stands twice"),
        ({"trail__network_activity": [{"event_source": "s3.amazonaws.com"}],
          "trail__selectors": "basic"},
         "trail.network_activity: needs trail.selectors: advanced"),
        ({"trail__data_events": selectors(1, arns=["arn:aws-cn:lambda"])},
         "trail.data_events.0.arns.0: 'arn:aws-cn:lambda': must be of partition aws"),
        ({"trail__data_events": selectors(1, arns=arns(498))},
         "trail.data_events: 501 conditions over all selectors: must be at most 500; let ARNs "
         "share a beginning"),
        ({"trail__selectors": "basic", "trail__data_events": selectors(3, arns=arns(100))},
         "trail.data_events: 300 data resources over all basic selectors: must be at most 250; "
         "use trail.selectors: advanced"),
        ({"trail__selectors": "basic", "trail__data_events": selectors(5)},
         "trail.data_events: 5 selectors: must be at most 4 beside the one for management "
         "events; use trail.selectors: advanced"),
        ({"trail__selectors": "basic",
          "trail__data_events": [{"name": "n", "resource_type": "AWS::SNS::Topic"}]},
         "trail.data_events.0.resource_type: 'AWS::SNS::Topic': must be one of AWS::S3::Object, "
         "AWS::Lambda::Function, AWS::DynamoDB::Table with trail.selectors: basic"),
        ({"trail__selectors": "basic",
          "trail__data_events": [{"name": "n", "resource_type": "AWS::S3::Object"}]},
         f"trail.data_events.0.arns: an empty list: means every bucket with {LOOP}"),
        ({"guardrails__targets": ["111111111111"]},
         "guardrails.targets.0: '111111111111': is the management account, which no service "
         "control policy binds"),
        ({"guardrails__targets": ["r-zzzz"]},
         "guardrails.targets.0: 'r-zzzz': must be organization.root_id (r-ab12)"),
        ({"guardrails__targets": ["ou-ab12-99999999"]},
         "guardrails.targets.0: 'ou-ab12-99999999': must be listed in organization.units"),
        ({"guardrails__targets": ["999999999999"]},
         "guardrails.targets.0: '999999999999': must be listed in organization.accounts"),
        ({"deploy__provider_version": "5.99.9"},
         "deploy.provider_version: '5.99.9': must be at least 5.100.0 and less than 7.0.0"),
        ({"deploy__provider_version": "7.0.0"},
         "deploy.provider_version: '7.0.0': must be at least 5.100.0 and less than 7.0.0"),
        ({"deploy__state": {"backend": "s3", "bucket": "state", "region": "cn-north-1"}},
         "deploy.state.region: 'cn-north-1': is not a region of partition aws"),
        ({"deploy__state": {"backend": "s3", "bucket": "state", "region": "us-east-1",
                            "kms_key_id": KEY.format("eu-west-1")}},
         f"deploy.state.kms_key_id: '{KEY.format('eu-west-1')}': must be a key of partition aws "
         "in region us-east-1"),
        ({"deploy__state": {"backend": "s3", "bucket": "logs", "region": "eu-west-1"},
          "archive__bucket": "logs"},
         "deploy.state.bucket: 'logs': must not be the archive's bucket: its objects are locked"),
        ({"accepted": [{"control": "cis:1", "reason": "r"}] * 2},
         "accepted.1: 'cis:1': stands twice"),
        ({"tags": {"managed-by": "me"}}, "tags.managed-by: is set by the stacks themselves"),
        ({"tags": {"Owner": "a", "owner": "b"}},
         "tags.owner: differs from another key only in case"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_named_with_the_reason(changes, problem):
    assert problems(a_zone(**changes)) == [problem]


@pytest.mark.parametrize(
    "arn", [ARCHIVE, "arn:aws:s3", "arn:aws:s3:::acme", f"{ARCHIVE}AWSLogs/",
            "arn:aws:s3:::acme-cloudtrail-222222222222-eu-west-1-access-logs/"],
)  # fmt: skip
def test_basic_selectors_may_not_take_in_the_archive(arn):
    events = [{"name": "n", "resource_type": "AWS::S3::Object", "arns": [arn]}]
    found = problems(a_zone(trail__selectors="basic", trail__data_events=events))
    assert found == [f"trail.data_events.0.arns.0: '{arn}': takes in {LOOP}"]


@pytest.mark.parametrize(
    "changes",
    [
        {"archive__expire_days": 365},
        {"trail__data_events": selectors(1, arns=arns(497))},
        {"trail__selectors": "basic", "trail__data_events": selectors(1, arns=arns(250))},
        {"trail__selectors": "basic", "trail__data_events": selectors(4)},
        {"trail__management_events": {"read_write": "ReadOnly"},
         "trail__insights": ["ApiErrorRateInsight"]},
        {"trail__data_events": [{"name": "n", "resource_type": "AWS::S3::Object",
                                 "arns": [ARCHIVE]}]},
        {"guardrails__targets": ["r-ab12", "ou-ab12-11111111", "333333333333"]},
        {"deploy__provider_version": "6.99.0"},
    ],
)  # fmt: skip
def test_what_just_fits_is_taken(changes):
    assert read(a_zone(**changes))


def test_conditions_are_counted_over_every_value_of_every_selector():
    trail = read(
        a_zone(
            trail__management_events={
                "read_write": "WriteOnly",
                "exclude_sources": ["kms.amazonaws.com"],
            },
            trail__data_events=[
                {"name": "n", "resource_type": "AWS::S3::Object", "arns": ["arn:aws:s3:::a/"]}
            ],
            trail__network_activity=[{"event_source": "s3.amazonaws.com"}],
        )
    ).trail
    management = ["category", "readOnly", "not this source"]
    data = ["category", "type", "arn", "not the archive"]
    network = ["category", "source"]
    assert advanced_conditions(trail) == len(management + data + network)


def test_every_check_says_what_it_demands():
    assert all(check.__doc__ for check in coherence.CHECKS)
    assert len(set(coherence.CHECKS)) == len(coherence.CHECKS)


slugs = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True).filter(
    lambda slug: 2 <= len(slug) <= 20 and not slug.startswith(("sthree-", "amzn-s3-demo-"))
)


@settings(deadline=None)
@given(slugs, st.sampled_from(["ap-southeast-1", "us-gov-west-1", "cn-northwest-1"]))
def test_computed_names_are_within_the_limits_of_their_services(slug, home):
    zones = {"us-gov": "aws-us-gov", "cn-nor": "aws-cn"}
    zone = read(
        a_zone(
            name=slug, partition=zones.get(home[:6], "aws"), regions__home=home,
            regions__governed=[home],
        )
    )  # fmt: skip
    assert zone.where is partition.PARTITIONS[zone.partition]
    assert BUCKET_FORM.fits(names.bucket(zone))
    assert BUCKET_FORM.fits(names.access_log_bucket(zone))
    assert names.bucket(zone) != names.access_log_bucket(zone)
    assert BUCKET_FORM.fits(names.results_bucket(zone))
    assert BUCKET_FORM.fits(names.results_access_log_bucket(zone))
    for role in (names.log_role, names.reader_role, names.forward_role, names.analyst_role):
        assert len(role(zone)) <= 64
    assert len(names.workgroup(zone)) <= 128
    assert re.fullmatch("[a-z0-9_]{1,255}", names.analytics_database(zone))
    for topic in (names.alarm_topic(zone), names.delivery_topic(zone)):
        assert len(topic) <= 256
    assert len(names.log_group(zone)) <= 512
