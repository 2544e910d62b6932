"""What prowler 5.46.0 asks of a metric filter's text, check by check.

Source: prowler, services/cloudwatch/lib/metric_filters.py
(`build_metric_filter_pattern`) and the checks that call it. Events and source
may stand in any order; the two raw patterns keep theirs.
"""

import re
from collections.abc import Sequence


def _asks(
    *events: str, source: str | None = None, clause: tuple[str, str, str] | None = None
) -> str:
    """Return a regular expression that finds all of it in a text, in any order."""
    parts = []
    if source:
        parts.append(rf"(?=.*\$\.eventSource\s*=\s*.?{re.escape(source)})")
    parts += [rf"(?=.*\$\.eventName\s*=\s*.?{re.escape(event)}\b)" for event in events]
    if clause:
        field, operator, value = clause
        parts.append(rf"(?=.*\$\.{re.escape(field)}\s*{operator}\s*.?{re.escape(value)})")
    return "".join(parts)


def _each(verbs: Sequence[str], nouns: Sequence[str]) -> list[str]:
    return [f"{verb}{noun}" for verb in verbs for noun in nouns]


_BUCKET_SETTINGS = ["BucketPolicy", "BucketCors", "BucketLifecycle", "BucketReplication"]
_PEERINGS = ["Accept", "Create", "Delete", "Reject"]
_ORGANIZATION_EVENTS = (
    "AcceptHandshake", "AttachPolicy", "CancelHandshake", "CreateAccount", "CreateOrganization",
    "CreateOrganizationalUnit", "CreatePolicy", "DeclineHandshake", "DeleteOrganization",
    "DeleteOrganizationalUnit", "DeletePolicy", "EnableAllFeatures", "EnablePolicyType",
    "InviteAccountToOrganization", "LeaveOrganization", "DetachPolicy", "DisablePolicyType",
    "MoveAccount", "RemoveAccountFromOrganization", "UpdateOrganizationalUnit", "UpdatePolicy",
)  # fmt: skip

ASKED: dict[int, str] = {
    1: r"\$\.errorCode\s*=\s*.?\*UnauthorizedOperation.+\$\.errorCode\s*=\s*.?AccessDenied\*.?",
    2: _asks("ConsoleLogin", clause=("additionalEventData.MFAUsed", "!=", "Yes")),
    3: r"\$\.userIdentity\.type\s*=\s*.?Root.+\$\.userIdentity\.invokedBy NOT EXISTS"
    r".+\$\.eventType\s*!=\s*.?AwsServiceEvent.?",
    4: _asks(
        *_each(["Delete", "Put"], ["GroupPolicy", "RolePolicy", "UserPolicy"]),
        *_each(["Create", "Delete"], ["Policy", "PolicyVersion"]),
        *_each(["Attach", "Detach"], ["RolePolicy", "UserPolicy", "GroupPolicy"]),
    ),
    5: _asks("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    6: _asks("ConsoleLogin", clause=("errorMessage", "=", "Failed authentication")),
    7: _asks("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
    8: _asks(
        "PutBucketAcl",
        *_each(["Put", "Delete"], _BUCKET_SETTINGS),
        source="s3.amazonaws.com",
    ),
    9: _asks(
        "StopConfigurationRecorder",
        "DeleteDeliveryChannel",
        "PutDeliveryChannel",
        "PutConfigurationRecorder",
        source="config.amazonaws.com",
    ),
    10: _asks(
        *_each(["AuthorizeSecurityGroup", "RevokeSecurityGroup"], ["Ingress", "Egress"]),
        "CreateSecurityGroup",
        "DeleteSecurityGroup",
    ),
    11: _asks(
        *_each(["Create", "Delete"], ["NetworkAcl", "NetworkAclEntry"]),
        "ReplaceNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
    ),
    12: _asks(
        *_each(["Create", "Delete"], ["CustomerGateway", "InternetGateway"]),
        *_each(["Attach", "Detach"], ["InternetGateway"]),
    ),
    13: _asks(
        *_each(["Create", "Replace", "Delete"], ["Route"]),
        *_each(["Create", "Delete", "Disassociate"], ["RouteTable"]),
        "ReplaceRouteTableAssociation",
        source="ec2.amazonaws.com",
    ),
    14: _asks(
        "CreateVpc",
        "DeleteVpc",
        "ModifyVpcAttribute",
        *_each(_PEERINGS, ["VpcPeeringConnection"]),
        *_each(["Attach", "Detach"], ["ClassicLinkVpc"]),
        *_each(["Disable", "Enable"], ["VpcClassicLink"]),
    ),
    15: _asks(*_ORGANIZATION_EVENTS, source="organizations.amazonaws.com"),
}
"""By the control's number n of CIS x.n: what a filter's text must hold."""


def prowler_takes(number: int, text: str) -> bool:
    """Whether prowler takes a filter's text for the control of a number."""
    return re.search(ASKED[number], text, flags=re.DOTALL) is not None
