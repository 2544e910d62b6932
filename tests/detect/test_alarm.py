"""Alarms: every row AWS gives, and what holds for any of them.

Each row names its source, a section of the CloudWatch User Guide, or `assumption` where
AWS is silent. 0 is a point within the threshold, X one beyond it, - a missing one; the
newest stands last.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.detect.backtest.alarm import (
    Alarm,
    Change,
    Firing,
    Missing,
    State,
    changes,
    firings,
    state,
)
from ops.errors import UsageError

MISSING = "alarms-and-missing-data"
PREMATURE = "alarms-and-missing-data, avoiding premature transitions"
EVALUATION = "alarm-evaluation"
OLDER = "AlarmThatSendsEmail 05fd32f, alarms-evaluating-missing-data"
ASSUMED = "assumption"
OK, ALARM, UNKNOWN, KEPT = State.OK, State.ALARM, State.UNKNOWN, None
POINTS = {"0": False, "X": True, "-": None}

ROWS = [
    # points, M, N, and the state with: missing, ignore, breaching, notBreaching
    (MISSING, "0 - X - X", 3, 3, OK, OK, OK, OK),
    (MISSING, "0 - - - -", 3, 3, OK, OK, OK, OK),
    (MISSING, "- - - - -", 3, 3, UNKNOWN, KEPT, ALARM, OK),
    (MISSING, "0 X X - X", 3, 3, ALARM, ALARM, ALARM, ALARM),
    (MISSING, "- - X - -", 3, 3, ALARM, KEPT, ALARM, OK),
    (MISSING, "0 - X - X", 2, 3, ALARM, ALARM, ALARM, ALARM),
    (MISSING, "0 0 X 0 X", 2, 3, ALARM, ALARM, ALARM, ALARM),
    (MISSING, "0 - X - -", 2, 3, OK, OK, ALARM, OK),
    (MISSING, "- - - - 0", 2, 3, OK, OK, ALARM, OK),
    (MISSING, "- - - X -", 2, 3, ALARM, KEPT, ALARM, OK),
    (OLDER, "- - - - X", 3, 3, UNKNOWN, KEPT, ALARM, OK),
    (OLDER, "X - - - -", 3, 3, ALARM, KEPT, ALARM, OK),
    (OLDER, "- - - - X", 2, 3, UNKNOWN, KEPT, ALARM, OK),
    (PREMATURE, "- - - X -", 3, 3, UNKNOWN, KEPT, ALARM, OK),
    (PREMATURE, "- - - X 0", 3, 3, OK, OK, OK, OK),
    (PREMATURE, "- - X - 0", 3, 3, OK, OK, OK, OK),
    (EVALUATION, "0 0 X X X", 3, 3, ALARM, ALARM, ALARM, ALARM),
    (EVALUATION, "X X X X 0", 3, 3, OK, OK, OK, OK),
    (EVALUATION, "0 0 0 0 X", 3, 3, OK, OK, OK, OK),
    # The last real points count while they are retrieved, whatever stands for missing ones.
    (ASSUMED, "- - X", 1, 1, ALARM, ALARM, ALARM, ALARM),
    (ASSUMED, "X - -", 1, 1, ALARM, ALARM, ALARM, ALARM),
    (ASSUMED, "X - 0", 1, 1, OK, OK, OK, OK),
    (ASSUMED, "- - -", 1, 1, UNKNOWN, KEPT, ALARM, OK),
    (ASSUMED, "- X X - -", 2, 3, ALARM, ALARM, ALARM, ALARM),
]  # fmt: skip
CASES = [
    pytest.param(points, m, n, missing, expected, id=f"{points} {m} of {n} {missing} ({source})")
    for source, points, m, n, *states in ROWS
    for missing, expected in zip(
        ("missing", "ignore", "breaching", "notBreaching"), states, strict=True
    )
]


@pytest.mark.parametrize(("points", "m", "n", "missing", "expected"), CASES)
def test_an_alarm_is_in_the_state_that_aws_says(points, m, n, missing, expected):
    alarm = Alarm(evaluation_periods=n, datapoints_to_alarm=m, missing=Missing(missing))
    found = [POINTS[one] for one in points.split()]
    assert len(found) == alarm.retrieved
    for before in State:
        assert state(alarm, found, before) is (before if expected is KEPT else expected)


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [("GreaterThanOrEqualToThreshold", [5, 6]), ("GreaterThanThreshold", [6]),
     ("LessThanOrEqualToThreshold", [4, 5]), ("LessThanThreshold", [4])],
)  # fmt: skip
def test_a_point_breaches_as_the_comparison_says(comparison, breaching):
    alarm = Alarm(threshold=5, comparison=comparison)
    assert [value for value in (4, 5, 6) if alarm.breaches(value)] == breaching


@pytest.mark.parametrize(
    "settings",
    [{"period": 45}, {"period": 90}, {"evaluation_periods": 0}, {"datapoints_to_alarm": 2},
     {"comparison": "GreaterThanUpperThreshold"}, {"statistic": "p99"},
     {"period": 300, "evaluation_periods": 289}, {"period": 3600, "evaluation_periods": 169}],
)  # fmt: skip
def test_settings_that_cloudwatch_does_not_take_are_refused(settings):
    with pytest.raises(UsageError):
        Alarm(**settings)


def test_the_longest_look_back_is_a_day_or_a_week_of_hours():
    assert Alarm(period=300, evaluation_periods=288).retrieved == 290
    assert Alarm(period=3600, evaluation_periods=168).retrieved == 170


ALARMS = st.builds(
    lambda n, m, missing: Alarm(
        period=60, evaluation_periods=n, datapoints_to_alarm=min(n, m), missing=missing
    ),
    st.integers(1, 4), st.integers(1, 4), st.sampled_from(list(Missing)),
)  # fmt: skip
VALUES = st.dictionaries(st.integers(0, 59), st.sampled_from([0.0, 1.0, 3.0]), max_size=12)


@given(ALARMS, VALUES)
def test_leaving_out_what_cannot_change_changes_nothing(alarm, numbered):
    values = {number * 60: value for number, value in numbered.items()}
    expected, before = [], State.UNKNOWN
    for number in range(60):
        points = [
            None if (value := values.get(one * 60)) is None else value >= 1
            for one in range(number - alarm.retrieved + 1, number + 1)
        ]
        found = state(alarm, points, before)
        if found is not before:
            expected.append(Change((number + 1) * 60, found))
        before = found
    assert list(changes(alarm, values, 0, 3600)) == expected


@given(ALARMS, VALUES)
def test_an_alarm_never_rings_for_data_within_its_threshold_alone(alarm, numbered):
    values = {number * 60: 0.0 for number in numbered}
    rung = any(one.state is State.ALARM for one in changes(alarm, values, 0, 3600))
    assert not rung or alarm.missing is Missing.BREACHING


def test_one_event_pages_once_and_holds_the_alarm_while_it_is_retrieved():
    found = list(changes(Alarm(period=300), {600: 1.0}, 0, 3600))
    assert found == [Change(300, OK), Change(900, ALARM), Change(1800, OK)]
    assert firings(found, 3600) == [Firing(900, 1800, open=False)]


def test_where_missing_data_stays_missing_an_alarm_pages_from_insufficient_data():
    alarm = Alarm(period=300, missing=Missing.MISSING)
    found = list(changes(alarm, {600: 1.0, 3000: 2.0}, 0, 3600))
    assert [one.state for one in found] == [ALARM, UNKNOWN, ALARM]
    assert firings(found, 3600)[-1] == Firing(3300, 3600, open=True)
