"""What a finding says, whatever a log says."""

import json
import shlex

import pytest

from ops.detect.finding import SCHEMA
from ops.render import detect as views
from ops.render import screen
from tests.detect.detecting import a_rule, rules_of, scanned
from tests.query.conftest import of_records
from tests.query.records import ALICE, event, event_id

NAMED = {"eventName|cased": "CreateUser"}
STEPS = [
    ("key-activity", {"key": "userIdentity.accessKeyId"}),
    ("actor-timeline", {"actor": "requestParameters.userName"}),
    ("resource-history", {"resource": "requestParameters.userName"}),
]
HOSTILE = (
    "$(touch /tmp/owned)", "`id`", "a'; rm -rf / #", 'b" && curl evil', "x\ny", "-p key=AKIA", "--help",
    "[bold red]gone[/]", "\x1b[2Jgone", "a\u202egnp.exe", "%s{0}", "\\'",
)  # fmt: skip


def found(tmp_path, rules, *texts, **settings):
    return scanned(of_records(tmp_path / "store", list(texts)), rules, **settings).findings


def test_a_finding_names_the_event_and_who_was_behind_it(tmp_path):
    text = event("CreateUser", params={"userName": "mallory"}, errorCode="AccessDenied")
    [one] = found(tmp_path, rules_of(tmp_path / "rules", a_rule(NAMED)), text, event("DeleteUser"))
    told = one.as_json()
    assert told | {"id": "", "source_key": ""} == {
        "id": "", "rule": "a-rule", "rule_id": "", "title": "Title of a-rule", "level": "high",
        "time": "2026-11-20T10:00:00Z", "last_time": "2026-11-20T10:00:00Z", "account": "444444444444",
        "region": "us-east-1", "actor": ALICE["arn"], "session": ALICE["accessKeyId"],
        "address": "203.0.113.9", "event_source": "iam.amazonaws.com", "event_name": "CreateUser",
        "error": "AccessDenied", "event_ids": [event_id(text)], "source_key": "", "count": 1, "key": {},
        "tags": [], "next": [],
    }  # fmt: skip
    assert told["source_key"] == "log-0.json.gz"
    assert SCHEMA == "atalaya.detect/1"


def test_the_same_event_found_again_has_the_same_id_and_others_have_another(tmp_path):
    rules = rules_of(tmp_path / "rules", a_rule(NAMED), a_rule(NAMED, name="another"))
    texts = [event("CreateUser"), event("CreateUser")]
    first = [one.id for one in found(tmp_path, rules, *texts)]
    again = [one.id for one in found(tmp_path / "again", rules, *texts)]
    assert first == again
    assert len(set(first)) == 4


def test_events_without_an_id_are_told_apart_by_their_place(tmp_path):
    rules = rules_of(tmp_path / "rules", a_rule(NAMED))
    texts = [event("CreateUser", eventID=None), event("CreateUser", eventID=None, errorCode="X")]
    assert len({one.id for one in found(tmp_path, rules, *texts)}) == 2


BURST = """
title: Much is read
name: much-read
status: test
level: high
correlation: {type: event_count, rules: [reading], group-by: [userIdentity.accessKeyId], timespan: 5m, condition: {gte: 3}}
atalaya: {next: [{runbook: key-activity, params: {key: userIdentity.accessKeyId}}]}
"""


def burst(tmp_path):
    base = a_rule({"eventName|cased": "GetObject"}, name="reading", level="informational")
    return rules_of(tmp_path / "rules", f"{base}---{BURST}")


def test_a_burst_is_one_finding_with_its_key_its_span_and_its_count(tmp_path):
    texts = [event("GetObject", "s3", f"2026-11-20T10:0{minute}:00Z") for minute in range(4)]
    [one] = found(tmp_path, burst(tmp_path), *texts)
    assert one.key == {"userIdentity.accessKeyId": ALICE["accessKeyId"]}
    assert (one.count, one.event_ids) == (4, (event_id(texts[2]),))
    assert (one.last_time - one.time).total_seconds() == 60
    assert one.actor == ALICE["arn"]
    assert one.next[0].startswith(f"ops run key-activity -p key={ALICE['accessKeyId']} ")


def test_a_burst_of_events_without_ids_takes_nothing_from_an_event_whose_id_is_the_word_none(
    tmp_path,
):
    texts = [event("GetObject", "s3", f"2026-11-20T10:0{minute}:00Z", eventID=None)
             for minute in range(3)]  # fmt: skip
    planted = event("GetUser", eventID="None", sourceIPAddress="198.51.100.66")
    [one] = found(tmp_path, burst(tmp_path), *texts, planted)
    assert (one.count, one.event_ids, one.address) == (3, (), None)


