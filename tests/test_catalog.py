"""The tables Athena reads: every field can be asked for, every folder is CloudTrail's own."""

import re
from datetime import date

import pytest

from ops import catalog, layout
from ops.config import load
from ops.history import schema
from ops.layout import Chain, Family
from tests.config.zones import a_zone, read
from tests.conftest import ZONES

SECOND = {"id": "999999999999", "name": "acquired", "home_region": "ap-south-1"}


def table(name, **changes):
    tables = {one.name: one for one in catalog.tables(read(a_zone(**changes)))}
    return tables[name]


def partition(found, name):
    return next(one for one in found.partitions if one.name == name)


def fields(kind):
    """Return a Hive type's fields, by name; a text is a type without any."""
    inner = re.fullmatch(r"(?:array<)?struct<(.*?)>+", kind)
    if inner is None:
        return {}
    found, depth, start = {}, 0, 0
    text = kind[kind.index("struct<") + len("struct<") :]
    for place, sign in enumerate(text):
        depth += (sign == "<") - (sign == ">")
        if (sign == "," and depth == 0) or depth < 0:
            name, _, one = text[start:place].partition(":")
            found[name] = one
            start = place + 1
        if depth < 0:
            break
    return found


def reaches(path):
    """Whether the raw table has a column, or a field of one, for a record's path."""
    known = {one.name: one.type for one in catalog.RECORD}
    for part in path.lower().split("."):
        if part not in known:
            return False
        known = fields(known[part])
    return True


@pytest.mark.parametrize("column", [*schema.COLUMNS, *schema.BAGS], ids=lambda one: one.name)
def test_whatever_the_store_knows_of_a_record_can_be_asked_of_the_archive(column):
    # The others are those of aggregated events, which the table does not hold.
    assert reaches(column.paths[0])


def test_what_is_no_field_is_not_reached():
    assert reaches("userIdentity.sessionContext.sessionIssuer.userName")
    assert not reaches("userIdentity.sessionContext.nothing")
    assert not reaches("eventName.nothing")


def test_the_stores_table_has_the_stores_columns_in_the_order_of_its_files():
    expected = [one.name for one in (*schema.COLUMNS, *schema.KEPT)]
    assert [one.name for one in catalog.STORED] == expected
    assert {one.name: one.type for one in catalog.STORED if one.type != "string"} == {
        "event_time": "timestamp", "read_only": "boolean", "management_event": "boolean",
        "session_creation_date": "timestamp", "raw_repaired": "boolean",
        "source_index": "bigint", "collected_at": "timestamp", "schema_version": "bigint",
    }  # fmt: skip


def filled(found, **values):
    text = found.template
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    assert "$" not in text
    return text


def test_a_projected_folder_is_the_one_cloudtrail_delivers_into():
    found = table("cloudtrail", trail__prefix="audit")
    place = Chain("audit", "o-a1b2c3d4e5", "333333333333", "us-east-1", "t", "eu-west-1")
    bucket = "s3://acme-cloudtrail-222222222222-eu-west-1/"
    folder = filled(
        found, account="333333333333", family="CloudTrail", region="us-east-1", date="2026/11/02"
    )
    assert folder == bucket + layout.day_prefix(place, Family.LOG, date(2026, 11, 2))
    assert folder.startswith(found.location)


def test_accounts_outside_the_organisation_have_a_table_of_their_own():
    found = table("cloudtrail_standalone", standalone_accounts=[SECOND])
    place = Chain("", None, "999999999999", "ap-south-1", "t", "ap-south-1")
    folder = filled(
        found, account="999999999999", family="CloudTrail", region="ap-south-1", date="2026/11/02"
    )
    bucket = "s3://acme-cloudtrail-222222222222-eu-west-1/"
    assert folder == bucket + layout.day_prefix(place, Family.LOG, date(2026, 11, 2))
    assert folder.startswith(found.location)
    assert partition(found, "account").values == ("999999999999",)
    assert "ap-south-1" in partition(found, "region").values
    assert len(catalog.tables(read(a_zone()))) == 1


def test_partitions_are_the_accounts_and_regions_of_the_config():
    found = table("cloudtrail", regions__opt_in=["eu-south-1"])
    assert partition(found, "account").values == ("111111111111", "222222222222", "333333333333")
    assert partition(found, "region").values == ("eu-west-1", "us-east-1", "eu-south-1")
    assert partition(found, "family").values == ("CloudTrail",)


def test_network_activity_is_read_where_it_is_recorded():
    found = table("cloudtrail", trail__network_activity=[{"event_source": "s3.amazonaws.com"}])
    assert partition(found, "family").values == ("CloudTrail", "CloudTrail-NetworkActivity")


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({}, "NOW-2557DAYS"),
        ({"archive__expire_days": 400}, "NOW-400DAYS"),
        ({"archive__expire_days": None}, "2013/11/13"),
        ({"archive__existing_bucket": True, "archive__bucket": "our-logs"}, "2013/11/13"),
        ({"trail__logging_since": "2026-01-31T23:30:00-01:00"}, "2026/02/01"),
    ],
)
def test_the_first_day_is_the_oldest_a_log_can_lie_there(changes, first):
    found = table("cloudtrail", **changes).parameters()
    assert found["projection.date.range"] == f"{first},NOW"


def test_the_store_is_projected_by_day_and_what_has_none_lies_beside():
    dated = table("events", analytics__store="s3://history/all")
    undated = table("events_undated", analytics__store="s3://history/all")
    assert dated.location == "s3://history/all/"
    assert filled(dated, day="2026-11-02") == "s3://history/all/day=2026-11-02/"
    assert undated.location == "s3://history/all/day=unknown/"
    assert undated.columns == dated.columns
    assert undated.parameters() == {"classification": "parquet", "EXTERNAL": "TRUE"}
    assert "cloudtrail" not in str(dated.parameters())


@pytest.mark.parametrize("one", catalog.tables(load(ZONES / "everything.yaml")),
                         ids=lambda one: one.name)  # fmt: skip
def test_glue_takes_every_name_and_athena_every_projection(one):
    named = [one.name, *(column.name for column in one.columns)]
    named += [found.name for found in one.partitions]
    assert all(re.fullmatch("[a-z0-9_]{1,255}", name) for name in named)
    assert len(named) == len(set(named))
    assert all(len(column.meaning) <= 255 for column in one.columns)
    parameters = one.parameters()
    for found in one.partitions:
        kind = parameters[f"projection.{found.name}.type"]
        assert kind in ("enum", "date")
        assert f"${{{found.name}}}" in one.template
        if kind == "date":
            first, last = parameters[f"projection.{found.name}.range"].split(",")
            assert re.fullmatch(r"[0-9]{4}.[0-9]{2}.[0-9]{2}|NOW-[0-9]+DAYS", first)
            assert last == "NOW"
