"""`ops rules list`, `show`, `render` and `test` as people and machines call them."""

import json

import pytest
import sqlglot

from ops import cli
from tests.query.records import event
from tests.rules import sigma_files as files

DELETED = files.text("s: {eventName|cased: [DeleteTrail, StopLogging]}\nf: {errorCode|exists: true}\ncondition: s and not f") + """\
description: Nobody sees what comes next.
falsepositives: [Moving house]
tags: [attack.defense-evasion, attack.t1562.008]
atalaya:
  profiles: [tamper]
  prescribed: {securityhub: "{ $.eventName = DeleteTrail }"}
  differences: [{target: securityhub, event: 2, why: It looks at one call}, {target: securityhub, event: 3, why: It counts what failed}]
  next: [{runbook: trail-tampering, params: {}}]
"""  # fmt: skip
EVENTS = [
    ("match", event("DeleteTrail")),
    ("match", event("StopLogging")),
    ("no_match", event("DeleteTrail", errorCode="AccessDenied")),
    ("no_match", event("CreateTrail")),
]
LOGIN = files.text("s: {eventName|cased: ConsoleLogin}\ncondition: s")
SPRAYING = f"""\
{LOGIN.replace("a-test", "login").replace("0001", "0002")}---
title: Many users from one address
name: spraying
correlation:
  type: value_count
  rules: [login]
  group-by: [sourceIPAddress]
  timespan: 10m
  condition: {{gte: 2, field: userIdentity.userName}}
level: high
"""


def written(path, lines):
    texts = [f'{{"expect": "{expect}", "why": "because", {found}}}' for expect, found in lines]
    path.write_text("\n".join(texts))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "rules"
    root.mkdir()
    (root / "a-test.yml").write_text(DELETED)
    written(root / "a-test.events.jsonl", [(one, f'"event": {text}') for one, text in EVENTS])
    (root / "spraying.yml").write_text(SPRAYING)
    ann, bob = (event("ConsoleLogin", "signin", user={"type": "IAMUser", "userName": name}) for name in ("ann", "bob"))  # fmt: skip
    written(root / "spraying.events.jsonl",
            [("match", f'"events": [{ann}, {bob}]'), ("no_match", f'"events": [{ann}, {ann}]')])  # fmt: skip
    return root


