"""The rules this project ships: each says all it must, and every target of it agrees."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.detect.columns import COLUMNS
from ops.detect.trial import Bench
from ops.errors import Refusal, RuleError
from ops.query import dialect, rendering, runbook, tables
from ops.query.catalog import VIEWS
from ops.query.window import Window
from ops.rules import catalogue, examples
from ops.rules.model import Dialect
from ops.rules.rule import Correlation, Target
from ops.rules.sigma import fields
from ops.rules.targets import Renderer, leaves
from ops.rules.trial import tried
from tests.conftest import ROOT

CATALOGUE = catalogue.shipped(examples.LISTS)
RENDERER = Renderer(COLUMNS)
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
EXAMPLES = {one.said.file: examples.beside(catalogue.SHIPPED / one.said.file)
            for one in CATALOGUE.rules}  # fmt: skip
TACTICS = {
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence",
    "privilege-escalation", "defense-evasion", "credential-access", "discovery",
    "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
}  # fmt: skip
TECHNIQUE = re.compile(r"t[0-9]{4}(\.[0-9]{3})?")


@pytest.fixture(scope="module")
def bench():
    with Bench(CATALOGUE.rules, EXAMPLES) as one:
        yield one


@pytest.fixture(params=CATALOGUE.rules, ids=lambda one: one.said.name)
def rule(request):
    return request.param


def single(rule):
    return rule.rules if isinstance(rule, Correlation) else (rule,)


def test_there_are_rules_and_each_has_one_file_and_one_id():
    assert len(CATALOGUE.rules) >= 40
    stems = {path.stem for path in catalogue.SHIPPED.glob("*.yml")}
    assert {one.said.name for one in CATALOGUE.rules} == stems
    assert {path.name for path in catalogue.SHIPPED.iterdir()} == {
        f"{stem}{suffix}" for stem in stems for suffix in (".yml", examples.SUFFIX)
    }


def test_beside_the_controls_rules_enough_find_what_no_other_rule_finds():
    """The rest look closer at what a broad rule sees, too, and are worse news or lead elsewhere."""
    plain = [one for one in CATALOGUE.rules if not isinstance(one, Correlation)]
    assert len([one for one in plain if one.said.prescribed]) == 15
    alone = [
        one.said.name
        for one in plain
        if not one.said.prescribed
        and any(
            [each for each in plain if each.predicate.holds(example.records[0])] == [one]
            for example in EXAMPLES[one.said.file]
        )
    ]
    assert len(alone) >= 25


def test_every_target_of_a_rule_finds_what_its_events_say(rule, bench):
    trial = tried(rule, EXAMPLES[rule.said.file], RENDERER, bench.lines, strict=True)
    assert [(one.target, fault) for one in trial.results for fault in one.faults] == []
    assert trial.passed


def test_a_rule_has_events_enough_and_a_near_miss(rule):
    found = EXAMPLES[rule.said.file]
    assert sum(one.expected for one in found) >= 2
    assert sum(not one.expected for one in found) >= 2
    assert any(one.near and not one.expected for one in found)


def test_a_rule_leads_to_runbooks_that_exist_and_takes_their_parameters_from_the_record(rule):
    for one in rule.said.next:
        book = runbook.found(one.runbook)
        assert {*one.params} <= {parameter.name for parameter in book.params}
        assert {parameter.name for parameter in book.params if parameter.required} <= {*one.params}
        for path in one.params.values():
            assert not fields.many(fields.path(path))


def test_a_rules_tags_are_tactics_and_techniques(rule):
    for tag in rule.said.tags:
        word = tag.removeprefix("attack.")
        assert word in TACTICS or TECHNIQUE.fullmatch(word), tag
    assert rule.said.tactics


def test_what_leads_through_a_list_in_an_event_is_known_to(rule):
    paths = {leaf.path for one in single(rule) for leaf in leaves(one.predicate)}
    for example in EXAMPLES[rule.said.file]:
        for record in example.records:
            assert not [
                path for path in paths if through_list(record, path) and not fields.many(path)
            ]


def through_list(found, path):
    for key in path:
        if not isinstance(found, dict):
            break
        found = found.get(key)
    return isinstance(found, list)


def test_athena_is_asked_what_duckdb_is(rule):
    tree = dialect.parsed(RENDERER.text(rule, Target.ATHENA), source=rule.said.file, views=VIEWS)
    window = Window(BEGIN, BEGIN + timedelta(days=1))
    assert rendering.athena(tree, tables.Collected("d", "t"), window, {}, {}).text


def test_only_controls_that_a_scanner_knows_have_its_text(rule):
    assert not rule.said.prescribed or rule.said.cis
    for target in Dialect:
        try:
            text = RENDERER.text(rule, Target(target))
        except Refusal:
            text = None
        assert text == rule.said.prescribed.get(target)


COUNTED = """\
title: What is counted
id: 0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0002
name: a-test-one
logsource: {product: aws, service: cloudtrail}
level: low
detection: {s: {eventName|cased: B}, condition: s}
---
title: A test
"""
LINTED = [
    ("name: a-test", "name: other", "must be the file's, a-test"),
    ("level: low", "level: low\nx: 1", "x: no such key"),
    ("|cased: A", ": A", "eventName must be |cased"),
    ("description: It means.", "", "description: is required"),
    ("id: 0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0001\n", "", "id: is required"),
    ("next: [{runbook: root-activity}]", "profiles: [a]", "at least one runbook"),
    (
        "title: A test\n",
        COUNTED.replace("a-test-one", "b-test-one"),
        "that are counted are named a-test-…",
    ),
    (
        "title: A test\n",
        COUNTED.replace("id: 0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0002\n", ""),
        "id: is required",
    ),
    ("title: A test\n", COUNTED.replace("|cased", ""), "eventName must be |cased"),
]
RIGHT = """\
title: A test
id: 0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0001
name: a-test
logsource: {product: aws, service: cloudtrail}
level: low
status: test
description: It means.
references: [https://example.com]
date: 2026-11-26
tags: [attack.impact]
falsepositives: [None]
detection:
  s: {eventName|cased: A}
  condition: s
atalaya:
  next: [{runbook: root-activity}]
"""


@pytest.mark.parametrize(
    ("before", "after", "words"), [*LINTED, ("", "", ""), ("title: A test\n", COUNTED, "")]
)
def test_a_rule_of_ours_that_says_too_little_is_an_error(
    tmp_path, monkeypatch, before, after, words
):
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path)
    (tmp_path / "a-test.yml").write_text(RIGHT.replace(before, after, 1))
    if not words:
        assert "a-test" in {one.said.name for one in catalogue.shipped().rules}
        return
    with pytest.raises(RuleError) as caught:
        catalogue.shipped()
    assert words in str(caught.value)


def test_the_rules_are_read_in_the_time_a_command_may_take():
    """Of a process's own time, which a busy machine does not stretch."""
    code = (
        "import time; b = time.process_time()\n"
        "from ops.rules import catalogue; found = catalogue.shipped()\n"
        "import json; print(json.dumps([len(found.rules), time.process_time() - b]))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    count, seconds = json.loads(run.stdout)
    assert seconds < 0.6 * max(1, count / 60)


def test_the_rules_are_no_part_of_a_start():
    run = subprocess.run([sys.executable, "-X", "importtime", "-m", "ops", "rules", "--help"],
                         cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    assert "sigma" not in run.stderr


def test_the_events_stand_beside_the_rules():
    assert examples.beside(Path("/nowhere/x.yml")) == ()
