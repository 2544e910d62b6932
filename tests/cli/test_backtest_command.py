"""`ops backtest` as people and machines call it."""

import json

import pytest

from ops.aws import Caller
from ops.endpoint import Access, Endpoint
from tests.query.athena.conftest import served
from tests.query.conftest import of_records
from tests.query.records import event

__all__ = ["served"]

HOSTILE = "\x1b[2J[bold]evil[/bold]"
DENIED = '{ $.errorCode = "AccessDenied*" }'
TWICE = "{ $.eventName = Twice }"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    texts = [
        event("GetSecretValue", "secretsmanager", errorCode="AccessDenied", userAgent=HOSTILE,
              sourceIPAddress=HOSTILE),
        event("Twice", at="2026-11-20T10:01:00Z"), event("Twice", at="2026-11-20T10:02:00Z"),
        event("Root", at="2026-11-22T23:00:00Z", user={"type": "Root", "arn": "arn:aws:iam::444444444444:root"}),
    ]  # fmt: skip
    return of_records(tmp_path_factory.mktemp("backtest") / "store", texts)


def answer(call, *words):
    code, out, _ = call("backtest", *words, "--format", "json")
    assert code == 0
    return json.loads(out)


def test_json_is_one_object_of_a_known_schema(call):
    told = answer(call, "--pattern", DENIED)
    assert told["schema"] == "atalaya.backtest/1"
    assert (told["since"], told["events"], told["unread"]) == ("2026-11-20T10:00:00Z", 4, [])
    [subject] = told["subjects"]
    assert (subject["kind"], subject["hits"], subject["patterns"]) == ("metric-filter", 1, [DENIED])
    assert subject["per_day"] == [{"day": "2026-11-20", "hits": 1}, {"day": "2026-11-21", "hits": 0},
                                  {"day": "2026-11-22", "hits": 0}]  # fmt: skip
    assert subject["event_names"] == [{"value": "secretsmanager:GetSecretValue", "hits": 1}]
    assert subject["actors"] == [{"value": "arn:aws:iam::444444444444:user/alice", "hits": 1}]
    assert subject["addresses"] == [{"value": HOSTILE, "hits": 1}]
    assert subject["absent_differs"] is None
    [alarm] = subject["alarms"]
    assert (alarm["pages"], alarm["period"], alarm["threshold"]) == (1, 300, 1)
    assert alarm["firings"] == [{"from": "2026-11-20T10:05:00Z", "to": "2026-11-20T10:20:00Z",
                                 "seconds": 900, "open": False}]  # fmt: skip
    assert alarm["longest"] == alarm["firings"][0]
    assert told["coverage"]["accounts"] == ["444444444444"]


def test_an_alarms_settings_may_be_asked_for(call):
    def pages(*words):
        return answer(call, "--pattern", TWICE, *words)["subjects"][0]["alarms"][0]["pages"]

    assert pages("--threshold", "2") == 1
    assert pages("--threshold", "3") == 0
    assert pages("--threshold", "2", "--period", "60") == 0
    assert pages("--period", "60", "--evaluation-periods", "3", "--datapoints", "2") == 1
    assert pages("--threshold", "3", "--missing", "breaching") == 1


def test_a_table_shows_days_bars_whose_and_when_it_would_have_paged(call):
    code, out, err = call("backtest", "--pattern", DENIED)
    assert code == 0
    assert f"2026-11-20  1  {'█' * 40}  1 page" in out
    assert "would have paged once" in out
    assert "2026-11-20T10:05:00Z to 2026-11-20T10:20:00Z, 15m00s" in out
    assert err.startswith("Covers 2026-11-20T10:00:00Z")


def test_what_an_event_says_never_reaches_the_terminal_as_it_is(call):
    _, out, _ = call("backtest", "--pattern", DENIED)
    assert "\x1b" not in out
    assert "\\x1b[2J[bold]evil[/bold]" in out


def test_lines_hold_a_subject_and_day_each(call):
    _, out, _ = call("backtest", "--pattern", TWICE, "--rule", "root-usage", "--format", "csv")
    lines = out.splitlines()
    assert lines[0] == "name,kind,day,hits"
    assert "root-usage,metric-filter,2026-11-22,1" in lines
    assert len(lines) == 1 + 2 * 3


