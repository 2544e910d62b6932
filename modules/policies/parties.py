"""Who is meant: the parties that several policies let in, keep out or spare.

CloudTrail itself, an account's own IAM, the two roles that must stay able to
act, and everyone outside the organisation.
"""

from modules.policies.statement import Statement, accounts, allow, service
from ops import names
from ops.config import LandingZone

CLOUDTRAIL = service("cloudtrail.amazonaws.com")


def root_delegation(zone: LandingZone, account: str) -> Statement:
    """Return the statement that lets an account's own IAM policies grant use of its key.

    Without it nobody could manage the key, the account's root user neither.
    """
    return allow(
        "EnableIAMPolicies",
        "kms:*",
        "*",
        principal=accounts(names.root_arn(zone, account)),
    )


def archive_roles(zone: LandingZone) -> list[str]:
    """Return the ARNs of the log-archive account's two roles that no policy here binds."""
    account = zone.organization.log_archive_account
    return [
        names.break_glass_role_arn(zone, account),
        names.role_arn(zone, account, zone.deploy.role_name),
    ]


def analyst(zone: LandingZone) -> tuple[dict[str, list[str]], dict[str, dict[str, str]]]:
    """Return the principal and the condition that together mean the analyst role.

    The role is made after the archive; named as a principal it would have to exist first.
    """
    principal = accounts(names.root_arn(zone, zone.organization.audit_account))
    role = names.role_arn(zone, "*", names.analyst_role(zone))
    return principal, {"ArnLike": {"aws:PrincipalArn": role}}


def via_s3(zone: LandingZone) -> dict[str, dict[str, list[str]]]:
    """Return the condition that KMS is asked by S3 of the home region, not directly."""
    services = [f"s3.{zone.regions.home}.amazonaws.com"]
    if zone.partition == "aws-cn":
        # Which form KMS reports in China is not documented; S3 alone can send either.
        services.append(f"{services[0]}.cn")
    return {"StringEquals": {"kms:ViaService": services}}


def outside(zone: LandingZone) -> dict[str, dict[str, str | list[str]]]:
    """Return the condition of a caller who is neither of the organisation nor let in.

    AWS services call without an organisation. Anonymous callers lack the
    service key altogether: IfExists keeps them outside.
    """
    condition: dict[str, dict[str, str | list[str]]] = {
        "StringNotEquals": {"aws:PrincipalOrgID": zone.organization.id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    if zone.guardrails.external_readers:
        readers = [_caller_pattern(arn) for arn in zone.guardrails.external_readers]
        condition["ArnNotLike"] = {"aws:PrincipalArn": readers}
    return condition


def _caller_pattern(principal: str) -> str:
    """Return what aws:PrincipalArn looks like for a principal; a root means its account."""
    return f"{principal.removesuffix('root')}*" if principal.endswith(":root") else principal