@pytest.fixture
def rules(folder, capsys):
    def run(*words):
        code = cli.run(["rules", *map(str, words), "--dir", str(folder)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_list_names_level_tactics_profiles_and_what_can_express_a_rule(rules):
    code, out, err = rules("list", "--format", "json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert (code, err) == (0, "")
    assert rows["a-test"]["targets"] == [
        "cloudwatch",
        "securityhub",
        "eventbridge",
        "duckdb",
        "athena",
    ]
    assert rows["a-test"]["tactics"] == ["defense-evasion"]
    assert rows["spraying"]["targets"] == ["duckdb", "athena"]
    assert rows["spraying"]["counts"]["group_by"] == ["sourceIPAddress"]
    assert "one event at a time" in rows["spraying"]["refusals"]["eventbridge"]


@pytest.mark.parametrize(
    ("words", "names"),
    [((), {"a-test", "spraying"}), (("--level", "high"), {"spraying"}),
     (("--profile", "tamper"), {"a-test"}), (("--tag", "attack.t1562.008"), {"a-test"})],
)  # fmt: skip
def test_a_list_can_be_narrowed(rules, words, names):
    _, out, _ = rules("list", "--format", "json", *words)
    assert {row["name"] for row in json.loads(out)} == names


def test_what_was_refused_of_a_directory_is_said(rules, folder):
    (folder / "other.yml").write_text("title: \x1b[2J\n".replace("\x1b", "\\x1b"))
    code, _, err = rules("list")
    assert code == 0
    assert err.startswith("refused: other.yml: a rule has either a detection or a correlation")


def test_a_rule_is_explained_with_events_texts_and_refusals(rules):
    code, out, _ = rules("show", "a-test")
    assert code == 0
    for text in ("Nobody sees what comes next.", "Moving house", "4  no match: because",
                 "ops run trail-tampering", "none: it prescribes no text for this rule",
                 "securityhub, event 2", '$.eventName = "DeleteTrail"'):  # fmt: skip
        assert text in out
    _, out, _ = rules("show", "a-test", "--format", "json")
    assert json.loads(out)["texts"]["securityhub"] == "{ $.eventName = DeleteTrail }"


def test_a_rendered_rule_is_the_text_and_nothing_else(rules):
    code, out, err = rules("render", "a-test", "--target", "cloudwatch")
    assert (code, err) == (0, "")
    assert out == (
        '{ ($.eventName = "DeleteTrail" || $.eventName = "StopLogging") && '
        "($.errorCode NOT EXISTS || $.errorCode IS NULL) }\n"
    )
    _, out, _ = rules("render", "a-test", "--target", "securityhub")
    assert out == "{ $.eventName = DeleteTrail }\n"
    _, out, _ = rules("render", "a-test", "--target", "eventbridge")
    assert json.loads(out)["detail"]["eventName"] == ["DeleteTrail", "StopLogging"]


def test_what_a_target_cannot_express_is_refused(rules):
    code, out, err = rules("render", "spraying", "--target", "cloudwatch")
    assert (code, out) == (2, "")
    assert "an alarm counts all events of a filter together" in err


def test_a_rule_for_any_case_is_narrowed_only_if_asked_and_says_so(rules, folder):
    (folder / "any.yml").write_text(files.text("s: {eventName: X}\ncondition: s").replace("a-test", "any").replace("0001", "0003"))  # fmt: skip
    code, _, err = rules("render", "any", "--target", "cloudwatch")
    assert code == 2
    assert "upper from lower case" in err
    code, out, err = rules("render", "any", "--target", "cloudwatch", "--narrow", "case")
    assert (code, out) == (0, '{ $.eventName = "X" }\n')
    assert err == "Narrowed: in this case alone, and in no other, are found X\n"


@pytest.mark.parametrize("name", ["a-test", "spraying"])
def test_rendered_sql_is_answered_by_ops_query(rules, folder, tmp_path, capsys, name):
    logs = tmp_path / "logs"
    logs.mkdir()
    people = [event("ConsoleLogin", user={"type": "IAMUser", "userName": one}) for one in "ab"]
    (logs / "log.jsonl").write_text("\n".join([event("StopLogging"), event("X"), *people]))
    store = tmp_path / "store"
    assert cli.run(["collect", str(logs), "--store", str(store), "--format", "json"]) == 0
    capsys.readouterr()
    _, text, _ = rules("render", name, "--target", "duckdb")
    assert cli.run(["query", text, "--store", str(store), "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert row["event_id"]


def test_sql_for_athena_is_whole_and_asks_the_landing_zones_database(rules):
    code, _, err = rules("render", "spraying", "--target", "athena")
    assert code == 2
    assert "name the landing-zone file" in err
    for name in ("a-test", "spraying"):
        code, out, _ = rules("render", name, "--target", "athena", "--config", "config/lab.yaml")
        tree = sqlglot.parse_one(out, read="athena")
        assert code == 0
        assert not list(tree.find_all(sqlglot.exp.Placeholder, sqlglot.exp.Parameter))
        assert {table.db for table in tree.find_all(sqlglot.exp.Table)} == {"", "atalaya_lab"}


def test_rules_that_do_what_their_events_say_pass(rules):
    code, out, err = rules("test")
    assert (code, err) == (0, "2 of 2 rules passed\n")
    head, first, second = (line.split() for line in out.splitlines())
    assert head == ["rule", "events", "rule", "cloudwatch", "securityhub", "eventbridge", "duckdb"]
    assert first == ["a-test", "4", "ok", "ok", "declared", "ok", "ok"]
    assert second == ["spraying", "2", "refused", "refused", "ok"]


def test_a_rule_whose_event_says_otherwise_fails_in_every_target(rules, folder):
    lines = [*EVENTS, ("match", event("CreateTrail"))]
    written(folder / "a-test.events.jsonl", [(one, f'"event": {text}') for one, text in lines])
    code, out, _ = rules("test", "a-test", "--format", "json")
    [trial] = json.loads(out)
    assert code == 1
    wrong = {target for target, one in trial["targets"].items() if one["status"] == "FAILED"}
    assert wrong == {"rule", "cloudwatch", "securityhub", "eventbridge", "duckdb"}
    assert "duckdb: event 5 does not find what it should: because" in trial["faults"]


def test_a_burst_that_is_none_fails(rules, folder):
    one = event("ConsoleLogin", "signin")
    written(folder / "spraying.events.jsonl", [("match", f'"events": [{one}, {one}]')])
    code, out, _ = rules("test", "spraying")
    assert code == 1
    assert "spraying: duckdb: event 1 does not find what it should" in out


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("event: 2, why", "event: 1, why", "event 1 a difference is declared, and there is none"),
        ("event: 2, why", "event: 9, why", "difference is declared of an event that is not there"),
        ("profiles: [tamper]", "refuses: {eventbridge: x}", "says that this target refuses it, and it does not"),
    ],
)  # fmt: skip
def test_a_declaration_that_is_not_true_fails(rules, folder, before, after, words):
    (folder / "a-test.yml").write_text(DELETED.replace(before, after))
    code, out, _ = rules("test", "a-test")
    assert code == 1
    assert words in out


def test_a_rule_without_events_fails(rules, folder):
    (folder / "a-test.events.jsonl").unlink()
    code, out, _ = rules("test", "a-test")
    assert code == 1
    assert "a-test: it has no events to be tried on" in out


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "is no JSON"), ("[]", "must be an object"), ('{"expect": "yes"}', "match or no_match"),
     ('{"expect": "match", "why": ""}', "why must be a text"),
     ('{"expect": "match", "why": "x", "event": []}', "event must be a record"),
     ('{"expect": "match", "why": "x", "event": {"a": 1}, "events": []}', "event must be a record")],
)  # fmt: skip
def test_wrong_events_are_an_error_with_their_line(rules, folder, line, words):
    (folder / "a-test.events.jsonl").write_text(f"\n{line}\n")
    code, _, err = rules("test", "a-test")
    assert code == 2
    assert err.startswith("ops: a-test.events.jsonl, line 2: ")
    assert words in err


def test_lists_of_the_landing_zone_fill_a_rule(rules, folder):
    detection = "s: {requestParameters.bucketName|expand|cased: '%archive_buckets%'}\ncondition: s"
    text = files.text(detection).replace("a-test", "mine").replace("0001", "0004")
    (folder / "mine.yml").write_text(text)
    code, _, err = rules("render", "mine", "--target", "cloudwatch")
    assert code == 2
    assert "a list of the site that it looks for is empty" in err
    code, out, _ = rules("render", "mine", "--target", "cloudwatch", "--config", "config/lab.yaml")
    assert code == 0
    assert out.startswith('{ $.requestParameters.bucketName = "')