def test_a_doubtful_not_equal_is_said(call):
    pattern = '{ $.eventName = Twice && $.errorCode != "x" }'
    [subject] = answer(call, "--pattern", pattern)["subjects"]
    assert (subject["hits"], subject["absent_differs"]) == (0, {"hits": 2, "pages": [1]})
    _, out, _ = call("backtest", "--pattern", pattern)
    assert "AWS does not say whether != matches a field that is absent" in out
    assert "If it does: 2 hits, and 1 pages." in out


def test_two_patterns_are_compared(call):
    [subject] = answer(call, "--pattern", TWICE, "--against", DENIED)["subjects"]
    compared = subject["comparison"]
    assert compared["against"] == DENIED
    assert (compared["both"], compared["only_this"]["hits"], compared["only_other"]["hits"]) == (0, 2, 1)  # fmt: skip
    assert compared["only_this"]["examples"][0]["why"][0]["because"] == "$.errorCode is absent"
    _, out, _ = call("backtest", "--pattern", TWICE, "--against", DENIED)
    assert "2 only the first catches" in out
    assert "1 only the second catches" in out


def test_a_rule_of_event_bridge_has_targets_and_places_and_no_alarm(call):
    pattern = '{"detail": {"eventName": ["Twice", "GetSecretValue"]}}'
    [subject] = answer(call, "--pattern", pattern)["subjects"]
    assert (subject["kind"], subject["hits"], subject["alarms"]) == ("event-rule", 2, [])
    assert subject["not_seen"]["read_only"] == 1
    [more] = answer(call, "--pattern", pattern, "--all-management-events")["subjects"]
    assert more["hits"] == 3
    _, out, _ = call("backtest", "--pattern", pattern)
    assert "2 events for the rule's targets" in out
    assert "Not seen, read-only management events: 1 matching events" in out


def test_a_plan_is_replayed_with_its_own_alarms(call):
    told = answer(call, "--plan", "tests/golden/minimal/trail.tf.json")
    hits = {one["name"]: one["hits"] for one in told["subjects"]}
    assert hits["atalaya-minimal-unauthorized-api-calls"] == 1
    assert hits["atalaya-minimal-root-usage"] == 1
    assert told["unread"][0]["name"] == "atalaya-minimal-heartbeat"


def test_what_is_deployed_is_replayed(call, served, monkeypatch):
    for name, value in (("ENDPOINT_URL", served), ("ACCESS_KEY_ID", "mock"),
                        ("SECRET_ACCESS_KEY", "mock")):  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    logs = Caller(Access(region="eu-west-1", endpoint=Endpoint(served, "mock", "mock"))).client(
        "logs"
    )
    logs.create_log_group(logGroupName="from-the-command-line")
    logs.put_metric_filter(
        logGroupName="from-the-command-line", filterName="denied", filterPattern=DENIED,
        metricTransformations=[{"metricName": "D", "metricNamespace": "Cli", "metricValue": "1"}],
    )  # fmt: skip
    words = ("--log-group", "from-the-command-line", "--region", "eu-west-1")
    [subject] = answer(call, *words)["subjects"]
    assert (subject["name"], subject["hits"], subject["alarms"]) == ("D", 1, [])
    [alarmed] = answer(call, *words, "--threshold", "1")["subjects"]
    assert alarmed["alarms"][0]["pages"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "There is nothing to try"),
        (("--pattern", "{ $.a ! b }"), "      ^"),
        (("--pattern", '{"a": 1}'), "takes a list"),
        (("--pattern", DENIED, "--against", "{"), "column 2"),
        (("--rule", "nothing"), "There is no rule 'nothing'"),
        (("--pattern", DENIED, "--period", "45"), "No alarm has a period of 45 s"),
        (("--pattern", DENIED, "--since", "soon"), "'soon' is no time"),
        (("--plan", "README.md"), "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_question_is_exit_code_2_and_says_where(call, words, said):
    code, out, err = call("backtest", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_an_empty_history_is_incomplete_unless_that_is_right(call, tmp_path):
    empty = of_records(tmp_path / "empty", [])
    code, _, err = call("backtest", "--pattern", DENIED, store=empty)
    assert (code, "holds no events" in err) == (3, True)
    code, out, _ = call("backtest", "--pattern", DENIED, "--allow-empty", store=empty)
    assert (code, "0 hits" in out) == (0, True)
    words = ("--pattern", DENIED, "--allow-empty", "--format", "csv")
    assert call("backtest", *words, store=empty)[1].splitlines() == ["name,kind,day,hits"]
