"""What the store holds: one row an event, its columns, and where each comes from.

Nothing is inferred. A column is the text, the truth value or the time at one
path of the record; a field of another type is null there, and the record itself
stands beside it in `raw`. Account ids are text: some begin with a zero.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from dataclasses import dataclass
from typing import Literal

VERSION = 1
"""Of the columns and the layout; kept in the store and in every file of it."""

Kind = Literal["text", "flag", "time", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose value is read from the record."""

    name: str
    paths: tuple[str, ...]
    """Where the value lies, dots between keys; the first that holds a value counts."""
    meaning: str
    kind: Kind = "text"
    """`text`: a JSON string. `flag`: true or false. `time`: a string that is a time, in UTC.
    `json`: the JSON text of whatever lies there, null for null. Anything else is null."""


def _column(name: str, path: str, meaning: str, kind: Kind = "text") -> Column:
    return Column(name, tuple(path.split("|")), meaning, kind)


_USER = "userIdentity"
_SESSION = f"{_USER}.sessionContext"

COLUMNS = (
    _column("event_id", "eventID|eventId", "CloudTrail's id of the event; one for each receiving account"),
    _column("event_time", "eventTime", "When the call was made, by the service's clock, in UTC", "time"),
    _column("event_version", "eventVersion", "Version of the record's format: 1.11 is newer than 1.9"),
    _column("event_source", "eventSource", "The service that was called: iam.amazonaws.com"),
    _column("event_name", "eventName", "The action: CreateUser"),
    _column("event_type", "eventType", "AwsApiCall, AwsServiceEvent, AwsConsoleSignIn, AwsVpceEvent, …"),
    _column("event_category", "eventCategory", "Management, Data, NetworkActivity, Insight or Aggregated; absent before 1.07"),
    _column("aws_region", "awsRegion", "The region the call was made to"),
    _column("source_ip_address", "sourceIPAddress", "Where the call came from: an address, or an AWS service's name"),
    _column("user_agent", "userAgent", "What the caller said it was: anybody may say anything"),
    _column("error_code", "errorCode", "Why the call failed; null where it did not"),
    _column("error_message", "errorMessage", "The same in words"),
    _column("request_id", "requestID", "The service's id of the request"),
    _column("api_version", "apiVersion", "The API's version, where the service says it"),
    _column("read_only", "readOnly", "Whether the call changes nothing", "flag"),
    _column("management_event", "managementEvent", "Whether it is a management event", "flag"),
    _column("recipient_account_id", f"recipientAccountId|accountId|{_USER}.accountId", "The account that received the event; else the caller's; else that of the log's key"),
    _column("shared_event_id", "sharedEventID", "The same in every account that one call was recorded in"),
    _column("vpc_endpoint_id", "vpcEndpointId", "The VPC endpoint the call went through"),
    _column("vpc_endpoint_account_id", "vpcEndpointAccountId", "The account that owns the VPC endpoint"),
    _column("session_credential_from_console", "sessionCredentialFromConsole", "`true` if the session began in the console; text, as CloudTrail writes it"),
    _column("user_type", f"{_USER}.type", "Root, IAMUser, AssumedRole, AWSService, …; may be absent"),
    _column("user_principal_id", f"{_USER}.principalId", "The caller's unique id; a role's session name follows the colon"),
    _column("user_arn", f"{_USER}.arn", "The caller's ARN"),
    _column("user_account_id", f"{_USER}.accountId", "The caller's account"),
    _column("user_name", f"{_USER}.userName", "The caller's name, of users"),
    _column("user_access_key_id", f"{_USER}.accessKeyId", "The access key that signed the call: AKIA… of users, ASIA… of sessions"),
    _column("user_invoked_by", f"{_USER}.invokedBy", "The AWS service that called on somebody's behalf"),
    _column("user_identity_store_arn", f"{_USER}.onBehalfOf.identityStoreArn", "The identity store of an IAM Identity Center user"),
    _column("session_issuer_arn", f"{_SESSION}.sessionIssuer.arn", "The role or user that the session was made from"),
    _column("session_issuer_type", f"{_SESSION}.sessionIssuer.type", "What that is: Role, IAMUser or Root"),
    _column("session_mfa_authenticated", f"{_SESSION}.attributes.mfaAuthenticated", "`true` if the session began with MFA; text, as CloudTrail writes it"),
    _column("session_creation_date", f"{_SESSION}.attributes.creationDate", "When the session began", "time"),
    _column("source_identity", f"{_SESSION}.sourceIdentity", "Who was behind the first role of a chain, if set"),
    _column("tls_version", "tlsDetails.tlsVersion", "The TLS version of the call"),
    _column("addendum_reason", "addendum.reason", "Why a record was delivered again: DELIVERY_DELAY, UPDATED_DATA, SERVICE_OUTAGE"),
    _column("addendum_original_event_id", "addendum.originalEventID", "The event this record corrects"),
)  # fmt: skip
"""The typed columns, in the order of the file."""

BAGS = (
    _column("request_parameters", "requestParameters", "What was asked for", "json"),
    _column("response_elements", "responseElements", "What was answered, of calls that change something", "json"),
    _column("additional_event_data", "additionalEventData", "What else the service says", "json"),
    _column("service_event_details", "serviceEventDetails", "What happened, of service events", "json"),
    _column("resources", "resources", "The resources touched: a list of ARN, accountId, type", "json"),
)  # fmt: skip
"""What differs from service to service: the JSON text; `field('a.b')` looks inside."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A column about the record, not from it."""

    name: str
    type: Literal["text", "flag", "time", "number"]
    meaning: str


KEPT = (
    Kept("raw", "text", "The record's exact JSON text; repaired where it was no valid UTF-8 or JSON"),
    Kept("raw_repaired", "flag", "Whether raw was repaired; the original bytes are then in the quarantine folder"),
    Kept("source_key", "text", "The key or path of the file it came in"),
    Kept("source_index", "number", "Which record of that file it is, from 0"),
    Kept("source_etag", "text", "The ETag of that file, or for a local file its size and content's hash"),
    Kept("collected_at", "time", "When it was collected"),
    Kept("schema_version", "number", "Of these columns"),
)  # fmt: skip

PARTITION = Kept("day", "text", "The UTC day of event_time, YYYY-MM-DD; `unknown` without one")
"""The one partition: a folder `day=YYYY-MM-DD`, not a column in the file."""