def test_a_burst_whose_events_have_ids_that_no_question_can_hold_is_found_all_the_same(tmp_path):
    texts = [event("GetObject", "s3", f"2026-11-20T10:0{minute}:00Z", eventID=f"{minute}\0")
             for minute in range(3)]  # fmt: skip
    [one] = found(tmp_path, burst(tmp_path), *texts)
    assert (one.count, one.event_ids) == (3, ("2\0",))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_log_says_never_becomes_a_command_or_an_option(tmp_path, hostile):
    rules = rules_of(tmp_path / "rules", a_rule(NAMED, steps=STEPS))
    user = {**ALICE, "accessKeyId": hostile, "arn": hostile}
    text = event("CreateUser", user=user, params={"userName": hostile})
    [one] = found(tmp_path, rules, text)
    assert one.actor == hostile
    for line in one.next:
        words = shlex.split(line)
        assert words[:2] == ["ops", "run"]
        assert words[3::2] == ["-p", "--store"], "one parameter, one store, and no more"
        assert words[4].partition("=")[2] == hostile
        assert not words[4].startswith("key=")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_log_says_is_shown_as_it_is_and_never_obeyed(tmp_path, hostile):
    from ops.detect.report import Report

    rules = rules_of(tmp_path / "rules", a_rule(NAMED, steps=STEPS))
    fields = {"sourceIPAddress": hostile, "awsRegion": hostile, "errorCode": hostile}
    text = event(
        "CreateUser", user={**ALICE, "arn": hostile}, params={"userName": hostile}, **fields
    )
    shown = screen.plain(views.table(Report(found(tmp_path, rules, text), [], 1, None)))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    if hostile.isprintable():
        assert shown.count(hostile) >= 4
    assert len({line.split("  ")[0] for line in shown.splitlines()}) < 12, "no line of its own"


def test_a_rule_that_the_engine_cannot_run_is_refused_and_the_others_run(tmp_path):
    texts = [a_rule(NAMED), a_rule({"sourceIPAddress|cidr": "2001:db8::/32"}, name="ipv6")]
    rules = rules_of(tmp_path / "rules", *texts)
    scan = scanned(of_records(tmp_path / "store", [event("CreateUser")]), rules)
    assert [one.rule.said.name for one in scan.findings] == ["a-rule"]
    assert [one.rule for one in scan.refused] == ["ipv6"]
    assert "IPv6" in scan.refused[0].reason


def test_an_event_whose_name_no_question_can_hold_hides_no_other(tmp_path):
    rules = rules_of(tmp_path / "rules", a_rule({"errorCode|cased": "AccessDenied"}))
    texts = [event("X\0", errorCode="AccessDenied"), event("GetUser", errorCode="AccessDenied"),
             *(event("GetUser") for _ in range(9))]  # fmt: skip
    scan = scanned(of_records(tmp_path / "store", texts), rules)
    assert (len(scan.findings), scan.refused) == (2, [])


def test_no_more_findings_of_a_rule_are_kept_than_asked_for_and_the_rest_is_counted(tmp_path):
    rules = rules_of(tmp_path / "rules", a_rule(NAMED))
    store = of_records(tmp_path / "store", [event("CreateUser", at=f"2026-11-20T10:00:0{nth}Z")
                                            for nth in (3, 1, 2)])  # fmt: skip
    scan = scanned(store, rules, most=2)
    assert [one.time.second for one in scan.findings] == [1, 2]
    assert scan.dropped == 1


def test_the_table_shows_the_worst_actor_first_and_says_what_it_leaves_out(tmp_path):
    from ops.detect.report import Report

    low = a_rule({"eventName|cased": "GetUser"}, name="low-rule", level="low")
    rules = rules_of(tmp_path / "rules", a_rule(NAMED, level="critical"), low)
    bob = {
        **ALICE,
        "arn": "arn:aws:iam::444444444444:user/bob",
        "accessKeyId": "AKIABOB0000000000000",
    }
    texts = [event("GetUser") for _ in range(20)] + [event("CreateUser", user=bob)]
    shown = screen.plain(views.table(Report(found(tmp_path, rules, *texts), [], 2, None)))
    assert shown.startswith("critical arn:aws:iam::444444444444:user/bob  AKIABOB0000000000000\n")
    assert shown.index("user/bob") < shown.index("user/alice")
    assert "… and 5 more findings" in shown
    assert "low-rule (20)" in shown


def test_a_word_spelled_by_its_numbers_is_found_all_the_same(tmp_path):
    rules = rules_of(tmp_path / "rules", a_rule({"requestParameters.userName|cased": "mallory"}))
    text = event("CreateUser", params={"userName": "mallory"})
    spelled = text.replace("mallory", "m\\u0061llory").replace(
        'userName": "m', 'user\\u004eame": "m'
    )
    assert spelled != text
    assert json.loads(spelled) == json.loads(text)
    store = of_records(
        tmp_path / "store", [spelled, event("CreateUser", params={"userName": "bob"})]
    )
    [one] = scanned(store, rules).findings
    assert one.event_ids == (event_id(text),)


@pytest.mark.parametrize(
    "held", ["0.0.0.0/0", ["10.0.0.0/8", "0.0.0.0/0"], [{"cidr": "0.0.0.0/0"}]]
)
def test_a_value_is_found_alone_among_others_and_inside_them(tmp_path, held):
    path = "requestParameters.open.cidr" if isinstance(held[0], dict) else "requestParameters.open"
    rules = rules_of(tmp_path / "rules", a_rule({f"{path}|cased": "0.0.0.0/0"}))
    texts = [event("Open", params={"open": one}) for one in (held, "10.0.0.0/8")]
    [one] = found(tmp_path, rules, *texts)
    assert one.event_ids == (event_id(texts[0]),)
