"""The ordinary part of a history: plausible, connected, and full of real logs' oddities."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from ops.lab import history
from ops.lab.history.oddities import EVERY, ODDITIES
from ops.layout import Family
from tests.lab_history.checking import Archive
from tests.lab_history.conftest import END, a_zone


@pytest.fixture(scope="module")
def archive(intact):
    return Archive(intact)


@pytest.fixture(scope="module")
def records(archive):
    return list(archive.records())


def ordinary(days, scale, **changes):
    """Yield the records of a history without an attack."""
    plan = history.plan(a_zone(), end=END, days=days, scale=scale, attack=False, **changes)
    for batch in history.made(plan):
        for file in batch.files:
            if file.key.family is Family.LOG:
                yield from json.loads(file.text().decode("utf-8", "replace"))["Records"]


def at_home():
    """Every account in the home region: a third of the work, and where most things happen."""
    zone = a_zone()
    return tuple((one.id, zone.regions.home) for one in zone.organization.accounts)


@pytest.fixture(scope="module")
def month():
    return list(ordinary(30, 0.02, only=at_home()))


def test_every_record_is_of_its_file_and_inside_the_range(archive):
    for key in archive.logs:
        account, region = re.search(r"/(\d{12})/CloudTrail/([^/]+)/", key).groups()
        for record in json.loads(archive.content(key).decode("utf-8", "replace"))["Records"]:
            assert record["recipientAccountId"] == account
            assert record["awsRegion"] == region
            assert "2026-11-19T15:20:07Z" <= record["eventTime"] < "2026-11-20T15:20:07Z"


def test_a_record_has_an_id_of_its_own_but_for_deliveries_in_duplicate(records):
    texts = {}
    for record in records:
        texts.setdefault(record["eventID"], []).append(json.dumps(record, sort_keys=True))
    twice = [found for found in texts.values() if len(found) > 1]
    assert twice
    assert all(len(set(found)) == 1 for found in twice)
    assert len(twice) < len(records) / 300


def test_roles_are_assumed_before_their_sessions_are_used(records):
    opened = {}
    for record in records:
        answer = record["responseElements"]
        credentials = answer.get("credentials") if isinstance(answer, dict) else None
        if credentials:
            opened.setdefault(credentials["accessKeyId"], record["eventTime"])
    used = Counter()
    for record in records:
        key = str(record.get("userIdentity", {}).get("accessKeyId", ""))
        if key.startswith("ASIA") and record["eventTime"] >= "2026-11-19T16:":
            used[opened.get(key, "z") <= record["eventTime"]] += 1
    assert used[True] > 5000
    assert used[False] < used[True] / 50  # service-linked roles of rare changes, and oddities


def test_a_role_assumed_across_accounts_is_recorded_in_both_under_one_shared_id(records):
    shared = {}
    for record in records:
        if record["eventName"] == "AssumeRole" and "sharedEventID" in record:
            shared.setdefault(record["sharedEventID"], []).append(record)
    pairs = [found for found in shared.values() if len(found) == 2]
    assert len(pairs) > 20
    for one, two in pairs:
        assert one["eventID"] != two["eventID"]
        assert one["recipientAccountId"] != two["recipientAccountId"]
        assert {"AWSAccount"} < {one["userIdentity"]["type"], two["userIdentity"]["type"]}
    assert len(pairs) > 0.9 * len(shared)


def test_the_other_families_lie_in_folders_of_their_own(archive):
    insights = list(archive.records("CloudTrail-Insight"))
    starts = {one["sharedEventID"] for one in insights if one["insightDetails"]["state"] == "Start"}
    ends = {one["sharedEventID"] for one in insights if one["insightDetails"]["state"] == "End"}
    assert starts & ends
    assert all(one["eventCategory"] == "Insight" and "userIdentity" not in one for one in insights)
    network = list(archive.records("CloudTrail-NetworkActivity"))
    assert {one["errorCode"] for one in network} == {"VpceAccessDenied"}
    aggregated = list(archive.records("CloudTrail-Aggregated"))
    assert aggregated
    assert not any("eventTime" in one or "eventID" in one for one in aggregated)


def test_addenda_name_the_record_they_correct():
    found = {one["eventID"]: one for one in ordinary(1, 1)}
    addenda = [one for one in found.values() if "addendum" in one]
    assert addenda
    for one in addenda:
        original = found[one["addendum"]["originalEventID"]]
        assert original["eventName"] == one["eventName"]
        assert original["userAgent"] != one["userAgent"]


def test_every_oddity_of_real_logs_occurs_and_none_is_common():
    plan = history.plan(a_zone(), end=END, days=1, attack=False)
    texts = [
        text for batch in history.made(plan) for file in batch.files for _, text in file.events
    ]
    for sign in (
        '"type":"IdentityCenterUser"', '"type":"FederatedUser"', '"type":"Directory"', '"type":"Unknown"',
        '"arn":""', '"creationDate":"20260102T010628Z"', '"eventVersion":"1.05"', "AwsServiceEvent",
        "AwsConsoleAction", '"tags":[', '"tags":{', '"maxResults":"1000"', '"disableApiTermination":{"value"',
        '"requestParameters":"HIDDEN', '"requestParameters":[', '"filter":""', '"aRN"', '"resources":null',
        "requestParametersTooLarge", "Client.RequestLimitExceeded", "2001:db8:", "AWS Internal", "[S3Console",
        "TLSv1.1", "vpcEndpointAccountId", '"sessionCredentialFromConsole":"true"', "edgeDeviceDetails",
        "eventContext", "annotation", "\\u001b[2J", "=HYPERLINK(", "\\ud83d agent", "\udcff",
    ):  # fmt: skip
        share = sum(sign in text for text in texts) / len(texts)
        assert 0 < share < 0.05 or sign == "AWS Internal", sign
    assert max(map(len, texts)) > 140_000
    assert len(ODDITIES) < EVERY


def test_the_largest_record_comes_with_time():
    plan = history.plan(a_zone(), end=END, days=2, attack=False, only=at_home())
    largest = max(
        len(text) for batch in history.made(plan) for file in batch.files for _, text in file.events
    )
    assert 900_000 < largest < 1_100_000


def test_some_files_hold_no_record_at_all():
    plan = history.plan(a_zone(), end=END, days=2, attack=False)
    assert any(not file.events for batch in history.made(plan) for file in batch.files)


def test_the_number_of_events_follows_the_scale():
    places = len(at_home()) * 12
    few = sum(1 for _ in ordinary(0.5, 1, only=at_home()))
    many = sum(1 for _ in ordinary(0.5, 11, only=at_home()))
    assert 0.6 < (many - few) / 10 / 40 / places < 1.6


def test_changes_do_not_become_more_with_the_scale():
    def changes(scale):
        names = ("AuthorizeSecurityGroupIngress", "AttachRolePolicy", "PutBucketPolicy", "CreateRole",
                 "ConsoleLogin", "UpdateService")  # fmt: skip
        return Counter(
            one["eventName"]
            for one in ordinary(5, scale, only=at_home())
            if one["eventName"] in names
        )

    few, more = changes(0.05), changes(0.3)
    assert sum(few.values()) > 10
    assert abs(sum(few.values()) - sum(more.values())) <= 2  # late and duplicate ones


def test_a_month_of_ordinary_history_holds_nothing_that_must_wake_anybody(month):
    alarming = Counter()
    for one in month:
        name, who = one["eventName"], one.get("userIdentity", {}).get("type")
        text = json.dumps(one.get("requestParameters"))
        if who == "Root" or name in {
            "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "ScheduleKeyDeletion", "DisableKey",
            "LeaveOrganization", "DeleteDetector", "StopConfigurationRecorder", "CreateUser", "CreateLoginProfile",
            "UpdateAssumeRolePolicy", "DeleteFlowLogs", "DeleteBucketPublicAccessBlock", "DeactivateMFADevice",
        } or "0.0.0.0/0" in text or "AdministratorAccess" in text or '"all"' in text:  # fmt: skip
            alarming[name] += 1
        if (
            name == "ConsoleLogin"
            and who == "IAMUser"
            and one["additionalEventData"]["MFAUsed"] == "No"
        ):
            alarming["without MFA"] += 1
        if one["sourceIPAddress"].startswith("192.0.2."):
            alarming["attacker"] += 1
    assert not alarming


def test_an_ordinary_month_holds_the_look_alikes(month):
    names = Counter(one["eventName"] for one in month)
    assert names["AuthorizeSecurityGroupIngress"] > 1
    assert names["PutRolePolicy"] + names["AttachRolePolicy"] > 1
    logins = [one for one in month if one["eventName"] == "ConsoleLogin"]
    assert any(one["responseElements"]["ConsoleLogin"] == "Failure" for one in logins)
    assert any(one["userIdentity"]["type"] == "AssumedRole" and one["additionalEventData"]["MFAUsed"] == "No"
               for one in logins)  # fmt: skip


def test_the_trails_creation_explains_the_beginning(records):
    made = [one for one in records if one["eventName"] in ("CreateTrail", "StartLogging")]
    assert [one["eventName"] for one in made] == ["CreateTrail", "StartLogging"]
    assert made[0]["eventTime"] == "2026-11-19T15:20:07Z"
    assert {one["recipientAccountId"] for one in made} == {"111111111111"}


def test_nights_and_weekends_are_quieter():
    plan = history.plan(
        a_zone(), end=datetime(2026, 11, 23, tzinfo=UTC), days=7, scale=0.3, attack=False,
        only=at_home(),
    )  # fmt: skip
    by_day = Counter(moment.weekday() for batch in history.made(plan) for file in batch.files
                     for moment, _ in file.events)  # fmt: skip
    assert max(by_day[5], by_day[6]) < 0.9 * min(by_day[day] for day in range(5))
