"""Parameters: each type takes what it means and nothing else; none can become SQL."""

from datetime import UTC, datetime

import pytest

from ops.errors import UsageError
from ops.query import dialect, parameters, rendering, tables
from ops.query.parameters import Parameter
from ops.query.window import Window
from tests.query.records import event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RIGHT = {
    "string": [("alice", "alice"), ("o'brien; -- ü", "o'brien; -- ü"), (":x $y ? %", ":x $y ? %")],
    "int": [("0", 0), ("-7", -7), ("100000000000000", 10**14)],
    "time": [("2d", datetime(2026, 11, 18, 12, tzinfo=UTC)), ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC))],
    "account": [("012345678901", "012345678901")],
    "arn": [("arn:aws:iam::444444444444:user/alice", "arn:aws:iam::444444444444:user/alice"),
            ("arn:aws-cn:s3:::bucket/*", "arn:aws-cn:s3:::bucket/*")],
    "ip": [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1")],
    "key": [("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE")],
    "list": [("a, b,,c ", ("a", "b", "c")), (",", ())],
}  # fmt: skip
WRONG = {
    "string": ["", "a\nb", "a\x1b[2J", "a\u202eb", "\x00"],
    "int": ["", "1.5", "1e3", "0x10", "1;", "\u0663", "9" * 16, "1 OR 1=1"],
    "time": ["", "soon", "2026-13-01", "' OR 1=1"],
    "account": ["", "12345678901", "0123456789012", "01234567890x", "'12345678901", "\u066012345678901"],
    "arn": ["", "arn", "arn:aws:iam", "arn:aws:iam::444444444444:", "arn:aws:iam::x:user/a b", "arn:aws:iam::4:user/ü"],
    "ip": ["", "192.0.2.0/24", "192.0.2", "localhost", "192.0.2.1; SELECT", "fe80::1%eth0\n"],
    "key": ["", "AKIA", "akiaiosfodnn7example", "AKIAIOSFODNN7EXAMPLE'", "A" * 129],
    "list": ["", "a\nb", ",".join("a" * 201)],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(kind, *one) for kind, found in RIGHT.items() for one in found]
)
def test_a_text_of_the_type_is_read(kind, text, value):
    assert parameters.value(Parameter("x", kind), text, NOW) == value


def test_a_text_that_is_too_long_is_refused_for_that():
    assert parameters.value(Parameter("x", "string"), "y" * 1000, NOW) == "y" * 1000
    with pytest.raises(UsageError, match=r"^x='y+'… has 1,001 characters: .* at most 1,000"):
        parameters.value(Parameter("x", "string"), "y" * 1001, NOW)


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, one) for kind, found in WRONG.items() for one in found]
)
def test_any_other_text_is_refused_with_the_type_in_words(kind, text):
    with pytest.raises(
        UsageError, match=f"^x=.* does not fit: it must be {parameters.FORMS[kind].words[:8]}"
    ):
        parameters.value(Parameter("x", kind), text, NOW)


def test_every_type_has_cases_here():
    assert set(RIGHT) == set(WRONG) == set(parameters.TYPES)


def test_a_strange_a_missing_and_a_default_parameter():
    asked = (
        Parameter("key", "key", "the access key id", required=True),
        Parameter("days", "int", default="30"),
    )
    with pytest.raises(UsageError, match="no parameter 'kye'") as error:
        parameters.values(asked, {"kye": "x"}, NOW)
    assert "days, key" in error.value.hint
    with pytest.raises(UsageError, match="key is missing: the access key id"):
        parameters.values(asked, {}, NOW)
    assert parameters.values(asked, {"key": "AKIAIOSFODNN7EXAMPLE"}, NOW) == {
        "key": "AKIAIOSFODNN7EXAMPLE",
        "days": 30,
    }


INJECTIONS = [
    "' OR 1=1 --",
    "'; COPY events TO 'x'; --",
    "\\' OR 1=1",
    "$key",
    ":key",
    "?",
    '"',
    "%' OR '1'='1",
    "🐍'",
]


@pytest.fixture(scope="module")
def tree():
    text = "SELECT event_name FROM events WHERE user_agent = :who OR user_name IN (:names)"
    return dialect.parsed(text, source="here", views=("events",))


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_value_is_compared_and_never_read_as_sql_by_duckdb(ask, tree, text):
    store = ask([event("A", userAgent=text), event("B"), event("C", user={"userName": text})])
    for values, found in [
        ({"who": text, "names": ()}, "A"),
        ({"who": "nobody", "names": ("x", text)}, "C"),
    ]:
        statement = rendering.duckdb(tree, values)
        assert text not in statement.text or len(text) == 1
        assert [row for (row,) in store.engine.run(statement, limit=None).rows] == [found]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_value_is_one_quoted_literal_for_athena(tree, text):
    window = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    values = {"who": text, "names": ("x", text)}
    statement = rendering.athena(tree, tables.Collected("db", "events"), window, values, {})
    assert statement.text.count("?") == len(statement.positional) == 7
    assert statement.named == {}
    quoted = "'" + text.replace("'", "''") + "'"
    assert statement.positional[-3:] == (quoted, "'x'", quoted)
    for literal in statement.positional:
        assert one_literal(literal)


def one_literal(text):
    """Whether Trino's grammar can read a text as one literal only."""
    import re

    return re.fullmatch(r"(TIMESTAMP )?'([^']|'')*'|-?[0-9]+|true|false", text)


def test_a_value_too_long_for_athena_is_refused(tree):
    window = Window(datetime(2026, 11, 20, tzinfo=UTC))
    with pytest.raises(UsageError, match="at most 1024 characters"):
        rendering.athena(
            tree, tables.Collected("db", "t"), window, {"who": "'" * 600, "names": ()}, {}
        )
