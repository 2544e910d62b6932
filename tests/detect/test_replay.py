"""What a replay counts: who is seen at all, what a metric is given, and what is left open."""

import json

import pytest

from ops.detect.backtest import tally
from ops.detect.backtest.alarm import Alarm, Missing
from ops.detect.backtest.comparison import compared
from ops.detect.backtest.pattern import read
from ops.detect.backtest.scope import LARGEST, Scope
from ops.detect.backtest.subject import Source, Subject, of_pattern, value
from ops.detect.backtest.tally import Ranking
from ops.errors import PatternError
from tests.detect.conftest import ANYWHERE
from tests.query.conftest import at as moment
from tests.query.records import event, session

ANY = "{ $.eventName = * }"
DELETIONS = '{"detail": {"eventName": [{"prefix": "Delete"}, "GetUser", "GetSessionToken"]}}'
ALARM = Alarm()


def of_size(count):
    """Return a record's text of so many bytes."""
    text = event("Large", params={"x": ""})
    return text.replace('"x": ""', f'"x": "{"é" * ((count - len(text)) // 2)}{"a" * ((count - len(text)) % 2)}"')  # fmt: skip


def test_an_event_above_256_kb_never_arrives_and_is_told(replay):
    fits, beyond = of_size(LARGEST), of_size(LARGEST + 1)
    assert (len(fits.encode()), len(beyond.encode())) == (262_144, 262_145)
    found = replay(of_pattern(ANY, ALARM), fits, beyond).tally
    assert (found.count.hits, found.too_large) == (1, 1)


def test_a_rule_does_not_see_management_events_that_only_read(replay):
    seen = [
        event("DeleteUser"),
        event("GetSessionToken", "sts"),
        event("GetUser", eventCategory="Data"),
    ]
    unseen = [event("GetUser"), event("GetUser", readOnly=None, eventCategory=None)]
    found = replay(of_pattern(DELETIONS, ALARM), *seen, *unseen).tally
    assert (found.count.hits, found.only_reads) == (3, 2)


@pytest.mark.parametrize("by", ["state", "option"])
def test_a_rule_may_see_all_management_events(replay, by):
    subject = Subject("x", (Source(read(DELETIONS)),), all_management=by == "state")
    scope = Scope(all_management=by == "option")
    found = replay(subject, event("GetUser"), scope=scope).tally
    assert (found.count.hits, found.only_reads) == (1, 0)


def test_a_rule_sees_its_own_account_and_region_and_each_is_shown_apart(replay):
    subject = of_pattern(DELETIONS, ALARM)
    texts = [event("DeleteUser"), event("DeleteUser", awsRegion="eu-west-1"),
             event("DeleteUser", recipientAccountId="555555555555")]  # fmt: skip
    apart = replay(subject, *texts).tally
    assert apart.places.top() == [("444444444444 eu-west-1", 1), ("444444444444 us-east-1", 1),
                                  ("555555555555 us-east-1", 1)]  # fmt: skip
    here = replay(subject, *texts, scope=Scope("444444444444", "us-east-1")).tally
    assert (here.count.hits, here.elsewhere) == (1, 2)


def test_a_filter_sees_the_whole_organisation_and_what_only_reads(replay):
    texts = [event("GetUser"), event("GetUser", recipientAccountId="555555555555")]
    scope = Scope("444444444444", "us-east-1")
    assert replay(of_pattern(ANY, ALARM), *texts, scope=scope).tally.count.hits == 2


def test_each_filter_of_a_metric_adds_to_its_sum_and_the_event_is_one_hit(replay):
    sources = (Source(read(ANY)), Source(read("{ $.eventName = A }")))
    found = replay(Subject("x", sources, (Alarm(threshold=2),)), event("A"), event("B", at="2026-11-20T11:00:00Z"))  # fmt: skip
    assert found.tally.count.hits == 2
    assert [one.begin for one in found.alarms[0].firings] == [
        int(moment("2026-11-20T10:05:00Z").timestamp())
    ]


def test_a_metric_takes_the_number_of_a_field_and_nothing_where_there_is_none(replay):
    text = "{ $.requestParameters.count = * || $.eventName = A }"
    source = Source(read(text), value("$.requestParameters.count"))
    texts = [event("A", params={"count": 40}), event("A", params={"count": 2}), event("A", params={"count": "9"})]  # fmt: skip

    def pages(statistic, threshold):
        alarm = Alarm(statistic=statistic, threshold=threshold)
        return replay(Subject("x", (source,), (alarm,)), *texts).alarms[0].pages

    assert (pages("Sum", 42), pages("Sum", 43)) == (1, 0)
    assert (pages("Average", 21), pages("Average", 22)) == (1, 0)
    assert (pages("Maximum", 40), pages("Maximum", 41)) == (1, 0)
    assert (pages("SampleCount", 2), pages("SampleCount", 3)) == (1, 0)
    low = Alarm(statistic="Minimum", threshold=2, comparison="LessThanOrEqualToThreshold")
    assert replay(Subject("x", (source,), (low,)), *texts).alarms[0].pages == 1


