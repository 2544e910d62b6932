"""DuckDB over a local store: in this process, read-only, in bounded memory.

The engine may open the store's own files for this question and nothing else;
its configuration is locked before the first question is read.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

import duckdb

from ops.errors import QueryError, StoreError, UsageError
from ops.history.shelf import CONFLICTS, remedy
from ops.query import derived, guard, portions, views
from ops.query.addresses import Known
from ops.query.cells import aware
from ops.query.files import Files
from ops.query.model import Answer, Cell, Statement, Value
from ops.query.window import Window

_MEMORY = "256MB"
"""What DuckDB may hold; a whole process then stays below 500 MB. The rest goes to disk."""
_BUFFER = "4MB"
"""Rows that DuckDB makes before somebody fetches them."""
_THREADS = 4
_AGAIN = 0.1
"""Seconds until an engine that goes on is interrupted again."""
Done = TypeVar("Done")
_MISTAKES = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""What is wrong with the question, not with answering it."""
_REASONED = (duckdb.DataError, duckdb.InterruptException)
"""What has a reason of its own, so that no file need be looked at."""
_DAMAGED = "a file is damaged: collect what it held again, or take it away"
_LONGEST_REASON = 300


class _Worker:
    """Does an engine's work in a thread of its own, so that Ctrl-C is noticed while it lasts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: Files) -> None:
        self._connection = connection
        self._files = files
        self._thread = ThreadPoolExecutor(1)

    def do(self, work: Callable[..., Done], *arguments: object) -> Done:
        """Do some work; interrupt the engine if somebody interrupts us."""
        with _Told(self._files):
            task = self._thread.submit(work, *arguments)
            try:
                return task.result()
            except KeyboardInterrupt:
                while not task.done():
                    # Once may be too early: before the engine has begun it is forgotten.
                    self._connection.interrupt()
                    wait([task], timeout=_AGAIN)
                raise

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


class Rows:
    """An answer as it comes: its columns, then its rows in batches."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, worker: _Worker, most: int | None
    ) -> None:
        self._connection, self._worker, self._most = connection, worker, most
        described = connection.description or []
        self.columns = _different([str(one[0]) for one in described])
        self.types = tuple(str(one[1]) for one in described)

    def batches(self) -> Iterator[list[tuple[Cell, ...]]]:
        """Yield the rows, some thousands at a time; fewer where they are large."""
        left = self._most
        while found := self._worker.do(portions.portion, self._connection, left):
            left = None if left is None else left - len(found)
            yield [tuple(map(aware, row)) for row in found]


