"""Filter patterns of CloudWatch Logs: every example AWS gives and every production of the grammar.

Each row names its source: a page of the CloudWatch Logs User Guide, or `assumption`
where AWS is silent.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import PatternError
from ops.rules import cloudwatch
from ops.rules.cloudwatch import pattern as p

SYNTAX = "FilterAndPatternSyntax"
LIVE = "matching-terms-json-log-events"
REGEX = "regex-expressions"
ASSUMED = "assumption"

TRAIL = {
    "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None, "ThisFlag": True,
}  # fmt: skip
USERS = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}  # fmt: skip
LIST = {"users": [1, 2, 3]}
TYPES = {
    "text": "PutEvents", "star": "Ev*ent", "number": 500, "decimal": 55.5, "small": 0.005,
    "flag": False, "texts": ["a"], "object": {"a": 1}, "null": None, "empty": "", "digits": "500",
    "quote": 'say "hi"', "slash": "a\\b", "accent": "Zoë", "dashed-key_1": "x",
}  # fmt: skip

ROWS = [
    # Each row: source, pattern, event, matches.
    (SYNTAX, '{ $.eventType = "UpdateTrail" }', TRAIL, True),
    (SYNTAX, "{ $.sourceIPAddress != 123.123.* }", TRAIL, True),
    (SYNTAX, '{ $.arrayKey[0] = "value" }', TRAIL, True),
    (SYNTAX, "{ $.objectList[1].id = 2 }", TRAIL, True),
    (SYNTAX, "{ $.SomeObject IS NULL }", TRAIL, True),
    (SYNTAX, "{ $.SomeOtherObject NOT EXISTS }", TRAIL, True),
    (SYNTAX, "{ $.ThisFlag IS TRUE }", TRAIL, True),
    (SYNTAX, "{$.foo = bar}", {"foo": "bar"}, True),
    (SYNTAX, "{$.foo = bar}", {"foo": "baz"}, False),
    (SYNTAX, "{$.foo = bar || $.foo = baz }", {"foo": "baz"}, True),
    (SYNTAX, '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', USERS, True),
    (SYNTAX, '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', USERS, False),
    (SYNTAX, '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }', USERS, True),
    (SYNTAX, '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }', USERS, False),
    (SYNTAX, "{$.users = 1}", LIST, False),
    (SYNTAX, "{$.users != 1}", LIST, False),
    (SYNTAX, "{ $.latency >= 500 }", {"latency": 500}, True),
    (SYNTAX, "{ $.latency >= 500 }", {"latency": 499.9}, False),
    (SYNTAX, "{ $.numbers[0] < 10e3 }", {"numbers": [9999]}, True),
    (SYNTAX, "{ $.numbers[0] < 10e-3 }", {"numbers": [0.009]}, True),
    (SYNTAX, "{ $.numbers[0] < 10e-3 }", {"numbers": [0.01]}, False),
    (SYNTAX, "{ $.processes[4].averageRuntime <= 55.5 }", {"processes": [0, 0, 0, 0, {"averageRuntime": 55.5}]}, True),
    (SYNTAX, "{ $.errorCode = 400 }", {"errorCode": 400}, True),
    (SYNTAX, "{ $.errorCode != 500 }", {"errorCode": 400}, True),
    (SYNTAX, "{ $.errorCode != 500 }", {"errorCode": 500}, False),
    (SYNTAX, "{ $.latency > +1000 }", {"latency": 1000}, False),
    (SYNTAX, "{ $.latency > +1000 }", {"latency": 1001}, True),
    (SYNTAX, "{ $.latency > -1 }", {"latency": 0}, True),
    (SYNTAX, "{ $.latency = * }", {"latency": 3}, True),
    (SYNTAX, "{ $.latency = * }", {"other": 3}, False),
    # Wildcards stand for anything at the ends, and for themselves elsewhere.
    (SYNTAX, "{ $.text = *Events }", TYPES, True),
    (SYNTAX, "{ $.text = Put* }", TYPES, True),
    (SYNTAX, '{ $.text = "*Eve*" }', TYPES, True),
    (SYNTAX, "{ $.text = *Event }", TYPES, False),
    (SYNTAX, "{ $.star = Ev*ent }", TYPES, True),
    (SYNTAX, "{ $.text = Put*s }", TYPES, False),
    (SYNTAX, "{ $.text = putevents }", TYPES, False),  # letters of another case are others
    # "If arrayKey is not an array this will be false."
    (SYNTAX, '{ $.text[0] = "P" }', TYPES, False),
    (SYNTAX, "{ $.objectList[0].size = 2 }", TRAIL, False),
    (SYNTAX, "{ $.objectList[7].id = 2 }", TRAIL, False),
    (SYNTAX, "{ $.coordinates[1][2] = 6 }", USERS, True),
    (SYNTAX, '{ $.object = "x" }', TYPES, False),
    (SYNTAX, '{ $.object != "x" }', TYPES, False),
    (SYNTAX, "{ $.null IS NULL }", TYPES, True),
    (SYNTAX, "{ $.missing IS NULL }", TYPES, False),
    (SYNTAX, "{ $.null NOT EXISTS }", TYPES, False),
    (SYNTAX, "{ $.object.b NOT EXISTS }", TYPES, True),
    (SYNTAX, "{ $.flag IS FALSE }", TYPES, True),
    (SYNTAX, "{ $.flag IS TRUE }", TYPES, False),
    (SYNTAX, "{ $.text IS TRUE }", TYPES, False),
    (SYNTAX, "{ $.dashed-key_1 = x }", TYPES, True),
    (SYNTAX, '{ $.accent = "Zoë" }', TYPES, True),
    (LIVE, '{ $.eventType = "UpdateTrail" }', {"eventType": "DeleteTrail"}, False),
    (LIVE, "{ $.sourceIPAddress != 123.123.* }", {"sourceIPAddress": "123.123.1.2"}, False),
    # Regular expressions: unanchored, one character class at a time, no groups.
    (REGEX, r"{ $.ip = %\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}% }", {"ip": "from 10.0.0.1"}, True),
    (REGEX, "{ $.m = %[Ee]rror|[Ff]ail% }", {"m": "a failure"}, True),
    (REGEX, "{ $.m = %AUTHORIZED% }", {"m": "[ERROR 401] UNAUTHORIZED REQUEST"}, True),
    (REGEX, "{ $.m = %^[hc]at% }", {"m": "cat"}, True),
    (REGEX, "{ $.m = %^[hc]at% }", {"m": "the cat"}, False),
    (REGEX, "{ $.m = %[hc]at$% }", {"m": "the hat"}, True),
    (REGEX, "{ $.m = %[hc]at$% }", {"m": "hats"}, False),
    (REGEX, "{ $.m = %colou?r% }", {"m": "color"}, True),
    (REGEX, "{ $.m = %[abcx-z]% }", {"m": "y"}, True),
    (REGEX, "{ $.m = %a{3,5}% }", {"m": "aa"}, False),
    (REGEX, "{ $.m = %a{3,5}% }", {"m": "aaaa"}, True),
    (REGEX, r"{ $.m = %\x41\w\D\S\W% }", {"m": "Abcd!"}, True),
    (REGEX, "{ $.m != %^arn:aws% }", {"m": "urn:x"}, True),
    (REGEX, "{ $.m != %^arn:aws% }", {"m": "arn:aws:iam"}, False),
    # White space is free, parentheses may lie in each other.
    (SYNTAX, '{$.text="PutEvents"&&$.number>=500}', TYPES, True),
    (SYNTAX, '  {\n ( ( $.text = "PutEvents" ) ) }\t', TYPES, True),
    # Where AWS is silent.
    (ASSUMED, '{ $.missing != "x" }', TYPES, False),
    (ASSUMED, '{ $.null != "x" }', TYPES, False),
    (ASSUMED, "{ $.missing != 5 }", TYPES, False),
    (ASSUMED, "{ $.null = * }", TYPES, False),
    (ASSUMED, "{ $.flag = * }", TYPES, False),
    (ASSUMED, '{ $.flag != "x" }', TYPES, False),
    (ASSUMED, "{ $.object = * }", TYPES, False),
    (ASSUMED, "{ $.digits = 500 }", TYPES, False),
    (ASSUMED, '{ $.number = "500" }', TYPES, False),
    (ASSUMED, '{ $.number != "x" }', TYPES, True),
    (ASSUMED, "{ $.text != 5 }", TYPES, True),
    (ASSUMED, "{ $.text > 5 }", TYPES, False),
    (ASSUMED, "{ $.number = %500% }", TYPES, False),
    (ASSUMED, '{ $.empty = "" }', TYPES, True),
    (ASSUMED, '{ $.empty = "*" }', TYPES, True),
    (ASSUMED, r'{ $.quote = "say \"hi\"" }', TYPES, True),
    (ASSUMED, r'{ $.slash = "a\\b" }', TYPES, True),
    (ASSUMED, "{ $.text = %Put% && $.text = %Events% }", TYPES, True),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "event", "expected"), ROWS)
def test_a_pattern_matches_what_its_source_says(source, text, event, expected):
    tree = cloudwatch.parsed(text)
    assert cloudwatch.matches(tree, event) == expected, source
    verdict = cloudwatch.explain(tree, event)
    assert verdict.matches == expected
    assert verdict.reasons


@pytest.mark.parametrize(
    "text", ['{ $.missing != "x" }', '{ $.null != "x" }', "{ $.missing != 5 }"]
)
def test_whether_what_is_absent_differs_is_a_choice_in_one_place(text):
    assert cloudwatch.matches(cloudwatch.parsed(text), TYPES, absent_differs=True)
    assert not cloudwatch.matches(
        cloudwatch.parsed('{ $.missing = "x" }'), TYPES, absent_differs=True
    )


WRONG = [
    # Each row: pattern, column, words.
    ("", 1, "begins with '{'"),
    ("ERROR", 1, "begins with '{'"),
    ("{ }", 3, "a condition begins with a selector"),
    ("{ $.a = b", 10, "it is the end"),
    ("{ $.a = b } x", 13, "nothing follows"),
    ("{ $.a = b $.c = d }", 11, "here should be '&&', '||' or the pattern's end"),
    ("{ ($.a = b }", 12, "or ')'"),
    ("{ $.a }", 7, "after a selector stands one of"),
    ("{ $.a EXISTS }", 7, "after a selector stands one of"),
    ("{ $.a IS EMPTY }", 10, "NULL or TRUE or FALSE"),
    ("{ $.a NOT NULL }", 11, "here should be EXISTS"),
    ("{ $.a = }", 9, "here should be a text, a number or a %regex%"),
    ("{ $.a > b }", 9, "> compares with a number"),
    ('{ $.a >= "5" }', 10, ">= compares with a number"),
    ('{ $.a = "b }', 9, "never closed"),
    ("{ $.a = %b }", 9, "never closed"),
    ("{ $.a = 'b' }", 9, "double quotes"),
    ("{ $.a = a:b }", 10, "':' cannot stand in a text without quotes"),
    ("{ $.a = a@b }", 10, "'@' cannot stand"),
    ("{ !($.a = b) }", 3, "no '!' but in !="),
    ("{ $.a = b & $.c = d }", 11, "written &&"),
    ("{ $.a = b | $.c = d }", 11, "written ||"),
    ("{ $a = b }", 3, "a selector is $.NAME"),
    ("{ $[0] = b }", 3, "a selector is $.NAME"),
    ("{ $.a[x] = b }", 6, "goes on with .NAME"),
    ("{ $.a[*] = b }", 6, "goes on with .NAME"),
    ("{ $.a..b = c }", 6, "goes on with .NAME"),
    ("{ $.a:b = c }", 6, "':' cannot stand in a name"),
    ("{ $.a = %something!% }", 19, "'!' is not supported"),
    ("{ $.a = %(a)% }", 10, "'(' is not supported"),
    ("{ $.a = %é% }", 10, "is not supported"),
    ("{ $.a = %a**% }", 12, "repetition cannot be repeated"),
    ("{ $.a = %a% || $.a = %b% || $.a = %c% }", 35, "may hold 2 regular expressions"),
    ("{ $.a = 1e999 }", 9, "too large"),
    ("{ " + "(" * 101 + "$.a = b" + ")" * 101 + " }", 103, "deeper than 100"),
]


@pytest.mark.parametrize(("text", "column", "words"), WRONG)
def test_an_error_points_at_the_character(text, column, words):
    with pytest.raises(PatternError) as caught:
        cloudwatch.parsed(text)
    assert words in str(caught.value)
    assert caught.value.column == column
    _, line, mark = str(caught.value).splitlines()
    pointed = line[mark.index("^") :][:1]
    assert pointed == text[column - 1 : column]


def test_a_pattern_is_as_long_as_aws_takes_it_and_not_longer():
    text = f'{{ $.a = "{"x" * 1012}" }}'
    assert len(text) == cloudwatch.LONGEST
    cloudwatch.parsed(text)
    with pytest.raises(PatternError, match=r"1,025 characters; at most 1,024"):
        cloudwatch.parsed(f"{text} ")


def test_what_decided_is_told_and_nothing_else():
    tree = cloudwatch.parsed(
        '{ ($.eventName = "A" || $.eventName = "B") && $.users != 1 && $.errorCode NOT EXISTS }'
    )
    verdict = cloudwatch.explain(tree, {"eventName": "B", **LIST, "errorCode": None})
    assert not verdict.matches
    assert [(one.condition, one.because) for one in verdict.reasons] == [
        ("$.users != 1", "$.users is a list, to which no comparison applies"),
        ("$.errorCode NOT EXISTS", "$.errorCode is null"),
    ]
    verdict = cloudwatch.explain(tree, {"eventName": "B", "users": 2})
    assert [one.because for one in verdict.reasons] == [
        '$.eventName is "B"', "$.users is 2", "$.errorCode is absent",
    ]  # fmt: skip


NAMES = st.text("abcXYZ019_-", min_size=1, max_size=4)
SELECTORS = st.lists(NAMES | st.integers(0, 99), min_size=1, max_size=4).map(
    lambda steps: p.Selector(("k", *steps))
)
INSIDE = st.text('ab*.:"\\ é', max_size=5)
WORDS = (
    st.builds(p.Word, INSIDE.filter(lambda text: not text.startswith("*") and not text.endswith("*")),
              st.booleans(), st.booleans())
    .filter(lambda word: word.text or word.open_before == word.open_after)
)  # fmt: skip
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9).filter(
    lambda one: not one.is_integer()
)
CONDITIONS = (
    st.builds(p.Compared, SELECTORS, st.sampled_from(["=", "!="]), WORDS)
    | st.builds(p.Compared, SELECTORS, st.sampled_from(["=", "!=", "<", ">", "<=", ">="]), NUMBERS)
    | st.builds(p.Is, SELECTORS, st.sampled_from(["NULL", "TRUE", "FALSE"]))
    | st.builds(p.NotExists, SELECTORS)
)
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        lambda made, parts: made(tuple(parts)), st.sampled_from([p.All, p.Any]),
        st.lists(inner, min_size=2, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_a_pattern_that_is_written_and_read_again_is_the_same(tree):
    text = cloudwatch.written(tree)
    # Alternatives inside alternatives need no parentheses to mean the same, but keep their shape.
    if len(text) <= cloudwatch.LONGEST:
        assert cloudwatch.parsed(text) == tree


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('{}()$.ab"%&|=!<>*1 IS'), max_size=40))
def test_any_text_is_a_pattern_or_a_pattern_error(text):
    column = None
    try:
        tree = cloudwatch.parsed(text)
    except PatternError as error:
        column = error.column
    else:
        assert cloudwatch.parsed(cloudwatch.written(tree)) == tree
        column = 1 + cloudwatch.matches(tree, TYPES)
    assert column
