import csv
import io
import json

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from ops.cli.options import config_option, output_options
from ops.errors import UsageError
from ops.render import machine
from ops.render.text import clean, one_line

ROWS = [
    {"stack": "trail", "add": 2, "addresses": {"add": ["a", "b"]}, "waits_for": []},
    {"stack": "island", "add": 0, "reason": None},
]


def test_json_is_the_data_itself():
    assert json.loads(machine.text(ROWS, "json")) == ROWS


def test_jsonl_is_a_row_a_line():
    assert [json.loads(line) for line in machine.text(ROWS, "jsonl").splitlines()] == ROWS


def test_a_single_object_is_one_line_of_jsonl():
    assert machine.text({"a": 1}, "jsonl") == '{"a": 1}\n'


def test_csv_has_the_columns_of_all_rows_and_keeps_what_is_nested_as_json():
    found = list(csv.DictReader(io.StringIO(machine.text(ROWS, "csv"))))
    assert list(found[0]) == ["stack", "add", "addresses", "waits_for", "reason"]
    assert json.loads(found[0]["addresses"]) == {"add": ["a", "b"]}
    assert found[1]["reason"] == ""


def test_a_list_of_values_becomes_one_column():
    assert machine.text(["x", 'y,"z'], "csv") == 'value\nx\n"y,""z"\n'


def test_an_expression_filters_exactly_what_json_shows():
    assert json.loads(machine.text(ROWS, "json", "[?add>`0`].stack")) == ["trail"]


def test_a_wrong_expression_is_a_usage_error_that_quotes_it():
    with pytest.raises(UsageError, match=r"'\[\?' is not an expression"):
        machine.compiled("[?")
    with pytest.raises(UsageError, match="does not fit the data"):
        machine.text(ROWS, "json", "length(`1`)")


@click.command()
@config_option
@output_options
def probe(config, view):
    view.show([{"config": str(config)}], lambda: Text("a table"))


def invoke(*arguments, **environment):
    return CliRunner().invoke(probe, arguments, env=environment)


def test_a_table_is_for_people_and_the_default():
    assert invoke().output == "a table\n"


def test_jmespath_implies_json():
    assert json.loads(invoke("--jmespath", "[0].config").output) == "config/lab.yaml"


def test_a_wrong_expression_is_refused_before_the_command_runs():
    assert isinstance(invoke("--jmespath", "[").exception, UsageError)


def test_the_config_comes_from_the_option_or_the_environment():
    expression = ("--jmespath", "[0].config")
    assert json.loads(invoke(*expression, ATALAYA_CONFIG="e.yaml").output) == "e.yaml"
    both = invoke(*expression, "--config", "o.yaml", ATALAYA_CONFIG="e.yaml")
    assert json.loads(both.output) == "o.yaml"


@given(st.text())
def test_cleaned_text_holds_nothing_a_terminal_obeys(text):
    found = clean(text)
    assert all(sign in "\n\t" or ord(sign) >= 0x20 for sign in found)
    assert not set(found) & {"\x7f", "\x9b", "\u202e", "\u2066"}
    assert clean(found) == found


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P"])))
def test_ordinary_text_passes_unchanged(text):
    assert clean(text) == text


def test_one_line_is_one_line():
    assert one_line("a\n\t b\x1b") == "a b\\x1b"
