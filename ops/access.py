"""Whose credentials read an archive, said without the AWS SDK: not every archive needs it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.errors import AwsError

if TYPE_CHECKING:
    from ops.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Access:
    """Whose credentials to use and where to send calls; what is None is found as boto3 does."""

    profile: str | None = None
    role_arn: str | None = None
    """A role to assume with the credentials found; renewed for as long as needed."""
    region: str | None = None
    endpoint: "Endpoint | None" = None


def error_code(error: AwsError) -> str:
    """Return AWS's own code of a refusal, such as AccessDenied; empty without one."""
    response = getattr(error.__cause__, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