class Local:
    """An engine over the files of a store."""

    def __init__(
        self,
        files: Files,
        window: Window,
        *,
        lists: Mapping[str, Sequence[str]] | None = None,
        known: Known | None = None,
    ) -> None:
        self.files, self.window = files, window
        self._lists = lists or {}
        self._known = known
        self._scratch = tempfile.TemporaryDirectory(prefix="atalaya-query-")
        self._defined: set[str] = set()
        with ExitStack() as undo:
            undo.callback(self._scratch.cleanup)
            try:
                self._connection = self._opened()
            except duckdb.Error as error:
                what = f"{files.store} cannot be opened"
                raise _unreadable(files, _damaged(files.all), what, error) from error
            undo.pop_all()
        self._worker = _Worker(self._connection, files)

    @property
    def dialect(self) -> Literal["duckdb"]:
        """The SQL it reads."""
        return "duckdb"

    def run(self, statement: Statement, *, limit: int | None) -> Answer:
        """Return the rows of a statement, at most `limit`; raise QueryError or UsageError."""
        found = self.rows(statement, limit=None if limit is None else limit + 1)
        rows = portions.whole(found.batches())
        truncated = limit is not None and len(rows) > limit
        return Answer(found.columns, rows[:limit] if truncated else rows, truncated)

    def rows(self, statement: Statement, *, limit: int | None) -> Rows:
        """Return the rows of a statement as they come, at most `limit`."""
        question = guard.checked(self._connection, statement.text, self._lists)
        self._define(question.tables)
        text = portions.first(question.text, limit)
        given = {name: _bound(statement.named, name) for name in question.parameters}
        self._worker.do(self._connection.execute, text, given or None)
        return Rows(self._connection, self._worker, limit)

    def close(self) -> None:
        """Forget everything, and what was put on disk for want of memory."""
        self._worker.close()
        self._connection.close()
        self._scratch.cleanup()

    def __enter__(self) -> "Local":
        """Begin to ask."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": _MEMORY,
                "threads": min(os.cpu_count() or 1, _THREADS),
                "temp_directory": self._scratch.name,
                # Else 2,048 rows are gathered after a filter, however large each is.
                "enable_caching_operators": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            },
        )
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET streaming_buffer_size = '{_BUFFER}'")
        paths = sorted({text for one in self.files.all for text in (str(one), views.pattern(one))})
        connection.execute("SET allowed_paths = $paths", {"paths": paths})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        rivals = bool(self.files.apart.get(CONFLICTS))
        copies = rivals and connection.execute(views.rewritten(self.files)).fetchone() is not None
        connection.execute(views.losers(self.files, copies=copies))
        for text in views.statements(self.files, self.window, conflicts=rivals):
            connection.execute(text)
        return connection

    def _define(self, names: frozenset[str]) -> None:
        """Define the further views that a question names, and those they name themselves."""
        for view in derived.needed(names):
            if view not in self._defined:
                from ops.query import rendering  # sqlglot, which few questions need

                spelled = rendering.duckdb_text(derived.tree(view))
                text = guard.checked(self._connection, spelled, {}).text
                self._connection.execute(f"CREATE VIEW {view} AS {text}")
                self._defined.add(view)
        if "ip_info" in names and "ip_info" not in self._defined:
            self._defined.add("ip_info")
            self._describe_addresses()

    def _describe_addresses(self) -> None:
        connection = self._connection
        connection.execute(
            "CREATE TABLE ip_info (source_ip_address VARCHAR, country VARCHAR, asn VARCHAR)"
        )
        if self._known is None:
            return
        seen = self._worker.do(
            lambda: connection.execute("SELECT DISTINCT source_ip_address FROM events").fetchall()
        )
        rows = [(one, *about) for (one,) in seen if one and (about := self._known.about(one))]
        columns = [list(one) for one in zip(*rows, strict=True)] or [[], [], []]
        connection.execute("INSERT INTO ip_info SELECT unnest($1), unnest($2), unnest($3)", columns)


def _different(names: list[str]) -> tuple[str, ...]:
    """Return names of which none stands twice: a row is a mapping elsewhere.

    >>> _different(["a", "b", "a"])
    ('a', 'b', 'a_2')
    """
    found: dict[str, None] = {}
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found[unique] = None
    return tuple(found)


def _bound(given: Mapping[str, Value], name: str) -> object:
    """Return a value as DuckDB binds it: a time without its zone, or it would become zoned."""
    if name not in given:
        raise UsageError(f"The question names ${name}, which has no value.")
    value = given[name]
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return list(value) if isinstance(value, tuple) else value


class _Told:
    """Turns what DuckDB raises into errors of ours."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: object, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise QueryError(
                "The question needs more memory and disk than there is.",
                hint="ask about fewer days with --since and --until, or for fewer columns; "
                "field('requestParameters.name') reads a part of a large record",
            ) from error
        if isinstance(error, _MISTAKES):
            raise UsageError(f"The question is wrong: {error}") from error
        if isinstance(error, duckdb.Error):
            file = None if isinstance(error, _REASONED) else _damaged(self._files.all)
            if file is not None:
                what = f"{file} cannot be read"
                raise _unreadable(self._files, file, what, error) from error
            raise QueryError(f"The question failed: {error}") from error


def _unreadable(files: Files, file: Path | None, what: str, error: duckdb.Error) -> StoreError:
    """Return the error for a damaged file; one that is a copy is removed, to be fetched again."""
    hint = _DAMAGED
    if file is not None:
        hint = remedy(files.store, file, copied=files.copied, otherwise=hint)
    reason = str(error)
    if len(reason) > _LONGEST_REASON:  # an engine may quote a whole record
        reason = f"{reason[:_LONGEST_REASON]}…"
    return StoreError(f"{what}: {reason}", hint=hint)


def _damaged(files: Sequence[Path]) -> Path | None:
    """Return the first file that cannot be read to its end: what failed does not name it."""
    with duckdb.connect() as reader:
        for file in files:
            try:
                reader.execute("SELECT max(hash(COLUMNS(*))) FROM read_parquet($1)", [str(file)])
            except duckdb.Error:
                return file
    return None
