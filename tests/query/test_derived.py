"""Views made of `events`: corrections, calls across accounts, sessions."""

import json

from tests.query.conftest import at
from tests.query.records import event, session


def corrected(text, **changes):
    record = json.loads(text)
    addendum = {"reason": "UPDATED_DATA", "originalEventID": record["eventID"]}
    return event(record["eventName"], addendum=addendum, **changes)


def test_events_latest_replaces_a_record_by_its_newest_correction(ask):
    first, plain = event("A", userAgent="old"), event("B")
    store = ask(
        [first, plain],
        [corrected(first, userAgent="newer")],
        [corrected(first, userAgent="newest")],
    )
    assert store.value("SELECT count(*) FROM events") == 4
    rows = store.rows("SELECT event_name, user_agent FROM events_latest ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [("A", "newest"), ("B", "aws-cli/2")]


def test_events_latest_keeps_records_without_an_id(ask):
    store = ask([event("A", eventID=None), event("B")])
    assert store.value("SELECT count(*) FROM events_latest") == 2


def test_cross_account_is_a_row_for_each_call_that_several_accounts_recorded(ask):
    stranger = {"type": "AWSAccount", "principalId": "AIDAALICE", "accountId": "444444444444"}
    store = ask([
        event("AssumeRole", "sts", sharedEventID="s1"),
        event("AssumeRole", "sts", sharedEventID="s1", user=stranger, recipientAccountId="555555555555"),
        event("AssumeRole", "sts", sharedEventID="s2"),
        event("Insight", "sts", sharedEventID="s3", eventCategory="Insight"),
        event("Insight", "sts", sharedEventID="s3", eventCategory="Insight", recipientAccountId="555555555555"),
    ])  # fmt: skip
    [row] = store.rows("FROM cross_account")
    assert row["shared_event_id"] == "s1"
    assert row["accounts"] == "444444444444, 555555555555"
    assert row["caller_account"] == "444444444444"
    assert row["caller_arn"].endswith("user/alice")
    assert row["records"] == 2


def test_a_call_from_another_account_is_cross_account_even_if_one_side_is_not_collected(ask):
    stranger = {"type": "AWSAccount", "principalId": "AIDA", "accountId": "666666666666"}
    store = ask([event("AssumeRole", "sts", sharedEventID="s1", user=stranger)])
    assert store.column("SELECT caller_account FROM cross_account") == ["666666666666"]


def test_sessions_says_who_opened_a_session_and_how_it_was_used(ask):
    arn = "arn:aws:sts::444444444444:assumed-role/reader/nightly"
    answer = {
        "credentials": {"accessKeyId": "ASIAREADER0000000000"},
        "assumedRoleUser": {"arn": arn},
    }
    params = {"roleArn": "arn:aws:iam::444444444444:role/reader"}
    later = session("ASIAREADER0000000000", arn)
    store = ask([
        event("AssumeRole", "sts", params=params, answer=answer),
        event("AssumeRole", "sts", params=params, errorCode="AccessDenied"),
        event("GetObject", "s3", "2026-11-20T10:05:00Z", user=later),
        event("GetObject", "s3", "2026-11-20T10:09:00Z", user=later, errorCode="AccessDenied"),
    ])  # fmt: skip
    [row] = store.rows("FROM sessions")
    assert row["access_key_id"] == "ASIAREADER0000000000"
    assert row["parent_access_key_id"] == "AKIAALICE00000000000"
    assert row["opened_by"].endswith("user/alice")
    assert (row["role_arn"], row["session_arn"]) == (params["roleArn"], arn)
    assert (row["events"], row["errors"]) == (2, 1)
    assert row["last_used"] == at("2026-11-20T10:09:00Z")
