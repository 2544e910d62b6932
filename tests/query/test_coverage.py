"""What an answer covers is said with it, and silence is never called coverage."""

import json
from datetime import date

import pytest

from ops.history.prune import prune
from ops.history.store import existing
from ops.query import coverage
from ops.query.window import Window
from tests.query import stores
from tests.query.conftest import at
from tests.query.records import event

DAY = "2026-11-{}T12:00:00Z"


def written(tmp_path, *logs, verdicts=()):
    """Write a store of (key, region, days of events, day of the key)."""
    writer = stores.Writer(tmp_path / "store")
    for key, region, days, day in logs:
        texts = [event("A", at=DAY.format(one), awsRegion=region) for one in days]
        writer.log(key, texts, account="444444444444", region=region, day=day and f"2026-11-{day}")
    for key, verdict in verdicts:
        writer.verdict(key, verdict, at("2026-11-21T00:00:00Z"))
    return writer.finish()


def of(asker, **settings):
    return coverage.of(asker.engine, asker.window, truncated=False, **settings)


def test_it_names_time_places_days_and_where_nothing_was_recorded(opened, tmp_path):
    root = written(
        tmp_path,
        ("a", "us-east-1", (18,), 18),
        ("b", "us-east-1", (20,), 20),
        ("c", "eu-west-1", (18, 20), 20),
    )
    found = of(opened(root, Window(at("2026-11-18T00:00:00Z"), at("2026-11-21T00:00:00Z"))))
    assert json.loads(json.dumps(found.as_json())) == {
        "since": "2026-11-18T00:00:00Z",
        "until": "2026-11-21T00:00:00Z",
        "accounts": ["444444444444"],
        "regions": ["eu-west-1", "us-east-1"],
        "days": ["2026-11-18", "2026-11-19", "2026-11-20"],
        "empty": [{"account": "444444444444", "region": "us-east-1", "day": "2026-11-19"}],
        "integrity": None,
        "truncated": False,
    }


def test_without_a_time_it_covers_what_the_store_has(opened, tmp_path):
    found = of(
        opened(written(tmp_path, ("a", "us-east-1", (18,), 18), ("b", "us-east-1", (20,), 20)))
    )
    assert (found.since, found.until) == (at(DAY.format(18)), at("2026-11-20T12:00:01Z"))
    assert [one.day for one in found.empty] == ["2026-11-19"]


def test_a_log_without_events_is_coverage_of_its_day(opened, tmp_path):
    found = of(
        opened(
            written(
                tmp_path,
                ("a", "us-east-1", (18,), 18),
                ("b", "us-east-1", (), 19),
                ("c", "us-east-1", (20,), 20),
            )
        )
    )
    assert found.empty == ()


def test_a_log_delivered_after_midnight_is_no_coverage_of_that_day(opened, tmp_path):
    root = written(tmp_path, ("a", "us-east-1", (18,), 19), ("b", "eu-west-1", (19,), 19))
    found = of(opened(root, Window(at("2026-11-18T00:00:00Z"), at("2026-11-20T00:00:00Z"))))
    assert [(one.region, one.day) for one in found.empty] == [
        ("eu-west-1", "2026-11-18"), ("us-east-1", "2026-11-19")]  # fmt: skip


def test_places_that_ought_to_record_something_count_too(opened, tmp_path):
    asker = opened(written(tmp_path, ("a", "us-east-1", (18,), 18)))
    found = of(asker, expected=[("555555555555", "us-east-1")])
    assert [(one.account, one.day) for one in found.empty] == [("555555555555", "2026-11-18")]
    assert found.accounts == ("444444444444", "555555555555")


