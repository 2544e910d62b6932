"""Times as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.errors import UsageError
from ops.timerange import checked, moment

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("36h", NOW - timedelta(hours=36)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T02:00:00", datetime(2026, 1, 1, 2, tzinfo=UTC)),
        ("2026-01-01T02:00:00Z", datetime(2026, 1, 1, 2, tzinfo=UTC)),
        ("2026-01-01T02:00:00-05:00", datetime(2026, 1, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_time_means_what_people_mean(text, means):
    assert moment(text, NOW) == means


@pytest.mark.parametrize(
    "text", ["", "soon", "7", "7y", "-3h", "2026-13-01", "0001-01-01", "999999w"]
)
def test_what_is_no_time_is_refused_with_examples(text):
    with pytest.raises(UsageError) as caught:
        moment(text, NOW)
    assert "7d" in caught.value.hint


def test_a_range_runs_forward():
    checked(NOW, NOW + timedelta(hours=1))
    checked(None, NOW)
    for until in (NOW, NOW - timedelta(hours=1)):
        with pytest.raises(UsageError, match="not after its start"):
            checked(NOW, until)
