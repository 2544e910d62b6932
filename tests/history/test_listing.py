"""What is asked for is found by its key, with room for what is delivered late."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ops.archive.model import Entry, Source
from ops.history import listing
from ops.history.listing import Selection, listed
from tests.history.stores import ACCOUNTS, DAY, REGIONS, Archive, a_key, an_event, run


class Bucket:
    """Keys in the order of S3; counts what is read of the listing."""

    def __init__(self, keys, prefix=""):
        self.keys = sorted(keys)
        self.source = Source("s3", bucket="b", prefix=prefix)
        self.read = 0
        self.begun = 0

    def list(self, prefix, *, start_after=None):
        self.begun += 1
        for key in self.keys:
            if key.startswith(prefix) and key > (start_after or ""):
                self.read += 1
                yield Entry(key, 1, "etag", None, None)


def month():
    """Return a key for every account, region and day of a month."""
    return [
        a_key(number, account=account, region=region, day=DAY + timedelta(days=day))
        for account in ACCOUNTS
        for region in REGIONS
        for day in range(30)
        for number in range(3)
    ]


def found(keys, selection, prefix=""):
    return [one.entry.key for one in listed(Bucket(keys, prefix), selection)]


def days(keys):
    return sorted({"-".join(key.split("/")[5:8]) for key in keys})


def test_without_a_choice_everything_is_listed():
    keys = [*month(), "other/file", "AWSLogs/odd"]
    assert found(keys, Selection()) == sorted(keys)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (datetime(2026, 1, 10, tzinfo=UTC), None, "2026-01-09", "2026-02-03"),
        (datetime(2026, 1, 10, 23, 59, tzinfo=UTC), None, "2026-01-09", "2026-02-03"),
        (None, datetime(2026, 1, 10, tzinfo=UTC), "2026-01-05", "2026-01-11"),
        (None, datetime(2026, 1, 10, 0, 0, 1, tzinfo=UTC), "2026-01-05", "2026-01-12"),
    ],
)
def test_files_of_a_day_before_to_two_days_after_are_read(since, until, first, last):
    chosen = days(found(month(), Selection(since, until)))
    assert (chosen[0], chosen[-1]) == (first, last)
    assert len(chosen) == (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


def test_accounts_and_regions_are_chosen_by_the_key():
    chosen = found(
        month(), Selection(accounts=frozenset(ACCOUNTS[:1]), regions=frozenset(REGIONS[:1]))
    )
    assert len(chosen) == 90
    assert all(f"/{ACCOUNTS[0]}/CloudTrail/{REGIONS[0]}/" in key for key in chosen)


def test_keys_without_the_layout_are_listed_whatever_is_chosen():
    odd = ["a.json", "AWSLogs/x", "zz/y.gz", a_key().replace("_CloudTrail_", "_Cloudtrail_")]
    never = Selection(
        datetime(2030, 1, 1, tzinfo=UTC), None, frozenset({"9" * 12}), frozenset({"x"})
    )
    assert found([*month(), *odd[:3]], never) == sorted(odd[:3])
    assert found(odd, never) == sorted(odd)


def test_a_prefix_of_the_source_is_kept():
    keys = [f"audit/{key}" for key in month()] + month()
    assert found(keys, Selection(), "audit") == sorted(keys[:360])


@pytest.mark.parametrize("page", [1, 2, 7, 1000])
def test_leaps_over_what_is_not_asked_for_find_the_same(monkeypatch, page):
    keys = [*month(), "zz", "AWSLogs/o-exampleorg1/1", "AWSLogs/o-exampleorg1/111111111111/y"]
    asked = Selection(
        datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 1, 13, tzinfo=UTC),
        frozenset(ACCOUNTS[1:]), frozenset(REGIONS[1:]),
    )  # fmt: skip
    slowly = found(keys, asked)
    monkeypatch.setattr(listing, "_WORTH_A_REQUEST", page)
    bucket = Bucket(keys)
    assert [one.entry.key for one in listed(bucket, asked)] == slowly
    assert len(slowly) == 3 * 4 + 2, "a folder that is passed over is passed over whole"
    if page == 1:
        assert bucket.read < 40
        assert bucket.begun > 4


def test_events_delivered_late_are_collected(tmp_path):
    archive = Archive(tmp_path / "archive")
    archive.log(a_key(1, day=DAY + timedelta(days=2)), an_event(5))
    archive.log(a_key(2, day=DAY + timedelta(days=3)), an_event(6))
    archive.log(a_key(3, day=DAY - timedelta(days=1)), an_event(7))
    asked = {"since": DAY, "until": DAY + timedelta(days=1)}
    outcome = run(archive, tmp_path / "store", **asked)
    assert (outcome.objects_seen, outcome.counts.stored) == (2, 2)
