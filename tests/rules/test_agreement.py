"""One rule, every target: the predicate, both matchers and SQL on DuckDB say the same."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlglot
from hypothesis import assume, given, settings

from ops.errors import PatternError, Refusal
from ops.history.store import existing
from ops.query import dialect, rendering
from ops.query.catalog import VIEWS
from ops.query.files import found
from ops.query.local import Local
from ops.query.tables import FLAG_COLUMNS, TEXT_COLUMNS, Collected
from ops.query.window import Window
from ops.rules import cloudwatch, eventbridge, sql
from ops.rules.predicate import And, Exists, Flag, Leaf, Network, Not, Number, Op, Or, Text
from tests.query import stores
from tests.rules import vocabulary as v

COLUMNS = sql.Columns(TEXT_COLUMNS, FLAG_COLUMNS)
TEXTS = v.events(seed=5, count=300)
EVENTS = {one["eventID"]: one for one in map(json.loads, TEXTS)}
EB_REFUSALS = ("asked twice", "never holds", "combinations", "same element", "characters")
"""What a tree of sayable leaves may still be refused for."""
CHECKED = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    root = tmp_path_factory.mktemp("agreement") / "store"
    writer = stores.Writer(root)
    writer.log("log-1.json.gz", TEXTS)
    writer.finish()
    with Local(found(existing(str(root)), Window()), Window()) as local:
        yield local


def holding(tree):
    return {name for name, event in EVENTS.items() if tree.holds(event)}


def filtered(pattern, *, absent_differs=False):
    return {name for name, event in EVENTS.items()
            if cloudwatch.matches(pattern, event, absent_differs=absent_differs)}  # fmt: skip


def enveloped(pattern):
    tree = eventbridge.read(pattern)
    return {
        name
        for name, event in EVENTS.items()
        if eventbridge.matches(tree, eventbridge.enveloped(event))
    }


def said(compiled, found, tree):
    """Return what a target finds; None if it refuses."""
    try:
        pattern = compiled(tree)
    except Refusal:
        return None
    return found(pattern)


def answered(engine, tree):
    condition = sql.condition(tree, COLUMNS)
    text = f"SELECT event_id FROM events WHERE {condition}"
    statement = rendering.duckdb(dialect.parsed(text, source="a rule", views=VIEWS), {})
    return {name for (name,) in engine.run(statement, limit=None).rows}


def test_every_test_of_a_value_means_the_same_in_every_target_that_has_it(engine):
    leaves = v.every_leaf()
    columns = ", ".join(
        f"{sql.condition(one, COLUMNS)} AS c{nth}" for nth, one in enumerate(leaves)
    )
    tree = dialect.parsed(f"SELECT event_id, {columns} FROM events", source="rules", views=VIEWS)
    rows = engine.run(rendering.duckdb(tree, {}), limit=None).rows
    assert len(rows) == len(EVENTS)
    for nth, one in enumerate(leaves, 1):
        expected = holding(one)
        assert {row[0] for row in rows if row[nth]} == expected, one
        contrary = replace(one, negated=True)
        for tested, wanted in ((one, expected), (contrary, set(EVENTS) - expected)):
            assert said(cloudwatch.compiled, filtered, tested) in (wanted, None), tested
            assert said(eventbridge.compiled, enveloped, tested) in (wanted, None), tested


def test_the_same_sql_is_what_athena_is_asked():
    tests = v.every_leaf()[::7]
    condition = sql.condition(Or(tuple(tests)), COLUMNS)
    tree = dialect.parsed(
        f"SELECT event_id FROM events WHERE {condition}", source="a rule", views=VIEWS
    )
    week = Window(datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    text = rendering.athena(tree, Collected("history", "events"), week, {}, {}).text
    # Read again by another's parser: it is Athena's language, and nothing of ours is left.
    again = sqlglot.parse_one(text, read="athena")
    assert not dialect.FUNCTIONS & {dialect.called(one) for one in again.walk()} - {
        "arrays_overlap"
    }
    assert {"REGEXP_LIKE", "STARTS_WITH", "LIKE", "JSON_QUERY"} <= set(re.findall(r"[A-Z_]+", text))


@CHECKED
@given(v.trees(v.EVERY_LEAF))
def test_sql_finds_the_events_for_which_a_rule_holds(engine, tree):
    assert answered(engine, tree) == holding(tree)


@CHECKED
@given(v.trees(v.EXPRESSIBLE_BY_CLOUDWATCH))
def test_a_filter_pattern_matches_what_a_rule_holds_for_whatever_absence_means(tree):
    try:
        pattern = cloudwatch.compiled(tree)
    except Refusal as refusal:
        assume("characters" not in refusal.reason)
        raise
    expected = holding(tree)
    for absent_differs in (False, True):
        assert filtered(pattern, absent_differs=absent_differs) == expected
    assert cloudwatch.parsed(cloudwatch.written(pattern)) == pattern


@CHECKED
@given(v.trees(v.EXPRESSIBLE_BY_EVENTBRIDGE, negations=False))
def test_an_event_pattern_matches_what_a_rule_holds_for(tree):
    try:
        pattern = eventbridge.compiled(tree)
    except Refusal as refusal:
        assume(not any(one in refusal.reason for one in EB_REFUSALS))
        raise
    assert enveloped(pattern) == holding(tree)
    assert eventbridge.parsed(json.dumps(pattern)) == eventbridge.read(pattern)


@CHECKED
@given(v.trees(v.EVERY_LEAF))
def test_a_target_says_the_same_or_refuses(tree):
    assert said(cloudwatch.compiled, filtered, tree) in (holding(tree), None)
    assert said(eventbridge.compiled, enveloped, tree) in (holding(tree), None)


def leaf(path, test, *, negated=False, many=False):
    return Leaf(tuple(path.split(".")), test, negated, many)


NAME = "eventName"
CLOUDWATCH_REFUSES = [
    (leaf("resources.ARN", Exists(), many=True), "leads through a list"),
    (leaf(NAME, Text(Op.EQUALS, "a", cased=False)), "upper from lower case"),
    (leaf(NAME, Text(Op.WILDCARD, "a*b")), "at the ends of a text only"),
    (leaf(NAME, Text(Op.WILDCARD, "a?")), "at the ends of a text only"),
    (leaf(NAME, Text(Op.EQUALS, "*a")), "would stand for anything"),
    (leaf(NAME, Text(Op.EQUALS, 'a"b')), "how 'a\"b' is written in quotes"),
    (leaf(NAME, Text(Op.EQUALS, "a\nb")), "is written in quotes"),
    (leaf(NAME, Text(Op.REGEX, "a(b|c)")), "groups are not supported"),
    (leaf(NAME, Text(Op.REGEX, "a!")), "'!' is not supported"),
    (leaf("sourceIPAddress", Network("10.0.0.0/8")), "knows no networks"),
    (leaf("userIdentity.a:b", Exists()), "cannot name 'a:b'"),
    (Or(tuple(leaf(NAME, Text(Op.EQUALS, "x" * 40 + str(nth))) for nth in range(20))), "at most 1,024"),
    (Or(tuple(leaf(NAME, Text(Op.REGEX, one)) for one in "abc")), "hold 3 regular expressions"),
    (And(()), "without parts"),
]  # fmt: skip
EVENTBRIDGE_REFUSES = [
    (And(tuple(leaf("tags", Text(Op.EQUALS, one), many=True) for one in "ab")), "asked twice"),
    (leaf(NAME, Text(Op.REGEX, "a")), "no regular expressions"),
    (leaf(NAME, Text(Op.CONTAINS, "a", cased=False)), "meant in any"),
    (leaf(NAME, Text(Op.WILDCARD, "a?")), "no ? for one character"),
    (leaf(NAME, Text(Op.PREFIX, "a", cased=False), negated=True), "anything-but takes no prefix in any case"),
    (leaf(NAME, Flag(value=True), negated=True), "no truth values"),
    (leaf("sourceIPAddress", Network("10.0.0.0/8"), negated=True), "no networks"),
    (leaf("resources.ARN", Text(Op.EQUALS, "a"), negated=True, many=True), "any element, not all"),
    (leaf("count", Number("<", 6e9)), "up to"),
    (And((leaf(NAME, Text(Op.PREFIX, "a")), leaf(NAME, Text(Op.SUFFIX, "b")))), "asked twice"),
    (And((leaf(NAME, Text(Op.EQUALS, "a")), leaf(NAME, Text(Op.EQUALS, "b")))), "never holds"),
    (And((leaf("r.a", Exists(), many=True), leaf("r.b", Exists(), many=True))), "same element of a list"),
    (And((leaf("r.a", Exists()), leaf("r", Exists()))), "asked itself"),
    (And((leaf("r", Exists()), leaf("r.a", Exists()))), "asked itself"),
    (Or(tuple(leaf(NAME, Text(Op.EQUALS, "x" * 400 + str(nth))) for nth in range(12))), "at most 4,096"),
    (And(tuple(Or((leaf(f"a{nth}", Exists()), leaf(f"b{nth}", Exists()))) for nth in range(10))), "1,024 combinations"),
    (Or(()), "without parts"),
]  # fmt: skip
SQL_REFUSES = [
    (leaf("sourceIPAddress", Network("2001:db8::/32")), "IPv6"),
    (leaf(NAME, Text(Op.EQUALS, "a\0")), "no valid text"),
    (leaf(NAME, Text(Op.EQUALS, "\ud800")), "no valid text"),
]


@pytest.mark.parametrize(("tree", "words"), CLOUDWATCH_REFUSES)
def test_what_a_filter_pattern_cannot_say_is_refused_with_the_reason(tree, words):
    with pytest.raises(Refusal) as caught:
        cloudwatch.compiled(tree)
    assert words in caught.value.reason


@pytest.mark.parametrize(("tree", "words"), EVENTBRIDGE_REFUSES)
def test_what_an_event_pattern_cannot_say_is_refused_with_the_reason(tree, words):
    with pytest.raises(Refusal) as caught:
        eventbridge.compiled(tree)
    assert words in caught.value.reason


@pytest.mark.parametrize(("tree", "words"), SQL_REFUSES)
def test_what_sql_cannot_say_is_refused_with_the_reason(tree, words):
    with pytest.raises(Refusal) as caught:
        sql.condition(tree, COLUMNS)
    assert words in caught.value.reason


def test_a_regular_expression_outside_the_language_is_an_error_in_every_target():
    with pytest.raises(PatternError):
        sql.condition(leaf(NAME, Text(Op.REGEX, "(?=a)")), COLUMNS)


def test_a_rule_for_any_case_is_narrowed_to_one_if_that_is_asked_for():
    tree = leaf(NAME, Text(Op.PREFIX, "Create", cased=False))
    pattern = cloudwatch.compiled(tree, narrow_case=True)
    assert cloudwatch.written(pattern) == '{ $.eventName = "Create*" }'


def test_the_texts_are_as_a_person_would_write_them():
    some = Or((leaf(NAME, Text(Op.EQUALS, "A")), leaf(NAME, Text(Op.EQUALS, "B"))))
    tree = And((some, Not(leaf("userIdentity.type", Text(Op.EQUALS, "Root"))),
                leaf("requestParameters.name", Text(Op.PREFIX, "x"))))  # fmt: skip
    assert cloudwatch.written(cloudwatch.compiled(tree)) == (
        '{ ($.eventName = "A" || $.eventName = "B") && ($.userIdentity.type NOT EXISTS || '
        '$.userIdentity.type IS NULL || $.userIdentity.type != "Root") && '
        '$.requestParameters.name = "x*" }'
    )
    assert eventbridge.compiled(tree)["detail"] == {
        "eventName": ["A", "B"],
        "userIdentity": {"type": [{"exists": False}, None, {"anything-but": ["Root"]}]},
        "requestParameters": {"name": [{"prefix": "x"}]},
    }
    assert sql.condition(tree, COLUMNS) == (
        "(coalesce(event_name IN ('A', 'B'), false) AND NOT coalesce(user_type = 'Root', false) AND "
        "(cardinality(filter(field_any('requestParameters.name'), item -> "
        "starts_with(item, 'x'))) > 0))"
    )


def test_a_field_that_alternatives_ask_again_is_asked_in_each_of_them_alone():
    one, other = (leaf(NAME, Text(Op.EQUALS, text)) for text in "AB")
    who = leaf("userAgent", Text(Op.EQUALS, "x"))
    tree = And((Or((one, other)), Or((And((one, who)), leaf("errorCode", Exists(), negated=True)))))
    assert eventbridge.compiled(tree)["detail"] == {
        "$or": [
            {"eventName": ["A"], "userAgent": ["x"]},
            {"eventName": ["A", "B"], "errorCode": [{"exists": False}, None]},
        ]
    }


def test_where_a_selector_lands_on_an_object_a_filter_pattern_does_not_apply():
    """The one difference that is AWS's: a rule that says "not" holds there, a pattern never."""
    tree = leaf("requestParameters.policy", Text(Op.EQUALS, "x"), negated=True)
    event = {"requestParameters": {"policy": {"Effect": "Allow"}}}
    assert tree.holds(event)
    assert not cloudwatch.matches(cloudwatch.compiled(tree), event, absent_differs=True)
