"""Athena as an engine: start, wait, read page by page, stop on Ctrl-C, say what it cost.

Source: Athena API Reference, "StartQueryExecution", "GetQueryExecution",
"GetQueryResults", "StopQueryExecution".
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ops.aws import Caller, error_code
from ops.errors import AwsError, QueryError
from ops.query.athena import price, reasons, values
from ops.query.athena.model import Workplace
from ops.query.model import Answer, Cell, Dialect, Scan, Statement

_LONGEST_PARAMETER = 1024
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.2, 5.0, 1.5
"""Seconds between two looks at a running query."""
_PAGE = 1000
"""Rows of one answer; GetQueryResults gives no more."""

Tell = Callable[[str], None]
"""Hears how far a query is, or what has become of one that nobody waits for."""


class Athena:
    """Answers statements of the Athena dialect, in one workgroup and database."""

    def __init__(
        self,
        caller: Caller,
        workplace: Workplace,
        *,
        usd_per_terabyte: float = price.USD_PER_TERABYTE,
        tell: Tell = lambda _: None,
        say: Tell = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._caller = caller
        self._place = workplace
        self._usd_per_terabyte = usd_per_terabyte
        self._tell = tell
        self._say = say
        self._sleep = sleep

    @property
    def dialect(self) -> Dialect:
        """The SQL it reads."""
        return "athena"

    def run(self, statement: Statement, *, limit: int | None) -> Answer:
        """Return the rows of a statement, at most `limit`; raise QueryError or AwsError.

        Whatever ends the waiting early, Ctrl-C above all, stops the query too.
        """
        query = self._start(statement)
        with self._stopped_if_left(query):
            execution = self._wait(query)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise reasons.explained(execution, self.limit)
        columns, rows, truncated = self._rows(query, limit)
        read = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
        return Answer(columns, rows, truncated, Scan(read, price.usd(read, self._usd_per_terabyte)))

    def _start(self, statement: Statement) -> str:
        long = [one for one in statement.positional if len(one) > _LONGEST_PARAMETER]
        if long:
            raise QueryError(
                f"A value of {len(long[0]):,} characters is too long for Athena, which takes "
                f"{_LONGEST_PARAMETER:,}: {long[0][:40]}…",
                hint="ask for fewer at once",
            )
        context = {"Database": self._place.database}
        if self._place.catalog:
            context["Catalog"] = self._place.catalog
        more = {"ExecutionParameters": list(statement.positional)} if statement.positional else {}
        try:
            answer = self._call(
                "start_query_execution",
                QueryString=statement.text,
                QueryExecutionContext=context,
                WorkGroup=self._place.workgroup,
                **more,
            )
        except AwsError as error:
            if error_code(error) != "InvalidRequestException":
                raise
            raise reasons.refused(error, self._place.workgroup) from error
        return str(answer["QueryExecutionId"])

    def _wait(self, query: str) -> dict[str, Any]:
        """Return the query's execution once it has ended, however it did."""
        pause = _FIRST_PAUSE
        while True:
            execution: dict[str, Any] = self._call("get_query_execution", QueryExecutionId=query)[
                "QueryExecution"
            ]
            state = execution["Status"]["State"]
            if state in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return execution
            read = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
            self._tell(f"{state.lower()}, {read / 1e6:,.0f} MB read")
            self._sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)

    @contextmanager
    def _stopped_if_left(self, query: str) -> Iterator[None]:
        """Stop a query whose end nobody waits for any more: it would go on and cost."""
        ended = False
        try:
            yield
            ended = True
        finally:
            if not ended:
                self._stop(query)

    def _stop(self, query: str) -> None:
        try:
            self._call("stop_query_execution", QueryExecutionId=query)
            self._say(f"stopped query {query} in Athena")
        except AwsError as error:
            self._say(f"query {query} may still run: {error}")

    def _rows(
        self, query: str, limit: int | None
    ) -> tuple[tuple[str, ...], list[tuple[Cell, ...]], bool]:
        columns: tuple[str, ...] = ()
        rows: list[tuple[Cell, ...]] = []
        size = _PAGE if limit is None else min(_PAGE, limit + 2)  # the header, and one too many
        pages = self._caller.pages(
            "athena", "get_query_results",
            QueryExecutionId=query, PaginationConfig={"PageSize": size},
        )  # fmt: skip
        for page in pages:
            found = page["ResultSet"]
            described = found["ResultSetMetadata"]["ColumnInfo"]
            first = not columns
            columns = columns or tuple(one["Name"] for one in described)
            kinds = [one["Type"] for one in described]
            cells = [[one.get("VarCharValue") for one in row["Data"]] for row in found["Rows"]]
            if first and cells and tuple(cells[0]) == columns:
                del cells[0]
            for row in cells:
                rows.append(tuple(map(values.value, kinds, row)))
                if limit is not None and len(rows) > limit:
                    return columns, rows[:limit], True
        return columns, rows, False

    def limit(self) -> int | None:
        """Return what one query may read; None if there is no limit or we may not know."""
        try:
            answer = self._call("get_work_group", WorkGroup=self._place.workgroup)
        except AwsError:
            return None
        found = answer["WorkGroup"].get("Configuration", {}).get("BytesScannedCutoffPerQuery")
        return int(found) if found else None

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        client = self._caller.client("athena")
        with self._caller.explained(f"athena:{operation}"):
            answer: dict[str, Any] = getattr(client, operation)(**arguments)
        return answer
