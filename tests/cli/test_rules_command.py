"""`ops rules match` as people and machines call it."""

import gzip
import io
import json
import sys

import pytest

from ops import cli
from tests.query.records import event

FILTER = '{ $.eventName = "Delete*" && $.errorCode NOT EXISTS }'
EVENT_PATTERN = '{"detail": {"eventName": [{"prefix": "Delete"}]}}'
TEXTS = [event("DeleteTrail", "cloudtrail"), event("CreateTrail", "cloudtrail"),
         event("DeleteUser", errorCode="AccessDenied")]  # fmt: skip


@pytest.fixture
def match(capsys):
    def run(*words):
        code = cli.run(["rules", "match", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def log(tmp_path):
    """A file as CloudTrail delivers it."""
    path = tmp_path / "log.json.gz"
    path.write_bytes(gzip.compress(f'{{"Records":[{",".join(TEXTS)}]}}'.encode()))
    return path


def names(out):
    return [row["event_name"] for row in json.loads(out)]


def test_a_filter_pattern_is_matched_and_says_why(match, log):
    code, out, err = match(FILTER, "--events", log, "--format", "json")
    [row] = json.loads(out)
    assert (code, err) == (0, "1 of 3 events match\n")
    assert row["event_name"] == "DeleteTrail"
    assert row["why"] == [
        {"condition": '$.eventName = "Delete*"', "because": '$.eventName is "DeleteTrail"'},
        {"condition": "$.errorCode NOT EXISTS", "because": "$.errorCode is absent"},
    ]


def test_an_event_pattern_is_known_by_how_it_begins(match, log):
    for text in (EVENT_PATTERN, json.dumps(json.loads(EVENT_PATTERN), indent=2)):
        code, out, _ = match(text, "--events", log, "--format", "json")
        assert (code, names(out)) == (0, ["DeleteTrail", "DeleteUser"])
    assert match(EVENT_PATTERN, "--events", log, "--absent-differs")[0] == 2


def test_json_lines_plain_files_directories_and_stdin_are_read(match, log, monkeypatch):
    lines = "\n".join(TEXTS).encode()
    for name, content in (("a.jsonl", lines), ("b.json", f"[{','.join(TEXTS)}]".encode())):
        path = log.with_name(name)
        path.write_bytes(content)
        assert names(match(FILTER, "--events", path, "--format", "json")[1]) == ["DeleteTrail"]
    everywhere = match(FILTER, "--events", log.parent, "--format", "json")[1]
    assert names(everywhere) == ["DeleteTrail"] * 3
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert names(match(FILTER, "--events", "-", "--format", "json")[1]) == ["DeleteTrail"]


def test_a_table_and_lines_say_the_same(match, log):
    code, out, _ = match(FILTER, "--events", log)
    head, row = out.splitlines()
    assert code == 0
    assert head.split() == [
        "event_time",
        "account",
        "region",
        "event_source",
        "event_name",
        "event_id",
        "why",
    ]
    assert "$.errorCode NOT EXISTS: $.errorCode is absent" in row
    [line] = match(FILTER, "--events", log, "--format", "jsonl")[1].splitlines()
    assert json.loads(line)["event_name"] == "DeleteTrail"


def test_csv_without_a_match_still_has_its_columns(match, log):
    code, out, _ = match("{ $.eventName = Nothing }", "--events", log, "--format", "csv")
    head = "event_time,account,region,event_source,event_name,event_id,why"
    assert (code, out.splitlines()) == (0, [head])


def test_whether_absent_differs_is_asked_for(match, log):
    pattern = '{ $.additionalEventData.MFAUsed != "Yes" }'
    assert match(pattern, "--events", log)[2] == "0 of 3 events match\n"
    assert match(pattern, "--events", log, "--absent-differs")[2] == "3 of 3 events match\n"


def test_a_wrong_pattern_exits_2_and_is_pointed_at_before_anything_is_read(match):
    code, out, err = match("{ $.a = b:c }", "--events", "/nowhere")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "ops: column 10: ':' cannot stand in a text without quotes",
        "  { $.a = b:c }",
        "           ^",
        '  → put texts in quotes: $.eventName = "…"',
    ]
    code, _, err = match('{"detail": {"eventName": [{"prefx": "Delete"}]}}', "--events", "/nowhere")
    assert code == 2
    assert "detail.eventName[0]: there is no operator 'prefx'" in err


def test_no_source_exits_2_and_no_event_3_unless_that_is_right(match, tmp_path):
    assert match(FILTER, "--events", tmp_path / "nothing")[0] == 2
    code, _, err = match(FILTER, "--events", tmp_path)
    assert code == 3
    assert "holds no event" in err
    assert match(FILTER, "--events", tmp_path, "--allow-empty")[0] == 0


def test_what_could_not_be_read_exits_3_and_the_rest_is_told(match, log):
    whole = log.read_bytes()
    log.with_name("cut.json.gz").write_bytes(whole[: len(whole) // 2])
    code, out, err = match(FILTER, "--events", log.parent, "--format", "json")
    assert code == 3
    assert "DeleteTrail" in names(out)
    assert "not read: what is no event, 1 times" in err


def test_what_an_event_says_cannot_command_a_terminal(match, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(event("Delete\x1b[2J[red]"))
    code, out, _ = match(FILTER, "--events", path)
    assert code == 0
    assert "\x1b" not in out
    assert "[red]" in out
