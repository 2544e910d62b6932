"""A store's columns never leave out an event that a pattern matches."""

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.detect.backtest import narrow
from ops.detect.backtest.pattern import Filter, Rule, read
from ops.detect.backtest.replay import events
from ops.rules import cloudwatch, eventbridge
from ops.rules.cloudwatch import pattern as p
from tests.query import stores
from tests.query.conftest import Asker, of_records
from tests.rules import vocabulary as v

ODD = [
    5,
    7.5,
    True,
    False,
    ["CreateUser", "Root"],
    [["CreateUser"]],
    {"name": "CreateUser"},
    [],
    {},
]
PATHS = [*v.COLUMNS, *v.INSIDE, v.COUNT, v.SWITCH, v.READ_ONLY, v.TAGS, "eventID", "recipientAccountId",
         "userIdentity.sessionContext.attributes.mfaAuthenticated", "userIdentity"]  # fmt: skip
TWICE = '"eventName": "DeleteUser", "eventName": "CreateUser"'


def texts():
    """Records as they come, and such as a column cannot hold: other types, escapes, keys twice."""
    yield from v.events(7, 150)
    for nth, one in enumerate(ODD):
        yield v.changed(eventName=one, readOnly=one, userAgent=one)
        yield v.changed(
            userIdentity={"type": one, "sessionContext": {"attributes": {"mfaAuthenticated": one}}}
        )
        yield v.changed(eventID=..., eventId=f"User{nth}", recipientAccountId=..., accountId=one)
    yield v.changed(eventName="X").replace('"eventName": "X"', TWICE)
    yield v.changed(requestParameters={"name": "CreateUser"}).replace(
        "CreateUser", "Create\\u0055ser"
    )
    yield v.changed(eventName="CreateUser").replace("CreateUser", "Create\\u0055ser")
    yield v.changed(eventName="CreateUser").replace("CreateUser", "Create\\ud800User")


RAW = list(texts())


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    root = of_records(tmp_path_factory.mktemp("narrow") / "store", RAW)
    asker = Asker(root)
    yield asker.engine
    asker.engine.close()


RECORDS = [json.loads(stores.repaired(one)) for one in RAW]
WORDS = st.sampled_from([*v.TEXTS, *v.PIECES]).flatmap(
    lambda text: st.builds(p.Word, st.just(text.strip("*")), st.booleans(), st.booleans())
)
SELECTORS = st.sampled_from(PATHS).map(lambda path: p.Selector(tuple(path.split("."))))
COMPARED = st.builds(
    p.Compared, SELECTORS, st.sampled_from(["=", "!="]),
    WORDS | st.sampled_from(v.EXPRESSIONS[:1]).map(p.Regex) | st.sampled_from([5, 0]),
)  # fmt: skip
CONDITIONS = (COMPARED | st.builds(p.Is, SELECTORS, st.sampled_from(["NULL", "TRUE", "FALSE"]))
              | st.builds(p.NotExists, SELECTORS))  # fmt: skip
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.lists(inner, min_size=2, max_size=3).map(tuple).flatmap(
        lambda parts: st.sampled_from([p.All(parts), p.Any(parts)])
    ),
    max_leaves=4,
)  # fmt: skip
TESTS = st.lists(
    st.sampled_from(v.TEXTS)
    | st.sampled_from([5, True, None])
    | st.builds(lambda name, text: {name: text}, st.sampled_from(["prefix", "suffix"]), st.sampled_from(v.PIECES))
    | st.sampled_from([{"exists": False}, {"exists": True}, {"wildcard": "*User"},
                       {"anything-but": ["CreateUser"]}, {"prefix": {"equals-ignore-case": "create"}}]),
    min_size=1, max_size=3,
)  # fmt: skip


def nested(path, tests):
    for key in reversed(path.split(".")):
        tests = {key: tests}
    return tests


