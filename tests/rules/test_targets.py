"""What each target says of a rule, beyond what single tests of values show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.detect.columns import COLUMNS
from ops.errors import Refusal, RuleError, UsageError
from ops.query import dialect, paths, rendering
from ops.query.catalog import VIEWS
from ops.rules import eventbridge
from ops.rules.rule import Alarm, Kind, Target
from ops.rules.sigma import fields
from ops.rules.targets import Renderer, alarm, narrowed
from tests.rules import sigma_files as files
from tests.rules.test_agreement import EVENTS, engine
from tests.rules.test_bursts import correlation

__all__ = ["engine"]
RENDERER = Renderer(COLUMNS)
KEYWORDS = [
    "s: createuser\ncondition: s", "s: [Role, a_b]\ncondition: s", "s: {'|contains|all': [alice, 'Create*er']}\ncondition: s",
    "s: {'|cased': createuser}\ncondition: s", "s: 'us-east-?'\ncondition: not s", "s: {'|re': 'a[%_]b'}\ncondition: s",
    "s: 1000\ncondition: s", "s: {'|contains': '203.0.113'}\ncondition: s and not 1 of s*",
]  # fmt: skip


def opened(folder, detection):
    [rule] = files.opened(folder, files.text(detection)).rules
    return rule


@pytest.mark.parametrize("detection", KEYWORDS)
def test_words_anywhere_in_a_record_are_found_in_sql_as_the_rule_says(engine, tmp_path, detection):
    rule = opened(tmp_path, detection)
    tree = dialect.parsed(RENDERER.sql(rule), source="rule", views=VIEWS)
    rows = engine.run(rendering.duckdb(tree, {}), limit=None).rows
    assert {row[-1] for row in rows} == {
        name for name, event in EVENTS.items() if rule.predicate.holds(event)
    }


def test_patterns_have_no_words_without_a_field(tmp_path):
    texts = RENDERER.texts(opened(tmp_path, "s: word\ncondition: s"))
    for target in (Target.CLOUDWATCH, Target.EVENTBRIDGE):
        assert "cannot look for words anywhere" in texts[target].reason


def test_a_text_that_an_engine_cannot_be_given_is_refused_by_it(tmp_path):
    texts = RENDERER.texts(opened(tmp_path, "s: {a|utf16|cased: x}\ncondition: s"))
    assert "is no valid text there" in texts[Target.DUCKDB].reason
    assert "written in quotes" in texts[Target.CLOUDWATCH].reason
    assert isinstance(texts[Target.EVENTBRIDGE], str)


def test_an_event_pattern_is_as_long_as_it_was_measured_to_be(tmp_path):
    names = ", ".join(f"E{nth}" for nth in range(500))
    rule = opened(tmp_path, f"s: {{eventName|cased: [{names}]}}\ncondition: s")
    text = RENDERER.text(rule, Target.EVENTBRIDGE)
    assert len(text) <= eventbridge.LONGEST
    assert eventbridge.matches(
        eventbridge.parsed(text), eventbridge.enveloped({"eventName": "E499"})
    )


def test_an_alarm_can_count_all_events_of_a_filter():
    rule = correlation(Kind.EVENT_COUNT, ["ListBuckets", "GetObject"], count=(">", 4), by=False)
    assert alarm(rule) == Alarm(60, 5)
    assert RENDERER.text(rule, Target.CLOUDWATCH) == '{ $.eventName = "ListBuckets" || $.eventName = "GetObject" }'  # fmt: skip
    assert alarm(rule.rules[0]) == Alarm(300, 1)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (correlation(Kind.EVENT_COUNT, ["A"], count=(">=", 4)), "counts all events of a filter together"),
        (correlation(Kind.VALUE_COUNT, ["A"], count=(">=", 4), by=False, counted=True), "counts all events"),
        (correlation(Kind.TEMPORAL, ["A", "B"], count=(">=", 2), by=False), "counts all events"),
        (correlation(Kind.EVENT_COUNT, ["A"], count=("<", 4), by=False), "enough events in whole minutes"),
        (correlation(Kind.EVENT_COUNT, ["A"], count=(">=", 4), by=False, seconds=90), "whole minutes"),
    ],
)  # fmt: skip
def test_what_no_alarm_counts_is_refused(rule, words):
    with pytest.raises(Refusal) as caught:
        alarm(rule)
    assert words in caught.value.reason
    assert isinstance(RENDERER.texts(rule)[Target.CLOUDWATCH], Refusal)


def test_what_narrowing_would_narrow_is_known(tmp_path):
    rule = opened(
        tmp_path,
        "s: {a: [X, '5'], b|cased: Y, c|startswith: z, d|re|i: '^[0-9]$', e|re|i: u}\ncondition: s",
    )
    assert narrowed(rule) == ("X", "z", "u")


@pytest.mark.parametrize("item", ["a: '5'", "a|contains: '5.'", "a|re|i: '^[0-9]$'"])
def test_a_text_whose_letters_have_no_case_is_no_text_in_any_case(tmp_path, item):
    texts = RENDERER.texts(opened(tmp_path, f"s: {{{item}}}\ncondition: s"))
    assert isinstance(texts[Target.CLOUDWATCH], str)
    assert isinstance(texts[Target.EVENTBRIDGE], str) == ("re" not in item)


@given(st.text(max_size=6) | st.from_regex(r"[A-Za-z0-9_:/@ .-]{1,8}", fullmatch=True))
def test_a_field_of_a_rule_is_a_path_of_the_runbooks(name):
    def judged(read, error):
        try:
            return read(name)
        except error:
            return None

    assert judged(fields.path, RuleError) == judged(paths.parsed, UsageError)
