"""The attack: every step documented, told, findable, and connected to the next."""

import json
import re

import pytest

from ops.lab.history import STEPS, Story
from ops.lab.history.attack import ADDRESSES, FOREIGN_ACCOUNT
from tests.conftest import ROOT
from tests.lab_history.checking import Archive
from tests.lab_history.conftest import a_plan


@pytest.fixture(scope="module")
def story():
    return Story(a_plan())


@pytest.fixture(scope="module")
def delivered(intact):
    archive = Archive(intact)
    return {one["eventID"]: one for family in ("CloudTrail", "CloudTrail-Insight")
            for one in archive.records(family)}  # fmt: skip


def test_every_record_of_the_story_is_delivered(story, delivered):
    assert [one for one in story.planted if one.event_id not in delivered] == []
    for one in story.planted:
        assert json.loads(one.text) == delivered[one.event_id]


def test_every_step_is_told_and_no_other(story):
    assert list(dict.fromkeys(one.step for one in story.planted)) == [step.name for step in STEPS]
    assert [row["step"] for row in story.timeline()] == [step.name for step in STEPS]


def test_techniques_and_runbooks_are_of_their_catalogues():
    for step in STEPS:
        assert step.technique == "" or re.fullmatch(r"T\d{4}(\.\d{3})?", step.technique)
        assert step.runbooks
        assert all(1 <= one <= 50 for one in step.runbooks)


def test_the_leaked_key_is_in_ordinary_use_and_comes_from_nowhere_else_before(story, delivered):
    uses = [one for one in delivered.values()
            if one.get("userIdentity", {}).get("accessKeyId") == story.facts.leaked_key]  # fmt: skip
    ours = {one.event_id for one in story.planted}
    before = {one["sourceIPAddress"] for one in uses if one["eventID"] not in ours}
    after = {one["sourceIPAddress"] for one in uses if one["eventID"] in ours}
    assert len(uses) > len(ours & {one["eventID"] for one in uses}) > 30
    assert after == {ADDRESSES[0]}
    assert not before & set(ADDRESSES)


def test_the_chain_of_keys_leads_from_the_leak_to_the_exfiltration(story):
    def answers(step, name):
        return [json.loads(one.text) for one in story.step(step) if one.name == name]

    facts = story.facts
    created = answers("persistence", "CreateAccessKey")[0]
    assert created["userIdentity"]["accessKeyId"] == facts.leaked_key
    assert created["responseElements"]["accessKey"]["accessKeyId"] == facts.backdoor_key
    hops = answers("hop", "AssumeRole")
    assert hops[0]["sharedEventID"] == hops[1]["sharedEventID"]
    assert facts.backdoor_key in {one["userIdentity"].get("accessKeyId") for one in hops}
    last = next(one for one in hops if "sharedEventID" not in one)
    assert last["userIdentity"]["accessKeyId"] == facts.session_keys[0]
    assert last["responseElements"]["credentials"]["accessKeyId"] == facts.session_keys[1]
    stolen = answers("exfiltration", "GetObject")
    assert {one["userIdentity"]["accessKeyId"] for one in stolen} == {facts.session_keys[1]}
    assert sum(one["additionalEventData"]["bytesTransferredOut"] for one in stolen) > 9e9
    assert {one["recipientAccountId"] for one in stolen} == {facts.second} != {facts.victim}


def test_tampering_with_the_trail_is_tried_and_denied(story):
    tried = [json.loads(one.text) for one in story.step("trail-tampering")]
    assert {"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"} < {
        one["eventName"] for one in tried
    }
    assert {one["errorCode"] for one in tried} == {"AccessDenied"}


def test_strangers_are_named_by_their_account(story):
    text = "".join(one.text for one in story.planted)
    assert f"iam::{FOREIGN_ACCOUNT}:root" in text
    assert FOREIGN_ACCOUNT not in (ROOT / "config" / "lab.yaml").read_text()


@pytest.mark.parametrize("zone", ["minimal", "standalone", "govcloud", "china", "everything"])
def test_every_organisation_can_be_attacked(zone):
    plan = a_plan(zone=zone)
    story = Story(plan)
    assert all(plan.begin <= one.moment < plan.end for one in story.planted)
    assert all(json.loads(one.text)["eventID"] == one.event_id for one in story.planted)
    assert (
        '"arn:aws:' not in "".join(one.text for one in story.planted)
        or plan.zone.partition == "aws"
    )


def test_a_short_history_tells_the_story_faster():
    plan = a_plan(days=0.1)
    story = Story(plan)
    assert all(plan.begin <= one.moment < plan.end for one in story.planted)


def test_no_value_is_left_unfilled(delivered):
    for record in delivered.values():
        assert not re.search(r"<#?[a-z0-9]{2,12}>", json.dumps(record))
