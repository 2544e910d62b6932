"""Runbook files: what is wrong in one is said with file and field."""

import pytest

from ops.errors import UsageError
from ops.query import runbook
from ops.query.catalog import VIEWS

GOOD = """/*
name: mine
title: A title
question: >-
  What is
  asked?
params:
  - {name: who, type: string, required: true, meaning: whoever}
  - {name: days, type: int, default: 30}
columns:
  event_id: The event
next:
  - {runbook: key-activity, params: {key: event_id}}
tags: [T1078, cis-3.1]
looks_back: days
since: 1d
view: timeline
*/
SELECT event_id FROM events WHERE user_name = :who AND event_time >= :since
"""
WRONG = {
    ("name: mine", "name: other"): "name: must be the file's own: mine",
    ("title: A title\n", ""): "title: is required",
    ("title: A title", "title: ''"): "title: must be a text",
    ("title: A title", "titel: A title"): "titel: no such field",
    ("type: string", "type: text"): r"params\[0\].type: must be one of string, int",
    ("{name: who, type", "{name: Who, type"): r"params\[0\].name: must be a word",
    ("{name: who, type", "{name: since, type"): r"params\[0\].name: must be a word",
    ("{name: who, type: string, required: true, meaning: whoever}", "who"): r"params\[0\]: must have name and type",
    ("required: true", "requierd: true"): r"params\[0\]: must have name and type",
    ("columns:\n  event_id: The event\n", "columns: []\n"): "columns: must be a mapping",
    ("  - {runbook: key-activity, params: {key: event_id}}", "  - key-activity"): r"next\[0\]: must have runbook",
    ("tags: [T1078, cis-3.1]", "tags: T1078"): "tags: must be a list",
    ("looks_back: days", "looks_back: who"): "looks_back: must name a parameter of type int",
    ("view: timeline", "view: pie"): "view: must be one of table, timeline",
    ("view: timeline", "view: [x"): "its header is no YAML",
    ("*/", "- "): r"must begin with /\* YAML \*/",
    ("/*\n", "/* text\n"): "its header",
}  # fmt: skip
WRONG_SQL = {
    (":who", ":whom"): "params: whom is not among them",
    ("SELECT event_id", "SELECT event_id, event_name"): "columns: the answer has event_id, event_name; described are event_id",
    ("FROM events", "FROM elsewhere"): "there is no view elsewhere",
    ("user_name = :who", "md5(user_name) = :who"): "not in the language",
}  # fmt: skip


def written(tmp_path, text, name="mine"):
    path = tmp_path / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_a_runbook(tmp_path):
    book = runbook.load(written(tmp_path, GOOD))
    assert (book.name, book.title, book.question) == ("mine", "A title", "What is asked?")
    assert [(one.name, one.type, one.required, one.default) for one in book.params] == [
        ("who", "string", True, None), ("days", "int", False, "30")]  # fmt: skip
    assert (book.tags, book.looks_back, book.since, book.view) == (
        ("T1078", "cis-3.1"),
        "days",
        "1d",
        "timeline",
    )
    assert dict(book.next[0].params) == {"key": "event_id"}
    assert book.tree("duckdb", tuple(VIEWS)).named_selects == ["event_id"]


@pytest.mark.parametrize("change", WRONG)
def test_a_mistake_is_named_with_file_and_field(tmp_path, change):
    before, after = change
    assert before in GOOD
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(UsageError, match=WRONG[change]) as error:
        runbook.load(path)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("change", WRONG_SQL)
def test_a_mistake_in_its_sql_is_named_with_the_file(tmp_path, change):
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(UsageError, match=WRONG_SQL[change]) as error:
        runbook.load(path).tree("duckdb", tuple(VIEWS))
    assert str(error.value).startswith(f"{path}: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none.sql: cannot be read"):
        runbook.found(str(tmp_path / "none.sql"))
    (tmp_path / "odd.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"odd.sql: cannot be read"):
        runbook.found(str(tmp_path / "odd.sql"))


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "../../etc/passwd",
        "/etc/passwd",
        "key-activity/../key-activity",
        "",
        "Key-Activity",
    ],
)
def test_a_name_is_looked_up_and_never_made_a_path(name):
    with pytest.raises(UsageError, match="no runbook"):
        runbook.found(name)
