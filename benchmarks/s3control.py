"""The calls beside S3 that validating logs needs: CloudTrail, Organizations, STS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from urllib.parse import parse_qs

from benchmarks.s3bucket import Bucket
from benchmarks.s3requests import target

JSON = "application/x-amz-json-1.1"
_EDGES = (("StartTime", 0), ("EndTime", 1e12))


@dataclass(slots=True)
class Control:
    """What the control plane knows: one trail over one bucket, one organisation."""

    trail: str = "trail"
    account: str = "111122223333"
    home_region: str = "us-east-1"
    organization: str | None = None
    accounts: list[dict[str, str]] = field(default_factory=list)
    prefix: str = ""
    latest_digest: float | None = None
    """When the newest digest was delivered, seconds since 1970."""
    keys_page_size: int = 1000
    events: list[dict[str, object]] = field(default_factory=list)
    """The event history of every region: CloudTrail's records."""

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        return f"arn:aws:cloudtrail:{self.home_region}:{self.account}:trail/{self.trail}"


def answer(
    control: Control, bucket: Bucket, headers: Mapping[str, str], body: bytes
) -> tuple[int, bytes, str]:
    """Return status, body and content type of a JSON or query call."""
    call = target(headers)
    if not call:
        return _query(control, parse_qs(body.decode()))
    region = headers.get("authorization", "").split("/")[2:3]
    asked = json.loads(body or b"{}")
    found = _json(control, bucket, call, asked, region[0] if region else "us-east-1")
    if found is None:
        failure = {"__type": "UnknownOperationException", "message": call}
        return 400, json.dumps(failure).encode(), JSON
    return 200, json.dumps(found).encode(), JSON


def _json(
    control: Control, bucket: Bucket, call: str, asked: Mapping[str, object], region: str
) -> dict[str, object] | None:
    if call == "ListPublicKeys":
        return _public_keys(control, bucket, asked, region)
    organization = {
        "Id": control.organization,
        "Arn": f"arn:aws:organizations::{control.account}:organization/x",
        "MasterAccountId": control.account,
    }
    known: dict[str, dict[str, object]] = {
        "DescribeTrails": {"trailList": [_trail(control, bucket)]},
        "GetTrailStatus": {
            "IsLogging": True,
            "LatestDigestDeliveryTime": control.latest_digest or 0,
        },
        "LookupEvents": {"Events": _events(control, asked)},
        "DescribeOrganization": {"Organization": organization},
        "ListAccounts": {"Accounts": control.accounts},
    }
    return known.get(call)


def _events(control: Control, asked: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the events of the asked name and time, as LookupEvents tells them."""
    attributes = cast("list[dict[str, str]]", asked.get("LookupAttributes", []))
    wanted = {one["AttributeValue"] for one in attributes if one["AttributeKey"] == "EventName"}
    start, end = (float(str(asked.get(name, edge))) for name, edge in _EDGES)
    return [
        {"EventName": one["eventName"], "CloudTrailEvent": json.dumps(one)}
        for one in control.events
        if one["eventName"] in wanted and start <= _epoch(one["eventTime"]) <= end
    ]


def _trail(control: Control, bucket: Bucket) -> dict[str, object]:
    found: dict[str, object] = {
        "Name": control.trail,
        "S3BucketName": bucket.name,
        "IsMultiRegionTrail": True,
        "HomeRegion": control.home_region,
        "TrailARN": control.arn,
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": control.organization is not None,
    }
    if control.prefix:
        found["S3KeyPrefix"] = control.prefix
    return found


def _public_keys(
    control: Control, bucket: Bucket, asked: Mapping[str, object], region: str
) -> dict[str, object]:
    found = bucket.public_keys.get(region) or bucket.public_keys.get("*", [])
    listed = [
        one | {name: _epoch(one[name]) for name in ("ValidityStartTime", "ValidityEndTime")}
        for one in found
    ]
    start = int(str(asked.get("NextToken") or 0))
    end = start + control.keys_page_size
    answer: dict[str, object] = {"PublicKeyList": listed[start:end]}
    if end < len(listed):
        answer["NextToken"] = str(end)
    return answer


def _epoch(moment: object) -> float:
    if isinstance(moment, int | float):
        return moment
    return datetime.fromisoformat(str(moment)).timestamp()


def _query(control: Control, asked: Mapping[str, list[str]]) -> tuple[int, bytes, str]:
    if asked.get("Action") != ["GetCallerIdentity"]:
        return (
            400,
            b"<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>",
            ("text/xml"),
        )
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<GetCallerIdentityResult><Arn>arn:aws:iam::{control.account}:user/tester</Arn>"
        f"<UserId>AIDATEST</UserId><Account>{control.account}</Account></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>TEST</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )
    return 200, text.encode(), "text/xml"
