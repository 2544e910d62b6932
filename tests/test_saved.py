"""The queries saved in the workgroup: complete in themselves, and about a few days only."""

import re

import pytest
import sqlglot
from sqlglot import exp

from ops import catalog, saved
from ops.config import load
from ops.query import parameters, runbook
from ops.query.athena import Workplace, question
from tests.conftest import ZONES

EVERYTHING = load(ZONES / "everything.yaml")
ALONE = EVERYTHING.model_copy(
    update={"analytics": EVERYTHING.analytics.model_copy(update={"store": None})}
)
STORED, DELIVERED = saved.queries(EVERYTHING), saved.queries(ALONE)
BOTH = [*((EVERYTHING, one) for one in STORED), *((ALONE, one) for one in DELIVERED)]
DATABASE = "atalaya_everything"
every = pytest.mark.parametrize(("zone", "query"), BOTH, ids=lambda one: getattr(one, "name", ""))


def test_every_runbook_that_needs_nothing_is_saved_and_one_query_more():
    needless = {name for name in runbook.names()
                if not parameters.missing(runbook.found(name).params, {})}  # fmt: skip
    assert {one.name for one in STORED} == {"delivered", *needless}
    # What the delivered files do not give cannot be asked of them.
    assert {one.name for one in DELIVERED} == {"delivered", *needless} - {"role-map"}
    assert "trail-tampering" in needless


@every
def test_it_is_one_select_over_the_tables_that_are_there(zone, query):
    tree = question.checked(query.text, Workplace("atalaya", DATABASE))
    [read] = question.tables(tree)
    stored = zone is EVERYTHING and query.name != "delivered"
    assert read.name == (catalog.EVENTS if stored else catalog.LOGS)
    [table] = [one for one in catalog.tables(zone) if one.name == read.name]
    known = {one.name for one in (*table.columns, *table.partitions)} | {"$path"}
    inner = read.find_ancestor(exp.Select)
    made = {one.alias for one in inner.find_all(exp.Alias)}
    # `a.b` is a field of the column a, `r` what a lambda is given.
    asked = {one.table or one.name for one in inner.find_all(exp.Column)}
    assert asked - made - {"r"} <= known


@every
def test_it_reads_a_few_days_and_names_no_day_of_its_own(zone, query):
    [partition] = {"day", "date"} & {
        one.name for where in sqlglot.parse_one(query.text, read="athena").find_all(exp.Where)
        for one in where.find_all(exp.Column)
    } or {""}  # fmt: skip
    assert partition
    first = re.search(rf'"?{partition}"? (?:BETWEEN|>=) (date_format\(.*)', query.text)
    assert first is not None
    days = re.search(r"interval '(\d+)' day", first[1], re.IGNORECASE)
    assert days is not None
    assert int(days[1]) <= 7 + 14  # a week, and what kms-danger compares it with
    assert not re.search(r"'2\d\d\d-\d\d|'9000|'1970", query.text)
    assert "__atalaya" not in query.text
    assert not re.search(r"\?(?=[\s,)])", re.sub(r"'[^']*'", "", query.text))


@every
def test_athena_takes_its_name_its_description_and_its_length(zone, query):
    assert re.fullmatch(r"[a-z0-9-]{1,128}", query.name)
    assert len(query.meaning) <= 1024
    assert len(query.text.encode()) <= 262_144


def test_the_time_it_asks_about_is_that_of_the_runbook():
    [new] = [one for one in STORED if one.name == "first-seen"]
    assert new.meaning.endswith("(the last day, compared with 14 before)")
    assert (
        "day BETWEEN date_format((CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) - INTERVAL '15' DAY)"
        in new.text
    )
    assert (
        "s.first_time >= (CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) - INTERVAL '1' DAY)"
        in new.text
    )
    [roots] = [one for one in STORED if one.name == "root-activity"]
    assert roots.meaning.endswith("(the last 7 days)")


def test_names_of_the_landing_zone_stand_in_it():
    [tampering] = [one for one in STORED if one.name == "trail-tampering"]
    bucket = EVERYTHING.archive.bucket or EVERYTHING.archive.existing_bucket
    assert f"'{bucket}'" in tampering.text