def test_files_whose_key_says_no_place_are_placed_by_their_events(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    writer.log(
        "export.json", [event("A", awsRegion="eu-north-1", recipientAccountId="777777777777")]
    )
    found = of(opened(writer.finish()))
    assert (found.accounts, found.regions) == (("777777777777",), ("eu-north-1",))
    assert found.empty == ()


def verdict_of(opened, tmp_path, verdicts, window=Window()):  # noqa: B008 (a value)
    root = written(
        tmp_path, ("a", "us-east-1", (18,), 18), ("b", "us-east-1", (20,), 20), verdicts=verdicts
    )
    found = of(opened(root, window)).integrity
    return found and found.status


def test_integrity_is_what_verification_said_of_the_logs_asked_about(opened, tmp_path):
    first = Window(at("2026-11-18T00:00:00Z"), at("2026-11-19T00:00:00Z"))
    cases = [
        ([], Window(), None),
        ([("a", "VALID")], Window(), "INCOMPLETE"),
        ([("a", "VALID")], first, "PASS"),
        ([("a", "VALID"), ("b", "VALID")], Window(), "PASS"),
        ([("a", "VALID"), ("b", "INVALID")], Window(), "FAIL"),
        ([("a", "VALID"), ("b", "INVALID")], first, "PASS"),
        ([("a", "VALID"), ("b", "UNVERIFIABLE")], Window(), "INCOMPLETE"),
        ([("a", "VALID"), ("b", "PENDING")], Window(), "PASS"),
        ([("a", "PENDING"), ("b", "PENDING")], Window(), "INCOMPLETE"),
        ([("a", "VALID"), ("b", "VALID"), ("gone", "MISSING")], Window(), "FAIL"),
    ]
    for nth, (verdicts, window, status) in enumerate(cases):
        assert verdict_of(opened, tmp_path / str(nth), verdicts, window) == status, verdicts


def test_an_object_that_is_no_log_is_neither_coverage_nor_unverified(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    place = {"account": "444444444444", "region": "us-east-1"}
    writer.log("a", [event("A", at=DAY.format(18))], **place, day="2026-11-18")
    writer.log("b", [event("A", at=DAY.format(20))], **place, day="2026-11-20")
    writer.foreign("keys.json")
    writer.foreign("digest", **place, day="2026-11-19")
    for key in ("a", "b"):
        writer.verdict(key, "VALID", at("2026-11-21T00:00:00Z"))
    asker = opened(writer.finish())
    found = of(asker)
    assert [one.day for one in found.empty] == ["2026-11-19"]
    assert found.integrity.status == "PASS"
    assert asker.column("SELECT source_key FROM integrity ORDER BY 1") == ["a", "b"]


def kinds(opened, tmp_path, *verdicts):
    """Return what is said of a log file, an Insight file and a stranger's file."""
    writer = stores.Writer(tmp_path)
    place = {"account": "444444444444", "region": "us-east-1", "day": "2026-11-18"}
    for key, family in (
        ("a", "CloudTrail"),
        ("i", "CloudTrail-Insight"),
        ("j", "CloudTrail-Insight"),
    ):
        writer.log(key, [event("A", at=DAY.format(18))], **place, family=family)
    for key in verdicts:
        writer.verdict(key, "VALID", at("2026-11-21T00:00:00Z"))
    asker = opened(writer.finish())
    [counts] = asker.rows("SELECT log_files, valid, unverified, not_covered FROM coverage")
    return of(asker), tuple(counts.values())


def test_kinds_of_files_that_no_digest_names_are_counted_apart(opened, tmp_path):
    found, counts = kinds(opened, tmp_path / "one", "a")
    assert (found.integrity.status, found.integrity.not_covered) == ("PASS", 2)
    assert counts == (3, 1, 0, 2)
    assert "2 log files are of kinds no digest covers" in next(found.words())


def test_a_kind_of_which_digests_name_a_file_has_to_be_verified(opened, tmp_path):
    found, counts = kinds(opened, tmp_path / "two", "a", "i")
    assert (found.integrity.status, found.integrity.not_covered) == ("INCOMPLETE", 0)
    assert counts == (3, 2, 1, 0)


def test_it_reads_well(opened, tmp_path):
    root = written(
        tmp_path,
        ("a", "us-east-1", (14,), 14),
        ("b", "us-east-1", (20,), 20),
        verdicts=[("a", "VALID")],
    )
    assert list(of(opened(root)).words()) == [
        "Covers 2026-11-14T12:00:00Z to 2026-11-20T12:00:01Z: 1 account, 1 region, 7 days; "
        "integrity INCOMPLETE, verified 2026-11-21T00:00:00Z.",
        "Nothing recorded: 444444444444 us-east-1 2026-11-15, 444444444444 us-east-1 2026-11-16, "
        "444444444444 us-east-1 2026-11-17 and 2 more (--with-coverage --format json lists all).",
    ]


def test_times_that_cannot_be_true_are_asked_and_cover_no_days(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    for at_ in ("1970-01-01T00:00:01Z", DAY.format(18), DAY.format(20), "9999-12-31T23:59:59Z"):
        writer.log(at_, [event("A", at=at_)], account="444444444444", region="us-east-1")
    asker = opened(writer.finish())
    assert asker.value("SELECT count(*) FROM events") == 4
    found = of(asker)
    assert found.days == ("2026-11-18", "2026-11-19", "2026-11-20")
    assert [one.day for one in found.empty] == ["2026-11-19"]
    assert "Some events say a time before CloudTrail was there" in list(found.words())[-1]
    days = asker.column("SELECT day FROM coverage")
    assert days == ["1970-01-01", *found.days, "9999-12-31"]


def test_a_store_of_nothing_but_such_times_covers_them(opened, tmp_path):
    writer = stores.Writer(tmp_path / "store")
    writer.log("a", [event("A", at="9999-12-31T23:59:59Z")], account="4", region="us-east-1")
    assert of(opened(writer.finish())).days == ("9999-12-31",)


@pytest.mark.parametrize("since", [None, "2026-11-17T00:00:00Z"])
def test_days_that_were_pruned_are_not_covered(opened, tmp_path, since):
    days = [("a", "us-east-1", (18,), 18), ("b", "us-east-1", (20,), 20)]
    root = written(tmp_path, *days)
    prune(existing(str(root)), date(2026, 11, 19))
    asker = opened(root, Window(since and at(since)))
    found = of(asker, pruned=asker.engine.files.pruned)
    asked = ["2026-11-17", "2026-11-18"] if since else []
    assert [one.day for one in found.empty] == [*asked, "2026-11-19"]
    assert found.days == (*asked, "2026-11-19", "2026-11-20")
    assert "Events before 2026-11-19 were removed" in list(found.words())[-1]
    before = Window(None, at("2026-11-19T00:00:00Z"))
    assert of(opened(root, before), pruned="2026-11-19").days == ()
    assert not any("Covers" in one for one in of(opened(root, before), pruned="2026-11-19").words())
    later = Window(at("2026-11-19T00:00:00Z"))
    assert of(opened(root, later), pruned="2026-11-19").pruned is None


def test_an_empty_store_covers_nothing(ask):
    found = of(ask())
    assert (found.accounts, found.days, found.since) == ((), (), None)
    assert list(found.words()) == []
