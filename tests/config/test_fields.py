"""One wrong field: the error names the field, what stands there and what may."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.config import parse
from ops.errors import ConfigError, Exit
from ops.query import lists
from tests.config.zones import a_zone, problems, read

ACCOUNT = 'must be twelve digits in quotes, such as "111122223333"'
TRAIL = (
    "must be a trail name: 3 to 128 letters, digits, . _ or -, no two of those signs together, "
    "a letter or digit at both ends, not like an IP address"
)
MOMENT = "must be a date and time with its offset, such as 2026-01-31T00:00:00Z"
ENDPOINT = "must be the word lab, https://HOST[:PORT], or http:// and a port of this machine"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("name", "x", "name: 'x': must be 2 to 20 lower-case letters and digits, "
         "a letter first, single hyphens between"),
        ("partition", "aws-mars", "partition: 'aws-mars': must be aws, aws-us-gov or aws-cn"),
        ("organization__audit_account", 333333333333,
         f"organization.audit_account: 333333333333: {ACCOUNT}"),
        ("organization__audit_account", "33333333333",
         f"organization.audit_account: '33333333333': {ACCOUNT}"),
        ("organization__audit_account", "٣٣٣٣٣٣٣٣٣٣٣٣",
         f"organization.audit_account: '٣٣٣٣٣٣٣٣٣٣٣٣': {ACCOUNT}"),
        ("organization__id", "acme",
         "organization.id: 'acme': must be an organisation id, such as o-a1b2c3d4e5"),
        ("organization__accounts", [], "organization.accounts: an empty list: must hold at least 1"),
        ("organization__accounts", "all", "organization.accounts: 'all': must be a list"),
        ("organization__colour", "red", "organization.colour: no such field"),
        ("regions__home", "Ireland",
         "regions.home: 'Ireland': must be a region code, such as eu-west-1"),
        ("regions__governed", [], "regions.governed: an empty list: must hold at least 1"),
        ("regions__governed", ["eu-west-1", None],
         "regions.governed.1: null: must be a region code, such as eu-west-1"),
        ("trail__name", "a--b", f"trail.name: 'a--b': {TRAIL}"),
        ("trail__name", "10.0.0.1", f"trail.name: '10.0.0.1': {TRAIL}"),
        ("trail__name", "trail-", f"trail.name: 'trail-': {TRAIL}"),
        ("trail__logging_since", datetime(2026, 11, 1),  # noqa: DTZ001 (that is the mistake)
         f"trail.logging_since: 2026-11-01T00:00:00: {MOMENT}"),
        ("trail__logging_since", "2026-11-01", f"trail.logging_since: '2026-11-01': {MOMENT}"),
        ("trail__logging_since", 1700000000, f"trail.logging_since: 1700000000: {MOMENT}"),
        ("trail__logging_since", "0001-01-01T00:00:00+05:00",
         f"trail.logging_since: '0001-01-01T00:00:00+05:00': {MOMENT}"),
        ("trail__insights", ["Everything"],
         "trail.insights.0: 'Everything': must be ApiCallRateInsight or ApiErrorRateInsight"),
        ("archive__object_lock", {"days": 0}, "archive.object_lock.days: 0: must be at least 1"),
        ("archive__object_lock", {"days": 36501},
         "archive.object_lock.days: 36501: must be at most 36500"),
        ("archive__object_lock", {"days": True},
         "archive.object_lock.days: true: must be a whole number"),
        ("archive__object_lock", None,
         "archive.object_lock: null: must be a mapping of fields to values"),
        ("archive__existing_bucket", "yes", "archive.existing_bucket: 'yes': must be true or false"),
        ("archive__existing_key_arn", "arn:aws:kms:eu-west-1:222222222222:alias/logs",
         "archive.existing_key_arn: 'arn:aws:kms:eu-west-1:222222222222:alias/logs': must be the "
         "ARN of a KMS key (arn:…:kms:REGION:ACCOUNT:key/ID), not of an alias: a trail stores the "
         "key's own ARN and would differ at every plan"),
        ("archive__transition", {"days": 90, "storage_class": "DEEP_ARCHIVE"},
         "archive.transition.storage_class: 'DEEP_ARCHIVE': must be a storage class that can be "
         "read at once: a digest in an archived tier could not be verified without a restore, and "
         "no prefix filter can keep digests out of it"),
        ("archive__transition", {"days": 90, "storage_class": "CHEAP"},
         "archive.transition.storage_class: 'CHEAP': must be STANDARD_IA, INTELLIGENT_TIERING, "
         "ONEZONE_IA or GLACIER_IR"),
        ("log_group__retention_days", True, "log_group.retention_days: true: must be a whole number"),
        ("log_group__retention_days", 8,
         "log_group.retention_days: 8: must be 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, "
         "400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653"),
        ("alarms__heartbeat_minutes", 7, "alarms.heartbeat_minutes: 7: must be a multiple of 5"),
        ("alarms__recipients", [{"protocol": "http", "endpoint": "http://example.org"}],
         "alarms.recipients.0.protocol: 'http': must be email, email-json, https, sqs, sms "
         "or lambda"),
        ("alarms__recipients", [{"protocol": "email", "endpoint": "security"}],
         "alarms.recipients.0.endpoint: 'security': must be an email address"),
        ("alarms__recipients", [{"protocol": "https", "endpoint": "http://example.org"}],
         "alarms.recipients.0.endpoint: 'http://example.org': must be a URL that begins "
         "with https://"),
        ("alarms__recipients", [{"protocol": "sqs", "endpoint": "queue"}],
         "alarms.recipients.0.endpoint: 'queue': must be the ARN of an SQS queue"),
        ("readers", ["arn:aws:iam::333333333333:role/*"],
         "readers.0: 'arn:aws:iam::333333333333:role/*': must be the ARN of an IAM role, user or "
         "account root, such as arn:aws:iam::111122223333:root"),
        ("deploy__endpoint", "http://aws.example.org", f"deploy.endpoint: 'http://aws.example.org': {ENDPOINT}"),
        ("deploy__endpoint", "https://[::1", f"deploy.endpoint: 'https://[::1': {ENDPOINT}"),
        ("deploy__endpoint", "https://example.org:99999",
         f"deploy.endpoint: 'https://example.org:99999': {ENDPOINT}"),
        ("deploy__provider_version", 6.0,
         "deploy.provider_version: 6.0: must be a version of three numbers, such as 5.100.0"),
        ("deploy__state", {"bucket": "state"}, "deploy.state.backend: is required"),
        ("deploy__state", {"backend": "gcs"}, "deploy.state.backend: 'gcs': must be local or s3"),
        ("deploy__state", {"backend": "s3", "bucket": "acme-state"},
         "deploy.state.region: is required"),
        ("deploy__state", {"backend": "local", "bucket": "acme-state"},
         "deploy.state.bucket: no such field"),
        ("analytics__scan_limit_bytes", 9_999_999,
         "analytics.scan_limit_bytes: 9999999: must be at least 10000000"),
        ("analytics__usd_per_terabyte", "5", "analytics.usd_per_terabyte: '5': must be a number"),
        ("analytics__usd_per_terabyte", True, "analytics.usd_per_terabyte: true: must be a number"),
        ("analytics__usd_per_terabyte", float("nan"),
         "analytics.usd_per_terabyte: nan: must be a number"),
        ("analytics__usd_per_terabyte", -1, "analytics.usd_per_terabyte: -1: must be at least 0.0"),
        ("analytics__results_days", 0, "analytics.results_days: 0: must be at least 1"),
        ("analytics__store", "acme-history",
         "analytics.store: 'acme-history': must be s3://BUCKET or s3://BUCKET/PREFIX, without a "
         "slash at the end"),
        ("accepted", [{"control": "CKV_AWS_144", "reason": "one region"}],
         "accepted.0.control: 'CKV_AWS_144': must be FRAMEWORK:CONTROL, such as "
         "checkov:CKV_AWS_144"),
        ("accepted", [{"control": "checkov:CKV_AWS_144"}], "accepted.0.reason: is required"),
        ("tags", {"aws:owner": "me"},
         "tags: 'aws:owner': must be a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, "
         "not beginning with aws:"),
        ("tags", {"owner": '${file("/etc/passwd")}'},
         'tags.owner: \'${file("/etc/passwd")}\': must be a text in quotes: at most 256 letters, '
         "digits, spaces and _.:/=+-@"),
        ("tags", {f"key{n}": "" for n in range(50)}, "tags: a mapping: must hold at most 49"),
        ("tags", ["owner"], "tags: a list: must be a mapping of keys to texts"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_value_and_the_allowed_form(path, value, problem):
    assert problems(a_zone(**{path: value})) == [problem]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("organization__units", [{"id": "ou-ab12-11111111", "name": "${path.root}"}]),
        ("organization__units", [{"id": "ou-ab12-11111111", "name": "a%{if true}"}]),
        ("organization__units", [{"id": "ou-ab12-11111111", "name": "\u202egpj.exe"}]),
        ("trail__prefix", "logs/"),
        ("trail__prefix", "/logs"),
        ("trail__prefix", "logs/../other"),
        ("trail__prefix", "logs/*"),
        ("trail__prefix", "AWSLogs/o-a1b2c3d4e5"),
        ("trail__prefix", "x" * 201),
        ("archive__bucket", "Acme-Logs"),
        ("archive__bucket", "acme..logs"),
        ("archive__bucket", "192.168.0.1"),
        ("archive__bucket", "xn--acme-logs"),
        ("archive__bucket", "acme-logs-s3alias"),
        ("archive__bucket", "ab"),
        ("guardrails__targets", ["everyone"]),
        ("guardrails__break_glass_role", "role/Path"),
        ("deploy__role_name", "x" * 65),
        ("analytics__store", "s3://acme-history/"),
        ("analytics__store", "s3://acme-history/a/"),
        ("analytics__store", "s3://acme-history//a"),
        ("analytics__store", "s3://acme-history/${account}"),
        ("analytics__store", "s3://Acme/history"),
        ("analytics__store", "s3://"),
        ("trail__data_events", [{"name": "n", "resource_type": "S3"}]),
        ("trail__network_activity", [{"event_source": "s3"}]),
    ],
)
def test_a_text_of_another_form_is_refused(path, value):
    [problem] = problems(a_zone(**{path: value}))
    assert problem.startswith(path.replace("__", "."))
    assert ": must be " in problem


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("trail__prefix", ""),
        ("trail__prefix", "audit/cloud-trail"),
        ("trail__prefix", "MyAWSLogs"),
        ("trail__name", "Everything.Trail_2"),
        ("archive__expire_days", None),
        ("archive__bucket", "acme.logs-1"),
        ("deploy__endpoint", "lab"),
        ("deploy__endpoint", "http://127.0.0.1:5000"),
        ("deploy__endpoint", "http://[::1]:5000"),
        ("deploy__endpoint", "https://aws.example.org:8443"),
        ("log_group__retention_days", 0),
        ("analytics__usd_per_terabyte", 6),
        ("analytics__usd_per_terabyte", 6.25),
        ("analytics__store", "s3://acme-history"),
        ("analytics__store", "s3://acme-history/all/years"),
        ("tags", {"Kosten stelle": "Größe 5"}),
        ("alarms__recipients", [{"protocol": "sms", "endpoint": "+4915112345678"}]),
    ],
)
def test_a_value_of_the_allowed_form_is_taken(path, value):
    zone = read(a_zone(**{path: value}))
    *parents, last = path.split("__")
    for parent in parents:
        zone = getattr(zone, parent)
    found = getattr(zone, last)
    assert (found[0].endpoint if path == "alarms__recipients" else found) == (
        value[0]["endpoint"] if path == "alarms__recipients" else value
    )


@pytest.mark.parametrize("written", ["2026-11-01T02:00:00+02:00", "2026-11-01T00:00:00Z"])
def test_the_beginning_of_logging_is_kept_in_utc(written):
    since = read(a_zone(trail__logging_since=written)).trail.logging_since
    assert since == datetime(2026, 11, 1, tzinfo=UTC)
    assert since.tzinfo is UTC


def test_every_required_section_that_is_missing_is_named():
    assert problems({"name": "acme"}) == [
        "organization: is required",
        "regions: is required",
        "trail: is required",
    ]


def test_all_problems_are_reported_at_once_in_the_order_of_the_file():
    zone = {
        "tags": {"owner": 3},
        **a_zone(regions__governed=["eu-west-1", 7, "x"], archive__expire_days=3, nmae="acme"),
    }
    zone["organization"]["accounts"][1]["id"] = 222222222222
    assert [line.split(": ")[0] for line in problems(zone)] == [
        "tags.owner",
        "organization.accounts.1.id",
        "regions.governed.1",
        "regions.governed.2",
        "archive.expire_days",
        "nmae",
    ]


def test_an_incoherent_section_is_reported_beside_a_wrong_one():
    wrong = a_zone(archive__expire_days=3, trail__name="-", guardrails__targets=["999999999999"])
    found = problems(wrong)
    assert [line.split(": ")[0] for line in found] == [
        "trail.name",
        "archive.expire_days",
        "guardrails.targets.0",
    ]


def test_a_section_that_is_wrong_itself_is_not_judged_with_others():
    found = problems(a_zone(organization__id="acme", guardrails__targets=["999999999999"]))
    assert [line.split(": ")[0] for line in found] == ["organization.id"]


def test_values_are_shown_short_and_without_control_characters():
    [problem] = problems(a_zone(name="\x1b[31m" + "x" * 5000 + "\n\u202e"))
    assert problem.startswith(r"name: '\x1b[31mxxx")
    assert problem.isprintable()
    assert len(problem) < 250


def test_a_field_with_an_unprintable_name_is_shown_escaped():
    assert problems(a_zone(**{"\x1b[31m": 1})) == [r"'\x1b[31m': no such field"]


def test_a_flood_of_problems_is_cut_and_counted():
    found = problems(a_zone(regions__governed=["x"] * 1000))
    assert len(found) == 101
    assert found[-1] == "and 900 problems more"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "is empty: must be a mapping of fields to values"),
        ([], "the file: an empty list: must be a mapping of fields to values"),
        ("hello", "the file: 'hello': must be a mapping of fields to values"),
    ],
)
def test_what_is_no_mapping_is_refused(data, problem):
    assert problems(data) == [problem]


def test_a_config_error_is_a_usage_error_with_a_hint():
    with pytest.raises(ConfigError) as caught:
        parse({}, source="zone.yaml")
    assert caught.value.exit_code is Exit.USAGE
    assert "config/example.yaml" in caught.value.hint


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def _paths(value: object, path: tuple = ()) -> list[tuple]:
    if isinstance(value, dict):
        return [path] + [one for key in value for one in _paths(value[key], (*path, key))]
    if isinstance(value, list):
        return [path] + [one for n, item in enumerate(value) for one in _paths(item, (*path, n))]
    return [path]


_FULL = a_zone(
    trail__data_events=[{"name": "n", "resource_type": "AWS::S3::Object", "arns": ["arn:aws:s3"]}],
    trail__management_events={"exclude_sources": ["kms.amazonaws.com"]},
    archive__object_lock={"mode": "GOVERNANCE", "days": 5},
    archive__transition={"storage_class": "GLACIER_IR", "days": 90},
    alarms__recipients=[{"protocol": "email", "endpoint": "a@example.org"}],
    deploy__state={"backend": "s3", "bucket": "state", "region": "eu-west-1"},
    tags={"owner": "me"},
)


@pytest.mark.parametrize("name", lists.OWN)
def test_a_list_that_is_made_from_the_rest_of_the_file_is_nobodys_to_fill(name):
    (problem,) = problems(a_zone(lists={name: ["x"]}))
    assert problem.startswith(f"lists: '{name}': must be the name of a list")
    assert name in problem.partition("must be")[2]


@given(st.sampled_from(_paths(_FULL)[1:]), _JSON)
def test_any_value_anywhere_is_taken_or_refused_in_readable_lines(path, value):
    data = copy.deepcopy(_FULL)
    section = data
    for part in path[:-1]:
        section = section[part]
    section[path[-1]] = value
    for problem in _found(data):
        assert problem.isprintable()
        assert "input" not in problem.lower()


def _found(data):
    try:
        parse(data, source="zone.yaml")
    except ConfigError as error:
        return error.problems
    return ()
