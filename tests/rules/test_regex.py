"""Regular expressions find what Python's and RE2 find, however the text is made."""

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import PatternError
from ops.rules import regex

ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "-",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\S",
        "[ab]",
        "[^a]",
        "[a-c1]",
        r"\.",
        r"\x61",
        r"[\d-]",
    ]
)
TIMES = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"])
ITEMS = st.tuples(ATOMS, TIMES).map("".join)
ROWS = st.lists(ITEMS, max_size=4).map("".join)
GROUPS = st.tuples(ROWS, st.sampled_from(["(", "(?:"]), ROWS, ROWS, TIMES, ROWS).map(
    lambda made: f"{made[0]}{made[1]}{made[2]}|{made[3]}){made[4]}{made[5]}"
)
ENDS = st.sampled_from(["", "^"]), st.sampled_from(["", "$"])
EXPRESSIONS = st.tuples(ENDS[0], ROWS | GROUPS, ENDS[1]).map("".join)
TEXTS = st.text("ab1c-. \nA", max_size=8)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, TEXTS, st.booleans())
def test_the_same_is_found_as_by_python(expression, text, cased):
    flags = re.ASCII | (0 if cased else re.IGNORECASE)
    expected = re.search(re.sub(r"\$$", r"\\Z", expression), text, flags) is not None
    assert regex.compiled(expression, cased=cased).found(text) == expected


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, TEXTS)
def test_the_same_is_found_as_by_duckdb(expression, text):
    [(found,)] = duckdb.execute("SELECT regexp_matches($1, $2)", [text, expression]).fetchall()
    assert regex.compiled(expression).found(text) == found


def test_a_text_made_to_be_slow_is_not():
    machine = regex.compiled("^(a|aa|a*)*b*a*a*a*a*a*c$")
    assert not machine.found("a" * 50_000)


@pytest.mark.parametrize(
    ("expression", "column", "words"),
    [("a**", 3, "repetition cannot be repeated"), ("*a", 1, "nothing stands before"),
     ("[a", 1, "']' is missing"), ("[]", 2, "at least one character"), ("[b-a]", 5, "no end after"),
     ("(a", 3, "')' is missing"), ("a)", 2, "without its '('"), (r"\b", 2, r"\b is not supported"),
     ("(?=a)", 3, "only"), ("a{x}", 3, "begins a repetition"), ("a{3,2}", 3, "no such number"),
     (r"\xg0", 3, "two hexadecimal digits"), ("^*", 3, "anchor"), ("\\", 2, "is not supported")],
)  # fmt: skip
def test_what_is_outside_the_language_is_pointed_at(expression, column, words):
    with pytest.raises(PatternError, match=re.escape(words)) as caught:
        regex.compiled(expression)
    assert caught.value.column == column


def test_an_expression_that_would_need_too_much_is_refused():
    with pytest.raises(PatternError, match="asks for too much"):
        regex.compiled("(a{100}){100}")
    with pytest.raises(PatternError, match="deeper than"):
        regex.compiled("(" * 60 + ")" * 60)


def test_half_a_surrogate_pair_is_only_a_character():
    assert regex.compiled("^.b$").found("\ud800b")
    with pytest.raises(PatternError, match="is no text"):
        regex.compiled("\ud800")
