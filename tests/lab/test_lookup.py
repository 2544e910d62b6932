"""The lab's LookupEvents, and `ops lookup` through it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from botocore.exceptions import ClientError

from ops import cloudtrail
from ops.aws import Access, Caller
from ops.cli import run
from ops.endpoint import Endpoint
from ops.integrity.corroborate import Break
from ops.integrity.sources import EventHistory
from ops.lab import event_history
from tests.lab.conftest import MANAGEMENT, SHOP, a_zone

NOW = datetime.now(UTC).replace(microsecond=0)
HOME, GLOBAL = "eu-west-1", "us-east-1"


def record(number, minutes, name="DescribeInstances", **more):
    user = {"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "arn": f"arn:aws:iam::{SHOP}:user/alice", "accountId": SHOP}  # fmt: skip
    return {
        "eventVersion": "1.11",
        "eventID": f"id-{number}",
        "eventTime": f"{NOW - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
        "eventSource": "ec2.amazonaws.com",
        "awsRegion": HOME,
        "sourceIPAddress": "198.51.100.7",
        "recipientAccountId": SHOP,
        "userIdentity": user,
        "readOnly": name.startswith("Describe"),
        "eventCategory": "Management",
        **more,
    }


SHOPS = [
    *(record(number, minutes=number) for number in range(120)),
    record("data", 5, "GetObject", eventCategory="Data"),
    record("old", 60 * 24 * 91),
    record("twice", 500, "TerminateInstances"),
    record("twice", 500, "TerminateInstances"),
    record("bad\x1b[2J", 501, "Escape", userAgent="\u202e"),
]
MANAGEMENTS = [
    record("stop", 600, "StopLogging", eventSource="cloudtrail.amazonaws.com",
           recipientAccountId=MANAGEMENT,
           requestParameters={"name": "organization-trail"},
           resources=[{"ARN": "arn:trail", "type": "AWS::CloudTrail::Trail"}]),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def remembered(cloud, directory):
    """What the accounts of the running lab remember."""
    place = directory / event_history.DIRECTORY
    for account, region, records in (
        (SHOP, HOME, SHOPS), (MANAGEMENT, HOME, MANAGEMENTS),
    ):  # fmt: skip
        texts = [json.dumps(one) for one in records]
        event_history.record(place, account, region, [*texts, '{"not": "whole'])
    yield
    for file in place.iterdir():
        file.unlink()


@pytest.fixture
def shop(cloud):
    return cloud.account(SHOP).client("cloudtrail")


def found(client, **arguments):
    pages = client.get_paginator("lookup_events").paginate(**arguments)
    return [one for page in pages for one in page["Events"]]


def attribute(name, value):
    return [{"AttributeKey": name, "AttributeValue": value}]


def test_management_events_of_ninety_days_come_each_once_and_the_newest_first(shop):
    ids = [one["EventId"] for one in found(shop)]
    assert ids == [*(f"id-{number}" for number in range(120)), "id-twice", "id-bad\x1b[2J"]


def test_fifty_come_in_a_page(shop):
    answer = shop.lookup_events()
    assert len(answer["Events"]) == 50
    following = shop.lookup_events(NextToken=answer["NextToken"])
    assert following["Events"][0]["EventId"] == "id-50"


def test_the_record_comes_as_it_was_written(shop):
    [one] = found(shop, LookupAttributes=attribute("EventId", "id-7"))
    assert one["CloudTrailEvent"] == json.dumps(SHOPS[7])
    assert one["EventTime"] == datetime.fromisoformat(SHOPS[7]["eventTime"])
    assert (one["Username"], one["ReadOnly"]) == ("alice", "true")


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("EventName", "TerminateInstances", 1),
        ("ReadOnly", "false", 2),
        ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE", 122),
        ("Username", "bob", 0),
        ("ResourceName", "arn:trail", 0),
    ],
)
def test_an_attribute_leaves_what_has_it(shop, name, value, count):
    assert len(found(shop, LookupAttributes=attribute(name, value))) == count


def test_times_are_bounds_that_count(shop):
    since, until = (datetime.fromisoformat(SHOPS[place]["eventTime"]) for place in (9, 4))
    ids = [one["EventId"] for one in found(shop, StartTime=since, EndTime=until)]
    assert ids == [f"id-{number}" for number in range(4, 10)]


def test_every_account_and_region_remembers_its_own(cloud):
    resources = attribute("ResourceName", "arn:trail")
    assert len(found(cloud.client("cloudtrail"), LookupAttributes=resources)) == 1
    assert found(cloud.client("cloudtrail", GLOBAL)) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"LookupAttributes": attribute("EventName", "A") * 2}, "InvalidLookupAttributesException"),
        ({"StartTime": NOW, "EndTime": NOW - timedelta(1)}, "InvalidTimeRangeException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
    ],
)
def test_what_aws_refuses_is_refused(shop, arguments, code):
    with pytest.raises(ClientError) as failed:
        shop.lookup_events(**arguments)
    assert failed.value.response["Error"]["Code"] == code


def test_verification_finds_the_call_that_stopped_a_trail(cloud):
    keys = (cloud.lab.access_key_id, cloud.lab.secret_access_key)
    caller = Caller(Access(region=HOME, endpoint=Endpoint(cloud.lab.endpoint, *keys)))
    history = EventHistory(
        lambda region, since, until, name: cloudtrail.lookup_events(
            caller, region, since, until, EventName=name
        )
    )
    broke = NOW - timedelta(minutes=590)
    stopped = Break(MANAGEMENT, HOME, "organization-trail", HOME, broke, broke + timedelta(hours=2))
    assert [one.name for one in history([stopped])] == ["StopLogging"]
    assert history.failed == []


@pytest.fixture
def config(directory, tmp_path, monkeypatch):
    """The landing zone's file, and the lab where `endpoint: lab` looks for it."""
    monkeypatch.setenv("ATALAYA_LAB_DIR", str(directory))
    file = tmp_path / "zone.yaml"
    file.write_text(yaml.safe_dump(a_zone().model_dump(mode="json")))
    return ["--config", str(file)]


