"""Records made by hand: one event as a test needs it, everything else as usual."""

import itertools
import json

_COUNT = itertools.count(1)
ALICE = {"type": "IAMUser", "principalId": "AIDAALICE000000000000", "arn": "arn:aws:iam::444444444444:user/alice",
         "accountId": "444444444444", "userName": "alice", "accessKeyId": "AKIAALICE00000000000"}  # fmt: skip


def event(
    name, source="iam", at="2026-11-20T10:00:00Z", *, user=None, params=None, answer=None, **more
):
    """Return a record's text. `more` sets or, with None, removes fields of the record."""
    fields = {
        "eventVersion": "1.11", "userIdentity": ALICE if user is None else user, "eventTime": at,
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2", "requestParameters": params,
        "responseElements": answer, "requestID": "r", "eventID": f"00000000-0000-4000-8000-{next(_COUNT):012d}",
        "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True,
        "recipientAccountId": "444444444444", "eventCategory": "Management",
    }  # fmt: skip
    fields |= more
    return json.dumps({key: value for key, value in fields.items()
                       if value is not None or key in ("requestParameters", "responseElements")})  # fmt: skip


def event_id(text):
    return json.loads(text)["eventID"]


def session(key, arn, account="444444444444"):
    """Return the identity of a role's session."""
    role = arn.split("/")[1]
    return {"type": "AssumedRole", "principalId": f"AROAEXAMPLE0000000000:{arn.rpartition('/')[2]}", "arn": arn,
            "accountId": account, "accessKeyId": key, "sessionContext": {"sessionIssuer": {
                "type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account,
                "userName": role}, "attributes": {"mfaAuthenticated": "false"}}}  # fmt: skip
