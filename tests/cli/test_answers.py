"""Answers on a terminal and in a pipe: they fit, and nothing in a log can command a reader."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from ops.errors import UsageError
from ops.history.schema import BAGS, COLUMNS
from ops.render import lineage, machine, moments, rows, screen
from ops.render.screen import PlainConsole
from tests.query.records import event

GOLDEN = Path(__file__).with_name("golden")
START = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOSTILE = (
    "\x1b[2J\x1b]0;title\x07", "\x9b31m", "a\rb", "a\nb", "a\x00b", "\u202egnp.exe", "\u2066x\u2069", "\ufeff",
    "[bold]x[/bold]", "[link=http://x]y[/link]", ":smile:", "\\[/]",
)  # fmt: skip
COMMANDING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")')
VIEWS = {
    "table": rows.Grid,
    "timeline": moments.timeline,
    "histogram": moments.histogram,
    "tree": lambda columns, found: lineage.tree([*columns, "parent_id", "id"], [(*row, None, nth) for nth, row in enumerate(found)]),
}  # fmt: skip


def on_terminal(renderable, width=100):
    console = PlainConsole(
        file=io.StringIO(), width=width, force_terminal=True, color_system=None, highlight=False
    )
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("view", VIEWS)
def test_a_text_of_a_log_is_shown_and_never_obeyed(view, text):
    shown = VIEWS[view](
        ("event_time", text, "user_agent"), [(START, text, text), (START, [text], {"k": text})]
    )
    for output in (on_terminal(shown), screen.plain(shown)):
        assert not COMMANDING.search(output.replace("\n", ""))
        if (view == "table" and text.startswith("[")) or text == "\\[/]":
            assert view == "histogram" or text in output


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
@pytest.mark.parametrize("text", HOSTILE)
def test_machines_get_it_without_anything_a_terminal_would_obey(form, text):
    output = machine.text([{text: text, "list": [text]}], form)
    assert not COMMANDING.search(output.replace("\n", ""))
    if form == "json":
        assert json.loads(output) == [{text: text, "list": [text]}]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_disarmed_in_csv_and_exact_in_json(text):
    assert json.loads(machine.text([{"a": text}], "json")) == [{"a": text}]
    [_, line] = machine.text([{"a": text}], "csv").splitlines()
    assert line.replace('"', "").startswith("'")
    [head, _] = machine.text([{text: 1}], "csv").splitlines()
    assert head.replace('"', "").startswith("'")
    assert machine.text([{"a": -1, "b": "x=1", "c": None}], "csv") == "a,b,c\n-1,x=1,\n"


SENT = {
    "eventName": "event_name", "sourceIPAddress": "source_ip_address", "userAgent": "user_agent",
    "errorCode": "error_code", "errorMessage": "error_message", "requestID": "request_id",
}  # fmt: skip


def hostile_record(text):
    """Return a record that holds a text wherever a text may stand."""
    user = {"type": text, "principalId": text, "arn": text, "accountId": text, "userName": text, "accessKeyId": text,
            "invokedBy": text, "sessionContext": {"sessionIssuer": {"arn": text, "type": text}, "sourceIdentity": text,
            "attributes": {"mfaAuthenticated": text}}, "onBehalfOf": {"identityStoreArn": text}}  # fmt: skip
    bags = {"requestParameters": {text: text}, "responseElements": {text: [text]}, "additionalEventData": {text: text},
            "serviceEventDetails": {text: text}, "resources": [{"ARN": text}]}  # fmt: skip
    return event(text, user=user, params=bags["requestParameters"], answer=bags["responseElements"], **{
        **{name: text for name in SENT if name != "eventName"}, "eventSource": text, "awsRegion": text, "eventType": text,
        "recipientAccountId": text, "eventCategory": text, "sharedEventID": text, "apiVersion": text, "eventVersion": text,
        "vpcEndpointId": text, "vpcEndpointAccountId": text, "sessionCredentialFromConsole": text,
        "tlsDetails": {"tlsVersion": text}, "addendum": {"reason": text, "originalEventID": text},
        **{name: bags[name] for name in ("additionalEventData", "serviceEventDetails", "resources")}})  # fmt: skip


def test_through_every_field_of_a_record_nothing_is_obeyed(ask):
    text = "=cmd \x1b[2J[bold]x[/bold]\u202e'; DROP--"
    store = ask([hostile_record(text)])
    answer = store.engine.run(_everything(), limit=None)
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    for column in COLUMNS:
        if column.kind == "text" and column.name != "event_id":
            assert row[column.name] == text, column.name
    assert all(row[bag.name] for bag in BAGS)
    for view in ("table", "timeline", "histogram"):
        for output in (
            on_terminal(VIEWS[view](answer.columns, answer.rows)),
            screen.plain(VIEWS[view](answer.columns, answer.rows)),
        ):
            assert not COMMANDING.search(output.replace("\n", ""))
            assert "[bold]" in output or view == "histogram"


def _everything():
    from ops.query.model import Statement

    return Statement("SELECT * EXCLUDE (raw) FROM events", {})


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.lists(st.tuples(TEXT, st.integers(), TEXT), min_size=1, max_size=4), st.integers(20, 160))
@settings(max_examples=40, deadline=None)
def test_a_table_never_is_wider_than_the_terminal(found, width):
    output = on_terminal(rows.Grid(("first", "number", "last"), found), width)
    assert max(cell_len(line) for line in output.splitlines()) <= width


def test_a_table_that_does_not_fit_leaves_out_what_is_empty_and_wraps_the_rest():
    columns = ("event_time", "a", "nothing", "b")
    output = on_terminal(rows.Grid(columns, [(START, "x" * 60, None, "y" * 60)]), 80)
    assert "nothing" in output.splitlines()[-1]
    assert "nothing" not in output.splitlines()[0]
    assert "".join(re.findall("x+", output)) == "x" * 60


def test_with_too_many_columns_rows_stand_one_below_the_other():
    columns = [f"column_{nth}" for nth in range(20)]
    output = on_terminal(rows.Grid(columns, [[f"value {nth}" for nth in range(20)]] * 2), 80)
    assert output.startswith("row 1")
    assert "column_7   value 7" in output
    assert output.count("value 19") == 2


def test_in_a_pipe_a_row_is_a_line_and_there_is_no_decoration():
    shown = rows.Grid(("name", "count"), [("é" * 90, 1), ("日本", 22), (None, None)])
    lines = screen.plain(shown).splitlines()
    assert lines[0].split() == ["name", "count"]
    assert [line.split() for line in lines[1:]] == [["é" * 90, "1"], ["日本", "22"], []]
    assert {cell_len(line[: -len(line.split()[-1])]) for line in lines[:3]} == {92}


def test_a_long_value_is_cut_with_a_mark():
    assert rows.shown("x" * 5000) == "x" * 2000 + "…"
    assert (rows.shown(None), rows.shown(True), rows.shown(["a", None]), rows.shown(START)) == (
        "", "true", "a,", "2026-11-20T10:00:00Z")  # fmt: skip


def test_a_timeline_is_in_order_with_the_time_that_passed():
    found = [
        ("B", START + timedelta(minutes=5, seconds=2)),
        ("A", START),
        ("C", START + timedelta(days=1, hours=2)),
        ("D", None),
    ]
    lines = screen.plain(moments.timeline(("event_name", "event_time"), found)).splitlines()
    assert [line.split() for line in lines] == [
        ["2026-11-20"], ["10:00:00Z", "A"], ["10:05:02Z", "+5m02s", "B"], ["2026-11-21"],
        ["12:00:00Z", "+1d01h", "C"], ["1", "rows", "without", "a", "time", "are", "not", "shown"]]  # fmt: skip


def test_a_timeline_goes_by_any_column_of_times():
    assert "10:00:00Z" in screen.plain(moments.timeline(("first_seen", "n"), [(START, 1)]))
    with pytest.raises(UsageError, match="no column of times"):
        moments.timeline(("n",), [(1,)])
    assert screen.plain(moments.timeline(("n",), [])) in ("", "\n")


def test_a_histogram_has_a_line_for_every_hour_those_without_events_too():
    found = [(START,)] * 4 + [(START + timedelta(hours=2, minutes=59),)] * 2
    lines = screen.plain(moments.histogram(("event_time",), found)).splitlines()
    assert [line.split()[2] for line in lines] == ["4", "0", "2"]
    assert [line.count("█") for line in lines] == [40, 0, 20]


def test_a_long_time_has_a_line_for_every_day():
    found = [(START,), (START + timedelta(days=9),)]
    lines = screen.plain(moments.histogram(("event_time",), found)).splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("2026-11-20  1")


def test_a_long_time_without_rows_is_one_line_of_a_histogram():
    moments_ = [datetime(1, 1, 1, tzinfo=UTC), START, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    found = [(one,) for one in moments_]
    lines = screen.plain(moments.histogram(("event_time",), found)).splitlines()
    assert [line.split()[0] for line in lines] == [
        "0001-01-01", "739,938", "2026-11-20", "2,912,118", "9999-12-31"]  # fmt: skip
    assert screen.plain(moments.histogram(("event_time",), found[2:])).startswith("9999-12-31 23")


def test_a_tree_follows_parents_and_shows_circles_and_orphans_once():
    columns = ("key", "parent_key", "who")
    found = [
        ("b", "a", "Bob"),
        ("a", None, "Ann"),
        ("c", "b", "Cid"),
        ("o", "gone", "Orphan"),
        ("x", "y", "X"),
        ("y", "x", "Y"),
        ("s", "s", "Self"),
    ]
    text = screen.plain(lineage.tree(columns, found))
    keys = re.findall(r"^[ │├└─]*(\w)$", text, re.MULTILINE)
    assert sorted(keys) == ["a", "b", "c", "o", "s", "x", "y"]
    lines = text.splitlines()
    indent = {
        key: next(line.index(key) for line in lines if line.strip(" │├└─") == key)
        for key in "abcoxys"
    }
    assert indent["a"] < indent["b"] < indent["c"]
    assert indent["o"] == indent["a"] == indent["s"]


def test_an_answer_without_parents_is_no_tree():
    with pytest.raises(UsageError, match="column parent_X"):
        lineage.tree(("key", "parent"), [])


KEYS = ("AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPL2", "ASIAIOSFODNN7EXAMPL3")
TOLD = (
    ("event_time", "event_name", "error_code", "access_key_id", "parent_access_key_id", "calls", "user_agent"),
    [
        (START, "GetCallerIdentity", None, KEYS[0], None, 12, "TruffleHog \x1b[2J[bold]x[/bold]"),
        (START + timedelta(minutes=6), "AssumeRole", None, KEYS[1], KEYS[0], 1, "aws-cli/2.31.9"),
        (START + timedelta(hours=2), "StopLogging", "AccessDenied", KEYS[2], KEYS[1], 3, "aws-cli/2.31.9"),
    ],
)  # fmt: skip
FORMS = {
    "table": rows.Grid,
    "timeline": moments.timeline,
    "histogram": moments.histogram,
    "tree": lineage.tree,
}


@pytest.mark.golden
@pytest.mark.parametrize("form", FORMS)
def test_a_view_looks_as_its_golden_file_on_80_columns_and_in_a_pipe(form, golden):
    view = FORMS[form](*TOLD)
    text = "\n".join(line.rstrip() for line in on_terminal(view, 80).splitlines())
    text += f"\n\n--- in a pipe ---\n\n{screen.plain(view)}"
    path = GOLDEN / f"answer-{form}.txt"
    if golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run `make golden`"
