"""CloudTrail's event history: what LookupEvents knows, apart from the archive.

`ops lab deliver` writes it beside the lab's record, the lab's server reads it. An
intruder who changes the archive does not change it, there as on AWS.
"""

import gzip
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

DIRECTORY = "event-history"
"""Where in a lab's directory it lies."""
_KEPT = (None, "Management")
"""The event history holds management events only; old records name no category."""
_CACHED = 64
Remembered = tuple[dict[str, Any], str]
"""A record, and the text it was read from."""


def record(directory: Path, account: str, region: str, texts: Iterable[str]) -> None:
    """Add records, given as their JSON text, to what one account and region remember."""
    lines = "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogateescape")
    if lines:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with gzip.open(_file(directory, account, region), "ab", compresslevel=1) as file:
            file.write(lines)


def remembered(directory: Path, account: str, region: str) -> list[Remembered]:
    """Return one account and region's management events, each once, the newest first."""
    path = _file(directory, account, region)
    if not path.exists():
        return []
    found = path.stat()
    return _read(path, found.st_size, found.st_mtime_ns)


@lru_cache(_CACHED)
def _read(path: Path, _size: int, _changed: int) -> list[Remembered]:
    with gzip.open(path) as file:
        records = {one[0]["eventID"]: one for one in map(_parsed, file) if one is not None}
    return sorted(records.values(), key=lambda one: one[0]["eventTime"], reverse=True)


def _parsed(line: bytes) -> Remembered | None:
    try:
        text = line.decode("utf-8").rstrip("\n")
        found = json.loads(text)
    except ValueError:
        return None  # one of the history's oddities: no text for an API either
    if not {"eventID", "eventTime"} <= found.keys() or found.get("eventCategory") not in _KEPT:
        return None
    return found, text


def _file(directory: Path, account: str, region: str) -> Path:
    return directory / f"{account}_{region}.jsonl.gz"
