"""Log folders: days are listed together, and nothing in them is passed over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from ops.archive.directory import Directory
from ops.archive.model import Source
from ops.integrity import listing
from ops.integrity.chain import Frame
from ops.integrity.discover import discover
from ops.integrity.ledger import Ledger
from ops.integrity.stock import Stock
from ops.layout import Family, LogKey

ACCOUNT, REGION = "111122223333", "us-east-1"
DAY = timedelta(days=1)
FIRST = date(2026, 1, 30)
END = datetime(2026, 4, 1, tzinfo=UTC)


class Counting(Directory):
    """A directory that counts how often it was asked for a list."""

    asked = 0

    def list(self, prefix, *, start_after=None):
        self.asked += 1
        return super().list(prefix, start_after=start_after)


def key(day, family=Family.LOG, number=0):
    minute = datetime(day.year, day.month, day.day, 12, number, tzinfo=UTC)
    return LogKey("", None, ACCOUNT, family, REGION, day, minute, "A" * 16).key


@pytest.fixture
def place(tmp_path):
    def put(name, body=b"body"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    return put


@pytest.fixture
def archive(tmp_path, place):
    for nth in range(60):
        place(key(FIRST + nth * DAY))
    place(key(FIRST + DAY, Family.INSIGHT))
    return Counting(Source("directory", path=str(tmp_path)))


def cell(archive):
    with ThreadPoolExecutor(1) as pool:
        [found] = discover(archive, pool).cells
    return found


def test_days_hold_what_lies_in_their_folders_and_no_others(archive, place):
    wanted = [FIRST + DAY, FIRST + 2 * DAY]
    folder = key(wanted[0]).rpartition("/")[0]
    place(f"{folder}/planted.json.gz")
    place(f"{folder}/readme.txt")
    place(f"{folder}/marker", b"")
    place(f"{folder.rpartition('/')[0]}/between.json.gz")
    found = listing.log_days(archive, cell(archive), wanted[0], wanted[-1] + DAY)
    assert list(found.days) == wanted
    assert found.days[wanted[0]].keys == {
        key(wanted[0]): Family.LOG, key(wanted[0], Family.INSIGHT): Family.INSIGHT,
    }  # fmt: skip
    assert found.days[wanted[0]].foreign == [f"{folder}/planted.json.gz"]
    assert found.days[wanted[0]].junk == 1
    assert list(found.days[wanted[1]].keys) == [key(wanted[1])]
    assert (found.count, found.older) == (3, {})


def test_older_files_are_counted_if_asked_for(archive):
    found = listing.log_days(archive, cell(archive), FIRST + 9 * DAY, FIRST + 10 * DAY, older=True)
    assert (found.count, dict(found.older)) == (1, {Family.LOG: 9, Family.INSIGHT: 1})
    found = listing.log_days(archive, cell(archive), FIRST + DAY, FIRST + DAY, older=True)
    assert (found.count, dict(found.older)) == (0, {Family.LOG: 1})


@pytest.mark.parametrize("open_end", [True, False])
def test_quiet_folders_take_few_listings_however_long_the_range(archive, open_end):
    place = cell(archive)
    with ThreadPoolExecutor(1) as pool:
        frame = Frame.of(None, END, END, recorded=False)
        archive.asked = 0
        stock = Stock(archive, place, frame, pool, first=FIRST + DAY, open_end=open_end)
        stock.finish(Ledger.empty())
        families, _ = stock.sorted_out({})
    assert {name: one.uncovered for name, one in families.items()} == {
        "CloudTrail": 60, "CloudTrail-Insight": 1,
    }  # fmt: skip
    assert archive.asked <= 2 * 4


def test_decades_without_a_file_are_not_listed(archive):
    with ThreadPoolExecutor(1) as pool:
        (cell,) = discover(archive, pool).cells
    long_ago = date(1970, 1, 1)
    assert listing.first_day(archive, cell, long_ago, END.date()) == FIRST
    assert archive.asked == 2
    assert listing.first_day(archive, cell, FIRST + 5 * DAY, END.date()) == FIRST + 5 * DAY
    assert listing.first_day(archive, cell, long_ago, FIRST - 9 * DAY) == FIRST - 9 * DAY


def test_busy_folders_are_listed_a_day_at_a_time(archive, place, monkeypatch):
    monkeypatch.setattr("ops.integrity.stock._WORTH_A_LISTING", 1)
    one = cell(archive)
    with ThreadPoolExecutor(1) as pool:
        archive.asked = 0
        frame = Frame.of(None, END, END, recorded=False)
        stock = Stock(archive, one, frame, pool, first=FIRST, open_end=False)
        stock.finish(Ledger.empty())
    assert archive.asked > 2 * 50


def test_a_cell_without_digests_counts_every_log_once(archive):
    one = cell(archive)
    with ThreadPoolExecutor(1) as pool:
        stock = Stock(
            archive, one, Frame.of(None, END, END, recorded=False), pool, first=None, open_end=True
        )
        stock.finish(Ledger.empty())
        families, span = stock.sorted_out({})
    assert families["CloudTrail"].uncovered == 60
    assert span is not None
