"""Correlations on DuckDB: against a slow count of our own, which looks at every span of time."""

import json
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.history.store import existing
from ops.query import dialect, rendering, tables
from ops.query.catalog import VIEWS
from ops.query.files import found
from ops.query.local import Local
from ops.query.tables import FLAG_COLUMNS, TEXT_COLUMNS
from ops.query.window import Window
from ops.rules import bursts
from ops.rules.predicate import Leaf, Op, Text
from ops.rules.rule import Correlation, Count, Kind, Level, Rule, Said
from ops.rules.sql import Columns
from tests.query import stores

COLUMNS = Columns(TEXT_COLUMNS, FLAG_COLUMNS)
BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = ["ListBuckets", "GetObject", "PutObject"]
KEYS = ["192.0.2.1", "192.0.2.2", None]
USERS = ["ann", "bob", "cleo", "dan", None]
COMPARE = {">=": int.__ge__, ">": int.__gt__, "=": int.__eq__, "<=": int.__le__, "<": int.__lt__}


def record(nth, second, name, key, user):
    fields = {
        "eventVersion": "1.11", "eventTime": f"{BEGIN + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "s3.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333", "eventID": str(UUID(int=nth)), "eventType": "AwsApiCall",
        "userIdentity": {"type": "IAMUser", "userName": user}, "sourceIPAddress": key,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture(scope="module")
def history():
    """Records in many bursts and alone, some within one second."""
    dice, second, records = random.Random(11), 0, []
    for nth in range(600):
        second += dice.choice([0, 1, 2, 5, 20, 60, 61, 200] if dice.random() < 0.97 else [9000])
        records.append(
            record(nth, second, dice.choice(NAMES), dice.choice(KEYS), dice.choice(USERS))
        )
    return records


@pytest.fixture(scope="module")
def engine(tmp_path_factory, history):
    root = tmp_path_factory.mktemp("bursts") / "store"
    writer = stores.Writer(root)
    writer.log("log-1.json.gz", [json.dumps(one) for one in history])
    writer.finish()
    with Local(found(existing(str(root)), Window()), Window()) as local:
        yield local


def base(name):
    said = Said(title=name, id="", name=name, file="x.yml", level=Level.LOW)
    return Rule(said, Leaf(("eventName",), Text(Op.EQUALS, name)))


def correlation(kind, names, *, seconds=60, count=("=", 0), by=True, counted=False):
    said = Said(title="t", id="", name="t", file="x.yml", level=Level.HIGH)
    path, user = ("sourceIPAddress",), ("userIdentity", "userName")
    return Correlation(
        said, kind, tuple(map(base, names)),
        (("sourceIPAddress", (path,) * len(names)),) if by else (),
        seconds, Count(*count), (user,) * len(names) if counted else (),
    )  # fmt: skip


def asked(engine, text):
    tree = dialect.parsed(text, source="a correlation", views=VIEWS)
    answer = engine.run(rendering.duckdb(tree, {}), limit=None)
    at = answer.columns.index("event_time")
    return [(*row[:at], row[-1], row[at], row[at + 1], row[at + 2]) for row in answer.rows]


def slowly(rule, history):
    """Return what a correlation finds: each record's span looked at alone."""
    rows = []
    for one in history:
        key = one.get("sourceIPAddress") if rule.group_by else ""
        value = one["userIdentity"].get("userName") if rule.counted else ""
        number = next((n for n, part in enumerate(rule.rules) if part.predicate.holds(one)), None)
        if number is not None and key is not None and value is not None:
            rows.append(
                (key, datetime.fromisoformat(one["eventTime"]), one["eventID"], value, number)
            )
    result = []
    for key in sorted({row[0] for row in rows}):
        mine = sorted((row for row in rows if row[0] == key), key=lambda row: row[1:3])
        result += _bursts_of(rule, key, mine)
    return sorted(result, key=lambda one: (one[-3], one[0], one[-4]))


def _bursts_of(rule, key, mine):
    span, last, out = timedelta(seconds=rule.seconds), None, []
    for row in mine:
        window = [other for other in mine if row[1] - span <= other[1] <= row[1]]
        number = _count(rule, row, window)
        if number is None or not COMPARE[rule.count.sign](number, rule.count.number):
            continue
        if last is None or row[1] > last + span:
            out.append([row[2], row[1], row[1], number])
        out[-1][2:] = [row[1], max(out[-1][3], number)]
        last = row[1]
    return [((key, *one) if rule.group_by else tuple(one)) for one in out]


def _count(rule, row, window):
    match rule.kind:
        case Kind.EVENT_COUNT:
            return len(window)
        case Kind.VALUE_COUNT:
            return len({other[3] for other in window})
        case Kind.TEMPORAL:
            return len({other[4] for other in window})
    steps = len(rule.rules)
    if row[4] != steps - 1:
        return None
    begins = [row[1]]
    for step in range(steps - 2, -1, -1):
        begins = [other[1] for other in window if other[4] == step and other[1] <= max(begins)]
        if not begins:
            return None
    return steps


COUNTS = st.tuples(st.sampled_from(list(COMPARE)), st.integers(1, 8))


@st.composite
def correlations(draw):
    kind = draw(st.sampled_from(list(Kind)))
    least = 2 if kind in (Kind.TEMPORAL, Kind.TEMPORAL_ORDERED) else 1
    names = draw(st.lists(st.sampled_from(NAMES), min_size=least, max_size=3, unique=True))
    count = (">=", len(names)) if kind is Kind.TEMPORAL_ORDERED else draw(COUNTS)
    return correlation(
        kind, names, seconds=draw(st.sampled_from([1, 5, 60, 600])), count=count,
        by=draw(st.booleans()), counted=kind is Kind.VALUE_COUNT,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(correlations())
def test_a_correlation_finds_each_burst_once_as_a_slow_count_does(engine, history, rule):
    assert asked(engine, bursts.text(rule, COLUMNS)) == slowly(rule, history)


def test_spans_slide_so_that_no_border_hides_a_burst(engine, history):
    rule = correlation(Kind.EVENT_COUNT, NAMES, seconds=60, count=(">=", 5))
    rows = asked(engine, bursts.text(rule, COLUMNS))
    assert rows
    assert len(rows) < sum(row[4] for row in rows)


def test_only_the_events_that_are_asked_for_take_part(engine, history):
    rule = correlation(Kind.EVENT_COUNT, NAMES, by=False, seconds=600, count=(">=", 2))
    some = history[:2]
    only = ", ".join(f"'{one['eventID']}'" for one in some)
    text = bursts.text(rule, COLUMNS, only=f"event_id IN ({only})")
    assert asked(engine, text) == slowly(rule, some) != []


@pytest.mark.parametrize("kind", list(Kind))
def test_athena_reads_the_columns_that_are_needed_and_no_whole_records(kind):
    rule = correlation(kind, NAMES, count=(">=", 2), counted=kind is Kind.VALUE_COUNT)
    tree = dialect.parsed(bursts.text(rule, COLUMNS), source="a correlation", views=VIEWS)
    window = Window(BEGIN, BEGIN + timedelta(days=1))
    for table in (tables.Collected("d", "t"), tables.Delivered("d", "t")):
        text = rendering.athena(tree, table, window, {}, {}).text
        assert "RANGE BETWEEN INTERVAL '60' SECOND PRECEDING" in text or kind != Kind.EVENT_COUNT
        assert "raw" not in text
