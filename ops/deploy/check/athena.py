"""Facts about Athena's workgroups.

Sources: prowler 5.46.0, services/athena; checkov 3.3.30, terraform checks; Security
Hub User Guide, Athena.3 and Athena.4.
"""

from ops.deploy.check.estate import Resource
from ops.deploy.check.facts import every

WORKGROUP = "aws_athena_workgroup"


def _encrypts(workgroup: Resource) -> bool:
    place = ("configuration", "result_configuration", "encryption_configuration")
    return bool(workgroup.block(*place).get("encryption_option"))


ENCRYPTED = every(
    WORKGROUP,
    lambda _, workgroup: _encrypts(workgroup),
    good="results of queries are encrypted",
    bad="workgroups that do not encrypt results (encryption_configuration)",
)
# What Terraform leaves out, AWS sets to true, both here and below.
ENFORCED = every(
    WORKGROUP,
    lambda _, workgroup: (
        workgroup.block("configuration").get("enforce_workgroup_configuration") is not False
    ),
    good="queries cannot choose other settings than their workgroup's",
    bad="workgroups whose settings a query may override (enforce_workgroup_configuration)",
)
LOGGED = every(
    WORKGROUP,
    lambda _, workgroup: (
        workgroup.block("configuration").get("publish_cloudwatch_metrics_enabled") is not False
    ),
    good="queries are counted in CloudWatch",
    bad="workgroups that publish no metrics (publish_cloudwatch_metrics_enabled)",
)
TAGGED = every(
    WORKGROUP,
    lambda _, workgroup: bool(workgroup.value("tags_all")),
    good="workgroups are tagged",
    bad="workgroups without tags",
)
