"""What the deployed things are called: names, and ARNs that hold only names.

Trail, bucket policy and key policy name each other; computing the names from
the config instead of reading them from one another leaves no cycle and needs
no shared state. The one ARN that cannot be computed is the archive key's.
"""

from ops.config import LandingZone, bucket_names, settings


def stem(zone: LandingZone) -> str:
    """Return what every name of this landing zone's resources begins with."""
    return f"atalaya-{zone.name}"


def trail_arn(zone: LandingZone) -> str:
    """Return the organisation trail's ARN: always of the management account.

    Source: CloudTrail User Guide, "Organization delegated administrator": the
    management account stays the owner whoever creates the trail.
    """
    return _arn(zone, "cloudtrail", f"trail/{zone.trail.name}")


def standalone_region(zone: LandingZone, account: settings.StandaloneAccount) -> str:
    """Return the home region of a standalone account's trail."""
    return account.home_region or zone.regions.home


def standalone_trail_name(zone: LandingZone, account: settings.StandaloneAccount) -> str:
    """Return the name of a standalone account's trail."""
    return account.trail_name or zone.trail.name


def standalone_trail_arn(zone: LandingZone, account: settings.StandaloneAccount) -> str:
    """Return the ARN of a standalone account's trail."""
    return (
        f"arn:{zone.partition}:cloudtrail:{standalone_region(zone, account)}:{account.id}"
        f":trail/{standalone_trail_name(zone, account)}"
    )


def trail_arns(zone: LandingZone) -> list[str]:
    """Return the ARNs of all trails that deliver into the archive."""
    return [trail_arn(zone)] + [
        standalone_trail_arn(zone, account) for account in zone.standalone_accounts
    ]


def bucket(zone: LandingZone) -> str:
    """Return the archive bucket's name."""
    return bucket_names.archive(zone)


def bucket_arn(zone: LandingZone) -> str:
    """Return the archive bucket's ARN."""
    return f"arn:{zone.partition}:s3:::{bucket(zone)}"


def access_log_bucket(zone: LandingZone) -> str:
    """Return the name of the bucket that keeps the archive's own access logs."""
    return bucket_names.access_logs(zone)


def access_log_bucket_arn(zone: LandingZone) -> str:
    """Return the ARN of the bucket that keeps the archive's own access logs."""
    return f"arn:{zone.partition}:s3:::{access_log_bucket(zone)}"


def archive_key_arns(zone: LandingZone) -> str:
    """Return the archive key's ARN if the config names it, else the pattern it matches.

    The pattern is every key of the log-archive account in the home region: a
    key's id is not known before the key is made.
    """
    account = zone.organization.log_archive_account
    computed = f"arn:{zone.partition}:kms:{zone.regions.home}:{account}:key/*"
    return zone.archive.existing_key_arn or computed


def log_group(zone: LandingZone) -> str:
    """Return the name of the log group the metric filters watch."""
    return f"/{stem(zone)}/cloudtrail"


def log_group_arn(zone: LandingZone) -> str:
    """Return the log group's ARN, without the trailing `:*`."""
    return _arn(zone, "logs", f"log-group:{log_group(zone)}")


def log_role(zone: LandingZone) -> str:
    """Return the name of the role with which CloudTrail writes to the log group."""
    return f"{stem(zone)}-cloudtrail-logs"


def reader_role(zone: LandingZone) -> str:
    """Return the name of the reader role, in the log-archive account."""
    return f"{stem(zone)}-reader"


def reader_role_arn(zone: LandingZone) -> str:
    """Return the reader role's ARN."""
    return role_arn(zone, zone.organization.log_archive_account, reader_role(zone))


def alarm_topic(zone: LandingZone) -> str:
    """Return the name of the topic that alarms and reactions publish to."""
    return f"{stem(zone)}-alarms"


def delivery_topic(zone: LandingZone) -> str:
    """Return the name of the topic CloudTrail announces delivered files on."""
    return f"{stem(zone)}-log-delivery"


def topic_arn(zone: LandingZone, topic: str, region: str | None = None) -> str:
    """Return the ARN of one of the management account's topics; home region without one."""
    account = zone.organization.management_account
    return f"arn:{zone.partition}:sns:{region or zone.regions.home}:{account}:{topic}"


