"""Where questions are asked of Athena."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workplace:
    """A workgroup and a database; `ops.names` says what the landing zone's are called."""

    workgroup: str
    database: str
    catalog: str | None = None
    """A data source of Athena's own; without one the account's Glue catalogue."""
