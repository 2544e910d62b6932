"""Directories of rules: whatever stands in a file becomes a rule or a refusal, never a crash."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.detect.columns import COLUMNS
from ops.errors import Refusal, UsageError
from ops.query import dialect, rendering
from ops.query.catalog import VIEWS
from ops.rules import catalogue
from ops.rules.model import Vantage
from ops.rules.rule import Alarm, Count, Difference, Kind, Level, Next, Target
from ops.rules.targets import Renderer
from tests.rules import sigma_files as files
from tests.rules.test_agreement import engine

__all__ = ["engine"]

BASE = files.text(
    "s: {eventName: ConsoleLogin, responseElements.ConsoleLogin: Failure}\ncondition: s"
)
BASE_ID = "0b0f4b2c-3c4e-4c8f-9a52-0f6f0a7e0001"


def correlated(**fields):
    found = {"type": "event_count", "rules": ["a-test"], "timespan": "10m", "condition": {"gte": 5}}
    found |= {name.replace("_", "-"): value for name, value in fields.items()}
    found = {name: value for name, value in found.items() if value is not None}
    return yaml.safe_dump({"title": "Together", "level": "high", "correlation": found})


def test_all_that_is_said_of_a_rule_is_read(tmp_path):
    more = """\
status: stable
description: What it
  means.
