"""moto's Athena, Glue and S3 over HTTP, in a process of its own: `python -m … READY-FD`.

A comment in a query tells the emulator what AWS would make of it:

    SELECT 1 /* FAILED: SYNTAX_ERROR: line 1:8 */     /* CANCELLED */    /* RUNNING */
    /* scanned 123 */    /* looks 3 */ (so often it still runs)    /* retryable */    /* denied */

What moto lacks is added: pages of GetQueryResults, bytes scanned, reasons.
"""

import json
import os
import re
import sys
from typing import Any

from moto.athena.models import AthenaBackend, Execution
from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_END = re.compile(r"/\* (FAILED|CANCELLED|RUNNING)(?:: (.*?))? \*/")


def _told(execution: Execution, pattern: str) -> int:
    found = re.search(pattern, execution.query)
    return int(found[1]) if found else 0


def _state(execution: Execution) -> tuple[str, str]:
    """Return the state of a query, and why, after one look more."""
    if execution.status == "CANCELLED":  # somebody stopped it
        return "CANCELLED", ""
    execution.seen = getattr(execution, "seen", 0) + 1
    if execution.seen <= _told(execution, r"/\* looks (\d+)"):
        return ("QUEUED" if execution.seen == 1 else "RUNNING"), ""
    found = _END.search(execution.query)
    execution.status = found[1] if found else "SUCCEEDED"
    return execution.status, (found[2] or "") if found else ""


def _get_query_execution(self: AthenaResponse) -> str:
    execution = self.athena_backend.executions[self._get_param("QueryExecutionId")]
    answer = json.loads(original(self))["QueryExecution"]
    state, reason = _state(execution)
    answer["Status"]["State"] = state
    if reason:
        answer["Status"]["StateChangeReason"] = reason
        retryable = "/* retryable */" in execution.query
        answer["Status"]["AthenaError"] = {"Retryable": retryable, "ErrorMessage": reason}
    answer["Statistics"]["DataScannedInBytes"] = _told(execution, r"/\* scanned (\d+) \*/")
    return json.dumps({"QueryExecution": answer})


def _start_query_execution(self: AthenaResponse) -> Any:
    if "/* denied */" in self._get_param("QueryString"):
        raise JsonRESTError("AccessDeniedException", "You are not authorized")
    return start(self)


def _get_query_results(self: AthenaResponse) -> str:
    found: dict[str, Any] = self.athena_backend.get_query_results(
        self._get_param("QueryExecutionId")
    ).to_dict()
    first, size = int(self._get_param("NextToken") or 0), self._get_param("MaxResults") or 1000
    rows = found["ResultSet"]["Rows"]
    found["ResultSet"]["Rows"] = rows[first : first + size]
    if first + size < len(rows):
        found["NextToken"] = str(first + size)
    return json.dumps(found)


def _get_execution(self: AthenaBackend, exec_id: str) -> Execution:
    return self.executions[exec_id]  # without moto's own progress


original = AthenaResponse.get_query_execution
start = AthenaResponse.start_query_execution
AthenaResponse.start_query_execution = _start_query_execution
AthenaResponse.get_query_execution = _get_query_execution
AthenaResponse.get_query_results = _get_query_results
AthenaBackend.get_query_execution = _get_execution


def main() -> None:
    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True
    )
    with os.fdopen(int(sys.argv[1]), "w") as ready:
        ready.write(f"http://127.0.0.1:{server.server_port}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