def asked(capsys, *words):
    code = run(["lookup", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_all_accounts_and_regions_of_the_file_are_asked(config, capsys):
    code, out, err = asked(capsys, *config, "--attribute", "EventName=StopLogging",
                           "--format", "json")  # fmt: skip
    assert code == 0
    [row] = json.loads(out)
    assert (row["recipient_account_id"], row["event_name"]) == (MANAGEMENT, "StopLogging")
    assert row["record"] == MANAGEMENTS[0]
    # Six accounts in two regions.
    assert "asked 12 places (account and region)" in err
    assert "1 found, 12 requests" in err


def test_a_leaked_key_is_followed_in_one_account(config, capsys):
    code, out, err = asked(
        capsys, *config, "--account", SHOP, "--region", HOME, "--since", "6h",
        "--attribute", "EventName=DescribeInstances",
        "--attribute", "AccessKeyId=AKIAIOSFODNN7EXAMPLE", "--limit", "7", "--format", "jsonl",
    )  # fmt: skip
    assert code == 0
    assert [json.loads(line)["event_id"] for line in out.splitlines()] == [
        f"id-{number}" for number in range(7)
    ]
    assert "AWS was asked for AccessKeyId=AKIAIOSFODNN7EXAMPLE; EventName=" in err
    assert "there are more: these are the newest 7" in err
    assert "the last 15 minutes" in err


def test_what_an_event_holds_gives_the_terminal_no_orders(config, capsys):
    _, out, _ = asked(capsys, *config, "--account", SHOP, "--attribute", "EventName=Escape")
    assert "Escape" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_pages_are_kept_to_be_collected_and_a_second_call_goes_on(config, capsys, tmp_path):
    words = [*config, "--account", SHOP, "--region", HOME, "--output", str(tmp_path / "found")]
    code, out, _ = asked(capsys, *words, "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert (data["complete"], data["events"]) == (True, 122)
    files = sorted((tmp_path / "found").glob("*.json"))
    texts = [one["CloudTrailEvent"] for file in files
             for one in json.loads(file.read_bytes())["Events"]]  # fmt: skip
    assert {json.loads(text)["eventID"] for text in texts} >= {"id-0", "id-119", "id-twice"}
    code, out, err = asked(capsys, *words, "--format", "json")
    assert json.loads(out)["events"] == 122
    assert json.loads(out)["requests"] == 0
    assert "going on with what lies in" in err


def test_a_place_that_cannot_be_asked_is_named_and_makes_the_answer_incomplete(config, capsys):
    code, out, err = asked(capsys, *config, "--role", "NoSuchRole", "--account", SHOP,
                           "--account", MANAGEMENT, "--region", HOME)  # fmt: skip
    assert code == 3
    assert "StopLogging" not in out
    assert f"not complete: {SHOP} {HOME}: " in err
    assert "NoSuchRole" in err
    assert "check that the role exists, that its trust policy names you" in err


def test_credentials_of_another_account_are_not_taken_for_the_one_asked(
    cloud, config, capsys, tmp_path
):
    data = a_zone().model_dump(mode="json")
    data["organization"]["management_account"] = SHOP
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(data))
    code, _, err = asked(capsys, "--config", str(file), "--account", SHOP, "--region", HOME)
    assert code == 3
    assert f"Your credentials are of account {MANAGEMENT}" in err


@pytest.fixture
def own(cloud, monkeypatch):
    """Somebody's own credentials, without a landing zone."""
    for name, value in {
        "AWS_ENDPOINT_URL": cloud.lab.endpoint, "AWS_DEFAULT_REGION": HOME,
        "AWS_ACCESS_KEY_ID": cloud.lab.access_key_id,
        "AWS_SECRET_ACCESS_KEY": cloud.lab.secret_access_key,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def test_without_a_file_your_own_account_is_asked_in_your_own_region(own, capsys):
    code, out, err = asked(capsys, "--format", "json")
    assert code == 0
    assert [one["event_name"] for one in json.loads(out)] == ["StopLogging"]
    assert "asked 1 places" in err


def test_without_a_file_another_account_needs_a_role(own, capsys):
    code, _, err = asked(capsys, "--account", SHOP)
    assert code == 2
    assert "--role" in err
    code, out, _ = asked(capsys, "--account", SHOP, "--role", "Deployer", "--limit", "1",
                         "--format", "json")  # fmt: skip
    assert code == 0
    assert [one["event_id"] for one in json.loads(out)] == ["id-0"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "91d"], "reaches back 90 days"),
        (["--attribute", "Colour=red"], "no"),
        (["--limit", "1", "--output", "x"], "do not go together"),
        (["--account", "999999999999"], "is not in"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(config, capsys, words, said):
    code, out, err = asked(capsys, *config, *words)
    assert (code, out) == (2, "")
    assert said in err