def alarm_arns(zone: LandingZone) -> str:
    """Return the pattern that the ARNs of this landing zone's alarms match, and no others."""
    return _arn(zone, "cloudwatch", f"alarm:{stem(zone)}-*")


def rule(zone: LandingZone, name: str) -> str:
    """Return what a rule's metric, alarm or EventBridge rule is called."""
    return f"{stem(zone)}-{name}"


def metric_namespace(zone: LandingZone) -> str:
    """Return the CloudWatch namespace of the metric filters."""
    return f"Atalaya/{zone.name}"


def event_bus(zone: LandingZone) -> str:
    """Return the name of the bus that all reactions forward to."""
    return f"{stem(zone)}-security"


def event_bus_arn(zone: LandingZone) -> str:
    """Return the bus's ARN: management account, home region."""
    return _arn(zone, "events", f"event-bus/{event_bus(zone)}")


def notify_rule(zone: LandingZone) -> str:
    """Return the name of the bus's rule that publishes to the alarm topic."""
    return f"{stem(zone)}-notify"


def forward_role(zone: LandingZone) -> str:
    """Return the name of the role with which EventBridge forwards to the bus."""
    return f"{stem(zone)}-forward-events"


def analytics_database(zone: LandingZone) -> str:
    """Return the name of the Glue database: lower-case letters, digits and `_` alone."""
    return stem(zone).replace("-", "_")


def workgroup(zone: LandingZone) -> str:
    """Return the name of the Athena workgroup."""
    return stem(zone)


def workgroup_arn(zone: LandingZone) -> str:
    """Return the Athena workgroup's ARN: audit account, home region."""
    return _audit_arn(zone, "athena", f"workgroup/{workgroup(zone)}")


def glue_arn(zone: LandingZone, resource: str) -> str:
    """Return the ARN of something in the audit account's Glue catalogue, or of `catalog`."""
    return _audit_arn(zone, "glue", resource)


def results_bucket(zone: LandingZone) -> str:
    """Return the name of the bucket that Athena writes results to."""
    return bucket_names.results(zone)


def results_bucket_arn(zone: LandingZone) -> str:
    """Return the ARN of the bucket that Athena writes results to."""
    return f"arn:{zone.partition}:s3:::{results_bucket(zone)}"


def results_access_log_bucket(zone: LandingZone) -> str:
    """Return the name of the bucket that keeps the results' access logs."""
    return bucket_names.results_access_logs(zone)


def results_access_log_bucket_arn(zone: LandingZone) -> str:
    """Return the ARN of the bucket that keeps the results' access logs."""
    return f"arn:{zone.partition}:s3:::{results_access_log_bucket(zone)}"


def analyst_role(zone: LandingZone) -> str:
    """Return the name of the analyst role, in the audit account."""
    return f"{stem(zone)}-analyst"


def analyst_role_arn(zone: LandingZone) -> str:
    """Return the analyst role's ARN."""
    return role_arn(zone, zone.organization.audit_account, analyst_role(zone))


def role_arn(zone: LandingZone, account: str, role: str) -> str:
    """Return the ARN of a role in an account."""
    return f"arn:{zone.partition}:iam::{account}:role/{role}"


def root_arn(zone: LandingZone, account: str) -> str:
    """Return the ARN by which a policy names a whole account."""
    return f"arn:{zone.partition}:iam::{account}:root"


def break_glass_role_arn(zone: LandingZone, account: str) -> str:
    """Return the ARN of the role that the policies spare, in an account."""
    return role_arn(zone, account, zone.guardrails.break_glass_role)


def deploy_role_arn(zone: LandingZone, account: str) -> str | None:
    """Return the role Terraform assumes in an account; None for your own credentials."""
    if account == zone.organization.management_account:
        name = zone.deploy.management_role_name
        return role_arn(zone, account, name) if name else None
    standalone = {one.id: one.role_name for one in zone.standalone_accounts}
    return role_arn(zone, account, standalone.get(account) or zone.deploy.role_name)


def _arn(zone: LandingZone, service: str, resource: str) -> str:
    account = zone.organization.management_account
    return f"arn:{zone.partition}:{service}:{zone.regions.home}:{account}:{resource}"


def _audit_arn(zone: LandingZone, service: str, resource: str) -> str:
    account = zone.organization.audit_account
    return f"arn:{zone.partition}:{service}:{zone.regions.home}:{account}:{resource}"
