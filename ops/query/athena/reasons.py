"""Why a query of Athena failed, in words that say what to do next."""

import re
from collections.abc import Callable
from typing import Any

from ops.errors import AwsError, QueryError

_LIMIT = re.compile(r"bytes scanned limit", re.IGNORECASE)
_FILTER = (
    "ask for fewer days, accounts or regions (--since, --until, or conditions on "
    '"date", account and region)'
)
_HINTS = (
    (r"workgroup .*(not found|does not exist|not exist)",
     "name the workgroup with --workgroup; `aws athena list-work-groups` shows those there are"),
    (r"(database|schema|table).* (does not exist|not found)|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND",
     "name the database with --database; after the config changed, apply the stack analytics"),
    (r"COLUMN_NOT_FOUND|cannot be resolved", "the tables' columns are in docs/how-to/athena.md"),
    (r"SYNTAX_ERROR|mismatched input|line \d+:\d+", "correct the SQL at that place"),
    (r"access ?denied|not authorized|permission|kms",
     "use the analyst role, and apply log-archive again if analytics was switched on since: the "
     "archive's bucket and key must let it in"),
    (r"HIVE_(BAD_DATA|CURSOR_ERROR|INVALID)|not a valid JSON",
     "a file there is not as the table says; `ops verify` names damaged logs, and a store keeps "
     "what Athena cannot read"),
    (r"exhausted resources|timed? ?out|HIVE_EXCEEDED_PARTITION_LIMIT", _FILTER),
)  # fmt: skip


def refused(error: AwsError, workgroup: str) -> QueryError:
    """Return the error for a query that Athena would not start."""
    told = str(error).partition("InvalidRequestException: ")[2] or str(error)
    return QueryError(
        f"Athena refused the query in workgroup {workgroup}: {told}", hint=_hint(told)
    )


def explained(execution: dict[str, Any], limit: Callable[[], int | None]) -> QueryError:
    """Return the error for a query that ended without a result.

    `limit` finds out what one query may read, and is asked only if that ended it.
    """
    status, query = execution["Status"], execution["QueryExecutionId"]
    fault = status.get("AthenaError", {})
    reason = status.get("StateChangeReason") or fault.get("ErrorMessage") or ""
    if _LIMIT.search(reason):
        return _too_much(execution, limit())
    if status["State"] == "CANCELLED":
        return QueryError(
            f"Query {query} was stopped from outside{_because(reason)}.",
            hint="ask again, or ask whoever looks after the workgroup",
        )
    return QueryError(
        f"Query {query} failed{_because(reason)}.",
        hint="ask again: Athena says that may help" if fault.get("Retryable") else _hint(reason),
    )


def _too_much(execution: dict[str, Any], limit: int | None) -> QueryError:
    read = int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
    allowed = f"{limit:,} bytes" if limit else "no more"
    return QueryError(
        f"Query {execution['QueryExecutionId']} was ended after {read:,} bytes: workgroup "
        f"{execution.get('WorkGroup', '?')} lets one query read {allowed}.",
        hint=f"{_FILTER}, or raise analytics.scan_limit_bytes in the config",
    )


def _because(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _hint(reason: str) -> str:
    for pattern, hint in _HINTS:
        if re.search(pattern, reason, re.IGNORECASE):
            return hint
    return ""
