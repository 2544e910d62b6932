"""Findings as OCSF writes them: class 2004, checked against what the schema requires.

Source of the facts: the OCSF schema, version 1.5.0, `events/findings/detection_finding.json`,
`finding.json`, `base_event.json`, and the objects' files.
"""

import json
from datetime import UTC, datetime

import pytest

from ops.detect import ocsf
from ops.rules.rule import Level
from tests.detect.detecting import a_rule, rules_of, scanned, shipped
from tests.query.conftest import of_records
from tests.query.records import event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REQUIRED = {"activity_id", "category_uid", "class_uid", "cloud", "finding_info", "metadata",
            "severity_id", "time", "type_uid"}  # fmt: skip
"""Of the class, and of the profile `cloud`."""
OF_OBJECTS = {
    ("metadata",): {"product", "version"},
    ("metadata", "product"): {"name", "vendor_name"},
    ("finding_info",): {"uid", "title"},
    ("finding_info", "analytic"): {"type_id"},
    ("cloud",): {"provider"},
}
SEVERITIES = {0, 1, 2, 3, 4, 5, 6, 99}
ACTIVITIES, STATUSES = {0, 1, 2, 3, 99}, {0, 1, 2, 3, 4, 5, 6, 99}
EVIDENCE = {"actor", "api", "data", "src_endpoint"}
TACTICS = {f"TA00{nn:02}" for nn in (*range(1, 12), 40, 42, 43)}


def told(tmp_path, *texts, level="high", **more):
    rule = a_rule({"eventSource|cased": "iam.amazonaws.com"}, level=level, **more)
    store = of_records(tmp_path / "store", list(texts))
    return [
        ocsf.event(one, NOW) for one in scanned(store, rules_of(tmp_path / "rules", rule)).findings
    ]


def check(found):
    assert found.keys() >= REQUIRED
    for way, names in OF_OBJECTS.items():
        place = found
        for key in way:
            place = place[key]
        assert names <= place.keys(), way
    assert (found["category_uid"], found["class_uid"]) == (2, 2004)
    assert found["type_uid"] == found["class_uid"] * 100 + found["activity_id"]
    assert found["activity_id"] in ACTIVITIES
    assert found["severity_id"] in SEVERITIES
    assert found["status_id"] in STATUSES
    assert isinstance(found["time"], int)
    assert "cloud" in found["metadata"]["profiles"]
    for one in found["evidences"]:
        assert one.keys() & EVIDENCE
        assert "operation" in one.get("api", {"operation"})
    for one in found["finding_info"].get("attacks", []):
        assert one.keys() & {"tactic", "technique", "sub_technique"}
        assert one.get("tactic", {"uid": "TA0001"})["uid"] in TACTICS
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("level", [str(one) for one in Level])
def test_every_level_gives_an_event_with_all_that_the_schema_requires(tmp_path, level):
    [found] = told(tmp_path, event("CreateUser", errorCode="AccessDenied"), level=level)
    check(found)
    assert found["severity"].lower() == level
    assert found["severity_id"] == list(Level).index(Level(level)) + 1


def test_an_event_that_says_next_to_nothing_is_told_all_the_same(tmp_path):
    nothing = {"userIdentity": {}, "sourceIPAddress": None, "eventName": None, "awsRegion": None,
               "eventID": None, "eventTime": None}  # fmt: skip
    [found] = told(tmp_path, event("X", **nothing))
    check(found)
    assert "start_time" not in found
    assert "src_endpoint" not in found["evidences"][0]


def test_times_are_milliseconds_and_the_events_own_are_told_apart(tmp_path):
    [found] = told(tmp_path, event("CreateUser", at="2026-11-20T10:00:00Z"))
    assert found["time"] == NOW.timestamp() * 1000
    assert found["time"] - found["start_time"] == 2 * 3600 * 1000
    assert found["finding_info"]["first_seen_time"] == found["start_time"]


def test_the_caller_is_an_address_or_a_service(tmp_path):
    texts = [
        event("A"),
        event("B", sourceIPAddress="support.amazonaws.com", at="2026-11-20T10:00:01Z"),
    ]
    first, second = told(tmp_path, *texts)
    assert first["evidences"][0]["src_endpoint"] == {"ip": "203.0.113.9"}
    assert second["evidences"][0]["src_endpoint"] == {"svc_name": "support.amazonaws.com"}


def test_a_technique_stands_with_its_tactic_if_there_is_but_one(tmp_path):
    tags = ["attack.defense-evasion", "attack.t1562.008"]
    [found] = told(tmp_path, event("A"), tags=tags)
    [attack] = found["finding_info"]["attacks"]
    assert attack["tactic"] == {"uid": "TA0005", "name": "Defense Evasion"}
    assert (attack["technique"], attack["sub_technique"]) == (
        {"uid": "T1562"},
        {"uid": "T1562.008"},
    )
    [found] = told(tmp_path / "two", event("A"), tags=[*tags, "attack.impact"])
    assert [one.keys() - {"version"} for one in found["finding_info"]["attacks"]] == [
        {"technique", "sub_technique"}, {"tactic"}, {"tactic"},
    ]  # fmt: skip


def test_every_tactic_that_shipped_rules_name_has_its_number():
    named = {tactic for rule in shipped() for tactic in rule.said.tactics}
    assert named <= ocsf.TACTICS.keys()
