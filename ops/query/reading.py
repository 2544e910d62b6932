"""What a question would read, told before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.query.model import Dialect


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine would read for one question: at most, as it may read parts of files."""

    engine: Dialect
    tables: tuple[str, ...]
    """What is read, as the user calls it: tables, or a store."""
    files: int
    bytes: int
    partitions: int
    """Folders that hold these files."""
    days: tuple[str, ...]
    """The days of these folders, in order; none of a table that is not divided into days."""
    usd: float | None = None
    """What the engine is paid for that; None where it is paid nothing."""
    limit: int | None = None
    """How many bytes one question may read; None if there is no limit, or nobody may know it."""

    def as_json(self) -> Mapping[str, Any]:
        """Return it as plain data."""
        return {
            "engine": self.engine,
            "tables": list(self.tables),
            "files": self.files,
            "bytes": self.bytes,
            "partitions": self.partitions,
            "days": list(self.days),
            "usd": self.usd,
            "limit_bytes": self.limit,
        }
