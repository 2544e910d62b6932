"""Athena's texts become Python's values, whatever a column's type."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ops.query.athena.values import value


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("varchar", "", ""),
        ("varchar", "12", "12"),
        ("char", "x ", "x "),
        ("bigint", "-9223372036854775808", -9223372036854775808),
        ("tinyint", "7", 7),
        ("double", "1.5E-3", 0.0015),
        ("float", "Infinity", float("inf")),
        ("decimal", "12.340", Decimal("12.340")),
        ("boolean", "false", False),
        ("date", "2026-11-01", date(2026, 11, 1)),
        ("timestamp", "2026-11-01 12:30:00.000", datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        ("timestamp", "2026-11-01 12:30:00.123456789",
         datetime(2026, 11, 1, 12, 30, 0, 123456, tzinfo=UTC)),
        ("timestamp with time zone", "2026-11-01 12:30:00.000 UTC",
         datetime(2026, 11, 1, 12, 30, tzinfo=UTC)),
        ("timestamp with time zone", "2026-07-01 12:30:00.000 Europe/Berlin",
         datetime(2026, 7, 1, 10, 30, tzinfo=UTC)),
        ("timestamp with time zone", "2026-11-01 12:30:00.000 +05:30",
         datetime(2026, 11, 1, 7, 0, tzinfo=UTC)),
        ("array", "[a, b]", "[a, b]"),
        ("map", "{a=1}", "{a=1}"),
        ("row", "{arn=x}", "{arn=x}"),
        ("varbinary", "00 ff", "00 ff"),
        ("json", '{"a":1}', '{"a":1}'),
        ("a type of next year", "x", "x"),
    ],
)  # fmt: skip
def test_a_text_becomes_the_value_its_type_says(kind, text, expected):
    found = value(kind, text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("kind", ["varchar", "bigint", "timestamp", "array"])
def test_nothing_is_null_and_not_an_empty_text(kind):
    assert value(kind, None) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bigint", "many"),
        ("boolean", "yes"),
        ("decimal", "x"),
        ("date", "+12026-01-01"),
        ("timestamp", "294247-01-10 04:00:54.775"),
        ("timestamp with time zone", "2026-11-01 12:30:00.000 Mars/Olympus"),
    ],
)
def test_what_python_cannot_hold_stays_text(kind, text):
    assert value(kind, text) == text