EVENT_PATTERNS = st.one_of(
    st.builds(lambda path, tests: {"detail": nested(path, tests)}, st.sampled_from(PATHS), TESTS),
    st.builds(
        lambda one, two, tests, others: {
            "detail": {"$or": [nested(one, tests), nested(two, others)]}
        },
        st.sampled_from(PATHS), st.sampled_from(PATHS), TESTS, TESTS,
    ),
)  # fmt: skip


def counted(found):
    return sorted(json.dumps(one, sort_keys=True) for one in found)


def judged(engine, pattern, **reading):
    """Return what a pattern matches of what its condition leaves, and of everything."""
    left = [one.record for one in events(engine, pattern.condition) if one]
    return (counted(one for one in left if pattern.matches(one, **reading)),
            counted(one for one in RECORDS if pattern.matches(one, **reading)))  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(tree=FILTERS, absent_differs=st.booleans())
def test_no_event_that_a_filter_matches_is_left_out(engine, tree, absent_differs):
    kept, every = judged(engine, Filter("", tree), absent_differs=absent_differs)
    assert kept == every


@settings(max_examples=100, deadline=None)
@given(given_pattern=EVENT_PATTERNS)
def test_no_event_that_an_event_pattern_matches_is_left_out(engine, given_pattern):
    kept, every = judged(engine, Rule("", eventbridge.read(given_pattern)))
    assert kept == every


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("{ $.eventName = * }", 100),  # a number, too, which its column does not hold
        ("{ $.requestParameters.name = CreateUser }", 2),  # once written with an escape
        ("{ $.eventName = Create* }", 20),
        ("{ $.eventID NOT EXISTS }", 9),  # its column holds eventId, too
        ("{ $.recipientAccountId NOT EXISTS }", 9),
        ("{ $.readOnly IS TRUE }", 20),
        ("{ $.userIdentity.sessionContext.attributes.mfaAuthenticated IS TRUE }", 1),
        ('{ $.eventName != "CreateUser" }', 50),
        ("{ $.eventName = 5 || $.eventName > 7 }", 2),
        ('{"detail": {"eventName": ["CreateUser"]}}', 5),  # an element of a list, too
        ('{"detail": {"eventName": [5, "CreateUser"]}}', 5),
        ('{"detail": {"userIdentity": {"type": [{"exists": false}]}}}', 5),
        ('{"detail": {"eventName": [{"exists": false}, "CreateUser"]}}', 10),
    ],
)
def test_what_a_column_cannot_hold_is_left_to_the_matcher(engine, text, least):
    kept, every = judged(engine, read(text))
    assert kept == every
    assert len(every) >= least


@cache
def condition(text):
    return read(text).condition


def test_a_plain_pattern_asks_the_columns_and_reads_nothing_else():
    assert condition("{ $.eventName = CreateUser && $.errorCode NOT EXISTS }") == (
        "(coalesce(event_name = 'CreateUser', false) AND error_code IS NULL)"
    )
    assert condition('{"detail": {"eventName": ["A", {"prefix": "B"}]}}') == (
        "coalesce((event_name = 'A' OR starts_with(event_name, 'B')), true)"
    )


def test_a_field_without_a_column_is_looked_for_in_the_text_of_the_record():
    assert condition("{ $.requestParameters.name = bob }") == (
        "(contains(raw, 'bob') OR contains(raw, '\\u'))"
    )
    assert condition('{ $.requestParameters.name = "a/b" }') is None


def test_an_alternative_that_narrows_nothing_takes_the_others_along():
    assert condition("{ $.eventName = A || $.requestParameters.count > 5 }") is None
    assert narrow.any_of([]) is None


def test_a_pattern_is_read_as_the_kind_it_begins_like():
    assert isinstance(read(' { "detail": {"eventName": ["A"]} }'), Rule)
    assert isinstance(read("{ $.eventName = A }"), Filter)
    assert read("{ $.eventName = A }").tree == cloudwatch.parsed("{ $.eventName = A }")
