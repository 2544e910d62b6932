"""Facts about log groups and alarms, whatever they watch.

Sources: Security Hub User Guide, CloudWatch.15 to CloudWatch.17; prowler 5.46.0,
services/cloudwatch; checkov 3.3.30, terraform checks.
"""

from ops.deploy.check import statements
from ops.deploy.check.estate import Estate, Resource
from ops.deploy.check.facts import every
from ops.deploy.check.model import Judgement, Status

GROUP = "aws_cloudwatch_log_group"
ALARM = "aws_cloudwatch_metric_alarm"
YEAR_DAYS = 365


def _days(group: Resource) -> int:
    return int(group.values.get("retention_in_days") or 0)


GROUP_ENCRYPTED = every(
    GROUP,
    lambda _, group: group.sets("kms_key_id"),
    good="log groups are encrypted with a customer key",
    bad="log groups without a customer key (kms_key_id)",
)
GROUP_KEPT_A_YEAR = every(
    GROUP,
    lambda _, group: _days(group) == 0 or _days(group) >= YEAR_DAYS,
    good="events are kept for a year or longer",
    bad="events are kept for less than 365 days (log_group.retention_days in the config)",
)
GROUP_RETENTION_SET = every(
    GROUP,
    lambda _, group: group.values.get("retention_in_days") is not None,
    good="retention is set",
    bad="log groups without a retention",
)
GROUP_NOT_PUBLIC = every(
    GROUP,
    lambda estate, _: (
        not any(
            statements.allows_everyone(statement)
            for policy in estate.of("aws_cloudwatch_log_resource_policy")
            for statement in statements.of(policy, "policy_document")
        )
    ),
    good="no policy opens a log group to everyone",
    bad="a policy opens log groups to everyone",
)
ALARM_ACTS = every(
    ALARM,
    lambda _, alarm: alarm.sets("alarm_actions"),
    good="every alarm has an action",
    bad="alarms without an action (alarm_actions)",
)
ALARM_ENABLED = every(
    ALARM,
    lambda _, alarm: alarm.values.get("actions_enabled") is not False,
    good="the actions of every alarm are enabled",
    bad="alarms whose actions are disabled (actions_enabled)",
)


def cross_account_sharing(estate: Estate) -> Judgement:
    """Return whether the plan makes the role by which CloudWatch shares with other accounts."""
    found = [
        role.label
        for role in estate.of("aws_iam_role")
        if role.value("name") == "CloudWatch-CrossAccountSharingRole"
    ]
    if found:
        return Judgement(Status.FAIL, "the plan makes CloudWatch's sharing role", tuple(found))
    return Judgement(Status.PASS, "the plan makes no role that shares CloudWatch's data")
