"""What an engine is asked and what it answers.

A statement is finished text in one engine's dialect with its values beside it:
values never become part of the text by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Dialect = Literal["duckdb", "athena"]
Value = str | int | bool | datetime | Sequence[str] | None
"""What a parameter can hold; times are UTC."""
Cell = object
"""What a row can hold: plain Python values, times as datetime in UTC."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT, ready for an engine."""

    text: str
    named: Mapping[str, Value]
    """For `$name` in the text (DuckDB binds them)."""
    positional: tuple[str, ...] = ()
    """For `?` in the text, each a quoted literal (Athena's ExecutionParameters)."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What an answer cost, where the engine says so."""

    bytes: int
    price_usd: float
    """By the price per TB that the engine's configuration names."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a statement."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    truncated: bool
    """Whether there were more rows than the limit let through."""
    scan: Scan | None = None


class Engine(Protocol):
    """Answers statements of its dialect."""

    @property
    def dialect(self) -> Dialect:
        """The SQL it reads."""

    def run(self, statement: Statement, *, limit: int | None) -> Answer:
        """Return the rows of a statement, at most `limit`; raise QueryError or UsageError."""
