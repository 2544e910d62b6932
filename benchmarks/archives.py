"""The archives that are measured: made by the lab's generator, kept between runs.

A set lies under `.atalaya/bench`, named after what decides its bytes: its size,
the organisation and the generator's source. One account is one part, so that
two processes make a set together.

    python -m benchmarks.archives PLACE NAME ACCOUNT    makes one part
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import ROOT, kept
from benchmarks.s3bucket import KEYS, METADATA

ORGANISATION = "benchmarks/organisation.yaml"
TRAIL, HOME_REGION = "organization-trail", "us-east-1"
MANAGEMENT, ORGANISATION_ID = "111111111111", "o-bench00001"
END = datetime(2026, 11, 1, tzinfo=UTC)
GENERATOR = ("ops/lab/history", "ops/lab/delivery", "ops/lab/keys.py", "ops/layout.py")
"""The sources that decide what is generated."""
_FACTS = "facts.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How big a set is, and whose history."""

    name: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    hours: int
    scale: float


WORKLOADS = tuple(f"44444444444{number}" for number in range(1, 8))
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2")
LONG = Size("long", WORKLOADS[:1], REGIONS[:1], 144, 33.5)
SMALL = Size("small", WORKLOADS[:4], REGIONS[:3], 12, 46.5)
MEDIUM = Size("medium", (MANAGEMENT, "222222222222", "333333333333", *WORKLOADS), REGIONS, 36, 40.5)
SIZES = {one.name: one for one in (LONG, SMALL, MEDIUM)}


@dataclass(frozen=True, slots=True)
class Made:
    """A set on disk, and the answer that every verifier must give about it."""

    path: Path
    name: str
    bucket: str
    chains: tuple[tuple[str, str], ...]
    """The accounts and regions that have digests."""
    digests: int
    logs: int
    """Log files that digests name."""
    packed_bytes: int
    bytes: int
    """Uncompressed, digests and the logs they name."""

    @property
    def since(self) -> datetime:
        """Before the first digest begins."""
        return END - timedelta(hours=SIZES[self.name].hours + 2)

    @property
    def end(self) -> datetime:
        """After the last digest's end."""
        return END

    @property
    def until(self) -> datetime:
        """Within the last digest of every chain: each ends at a minute of its own."""
        return END - timedelta(hours=1)


def made(size: Size, home: Path) -> Made:
    """Return a set, made now if it is not there yet."""
    version = kept.version(*GENERATOR, ORGANISATION, of=repr(size))
    path = kept.made(
        home / f"{size.name}-{version}",
        lambda draft: _make(size, draft),
        doing=f"making the {size.name} archive",
    )
    facts = json.loads((path / _FACTS).read_text(encoding="utf-8"))
    facts["chains"] = tuple((account, region) for account, region in facts["chains"])
    return Made(path=path / "copy", **facts)


def _make(size: Size, draft: Path) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(_part_apart, size, draft, one) for one in size.accounts]:
            done.result()
    copy = draft / "copy"
    copy.mkdir()
    keys: dict[str, Any] = {}
    with (copy / METADATA).open("w", encoding="utf-8") as lines:
        for account in size.accounts:
            part = draft / account
            lines.write((part / METADATA).read_text(encoding="utf-8"))
            keys |= json.loads((part / KEYS).read_text(encoding="utf-8"))
            _move(part, copy)
    (copy / KEYS).write_text(json.dumps(keys), encoding="utf-8")
    shutil.rmtree(draft / "lab")
    facts = asdict(_facts(size, copy))
    del facts["path"]
    (draft / _FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _part_apart(size: Size, draft: Path, account: str) -> None:
    command = [sys.executable, "-m", "benchmarks.archives", str(draft), size.name, account]
    subprocess.run(command, cwd=ROOT, check=True)


def _move(part: Path, copy: Path) -> None:
    """Move the accounts' folders of a part; they are nobody else's."""
    for account in part.glob("*/*/*"):
        place = copy / account.relative_to(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        account.rename(place)
    shutil.rmtree(part)


def part(size: Size, draft: Path, account: str) -> None:
    """Make one account's share of a set."""
    from ops.config import load
    from ops.lab import delivery, history

    plan = history.plan(
        load(ROOT / ORGANISATION), end=END, days=size.hours / 24, scale=size.scale, attack=False,
        only=tuple((account, region) for region in size.regions),
    )  # fmt: skip
    delivery.to_directory(plan, draft / account, draft / "lab")


def _facts(size: Size, copy: Path) -> Made:
    """Read what a verifier must find from the digests themselves."""
    from ops import names
    from ops.config import load

    digests = sorted(path for path in _files(copy) if "CloudTrail-Digest" in path.parts)
    named = {one["s3Object"] for path in digests for one in _digest(path)["logFiles"]}
    files = [*digests, *(copy / key for key in named)]
    return Made(
        path=copy,
        name=size.name,
        bucket=names.bucket(load(ROOT / ORGANISATION)),
        chains=tuple(sorted({(path.parts[-7], path.parts[-5]) for path in digests})),
        digests=len(digests),
        logs=len(named),
        packed_bytes=sum(path.stat().st_size for path in files),
        bytes=sum(_length(path) for path in files),
    )


def _files(copy: Path) -> Iterator[Path]:
    return copy.rglob("*.json.gz")


def _digest(path: Path) -> dict[str, Any]:
    import gzip

    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def _length(path: Path) -> int:
    """Return a gzip file's uncompressed length, as its trailer says."""
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


if __name__ == "__main__":
    part(SIZES[sys.argv[2]], Path(sys.argv[1]), sys.argv[3])
