"""The reactions: their compiled patterns see what the patterns written by hand saw, no less or more."""

import json
from pathlib import Path

import pytest

from ops.rules import catalogue, eventbridge, examples
from ops.rules.eventbridge import delivery
from ops.rules.predicate import And, Exists, Flag, Leaf, Not, Op, Or, Text

GOLDEN = json.loads(
    (Path(__file__).parent / "golden" / "reactions.json").read_text(encoding="utf-8")
)
SHIPPED = catalogue.shipped(examples.LISTS)
RECORDS = [
    record
    for file in sorted(catalogue.SHIPPED.glob("*.yml"))
    for one in examples.beside(file)
    for record in one.records
]


def asked(field, *values, op=Op.EQUALS, cased=True):
    return Or(tuple(Leaf(tuple(field.split(".")), Text(op, one, cased)) for one in values))


def test_the_profile_of_tampering_holds_every_reaction_and_each_says_where_it_stands():
    found = {one.said.name: one.said for one in SHIPPED.of_profile("tamper")}
    assert set(found) == set(GOLDEN)
    for name, known in GOLDEN.items():
        assert found[name].title == known["title"]
        assert [str(one) for one in found[name].vantages] == known["vantages"]


@pytest.mark.parametrize("name", GOLDEN)
def test_a_compiled_reaction_sees_what_the_pattern_by_hand_sees(name):
    by_hand = eventbridge.read(GOLDEN[name]["pattern"])
    compiled = eventbridge.read(eventbridge.compiled(SHIPPED.found(name).predicate))
    detail = GOLDEN[name]["pattern"]["detail"]
    own = [
        {"eventSource": detail.get("eventSource", ["signin.amazonaws.com"])[0], "eventName": event,
         "eventType": "AwsApiCall" if "eventSource" in detail else "AwsConsoleSignIn",
         "userIdentity": {"type": user}, "requestParameters": {"bucketName": bucket}}
        for event in (*detail["eventName"], "ListTags")
        for user in ("Root", "IAMUser") for bucket in ("example-archive-logs", "another")
    ]  # fmt: skip
    seen = 0
    for record in (*RECORDS, *own):
        event = eventbridge.enveloped(record)
        expected = eventbridge.matches(by_hand, event)
        assert eventbridge.matches(compiled, event) == expected, record
        seen += expected
    assert 0 < seen < len(RECORDS)


READS = [
    # Each row: what is asked, whether the rule needs calls that only read.
    (asked("eventName", "StopLogging"), False),
    (asked("eventName", "StopLogging", "GetTrailStatus"), True),
    (asked("eventName", "Describe", op=Op.PREFIX), True),
    (asked("eventName", "De", op=Op.PREFIX), True),
    (asked("eventName", "Delete", op=Op.PREFIX), False),
    (asked("eventName", "Trail", op=Op.SUFFIX), True),
    (asked("eventName", "AssumeRole"), True),
    (asked("eventName", "GetSessionToken", "GetFederationToken"), False),
    (asked("eventName", "stoplogging", cased=False), True),
    (asked("eventSource", "cloudtrail.amazonaws.com"), True),
    (asked("userIdentity.type", "Root"), True),
    (And((asked("userIdentity.type", "Root"), asked("eventName", "ConsoleLogin"))), False),
    (Not(asked("eventName", "StopLogging")), True),
    (Leaf(("readOnly",), Flag(False)), False),
    (Leaf(("readOnly",), Flag(True)), True),
    (Leaf(("errorCode",), Exists()), True),
    (And((asked("eventCategory", "Data"), asked("eventName", "GetObject"))), False),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "expected"), READS)
def test_a_rule_needs_calls_that_only_read_if_it_may_look_for_one(tree, expected):
    assert delivery.reads(tree) == expected
