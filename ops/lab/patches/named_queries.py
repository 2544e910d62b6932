"""A saved query of Athena can be deleted.

The emulator does not implement it.

Source: Athena API Reference, "DeleteNamedQuery".
"""

from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError

from ops.lab.graft import graft, parameter


def apply() -> None:
    """Add the operation."""
    graft(AthenaResponse, "delete_named_query", _delete_named_query)


def _delete_named_query(self: AthenaResponse) -> str:
    query = parameter(self, "NamedQueryId")
    if self.athena_backend.named_queries.pop(query, None) is None:
        raise JsonRESTError("InvalidRequestException", f"Named query {query} is not found.")
    return "{}"
