"""The columns of a record again, by plain `json` and written down by hand."""

import json
import re
from datetime import datetime
from typing import Any

PATHS = {
    "event_id": ["eventID", "eventId"],
    "event_version": ["eventVersion"],
    "event_source": ["eventSource"],
    "event_name": ["eventName"],
    "event_type": ["eventType"],
    "event_category": ["eventCategory"],
    "aws_region": ["awsRegion"],
    "source_ip_address": ["sourceIPAddress"],
    "user_agent": ["userAgent"],
    "error_code": ["errorCode"],
    "error_message": ["errorMessage"],
    "request_id": ["requestID"],
    "api_version": ["apiVersion"],
    "shared_event_id": ["sharedEventID"],
    "vpc_endpoint_id": ["vpcEndpointId"],
    "vpc_endpoint_account_id": ["vpcEndpointAccountId"],
    "session_credential_from_console": ["sessionCredentialFromConsole"],
    "user_type": ["userIdentity.type"],
    "user_principal_id": ["userIdentity.principalId"],
    "user_arn": ["userIdentity.arn"],
    "user_account_id": ["userIdentity.accountId"],
    "user_name": ["userIdentity.userName"],
    "user_access_key_id": ["userIdentity.accessKeyId"],
    "user_invoked_by": ["userIdentity.invokedBy"],
    "user_identity_store_arn": ["userIdentity.onBehalfOf.identityStoreArn"],
    "session_issuer_arn": ["userIdentity.sessionContext.sessionIssuer.arn"],
    "session_issuer_type": ["userIdentity.sessionContext.sessionIssuer.type"],
    "session_mfa_authenticated": ["userIdentity.sessionContext.attributes.mfaAuthenticated"],
    "source_identity": ["userIdentity.sessionContext.sourceIdentity"],
    "tls_version": ["tlsDetails.tlsVersion"],
    "addendum_reason": ["addendum.reason"],
    "addendum_original_event_id": ["addendum.originalEventID"],
}
FLAGS = {"read_only": "readOnly", "management_event": "managementEvent"}
TIMES = {
    "event_time": "eventTime",
    "session_creation_date": "userIdentity.sessionContext.attributes.creationDate",
}
ACCOUNT = ["recipientAccountId", "accountId", "userIdentity.accountId"]


def columns(raw: str, key_account: str | None = None) -> dict[str, Any]:
    """Return the columns that a record's text must have."""
    found = json.loads(raw)
    columns: dict[str, Any] = {name: _text(found, *paths) for name, paths in PATHS.items()}
    for name, path in FLAGS.items():
        value = _at(found, path)
        columns[name] = value if value is True or value is False else None
    for name, path in TIMES.items():
        columns[name] = moment(_text(found, path))
    account = _text(found, *ACCOUNT)
    columns["recipient_account_id"] = key_account if account is None else account
    return columns


def day(columns: dict[str, Any]) -> str:
    """Return the partition that a row belongs to."""
    return "unknown" if columns["event_time"] is None else columns["event_time"].date().isoformat()


def moment(text: str | None) -> datetime | None:
    """Return a time as CloudTrail writes them, without a zone."""
    if text is None or not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,9})?Z|[0-9]{8}T[0-9]{6}(\.[0-9]{1,9})?Z",
        text,
    ):
        return None
    whole, _, fraction = text[:-1].partition(".")
    form = "%Y-%m-%dT%H:%M:%S" if "-" in whole else "%Y%m%dT%H%M%S"
    try:
        found = datetime.strptime(f"{whole}+0000", f"{form}%z")
    except ValueError:
        return None
    return found.replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=None)


def _text(found: Any, *paths: str) -> str | None:
    values = (_at(found, path) for path in paths)
    return next((one for one in values if isinstance(one, str)), None)


def _at(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
