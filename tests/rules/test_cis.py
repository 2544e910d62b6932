"""The 15 CIS controls: every prescribed text is read, and sees what it is for and no near miss."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from ops.rules import cloudwatch
from ops.rules.cloudwatch import pattern as p
from ops.rules.controls import controls, number

BY_NAME = {rule.said.name: rule.said for rule in controls()}
TEXTS = [(name, dialect) for name, said in BY_NAME.items() for dialect in said.prescribed]
# The texts as they are published; a rule that says another fails at scanners.
GOLDEN = json.loads(
    (Path(__file__).parent / "golden" / "prescribed.json").read_text(encoding="utf-8")
)
SOURCES = {
    "iam-policy-changes": "iam", "cloudtrail-changes": "cloudtrail", "cmk-disable-or-deletion": "kms",
    "s3-bucket-policy-changes": "s3", "config-changes": "config", "security-group-changes": "ec2",
    "nacl-changes": "ec2", "network-gateway-changes": "ec2", "route-table-changes": "ec2",
    "vpc-changes": "ec2", "organizations-changes": "organizations",
}  # fmt: skip
SIGN_IN = {
    "eventName": "ConsoleLogin", "userIdentity": {"type": "IAMUser"},
    "additionalEventData": {"MFAUsed": "No"}, "responseElements": {"ConsoleLogin": "Success"},
}  # fmt: skip
ROOT = {"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}
HANDMADE = [
    # Each row: rule, event, matches.
    ("unauthorized-api-calls", {"errorCode": "Client.UnauthorizedOperation"}, True),
    ("unauthorized-api-calls", {"errorCode": "AccessDenied"}, True),
    ("unauthorized-api-calls", {"errorCode": "AccessDeniedException"}, True),
    ("unauthorized-api-calls", {"errorCode": "Client.UnauthorizedOperation.Extra"}, False),
    ("unauthorized-api-calls", {"errorCode": "S3AccessDenied"}, False),
    ("unauthorized-api-calls", {"errorCode": None}, False),
    ("unauthorized-api-calls", {}, False),
    ("sign-in-without-mfa", SIGN_IN, True),
    ("sign-in-without-mfa", SIGN_IN | {"additionalEventData": {"MFAUsed": "Yes"}}, False),
    ("sign-in-without-mfa", SIGN_IN | {"responseElements": {"ConsoleLogin": "Failure"}}, False),
    ("sign-in-without-mfa", SIGN_IN | {"userIdentity": {"type": "AssumedRole"}}, False),
    ("root-usage", ROOT, True),
    ("root-usage", ROOT | {"userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}}, False),
    ("root-usage", ROOT | {"eventType": "AwsServiceEvent"}, False),
    ("root-usage", ROOT | {"userIdentity": {"type": "IAMUser", "userName": "Root"}}, False),
    ("authentication-failures", {"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"}, True),
    ("authentication-failures", {"eventName": "ConsoleLogin", "errorMessage": "No username found in supplied account"}, False),
    ("authentication-failures", {"eventName": "GetCallerIdentity", "errorMessage": "Failed authentication"}, False),
]  # fmt: skip


def read(name, dialect):
    return cloudwatch.parsed(BY_NAME[name].prescribed[dialect])


def named_events(tree):
    """Return the event names a pattern asks for."""
    if isinstance(tree, p.All | p.Any):
        return [name for one in tree.parts for name in named_events(one)]
    return [tree.value.text] if str(tree.selector) == "$.eventName" else []


def test_every_control_says_what_is_published_for_it_to_the_letter():
    assert [number(rule) for rule in controls()] == [*range(1, 16)]
    assert list(BY_NAME) == list(GOLDEN)
    for name, published in GOLDEN.items():
        said = asdict(BY_NAME[name])
        assert {key: said[key] for key in published} == published


@pytest.mark.parametrize(("name", "dialect"), TEXTS)
def test_a_prescribed_text_is_read_and_means_the_same_when_written_again(name, dialect):
    tree = read(name, dialect)
    assert cloudwatch.parsed(cloudwatch.written(tree)) == tree


@pytest.mark.parametrize(("name", "dialect"), [one for one in TEXTS if one[0] in SOURCES])
def test_each_listed_call_of_the_service_is_seen_and_near_misses_are_not(name, dialect):
    tree, source = read(name, dialect), f"{SOURCES[name]}.amazonaws.com"
    names = named_events(tree)
    assert len(names) >= 2
    for one in names:
        event = {"eventSource": source, "eventName": one}
        assert cloudwatch.matches(tree, event)
        for near in (f"{one}2", one.lower(), f"Describe{one}", one[:-1]):
            assert not cloudwatch.matches(tree, event | {"eventName": near}), near
    asks_source = "$.eventSource" in BY_NAME[name].prescribed[dialect]
    elsewhere = {"eventSource": "elsewhere.amazonaws.com", "eventName": names[0]}
    assert cloudwatch.matches(tree, elsewhere) != asks_source


@pytest.mark.parametrize(("name", "event", "expected"), HANDMADE)
def test_the_other_controls_see_what_they_are_for(name, event, expected):
    for dialect in BY_NAME[name].prescribed:
        tree = read(name, dialect)
        assert cloudwatch.matches(tree, event) == expected
        assert cloudwatch.matches(tree, event, absent_differs=True) == expected


def test_every_control_is_tried_on_events():
    assert {name for name, *_ in HANDMADE} | set(SOURCES) == set(BY_NAME)
    for name in BY_NAME:
        tried = {expected for rule, _, expected in HANDMADE if rule == name}
        assert tried == {True, False} or name in SOURCES


@pytest.mark.parametrize(
    ("name", "event"),
    [("sign-in-without-mfa", SIGN_IN | {"additionalEventData": {}}),
     ("sign-in-without-mfa", SIGN_IN | {"additionalEventData": None}),
     ("root-usage", {"userIdentity": {"type": "Root"}})],
)  # fmt: skip
def test_where_a_prescribed_text_depends_on_what_aws_does_not_say_is_known(name, event):
    """`!=` on an absent field: whether these are seen is known from TestMetricFilter alone."""
    for dialect in BY_NAME[name].prescribed:
        tree = read(name, dialect)
        assert not cloudwatch.matches(tree, event, absent_differs=False)
        assert cloudwatch.matches(tree, event, absent_differs=True)