def test_a_value_that_is_neither_a_number_nor_a_field_is_refused():
    with pytest.raises(PatternError, match="neither a number nor"):
        value("many")


def test_a_default_is_published_in_minutes_with_events_of_which_none_matches(replay):
    texts = [event("A", at="2026-11-20T10:00:30Z"), event("B", at="2026-11-20T10:00:40Z"),
             event("B", at="2026-11-20T10:01:00Z"), event("B", at="2026-11-20T10:09:00Z")]  # fmt: skip
    alarm = Alarm(period=60, missing=Missing.MISSING)
    subject = Subject("x", (Source(read("{ $.eventName = A }")),), (alarm,), default=7)
    points = replay(subject, *texts).tally.count.series[0].values()
    assert [points[one] for one in sorted(points)] == [1, 7, 7]


def test_what_stays_open_is_counted_both_ways(replay):
    text = '{ $.eventName = A && $.errorCode != "AccessDenied" }'
    found = replay(of_pattern(text, ALARM), event("A"), event("A", errorCode="X"), event("A", errorCode="AccessDenied"))  # fmt: skip
    assert (found.tally.count.hits, found.tally.otherwise.hits) == (1, 2)
    assert found.doubtful
    clear = replay(of_pattern(text, ALARM), event("A", errorCode="X"))
    assert not clear.doubtful


def test_what_never_arrives_counts_in_neither_way(replay):
    pattern = of_pattern('{ $.errorCode != "AccessDenied" }', ALARM)
    assert replay(pattern, of_size(LARGEST + 1)).tally.otherwise.hits == 0


def test_an_event_without_a_time_is_a_hit_on_no_day_and_in_no_alarm(replay):
    found = replay(of_pattern(ANY, ALARM), event("A", at="someday"))
    assert (found.tally.count.hits, found.tally.undated, found.tally.days) == (1, 1, {})
    assert found.alarms[0].pages == 0


def test_a_session_is_counted_under_its_role():
    role = session("ASIAX", "arn:aws:sts::444444444444:assumed-role/deploy/me")
    assert tally.actor({"userIdentity": role}) == "arn:aws:iam::444444444444:role/deploy"
    assert tally.actor({"userIdentity": {"invokedBy": "ec2.amazonaws.com"}}) == "ec2.amazonaws.com"
    assert [tally.actor(one) for one in ({}, {"userIdentity": 5}, {"userIdentity": {}})] == [
        "-"
    ] * 3


def test_a_ranking_stays_small_whatever_comes():
    ranking = Ranking()
    for number in range(tally.MOST + 5):
        ranking.add(str(number))
    ranking.add("7")
    assert len(ranking.counts) == tally.MOST
    assert ranking.top(1) == [("7", 2), ("(others)", 5)]


def test_two_patterns_are_compared_both_ways_with_a_reason(ask):
    texts = [event("A"), event("B"), event("C")]
    subject = of_pattern("{ $.eventName = A || $.eventName = B }", ALARM)
    other = read("{ $.eventName = B || $.eventName = C }")
    found = compared(ask(texts).engine, subject, other, ANYWHERE)
    assert (found.both, found.only_this, found.only_other) == (1, 1, 1)
    [mine], [theirs] = found.these, found.others
    assert (mine.name, theirs.name) == ("A", "C")
    assert mine.id == json.loads(texts[0])["eventID"]
    assert mine.why[0].because == '$.eventName is "A"'


def test_examples_are_few_and_counts_are_whole(ask):
    texts = [event("A") for _ in range(20)]
    found = compared(
        ask(texts).engine, of_pattern(ANY, ALARM), read("{ $.eventName = B }"), ANYWHERE
    )
    assert (found.only_this, len(found.these)) == (20, 5)


def test_an_event_that_the_other_does_not_see_is_only_one_ways_catch(ask):
    subject = of_pattern("{ $.eventName = GetUser }", ALARM)
    other = read('{"detail": {"eventName": ["GetUser"]}}')
    found = compared(ask([event("GetUser")]).engine, subject, other, ANYWHERE)
    assert (found.both, found.only_this) == (0, 1)
    assert found.these[0].why == ()


def test_each_of_two_patterns_catches_only_what_comes_to_where_it_stands(ask):
    subject, other = of_pattern(DELETIONS, ALARM), read(ANY)
    texts = [event("DeleteUser"), event("DeleteUser", awsRegion="eu-west-1"), event("GetUser"),
             of_size(LARGEST + 1)]  # fmt: skip
    engine = ask(texts).engine
    found = compared(engine, subject, other, Scope("444444444444", "us-east-1"))
    assert (found.both, found.only_this, found.only_other) == (1, 0, 2)
    everything = Scope("444444444444", "us-east-1", all_management=True)
    found = compared(engine, subject, other, everything)
    assert (found.both, found.only_this, found.only_other) == (2, 0, 1)