references: [https://example.com/a]
date: 2026-11-26
tags: [attack.defense-evasion, attack.t1562.008]
falsepositives: [Tests]
author: somebody
atalaya:
  profiles: [tamper]
  cis: {"5.0": "4.5"}
  securityhub: CloudWatch.5
  prowler: some_check
  prescribed: {securityhub: "{ $.a = 1 }"}
  differences: [{target: securityhub, event: 3, why: It looks elsewhere}]
  refuses: {eventbridge: asked twice}
  vantages: [management-home]
  alarm: {period: 600}
  next: [{runbook: key-activity, params: {key: userIdentity.accessKeyId}}]
"""
    found = files.opened(tmp_path, files.text("s: {a: b}\ncondition: s") + more)
    assert not found.refused
    said = found.found("a-test").said
    assert (said.title, said.level, said.status, said.file) == (
        "A test",
        Level.LOW,
        "stable",
        "a-test.yml",
    )
    assert (said.description, said.date) == ("What it means.", "2026-11-26")
    assert said.tactics == ("defense-evasion",)
    assert said.cis == {"5.0": "4.5"}
    assert said.prescribed == {"securityhub": "{ $.a = 1 }"}
    assert said.differences == (Difference("securityhub", 3, "It looks elsewhere"),)
    assert said.vantages == (Vantage.MANAGEMENT_HOME,)
    assert said.alarm == Alarm(600, 1)
    assert said.next == (Next("key-activity", {"key": "userIdentity.accessKeyId"}),)
    assert found.of_profile("tamper") == found.tagged("attack.t1562.008") == found.rules
    assert found.found(said.id) is found.found("A test")


def test_what_is_not_there_is_said_with_what_is(tmp_path):
    found = files.opened(tmp_path, BASE)
    with pytest.raises(UsageError) as caught:
        found.found("a-tets")
    assert caught.value.hint == "did you mean a-test?"
    with pytest.raises(UsageError, match="no profile"):
        found.of_profile("x")
    with pytest.raises(UsageError, match="does not exist"):
        catalogue.opened(tmp_path / "nowhere")
    (tmp_path / "a-test.yml").unlink()
    with pytest.raises(UsageError, match="holds no rule"):
        catalogue.opened(tmp_path)


def test_only_files_that_mention_a_name_a_profile_or_a_tag_are_read_if_asked():
    every = catalogue.shipped().rules
    found = catalogue.shipped(mentioning=("cis-1.2", "trail-tampering", "attack.t1666")).rules
    wanted = [
        one for one in every
        if one.said.name == "trail-tampering" or "cis-1.2" in one.said.profiles
        or "attack.t1666" in one.said.tags
    ]  # fmt: skip
    assert {one.said.name for one in wanted} <= {one.said.name for one in found}
    assert len(found) < len(every) / 2


WRONG = [
    # Each row: a file's content, words of the reason.
    ("a: [", "a-test.yml: is not YAML as rules are written: line 2, column 1"),
    ("", "is empty"),
    ("- a\n- b\n", "a rule is a mapping"),
    ("5", "a rule is a mapping"),
    (b"\xff\xfe\x00", "is not YAML as rules are written"),
    ("a: &a [1]\nb: *a\n", "line 2, column 4: an alias may stand for a single value only"),
    ("a: !!python/object/apply:os.system [ls]\n", "line 1, column 4: a tag has no place"),
    ("a: &x lol\nb: [" + "*x," * 3 + "]", "either a detection or a correlation"),
    ("[" * 5000, "nested too deeply"),
    ("#" * 1_000_001, "larger than"),
    ("title: a\ntitle: b\n", "line 2, column 1: the key 'title' stands twice"),
    (BASE.replace("level: low", "level: terrible"), "line 5: level: must not be 'terrible' (one of informational, low"),
    (BASE.replace("level: low", "level: [low]"), "level: must not be"),
    (BASE.replace("title: A test", "title: [a]"), "line 1: title: must be a text"),
    (BASE.replace("title: A test\n", ""), "title: is required"),
    (BASE.replace(BASE_ID, "17"), "line 2: id: must be a text"),
    (BASE.replace(BASE_ID, "abc"), "line 2: id: must be a UUID, not 'abc'"),
    (BASE + "status: odd\n", "status: must be one of stable"),
    (BASE + "tags: {a: b}\n", "tags: must be a list of texts"),
    (BASE + "atalaya: []\n", "atalaya: must be a mapping"),
    (BASE + "atalaya: {profile: [a]}\n", "atalaya.profile: no such key (there are alarm"),
    (BASE + "atalaya: {alarm: {period: 0}}\n", "atalaya.alarm.period: must be a whole number above 0"),
    (BASE + "atalaya: {vantages: [moon]}\n", "no such place: 'moon'"),
    (BASE + "atalaya: {cis: {5: 4}}\n", "a number stands in quotes"),
    (BASE + "atalaya: {prescribed: {aws: x}}\n", "atalaya.prescribed.aws: no such target"),
    (BASE + "atalaya: {differences: [{target: cis}]}\n", "event: must be a whole number above 0"),
    (BASE + "correlation: {}\n", "either a detection or a correlation"),
    (files.HEAD + "detection: [a]\n", "detection: must be a mapping of selections"),
    (files.HEAD + "detection: a\n", "detection: must be a mapping of selections"),
    (BASE.replace("product: aws, service: cloudtrail", "product: windows"), "it is about product windows"),
    (BASE.replace("service: cloudtrail", "service: guardduty"), "it is about product aws, service guardduty"),
    (BASE.replace("product: aws, service: cloudtrail", "category: proxy"), "it is about category proxy"),
    (BASE.replace("logsource: {product: aws, service: cloudtrail}\n", ""), "logsource: is required"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG)
def test_a_wrong_file_is_refused_with_place_and_reason(tmp_path, content, words):
    assert words in files.refusal(tmp_path, content)


def test_a_rule_without_service_or_with_keys_of_its_own_is_taken(tmp_path):
    for part in (", service: cloudtrail", "product: aws, "):
        content = BASE.replace(part, "") + "x-mine: {a: [1]}\n"
        assert not files.opened(tmp_path, content).refused


def test_what_stands_twice_in_a_directory_is_taken_once(tmp_path):
    files.opened(tmp_path, BASE)
    found = files.opened(tmp_path, BASE.replace("a-test", "other"), name="b.yml")
    assert [one.said.file for one in found.rules] == ["a-test.yml"]
    [refused] = found.refused
    assert refused.reason == f"b.yml, line 2: id: {BASE_ID} is the id of a rule in a-test.yml, too"


def test_one_bad_file_takes_no_other_with_it(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "c.yaml").write_text(BASE)
    (tmp_path / "notes.txt").write_text("no rule")
    found = files.opened(tmp_path, "a: [", name="b.yml")
    assert [one.said.file for one in found.rules] == ["deep/c.yaml"]
    assert [one.file for one in found.refused] == ["b.yml"]


def test_a_directory_of_more_files_than_anyone_has_rules_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_MOST_FILES", 2)
    for name in ("a.yml", "b.yaml"):
        files.opened(tmp_path, BASE, name=name)
    with pytest.raises(UsageError, match="holds 3 files; at most 2 are read"):
        files.opened(tmp_path, BASE, name="c.yml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    files.opened(tmp_path, BASE)
    (tmp_path / "a-test.yml").chmod(0)
    [refused] = catalogue.opened(tmp_path).refused
    assert refused.reason == "a-test.yml: cannot be read: Permission denied"


def test_a_correlation_counts_rules_of_any_file_by_name_or_id_and_they_count_no_more_alone(
    tmp_path,
):
    files.opened(tmp_path, BASE)
    other = BASE.replace("a-test", "second").replace("0001", "0002")
    both = correlated(
        type="temporal", rules=[BASE_ID, "second"], condition=None, group_by=["sourceIPAddress"]
    )
    found = files.opened(tmp_path, f"{other}---\n{both}", name="both.yml")
    assert not found.refused
    [rule] = found.rules
    assert (rule.said.name, rule.kind, rule.seconds) == ("both", Kind.TEMPORAL, 600)
    assert [one.said.name for one in rule.rules] == ["a-test", "second"]
    assert rule.count == Count(">=", 2)
    assert rule.group_by == (("sourceIPAddress", (("sourceIPAddress",),) * 2),)


def test_a_rule_counts_alone_too_if_the_correlation_says_so(tmp_path):
    found = files.opened(tmp_path, f"{BASE}---\n{correlated(generate=True)}")
    assert len(found.rules) == 2


def test_an_alias_names_a_field_of_each_rule(tmp_path):
    other = BASE.replace("a-test", "second").replace("0001", "0002")
    aliases = {"who": {"a-test": "userIdentity.arn", "second": "requestParameters.userName"}}
    text = correlated(rules=["a-test", "second"], group_by=["who"], aliases=aliases)
    [rule] = files.opened(tmp_path, f"{BASE}---\n{other}---\n{text}").rules
    assert rule.group_by == (("who", (("userIdentity", "arn"), ("requestParameters", "userName"))),)


ALONE = [
    ({"rules": ["nobody"]}, "'nobody' is no rule here that could be counted"),
    ({"rules": []}, "names between 1 and"),
    ({"type": "many"}, "type: must not be 'many'"),
    ({"timespan": "10x"}, "timespan: must be a number and s, m, h, d or w"),
    ({"timespan": "40d"}, "up to 31 days"),
    ({"timespan": 5}, "timespan: must be a text"),
    ({"condition": None}, "condition: is required"),
    ({"condition": {"gte": 1, "lte": 5}}, "must hold one of gte"),
    ({"condition": {"gte": "x"}}, "gte: must be a whole number"),
    ({"condition": "a-test and b"}, "words between rules"),
    ({"condition": {"gte": 1, "field": "a"}}, "value_count, and nothing else"),
    ({"type": "value_count"}, "value_count, and nothing else"),
    ({"type": "value_count", "condition": {"gte": 1, "field": ["a"]}}, "name of one field"),
    ({"type": "temporal", "condition": None}, "needs at least two rules"),
    ({"group-by": ["resources.ARN"]}, "leads through a list"),
    ({"group-by": ["a..b"]}, "is no field of a record"),
    ({"group-by": ["x"], "aliases": {"x": {"other": "a"}}}, "the alias x says nothing of a-test"),
    ({"aliases": {"x": 5}}, "correlation.aliases.x: must be a mapping"),
    ({"of": 5}, "correlation.of: no such key"),
]


@pytest.mark.parametrize(("fields", "words"), ALONE)
def test_a_wrong_correlation_is_refused_with_place_and_reason(tmp_path, fields, words):
    found = files.opened(tmp_path, f"{BASE}---\n{correlated(**fields)}")
    [refused] = found.refused
    assert refused.title == "Together"
    assert words in refused.reason


def test_a_correlation_of_a_refused_rule_is_refused(tmp_path):
    found = files.opened(tmp_path, f"{BASE.replace('eventName', 'a..b')}---\n{correlated()}")
    assert len(found.refused) == 2
    assert not found.rules


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=8)
    | st.sampled_from(["s", "1 of them", "not s", "a*b", "%x%", "(", "10.0.0.0/8", "a-test", "10m"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["s", "condition", "eventName", "a|re", "b|cidr", "|all", "c|exists", "gte", "x|expand"])
        | st.text(max_size=5) | st.integers(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
RULE = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("title", "id", "name", "logsource", "detection", "correlation", "level", "tags", "atalaya"), JUNK))  # fmt: skip
NEARLY = st.builds(
    lambda data, key, junk: {**data, key: junk}, st.just(yaml.safe_load(BASE)),
    st.sampled_from(["detection", "correlation", "title", "id", "logsource", "atalaya", "level"]), JUNK,
)  # fmt: skip


def each_is_judged(folder, content):
    """Every document becomes a rule that renders or is refused by each target, or a refusal."""
    found = files.opened(folder, content)
    for rule in found.rules:
        for text in Renderer(COLUMNS).texts(rule).values():
            assert isinstance(text, str | Refusal)
    for refused in found.refused:
        assert refused.reason.startswith(refused.file)


@settings(max_examples=150, deadline=None)
@given(RULE | NEARLY)
def test_no_structure_crashes(tmp_path_factory, data):
    content = yaml.safe_dump(data, allow_unicode=True)
    each_is_judged(tmp_path_factory.mktemp("junk"), content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BASE) - 1), st.integers(0, 12), st.binary(max_size=6))
def test_no_damage_to_a_file_crashes(tmp_path_factory, place, length, noise):
    content = BASE.encode()[:place] + noise + BASE.encode()[place + length :]
    each_is_judged(tmp_path_factory.mktemp("noise"), content)


@pytest.mark.skipif("SIGMA_DIR" not in os.environ, reason="SIGMA_DIR names no folder of rules")
def test_the_rules_of_sigma_dir_are_queries_that_run_or_refused_with_the_reason(engine):
    found = catalogue.opened(Path(os.environ["SIGMA_DIR"]))
    assert found.rules
    for rule in found.rules:
        texts = Renderer(COLUMNS).texts(rule)
        text = texts[Target.DUCKDB]
        if not isinstance(text, Refusal):
            tree = dialect.parsed(text, source=rule.said.file, views=VIEWS)
            engine.run(rendering.duckdb(tree, {}), limit=None)
        assert all(isinstance(one, str) or one.reason for one in texts.values())
    assert all(one.reason for one in found.refused)
