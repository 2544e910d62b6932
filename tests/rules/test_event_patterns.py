"""Event patterns of EventBridge: every example AWS gives and every operator.

Each row names its source: a page of the EventBridge User Guide, `event-ruler` (the matcher
that AWS published), or `assumption` where both are silent.
"""

import json

import pytest

from ops.errors import PatternError
from ops.rules import eventbridge
from ops.rules.eventbridge.parser import LONGEST

OPERATORS = "eb-create-pattern-operators"
ARRAYS = "eb-event-patterns-arrays"
NULLS = "eb-event-patterns-null-values"
PATTERNS = "eb-event-patterns"
RULER = "event-ruler"
ASSUMED = "assumption"

EC2 = {
    "version": "0", "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
    "account": "012345679012", "time": "2017-10-02T16:24:49Z", "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {"c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33", "state": "running"},
}  # fmt: skip
LAUNCH = {
    "source": "aws.autoscaling",
    "resources": [],
    "detail": {"eventVersion": "", "responseElements": None},
}
SCALING = {
    "resources": [
        "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:x",
        "arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f",
    ]
}
PEOPLE = {
    "employees": [
        {"firstName": "John", "lastName": "Doe"},
        {"firstName": "Anna", "lastName": "Smith"},
        [{"firstName": "Peter", "lastName": "Jones"}],
    ]
}


def field(value):
    return {"x": value}


