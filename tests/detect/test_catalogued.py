"""Sigma rules are replayed as they would be deployed, or refused with the reason."""

import json

import pytest

from ops import cli
from ops.detect.backtest import catalogued
from ops.detect.backtest.alarm import Alarm
from ops.detect.backtest.pattern import Kind
from ops.rules import catalogue
from tests.query.records import event

HEAD = """title: {title}
id: {id}
logsource: {{product: aws, service: cloudtrail}}
level: high
detection:
"""
STOPPED = """  selection:
    eventSource|cased: cloudtrail.amazonaws.com
    eventName|cased: [StopLogging, DeleteTrail]
  failed: {errorCode|exists: true}
  condition: selection and not failed
"""
ANY_CASE = """  selection: {eventName: StopLogging}
  condition: selection
"""


@pytest.fixture
def rules(tmp_path):
    """Write rules, and return what a directory of them would be deployed as."""

    def read(**texts):
        for nth, (name, text) in enumerate(texts.items()):
            head = HEAD.format(title=f"A title of {name}", id=f"00000000-0000-4000-8000-{nth:012d}")
            (tmp_path / f"{name}.yml").write_text(head + text)
        found = catalogue.opened(tmp_path)
        return catalogued.deployed(found.rules, found.refused)

    return read


def test_a_rule_becomes_a_filter_with_the_usual_alarm(rules, replay):
    found = rules(stopped=STOPPED)
    [subject] = found.subjects
    assert (subject.kind, found.unread) == (Kind.FILTER, ())
    assert subject.alarms == (Alarm(name=subject.name),)
    texts = [event("StopLogging", "cloudtrail"), event("StopLogging", "cloudtrail", errorCode="AccessDenied"),
             event("StopLogging", "logs")]  # fmt: skip
    assert replay(subject, *texts).tally.count.hits == 1


def test_a_rules_own_alarm_is_the_one_that_rings(rules):
    own = "atalaya:\n  alarm: {period: 600, threshold: 5}\n"
    [subject] = rules(stopped=STOPPED + own).subjects
    assert subject.alarms == (Alarm(period=600, threshold=5, name=subject.name),)


def test_a_rule_that_a_filter_cannot_say_is_refused_with_the_reason(rules):
    found = rules(stopped=STOPPED, lax=ANY_CASE)
    assert len(found.subjects) == 1
    [refused] = found.unread
    assert "tells upper from lower case" in refused.reason


def test_a_file_that_is_no_rule_is_refused_and_the_others_are_replayed(rules):
    found = rules(stopped=STOPPED, broken="  condition: [\n")
    assert (len(found.subjects), len(found.unread)) == (1, 1)


def test_the_command_takes_a_directory_of_rules(rules, ask, tmp_path, capsys):
    rules(stopped=STOPPED, lax=ANY_CASE)
    store = ask([event("StopLogging", "cloudtrail")]).root
    words = ("backtest", "--store", str(store), "--sigma", str(tmp_path), "--format", "json")
    assert cli.run(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["hits"] for one in told["subjects"]] == [1]
    assert len(told["unread"]) == 1


def test_nothing_that_can_be_replayed_is_a_wrong_question(rules, ask, tmp_path, capsys):
    rules(lax=ANY_CASE)
    store = ask([event("StopLogging", "cloudtrail")]).root
    assert cli.run(("backtest", "--store", str(store), "--sigma", str(tmp_path / "lax.yml"))) == 2
    assert "tells upper from lower case" in capsys.readouterr().err


def test_every_rule_of_ours_that_a_filter_can_say_is_replayed_and_reactions_as_event_rules():
    found = catalogue.shipped({"archive_buckets": ["archive"]})
    deployed = catalogued.deployed(found.rules)
    kinds = {(one.name, one.kind) for one in deployed.subjects}
    assert {("unauthorized-api-calls", Kind.FILTER), ("trail-tampering", Kind.RULE)} <= kinds
    reacting = {one.said.name for one in found.rules if one.said.vantages}
    assert {name for name, kind in kinds if kind is Kind.RULE} == reacting
    prescribed = {text for one in found.rules for text in one.said.prescribed.values()}
    assert prescribed <= {each.text for one in deployed.subjects for each in one.patterns}
    refused = {one.name for one in deployed.unread}
    assert {one.said.name for one in found.rules} == {name for name, _ in kinds} | refused
