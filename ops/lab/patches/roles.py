"""AssumeRole of a role that does not exist, or that does not trust the caller, is denied.

The emulator lets everybody be any role. Conditions in trust policies are not
evaluated: only whether the caller's account is named.

Source: STS API Reference, "AssumeRole"; IAM User Guide, "AWS JSON policy
elements: Principal".
"""

import json
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto.iam.models import Role, iam_backends
from moto.sts.responses import TokenResponse

from ops.lab.graft import graft


def apply() -> None:
    """Check every AssumeRole call."""

    def assume_role(self: TokenResponse) -> Any:
        role_arn = str(self._get_param("RoleArn"))
        role = _find(role_arn)
        if role is None or not _trusts(role, self.current_account):
            return _denied(self, role_arn)
        return original(self)

    original = graft(TokenResponse, "assume_role", assume_role)


def _find(arn: str) -> Role | None:
    _, partition, _, _, account, *_ = [*arn.split(":"), "", "", "", ""]
    # A look-up in the emulator would bring an unknown account into being.
    if account not in dict(iam_backends):
        return None
    roles = iam_backends[account][partition].roles if partition else {}
    return next((role for role in roles.values() if role.arn == arn), None)


def _trusts(role: Role, account: str) -> bool:
    document = json.loads(unquote(role.assume_role_policy_document))
    return any(
        statement["Effect"] == "Allow" and {account, "*"} & _accounts(statement)
        for statement in _listed(document["Statement"])
    )


def _accounts(statement: dict[str, Any]) -> set[str]:
    principal = statement.get("Principal", {})
    named = principal if isinstance(principal, str) else principal.get("AWS", [])
    return {name.split(":")[4] if name.startswith("arn:") else name for name in _listed(named)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _denied(response: TokenResponse, role_arn: str) -> tuple[str, dict[str, Any]]:
    _, caller, _ = response.backend.get_caller_identity(response.access_key, response.region)
    message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    body = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>AccessDenied</Code><Message>{escape(message)}</Message>"
        "</Error><RequestId>lab</RequestId></ErrorResponse>"
    )
    return body, {"status": 403, "Content-Type": "text/xml"}