ROWS = [
    # Each row: source, pattern, event, matches.
    (PATTERNS, {"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["running"]}}, EC2, True),
    (PATTERNS, {"source": ["aws.ec2"], "detail": {"state": ["terminated"]}}, EC2, False),
    (OPERATORS, {"Location": ["New York"], "Day": ["Monday"]}, {"Location": "New York", "Day": "Monday"}, True),
    (OPERATORS, {"Location": ["New York"], "Day": ["Monday"]}, {"Location": "New York", "Day": "Friday"}, False),
    (OPERATORS, {"state": [{"anything-but": "initializing"}]}, {"state": "running"}, True),
    (OPERATORS, {"state": [{"anything-but": "initializing"}]}, {"state": "initializing"}, False),
    (OPERATORS, {"state": [{"anything-but": "initializing"}]}, {}, False),
    (OPERATORS, {"detail": {"x-limit": [{"anything-but": 123}]}}, EC2, True),
    (OPERATORS, {"detail": {"x-limit": [{"anything-but": [100, 301.8]}]}}, EC2, False),
    (OPERATORS, {"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}}, EC2, True),
    (OPERATORS, {"detail": {"state": [{"anything-but": ["stopped", "running"]}]}}, EC2, False),
    (OPERATORS, {"Region": [{"anything-but": {"prefix": "us-"}}]}, {"Region": "eu-west-1"}, True),
    (OPERATORS, {"Region": [{"anything-but": {"prefix": "us-"}}]}, {"Region": "us-east-1"}, False),
    (OPERATORS, {"Region": [{"anything-but": {"prefix": ["us-", "eu-"]}}]}, {"Region": "eu-west-1"}, False),
    (OPERATORS, {"FileName": [{"anything-but": {"suffix": ".png"}}]}, {"FileName": "a.txt"}, True),
    (OPERATORS, {"FileName": [{"anything-but": {"suffix": ".png"}}]}, {"FileName": "a.png"}, False),
    (OPERATORS, {"state": [{"anything-but": {"equals-ignore-case": "initializing"}}]}, {"state": "INITIALIZING"}, False),
    (OPERATORS, {"state": [{"anything-but": {"equals-ignore-case": "initializing"}}]}, {"state": "running"}, True),
    (OPERATORS, {"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"FilePath": "/usr/lib/x"}, False),
    (OPERATORS, {"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"FilePath": "/usr/bin/x"}, True),
    (OPERATORS, {"Region": [{"prefix": "us-"}]}, {"Region": "us-east-1"}, True),
    (OPERATORS, {"Region": [{"prefix": "us-"}]}, {"Region": "US-east-1"}, False),
    (OPERATORS, {"service": [{"prefix": {"equals-ignore-case": "eventb"}}]}, {"service": "EventBridge"}, True),
    (OPERATORS, {"LastName": [""]}, {"LastName": ""}, True),
    (OPERATORS, {"Name": ["Alice"]}, {"Name": "Alice"}, True),
    (OPERATORS, {"Name": ["Alice"]}, {"Name": "alice"}, False),
    (OPERATORS, {"Name": [{"equals-ignore-case": "alice"}]}, {"Name": "ALICE"}, True),
    (OPERATORS, {"FileName": [{"suffix": ".png"}]}, {"FileName": "a.png"}, True),
    (OPERATORS, {"FileName": [{"suffix": ".png"}]}, {"FileName": "a.PNG"}, False),
    (OPERATORS, {"service": [{"suffix": {"equals-ignore-case": "tbridge"}}]}, {"service": "EVENTBRIDGE"}, True),
    (OPERATORS, {"ProductName": [{"exists": True}]}, {"ProductName": "x"}, True),
    (OPERATORS, {"ProductName": [{"exists": False}]}, {}, True),
    (OPERATORS, {"ProductName": [{"exists": False}]}, {"ProductName": "x"}, False),
    (OPERATORS, {"Weather": ["Rain", "Snow"]}, {"Weather": "Snow"}, True),
    (OPERATORS, {"UserID": [None]}, {"UserID": None}, True),
    (OPERATORS, {"UserID": [None]}, {}, False),
    (OPERATORS, {"Price": [{"numeric": ["=", 100]}]}, {"Price": 100.0}, True),
    (OPERATORS, {"Price": [{"numeric": [">", 10, "<=", 20]}]}, {"Price": 10}, False),
    (OPERATORS, {"Price": [{"numeric": [">", 10, "<=", 20]}]}, {"Price": 20}, True),
    (OPERATORS, {"Price": [{"numeric": [">", 10]}]}, {"Price": "20"}, False),
    (OPERATORS, {"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"numeric": ["=", 3.018e2]}]}}, EC2, True),
    (OPERATORS, {"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}, EC2, True),
    (OPERATORS, {"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}, EC2, False),
    (OPERATORS, {"x": [{"cidr": "2001:db8::/32"}]}, field("2001:db8::7"), True),
    (OPERATORS, {"x": [{"cidr": "0.0.0.0/0"}]}, field("ec2.amazonaws.com"), False),
    (OPERATORS, {"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}, {"EventBusArn": "arn:aws:events:us-east-1:1:event-bus/b"}, True),
    (OPERATORS, {"x": [{"wildcard": "a\\*b"}]}, field("a*b"), True),
    (OPERATORS, {"x": [{"wildcard": "a\\*b"}]}, field("axb"), False),
    (OPERATORS, {"x": [{"wildcard": "a\\\\*"}]}, field("a\\b"), True),
    (OPERATORS, {"$or": [{"c": [1]}, {"d": [{"numeric": ["<", 10]}]}]}, {"d": 3}, True),
    (OPERATORS, {"$or": [{"c": [1]}, {"d": [{"numeric": ["<", 10]}]}]}, {"d": 30}, False),
    (RULER, {"source": ["aws.cloudwatch"], "$or": [{"m": ["CPU"]}, {"t": ["T"], "n": ["N"]}]}, {"source": "aws.cloudwatch", "t": "T"}, False),
    (RULER, {"source": ["aws.cloudwatch"], "$or": [{"m": ["CPU"]}, {"t": ["T"], "n": ["N"]}]}, {"source": "aws.cloudwatch", "t": "T", "n": "N"}, True),
    (RULER, {"$or": [{"a": [1]}, {"b": [1]}], "detail": {"$or": [{"a": [2]}, {"b": [2]}]}}, {"b": 1, "detail": {"a": 2}}, True),
    (RULER, {"$or": [{"a": [1]}, {"b": [1]}], "detail": {"$or": [{"a": [2]}, {"b": [2]}]}}, {"b": 1, "detail": {"a": 1}}, False),
    (ARRAYS, {"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f", "arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}, SCALING, True),
    (ARRAYS, {"resources": ["arn:other"]}, SCALING, False),
    (NULLS, {"detail": {"eventVersion": [""]}}, LAUNCH, True),
    (NULLS, {"detail": {"responseElements": [None]}}, LAUNCH, True),
    (NULLS, {"detail": {"responseElements": [""]}}, LAUNCH, False),
    (NULLS, {"detail": {"eventVersion": [None]}}, LAUNCH, False),
    (RULER, {"employees": {"firstName": ["Anna"]}}, PEOPLE, True),
    (RULER, {"employees": {"firstName": ["Peter"]}}, PEOPLE, True),
    (RULER, {"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}}, PEOPLE, False),
    (RULER, {"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}, PEOPLE, True),
    (RULER, {"x": [{"anything-but": "a"}]}, field(["a", "b"]), True),
    (RULER, {"x": [{"anything-but": "a"}]}, field(["a"]), False),
    (OPERATORS, {"detail": {"state": [{"exists": False}]}}, {"detail": {"state": {"a": 1}}}, True),  # only leaves exist
    (OPERATORS, {"detail": {"state": [{"exists": True}]}}, {"detail": {"state": {"a": 1}}}, False),
    (PATTERNS, {"x": [300]}, field(300.0), False),
    (PATTERNS, {"x": [True]}, field(1), False),
    (PATTERNS, {"x": [True]}, field(True), True),
    (PATTERNS, {"x": ["true"]}, field(True), False),
    (ASSUMED, {"x": [{"exists": True}]}, field(None), True),
    (ASSUMED, {"x": [{"exists": False}]}, field([]), True),
    (ASSUMED, {"x": [{"exists": False}, "a"]}, field("a"), True),
    (ASSUMED, {"x": {"y": [{"exists": False}]}}, field("text"), True),
    (ASSUMED, {"x": [{"anything-but": "a"}]}, field(None), True),
    (ASSUMED, {"x": [{"anything-but": {"prefix": "a"}}]}, field(5), True),
]  # fmt: skip


@pytest.mark.parametrize(("source", "pattern", "event", "expected"), ROWS)
def test_a_pattern_matches_what_its_source_says(source, pattern, event, expected):
    tree = eventbridge.parsed(json.dumps(pattern))
    assert eventbridge.matches(tree, event) == expected, source
    verdict = eventbridge.explain(tree, event)
    assert verdict.matches == expected
    assert verdict.reasons


WRONG = [
    ('{"a": ', "this is no JSON"),
    ("[]", "an object with at least one field"),
    ("{}", "an object with at least one field"),
    ('{"a": "b"}', "a: takes a list of values, or an object with fields"),
    ('{"a": []}', "a: takes a list of values"),
    ('{"a": {}}', "a: takes a list of values"),
    ('{"a": [[1]]}', r"a[0]: a list cannot stand in a list"),
    ('{"a": ["b"], "a": ["c"]}', "'a' stands twice"),
    ('{"d": {"a": [{"begins": "b"}]}}', "d.a[0]: there is no operator 'begins'"),
    ('{"a": [{"prefix": "b", "suffix": "c"}]}', "a[0]: an operator is an object with one key"),
    ('{"a": [{"prefix": 1}]}', "a[0].prefix: takes a text, not 1"),
    ('{"a": [{"prefix": {"cased": "b"}}]}', "whose one key is 'equals-ignore-case'"),
    ('{"a": [{"equals-ignore-case": null}]}', "takes a text"),
    ('{"a": [{"wildcard": "a**"}]}', "two * cannot follow each other"),
    ('{"a": [{"wildcard": "a\\\\b"}]}', "a backslash stands before * or another backslash only"),
    ('{"a": [{"numeric": [">"]}]}', "one comparison or two"),
    ('{"a": [{"numeric": ["!=", 5]}]}', "'!=' is none of"),
    ('{"a": [{"numeric": [">", "5"]}]}', 'takes a number, not "5"'),
    ('{"a": [{"numeric": [">", true]}]}', "takes a number, not true"),
    ('{"a": [{"numeric": [">", 6e9]}]}', "lies outside"),
    ('{"a": [{"cidr": "10.0.0.1/8"}]}', "a[0].cidr: '10.0.0.1/8' is no network"),
    ('{"a": [{"exists": "yes"}]}', "takes true or false"),
    ('{"a": [{"anything-but": []}]}', "the list is empty"),
    ('{"a": [{"anything-but": ["b", 5]}]}', 'takes a number, not "b"'),
    ('{"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}', "takes texts, numbers, or one of"),
    ('{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "b"}}}]}', "takes a text"),
    ('{"$or": [{"a": ["b"]}]}', "$or: takes a list of at least two objects"),
    ('{"$or": {"a": ["b"]}}', "$or: takes a list of at least two objects"),
    ('{"a": ["' + "b" * LONGEST + '"]}', "at most 4,096"),
    ("[" * 4000, "lies too deep"),
    ('{"a":' * 60 + '["b"]' + "}" * 60, "deeper than 50"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_eventbridge_would_not_take_is_named_by_its_field(text, words):
    with pytest.raises(PatternError) as caught:
        eventbridge.parsed(text)
    assert words in str(caught.value)


def test_lists_however_deep_are_looked_through():
    deep = "a"
    for _ in range(100_000):
        deep = [deep]
    tree = eventbridge.read({"x": ["a"]})
    assert eventbridge.matches(tree, field(deep))
    [reason] = eventbridge.explain(tree, field(deep)).reasons
    assert reason.because == "x is too deep to show"


def test_broken_json_is_pointed_at():
    with pytest.raises(PatternError) as caught:
        eventbridge.parsed('{"a": [b]}')
    assert caught.value.column == 8


def test_alternatives_multiply_up_to_what_aws_takes():
    def of(*counts):
        return {
            f"f{nth}": {"$or": [{"a": [one]} for one in range(count)]}
            for nth, count in enumerate(counts)
        }

    assert eventbridge.read(of(10, 100)).combinations == 1000
    with pytest.raises(PatternError, match="1,001 combinations"):
        eventbridge.read(of(7, 11, 13))


@pytest.mark.parametrize(
    ("record", "source", "kind"),
    [({"eventSource": "iam.amazonaws.com", "eventType": "AwsApiCall"}, "aws.iam", "AWS API Call via CloudTrail"),
     ({"eventSource": "signin.amazonaws.com", "eventType": "AwsConsoleSignIn"}, "aws.signin", "AWS Console Sign In via CloudTrail"),
     ({"eventSource": "kms.amazonaws.com", "eventType": "AwsServiceEvent"}, "aws.kms", "AWS Service Event via CloudTrail"),
     ({"eventSource": "ec2.amazonaws.com", "eventType": "AwsConsoleAction"}, "aws.ec2", "AWS Console Action via CloudTrail"),
     ({"eventSource": "ec2.amazonaws.com", "eventType": "AwsCloudTrailInsight"}, "aws.ec2", "AWS Insight via CloudTrail")],
)  # fmt: skip
def test_a_record_is_the_detail_of_its_event(record, source, kind):
    event = eventbridge.enveloped(record)
    assert (event["source"], event["detail-type"], event["detail"]) == (source, kind, record)
