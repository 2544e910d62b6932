r"""What real logs hold and tidy samples do not: each oddity as a change to one record.

Everything here was seen in published logs or is described by AWS, but for the
broken texts at the end, which a reader has to survive because anybody can send
a user agent. Each is rare: see `EVERY`.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
Change = Callable[[Record], None]

EVERY = 97
"""One hour of an account and region in this many shows a given oddity."""
HUGE_EVERY = 8 * EVERY
LARGE, HUGE = 150_000, 1_000_000
"""Bytes of a large record, and of the largest with MaxEventSize Large."""
BAD_BYTE = "\udcff"
"""One byte 0xFF, which is no UTF-8: written through `surrogateescape`."""


def _set(path: str, value: Any) -> Change:
    """Return a change that puts a value at a dotted path."""

    def change(record: Record) -> None:
        *parents, last = path.split(".")
        for name in parents:
            found = record.get(name)
            record[name] = found if isinstance(found, dict) else {}
            record = record[name]
        record[last] = copy.deepcopy(value)

    return change


def _drop(*names: str) -> Change:
    def change(record: Record) -> None:
        for name in names:
            record.pop(name, None)

    return change


def _user(keep: tuple[str, ...] = ("accountId",), **fields: Any) -> Change:
    """Return a change that makes the caller somebody else, of the same account."""

    def change(record: Record) -> None:
        old = record["userIdentity"]
        account = record["recipientAccountId"]
        known = {name: old.get(name, account) for name in keep}
        record["userIdentity"] = {**fields, **known}

    return change


def _both(*changes: Change) -> Change:
    def change(record: Record) -> None:
        for one in changes:
            one(record)

    return change


def _padded(size: int) -> Change:
    def change(record: Record) -> None:
        record["requestParameters"] = {"filterSet": {"items": [
            {"name": "tag:Name", "valueSet": {"items": [{"value": f"host-{n:05d}.example.internal"}]}}
            for n in range(size // 84)]}}  # fmt: skip

    return change


def _twisted_keys(record: Record) -> None:
    record["requestParameters"] = {
        "Filter": [{"Name": "state", "Value": "available"}],
        "filter": "",
        "MaxResults": 50,
        "maxResults": "50",
        "Type": "A",
        "type": "a",
    }


def _old_version(record: Record) -> None:
    record["eventVersion"] = "1.05"
    for name in ("eventCategory", "managementEvent", "readOnly", "tlsDetails"):
        record.pop(name, None)


def _two_spellings(record: Record) -> None:
    for resource in record.get("resources") or [{"ARN": "arn:aws:ec2:::instance/i-0"}]:
        arn = resource.get("ARN", "")
        record["resources"] = [{"arn": arn, "aRN": arn, "accountId": record["recipientAccountId"]}]


ODDITIES: dict[str, Change] = {
    "identity without type": _user(invokedBy="health.amazonaws.com"),
    "identity of another account": _user(type="AWSAccount", principalId="AIDACKCEVSQ6C2EXAMPLE"),
    "identity centre user": _user(
        type="IdentityCenterUser", credentialId="VZ9gWk3M2qzQ0example",
        onBehalfOf={"userId": "544894e8-80c1-707f-60e3-3ba6510dfac1",
                    "identityStoreArn": "arn:aws:identitystore::111111111111:identitystore/d-9067642ac7"},
    ),
    "federated user": _user(type="FederatedUser", principalId="111111111111:reports",
                            arn="arn:aws:sts::111111111111:federated-user/reports", accessKeyId="ASIAEXAMPLEFEDERATED"),
    "directory user": _user(type="Directory", principalId="d-9067642ac7:S-1-5-21", userName="hana"),
    "role identity": _user(type="Role", principalId="AROAEXAMPLEROLEIDENTI", invokedBy="dax.amazonaws.com"),
    "unknown identity": _user(keep=(), type="Unknown"),
    "empty arn and key": _both(_set("userIdentity.arn", ""), _set("userIdentity.accessKeyId", "")),
    "no account in the identity": lambda record: record["userIdentity"].pop("accountId", None),
    "source identity": _set("userIdentity.sessionContext.sourceIdentity", "alice@example.org"),
    "compact creation date": _set("userIdentity.sessionContext.attributes.creationDate", "20260102T010628Z"),
    "on-instance delivery one": _set("userIdentity.sessionContext.ec2RoleDelivery", "1.0"),
    "old event version": _old_version,
    "service event": _both(_set("eventType", "AwsServiceEvent"), _set("requestParameters", None),
                           _set("serviceEventDetails", {"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "rotationType": "AUTOMATIC"})),
    "console action": _set("eventType", "AwsConsoleAction"),
    "tags as a list": _set("requestParameters.tags", [{"key": "owner", "value": "platform"}]),
    "tags as a mapping": _set("requestParameters.tags", {"owner": "platform"}),
    "number as a text": _set("requestParameters.maxResults", "1000"),
    "boolean as a text": _set("requestParameters.disableApiTermination", "false"),
    "boolean in a mapping": _set("requestParameters.disableApiTermination", {"value": False}),
    "tag value that is no text": _set("requestParameters.TagSpecification", {"Tag": [{"Key": "billed", "Value": True}]}),
    "parameters as a text": _set("requestParameters", "HIDDEN_DUE_TO_SECURITY_REASONS"),
    "parameters as a list": _set("requestParameters", [{"name": "first"}, {"name": "second"}]),
    "empty text for a mapping": _set("requestParameters", {"DescribeEgressOnlyInternetGatewaysRequest": ""}),
    "role as text in an answer": _set("responseElements", {"role": "arn:aws:iam::111111111111:role/reports"}),
    "keys that differ in case": _twisted_keys,
    "resources with two spellings": _two_spellings,
    "resources null": _set("resources", None),
    "omitted parameters": _set("requestParameters", {"omitted": True, "originalSize": 131072, "reason": "requestParametersTooLarge"}),
    "error without message": _both(_set("errorCode", "Client.InvalidInstanceID.NotFound"), _drop("errorMessage")),
    "throttled": _both(_set("errorCode", "Client.RequestLimitExceeded"), _set("errorMessage", "Request limit exceeded.")),
    "no request id": _drop("requestID"),
    "address of another form": _set("sourceIPAddress", "2001:db8:85a3::8a2e:370:7334"),
    "internal address": _both(_set("sourceIPAddress", "AWS Internal"), _set("userAgent", "AWS Internal")),
    "service as the address": _set("sourceIPAddress", "secretsmanager.amazonaws.com"),
    "agent in brackets": _set("userAgent", "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488]"),
    "old tls": _set("tlsDetails", {"tlsVersion": "TLSv1.1", "cipherSuite": "ECDHE-RSA-AES128-SHA",
                                   "clientProvidedHostHeader": "ec2.amazonaws.com"}),
    "through an endpoint": _both(_set("vpcEndpointId", "vpce-0a1b2c3d4e5f60718"), _set("vpcEndpointAccountId", "111111111111")),
    "from the console": _set("sessionCredentialFromConsole", "true"),
    "edge device": _set("edgeDeviceDetails", {"deviceId": "snowball-01"}),
    "enriched": _set("eventContext", {"requestContext": {"aws:PrincipalOrgID": "o-lab0000001"},
                                      "tagContext": {"resourceTags": [{"arn": "arn:aws:s3:::reports", "tags": {"class": "internal"}}]}}),
    "field nobody knows": _set("annotation", {"addedIn": "2027", "values": [1, 2.5, None, True]}),
    "dates in words": _set("responseElements", {"createdOn": "Jul 3, 2026 12:13:20 PM", "updatedOn": "Jul 10, 2026, 12:07:59 PM"}),
    "minor version of two digits": _set("eventVersion", "1.10"),
    "large record": _padded(LARGE),
    "terminal escapes": _set("userAgent", "curl/8.5 \x1b[2J\x1b[31mroot\x1b[0m \u202egnp.exe [bold]x[/bold]"),
    "spreadsheet formula": _set("userAgent", '=HYPERLINK("http://192.0.2.1/","open me")'),
    "lone surrogate": _set("userAgent", "sdk/1.0 \ud83d agent"),
    "bytes that are no text": _set("userAgent", f"sdk/1.0 {BAD_BYTE} agent"),
}  # fmt: skip
"""Every oddity by its name."""
_NAMES = tuple(ODDITIES)


def for_cell(number: int) -> str | None:
    """Return the oddity that the n-th account, region and hour of a history shows, if any."""
    turn = number % EVERY
    return _NAMES[turn] if turn < len(_NAMES) else None


def odd(text: str, name: str) -> str:
    """Return a record's text with an oddity in it."""
    record = json.loads(text)
    ODDITIES[name](record)
    written = json.dumps(record, separators=(",", ":"))
    return written.replace("\\udcff", BAD_BYTE)


def huge(text: str) -> str:
    """Return a record's text grown to the largest size CloudTrail delivers."""
    record = json.loads(text)
    _padded(HUGE)(record)
    return json.dumps(record, separators=(",", ":"))


def corrected(text: str, event: str) -> str:
    """Return the addendum to a record: a new record that replaces fields of an earlier one.

    Source: CloudTrail User Guide, "addendum" under "CloudTrail record contents".
    """
    record = json.loads(text)
    record["addendum"] = {
        "reason": "UPDATED_DATA",
        "updatedFields": "userAgent",
        "originalRequestID": record.get("requestID", ""),
        "originalEventID": record["eventID"],
    }
    record |= {"eventID": event, "userAgent": f"{record['userAgent']} exec-env/AWS_ECS_FARGATE"}
    return json.dumps(record, separators=(",", ":"))
