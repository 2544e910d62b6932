"""What may be asked, what AWS is asked, and what is compared here."""

from datetime import timedelta

import pytest

from ops.errors import UsageError
from ops.query.lookup.event import read
from ops.query.lookup.question import attributes, period
from tests.query.lookup.world import NOW, entry, question


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ({}, None),
        ({"ReadOnly": "false"}, "ReadOnly"),
        ({"EventSource": "s3.amazonaws.com", "EventName": "PutBucketPolicy"}, "EventName"),
        ({"EventName": "GetObject", "Username": "alice", "ReadOnly": "true"}, "Username"),
        ({"Username": "alice", "AccessKeyId": "AKIA"}, "AccessKeyId"),
        ({"AccessKeyId": "AKIA", "EventId": "e"}, "EventId"),
        ({"ResourceType": "AWS::S3::Bucket", "EventSource": "s3.amazonaws.com"}, "ResourceType"),
    ],
)
def test_aws_is_asked_for_the_attribute_that_leaves_fewest_events(wanted, asked):
    one = question(wanted)
    assert list(one.asked()) == ([asked] if asked else [])
    assert {**one.asked(), **one.compared()} == wanted


def test_the_other_attributes_are_compared_here():
    one = question({"Username": "alice", "EventName": "StopLogging", "ResourceName": "trail"})
    resources = [{"ResourceName": "trail", "ResourceType": "AWS::CloudTrail::Trail"},
                 {"ResourceName": "other"}]  # fmt: skip
    assert list(one.asked()) == ["ResourceName"]
    assert one.fits(read(entry(1, Username="alice", Resources=resources)))
    assert not one.fits(read(entry(2, Username="bob", Resources=resources)))
    assert not one.fits(read(entry(3, Username="alice", name="StartLogging", Resources=resources)))
    assert not one.fits(read(entry(4, name="StopLogging", Resources=resources)))


def test_a_period_holds_its_first_second_and_not_its_last():
    one = question(since=timedelta(minutes=10), until=timedelta(minutes=5))
    assert one.fits(read(entry(1, minutes=10)))
    assert not one.fits(read(entry(2, minutes=10, seconds=1)))
    assert one.fits(read(entry(3, minutes=5)))
    assert not one.fits(read(entry(4, minutes=5, seconds=-1)))


def test_attributes_are_named_in_any_case_and_values_kept_as_they_are():
    found = attributes(["EVENTNAME=ConsoleLogin", "username=a=b", "readonly=TRUE"])
    assert found == {"EventName": "ConsoleLogin", "Username": "a=b", "ReadOnly": "true"}


@pytest.mark.parametrize("text", ["EventName", "EventName=", "=x", "Colour=red", ""])
def test_what_is_no_attribute_is_refused_with_those_there_are(text):
    with pytest.raises(UsageError) as caught:
        attributes([text])
    assert "AccessKeyId" in caught.value.hint


def test_an_attribute_given_twice_is_refused():
    with pytest.raises(UsageError, match="EventName is given twice"):
        attributes(["EventName=A", "eventname=B"])


def test_without_a_period_everything_remembered_is_asked_for_up_to_this_second():
    assert period(None, None, NOW) == (NOW - timedelta(days=90), NOW + timedelta(seconds=1))


def test_ninety_days_typed_a_moment_ago_are_ninety_days():
    since = NOW - timedelta(days=90, seconds=30)
    assert period(since, None, NOW)[0] == NOW - timedelta(days=90)


def test_what_is_older_than_the_history_is_refused_with_its_bound():
    with pytest.raises(
        UsageError, match=r"reaches back 90 days, to 2026-08-24T12:00:00Z"
    ) as caught:
        period(NOW - timedelta(days=91), None, NOW)
    assert "archive" in caught.value.hint


def test_a_period_before_the_history_is_refused():
    with pytest.raises(UsageError, match="is not after"):
        period(None, NOW - timedelta(days=100), NOW)


@pytest.mark.parametrize("text", ["", "null", "[]", "not json"])
def test_an_event_without_a_record_cannot_be_read(text):
    with pytest.raises(ValueError, match=r".*"):
        read({**entry(1), "CloudTrailEvent": text})
