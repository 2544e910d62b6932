"""Who is busy enough for a burst is asked first, and no burst is lost by it."""

import pytest

from ops.detect import busy
from tests.detect.detecting import rules_of, scanned
from tests.query.conftest import of_records
from tests.query.records import event

RULE = """
title: Reading
name: reading
logsource: {{product: aws, service: cloudtrail}}
detection:
  selection: {{eventName|cased: GetObject}}
  condition: selection
level: informational
---
title: Burst
name: burst
correlation:
  type: {type}
  rules: [reading]
  group-by: [userIdentity.accessKeyId]
  timespan: {span}
  condition: {{{condition}}}
level: high
"""
HALF_AND_HALF = ["10:59:50", "10:59:55", "11:00:05", "11:00:09"]
"""A burst of seconds that an hour's end goes through."""


def read(key, at, address="203.0.113.9", day="2026-11-20"):
    return event(
        "GetObject", at=f"{day}T{at}Z", sourceIPAddress=address,
        params={"bucketName": "b", "key": at},
        userIdentity={"type": "IAMUser", "arn": f"arn:aws:iam::444444444444:user/{key}",
                      "accountId": "444444444444", "accessKeyId": key},
    )  # fmt: skip


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """Return whose bursts are found, after the question and without it."""

    def found(text, texts):
        rules = rules_of(tmp_path / "rules", text)
        store = of_records(tmp_path / "store", texts)
        answers = []
        for worth in (0, len(texts) + 1):
            monkeypatch.setattr(busy, "WORTH", worth)
            findings = scanned(store, rules).findings
            answers.append([(one.session or one.key, one.count) for one in findings])
        assert answers[0] == answers[1]
        return answers[0]

    return found


@pytest.mark.parametrize("condition", ["gte: 4", "gt: 3"])
def test_a_burst_over_the_end_of_an_hour_is_found(keys, condition):
    text = RULE.format(type="event_count", span="1m", condition=condition)
    texts = [read("AKIAONE", at) for at in HALF_AND_HALF] + [read("AKIATWO", HALF_AND_HALF[0])]
    assert len(keys(text, texts)) == 1


def test_values_are_counted_by_columns_where_there_is_one(keys):
    text = RULE.format(type="value_count", span="6h", condition="gte: 2, field: sourceIPAddress")
    texts = [read("AKIAONE", "01:00:00"), read("AKIAONE", "02:00:00", "198.51.100.4"),
             read("AKIATWO", "01:00:00"), read("AKIATWO", "02:00:00")]  # fmt: skip
    assert len(keys(text, texts)) == 1


def test_values_inside_a_record_are_counted_by_the_events_that_hold_them(keys):
    text = RULE.format(
        type="value_count", span="1m", condition="gte: 4, field: requestParameters.key"
    )
    texts = [read("AKIAONE", at) for at in HALF_AND_HALF]
    texts += [read("AKIATWO", HALF_AND_HALF[0]) for _ in range(9)]
    assert len(keys(text, texts)) == 1


def test_a_span_of_several_days_needs_no_busy_day(keys):
    text = RULE.format(type="event_count", span="3d", condition="gte: 2")
    texts = [read("AKIAONE", "10:00:00", day=day) for day in ("2026-11-18", "2026-11-20")]
    assert len(keys(text, texts)) == 1


def test_nobody_busy_is_nobody_found(keys):
    text = RULE.format(type="event_count", span="1m", condition="gte: 4")
    assert keys(text, [read("AKIAONE", at) for at in HALF_AND_HALF[:3]]) == []


def test_a_condition_that_few_events_fulfil_asks_nothing_first(tmp_path):
    text = RULE.format(type="event_count", span="1m", condition="lt: 4")
    [*_, rule] = rules_of(tmp_path / "rules", text)
    assert busy.question(rule) is None


def test_where_too_many_are_busy_nobody_is_named_and_none_is_lost(keys, monkeypatch):
    monkeypatch.setattr(busy, "MOST", 1)
    text = RULE.format(type="event_count", span="1m", condition="gte: 4")
    texts = [read(f"AKIA{key}", at) for key in ("ONE", "TWO", "SIX") for at in HALF_AND_HALF]
    assert len(keys(text, texts)) == 3


def test_a_key_that_no_question_can_hold_hides_nobody(keys):
    text = RULE.format(type="event_count", span="1m", condition="gte: 4")
    texts = [read(key, at) for key in ("AKIA\0", "AKIATWO") for at in HALF_AND_HALF]
    assert len(keys(text, texts)) == 2
