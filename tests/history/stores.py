"""Archives and stores on disk, and short ways to say what must be in a store."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ops.archive.opening import open_events
from ops.history import collect
from ops.history.listing import Selection
from ops.history.outcome import Outcome
from ops.history.store import open_store
from ops.layout import Family, LogKey
from tests.history import plain
from tests.history.forms import record, trail

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAY = datetime(2026, 1, 5, tzinfo=UTC)
ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("eu-west-1", "us-east-1")


def a_key(
    number: int = 0, *, account: str = ACCOUNTS[0], region: str = REGIONS[1],
    day: datetime = DAY, family: Family = Family.LOG,
) -> str:  # fmt: skip
    """Return the key of a log file delivered on a day."""
    delivered = day + timedelta(minutes=number)
    return LogKey(
        "", "o-exampleorg1", account, family, region, day.date(), delivered, f"{number:016d}"
    ).key


class Archive:
    """A directory of objects."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, body: bytes) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def log(self, key: str, *records: dict[str, Any] | bytes) -> None:
        """Write a log file as a trail does."""
        texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in records]
        self.put(key, gzip.compress(trail(*texts), mtime=0))

    def fill(self, files: int = 8, each: int = 5) -> None:
        """Write some files, from two accounts and regions and over three days."""
        for number in range(files):
            account, region = ACCOUNTS[number % 2], REGIONS[number // 2 % 2]
            day = DAY + timedelta(days=number * 3 // files)
            self.log(
                a_key(number, account=account, region=region, day=day),
                *(
                    an_event(number * each + n, account=account, region=region, day=day)
                    for n in range(each)
                ),
            )


def an_event(number: int, *, account: str = ACCOUNTS[0], region: str = REGIONS[1],
             day: datetime = DAY, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """Return an event; each number has an id of its own."""
    moment = day + timedelta(seconds=number)
    about = {
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "recipientAccountId": account,
        "awsRegion": region,
    }
    return record(number, **(about | changes))


def run(source: Path | Archive, store: Path, **asked: Any) -> Outcome:
    """Collect once."""
    root = source.root if isinstance(source, Archive) else source
    selection = Selection(
        **{
            name: asked.pop(name)
            for name in ("since", "until", "accounts", "regions")
            if name in asked
        }
    )
    request = collect.Request(**({"now": NOW, "selection": selection, "workers": 1} | asked))
    archive = open_events(str(root), zone=None, expected_owner=None)
    outcome = collect.collect(archive, open_store(str(store)), request)
    balanced(outcome)
    return outcome


def balanced(outcome: Outcome) -> None:
    """Fail unless every record is accounted for."""
    counts = outcome.counts
    assert counts.records == counts.stored + counts.duplicates + counts.quarantined


def numbers(outcome: Outcome) -> tuple[int, int, int, int]:
    """Return records stored, duplicates, conflicts and quarantined."""
    counts = outcome.counts
    return counts.stored, counts.duplicates, counts.conflicts, counts.quarantined


def event_files(store: Path) -> list[Path]:
    return sorted(store.glob("day=*/*.parquet"))


def rows(store: Path) -> list[dict[str, Any]]:
    """Return every event of a store, with its day."""
    return [
        row | {"day": path.parent.name.removeprefix("day=")}
        for path in event_files(store)
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def kept(store: Path) -> Counter[str]:
    """Return the events of a store without when they were collected: what must be equal."""
    without = [{**row, "collected_at": None} for row in rows(store)]
    return Counter(json.dumps(row, default=str, sort_keys=True) for row in without)


def meta(store: Path, folder: str) -> list[dict[str, Any]]:
    """Return the rows of the manifest, the quarantine or the conflicts."""
    paths = sorted((store / "_atalaya" / folder).glob("*.parquet"))
    return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]


def check_columns(store: Path) -> int:
    """Compare every row with plain json over its text; return how many there are."""
    found = rows(store)
    for row in found:
        place = row["source_key"].split("/")
        account = next((one for one in place if one.isdigit() and len(one) == 12), None)
        expected = plain.columns(row["raw"], account)
        assert {name: row[name] for name in expected} == expected
        assert row["day"] == plain.day(expected)
    return len(found)


def check_shape(store: Path) -> None:
    """Fail unless the files of a store have the promised form."""
    from ops.history.rows import STORED

    for path in event_files(store):
        file = pq.ParquetFile(path)
        assert file.schema_arrow.equals(STORED.remove_metadata(), check_metadata=False)
        table = file.read()
        order = [
            tuple((one is None, one) for one in row)
            for row in zip(
                *(
                    table[name].to_pylist()
                    for name in ("recipient_account_id", "aws_region", "event_time")
                ),
                strict=True,
            )
        ]
        assert order == sorted(order)
        ids = store / "_atalaya" / "ids" / path.relative_to(store).with_suffix(".ids")
        assert ids.stat().st_size == 8 * table.num_rows
    assert not (store / "_atalaya" / "journal.json").exists()
    assert not (store / "_atalaya" / "scratch").exists()


def texts(store: Path) -> Counter[str]:
    return Counter(row["raw"] for row in rows(store))
