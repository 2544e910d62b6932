"""Ways to break the landing zone, and to mend what fails in it, one thing at a time."""

from collections.abc import Callable
from typing import Any

from ops.rules.controls import controls, number
from tests.check.world import World

Change = Callable[[World], object]

TRAIL = "aws_cloudtrail"
BUCKET = "aws_s3_bucket"
ACCESS_BLOCK = "aws_s3_bucket_public_access_block"
POLICY = "aws_s3_bucket_policy"
KEY = "aws_kms_key"
TOPIC = "aws_sns_topic"
TOPIC_POLICY = "aws_sns_topic_policy"
GROUP = "aws_cloudwatch_log_group"
ALARM = "aws_cloudwatch_metric_alarm"
FILTER = "aws_cloudwatch_log_metric_filter"
LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
VERSIONING = "aws_s3_bucket_versioning"
ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
OWNERSHIP = "aws_s3_bucket_ownership_controls"
WORKGROUP = "aws_athena_workgroup"
ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
STRANGER = "arn:aws:iam::999999999999:role/stranger"


def setting(kind: str, part: str = "", **values: Any) -> Change:
    """Return a change that sets arguments; None removes them."""
    return lambda world: world.set(kind, part, **values)


def removing(kind: str, part: str = "") -> Change:
    """Return a change that takes resources away."""
    return lambda world: world.remove(kind, part)


def adding(stack: str, kind: str, **values: Any) -> Change:
    """Return a change that puts a resource into a stack."""
    return lambda world: world.add(stack, kind, "added", **values)


def allowing(kind: str, part: str, **statement: Any) -> Change:
    """Return a change that adds a statement to policies."""
    whole = {**ANYONE, "Sid": "Added", **statement}
    return lambda world: world.statements(kind, part, lambda all_: all_.append(whole))


def without_tls(world: World) -> None:
    """Take the denial of plain HTTP from the archive's policy."""

    def drop(statements: list[Any]) -> None:
        statements[:] = [one for one in statements if "Bool" not in one.get("Condition", {})]

    world.statements(POLICY, "archive_policy", drop)


def without_analysts(world: World) -> None:
    """Take what analysts may read from the archive's policy."""

    def drop(statements: list[Any]) -> None:
        statements[:] = [one for one in statements if not one["Sid"].startswith("Analyst")]

    world.statements(POLICY, "archive_policy", drop)


def workgroup(**values: Any) -> Change:
    """Return a change of the workgroup's settings."""
    return lambda world: world.edit(WORKGROUP, "", lambda one: one["configuration"].update(values))


def selector(index: int, **values: Any) -> Change:
    """Return a change of one of the trail's selectors."""

    def change(trail: dict[str, Any]) -> None:
        trail["advanced_event_selector"][index].update(values)

    return lambda world: world.edit(TRAIL, "", change)


def field(index: int, **values: Any) -> Change:
    """Return a change that adds a field to one of the trail's selectors."""

    def change(trail: dict[str, Any]) -> None:
        trail["advanced_event_selector"][index]["field_selector"].append(values)

    return lambda world: world.edit(TRAIL, "", change)


def one_letter(name: str) -> Change:
    """Return a change of one letter in a filter's text."""

    def change(one: dict[str, Any]) -> None:
        text = one["pattern"]
        place = text.index("$.event" if "$.event" in text else "$.error") + 2
        one["pattern"] = f"{text[:place]}E{text[place + 1 :]}"

    return lambda world: world.edit(FILTER, name, change)


def deaf_trail(world: World) -> None:
    """Cut the trail off its log group."""
    world.set(TRAIL, cloud_watch_logs_group_arn=None, cloud_watch_logs_role_arn=None)


def open_by_acl(world: World) -> None:
    """Let ACLs count again, and let the public in by one."""
    world.set(ACCESS_BLOCK, "", ignore_public_acls=False)
    public_acl(world)


def public_acl(world: World) -> None:
    """Set an ACL that lets everyone in, if it counts."""
    bucket = world.of(BUCKET, "archive_bucket")[0]["bucket"]
    world.add("log-archive", "aws_s3_bucket_acl", "added", bucket=bucket, acl="public-read-write")


def open_by_policy(world: World) -> None:
    """Let public policies count again, and let the public in by one."""
    world.set(ACCESS_BLOCK, "", restrict_public_buckets=False)
    allowing(POLICY, "archive_policy")(world)


def existing(world: World) -> None:
    """Leave the archive bucket out of the plan, with all that is set on it."""
    for group in world.stacks["log-archive"]["resource"].values():
        for name in [name for name in group if name.startswith("archive_")]:
            del group[name]


def kept(status: str) -> dict[str, Any]:
    """Return a lifecycle's rule."""
    return {"id": "keep", "status": status, "filter": [{"prefix": ""}]}


def every_control_of(nth: int) -> set[str]:
    """Return the controls of all frameworks that ask for CIS x.n."""
    said = next(one.said for one in controls() if number(one) == nth)
    found = {f"cis-{version}:{control}" for version, control in said.cis.items()}
    found |= {f"prowler:{said.prowler}"}
    return found | ({f"securityhub:{said.securityhub}"} if said.securityhub else set())


MONITORING = {name for rule in controls() for name in every_control_of(number(rule))}
BY_PERSON = {name for name in MONITORING if not name.startswith("prowler:")}
"""The monitoring controls that ask for a subscriber, too."""

stranger = allowing(POLICY, "archive_policy", Principal={"AWS": [STRANGER]}, Action="s3:GetObject")

BROKEN: dict[str, Change] = {
    "the trail is gone": removing(TRAIL),
    "the trail is of one region": setting(TRAIL, is_multi_region_trail=False),
    "the trail does not log": setting(TRAIL, enable_logging=False),
    "validation is off": setting(TRAIL, enable_log_file_validation=False),
    "the trail has no key": setting(TRAIL, kms_key_id=None),
    "the trail has no log group": deaf_trail,
    "the trail announces nothing": setting(TRAIL, sns_topic_name=None),
    "no insights": setting(TRAIL, insight_selector=None),
    "no tags": lambda world: [
        stack["provider"]["aws"][0]["default_tags"][0].update(tags={})
        for stack in world.stacks.values()
    ],
    "only writes are recorded": field(0, field="readOnly", equals=["false"]),
    "only reads are recorded": field(0, field="readOnly", equals=["true"]),
    "a source is left out": field(0, field="eventSource", not_equals=["kms.amazonaws.com"]),
    "the selector has another name": selector(0, name="Management"),
    "only object reads are recorded": field(1, field="readOnly", equals=["true"]),
    "only object writes are recorded": field(1, field="readOnly", equals=["false"]),
    "objects of one bucket only": field(
        1, field="resources.ARN", starts_with=["arn:aws:s3:::payments/"]
    ),
    "no data events": lambda world: world.edit(
        TRAIL, "", lambda trail: trail["advanced_event_selector"].pop()
    ),
    "a second trail without validation": adding(
        "trail", TRAIL, name="second", s3_bucket_name="lab-cloudtrail-222222222222-us-east-1",
        is_multi_region_trail=False, enable_log_file_validation=False, kms_key_id="arn:aws:kms:x",
    ),
    "a key does not rotate": setting(KEY, "topic-key", enable_key_rotation=False),
    "a key is disabled": setting(KEY, "topic-key", is_enabled=False),
    "a key is multi-region": setting(KEY, "topic-key", multi_region=True),
    "a key has the default policy": setting(KEY, "topic-key", policy=None),
    "a key lets in everyone": allowing(KEY, "topic-key", Action="kms:Decrypt"),
    "a topic is not encrypted": setting(TOPIC, "alarm-topic", kms_master_key_id=None),
    "a topic lets in everyone": allowing(TOPIC_POLICY, "alarm-topic", Action="sns:Publish"),
    "a topic names a stranger": allowing(
        TOPIC_POLICY, "alarm-topic", Action="sns:Publish", Principal={"AWS": STRANGER}
    ),
    "a subscription uses plain HTTP": adding(
        "trail", "aws_sns_topic_subscription", topic_arn="arn:aws:sns:x", protocol="http"
    ),
    "the log group has no key": setting(GROUP, kms_key_id=None),
    "the log group is kept for 30 days": setting(GROUP, retention_in_days=30),
    "the log group has no retention": setting(GROUP, retention_in_days=None),
    "a policy opens log groups": adding(
        "trail", "aws_cloudwatch_log_resource_policy", policy_name="open",
        policy_document='{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}',
    ),
    "CloudWatch shares": adding(
        "trail", "aws_iam_role", name="CloudWatch-CrossAccountSharingRole",
        assume_role_policy="{}",
    ),
    "alarms are silenced": setting(ALARM, actions_enabled=False),
    "an alarm has no action": setting(ALARM, "heartbeat", alarm_actions=[]),
    "no alarm has an action": setting(ALARM, alarm_actions=[]),
    "no alarm is left": removing(ALARM),
    "no filter is left": removing(FILTER),
    "nobody subscribes": removing("aws_sns_topic_subscription"),
    "filters watch another group": setting(FILTER, log_group_name="another"),
    "plain HTTP is not denied": without_tls,
    "the archive is not logged": removing("aws_s3_bucket_logging"),
    "the archive lets in everyone": allowing(POLICY, "archive_policy"),
    "the archive locks everyone out": allowing(
        POLICY, "archive_policy", Effect="Deny", Action="s3:*"
    ),
    **{
        f"{switch} is off": setting(ACCESS_BLOCK, "archive_public-access", **{switch: False})
        for switch in (
            "block_public_acls", "block_public_policy", "ignore_public_acls",
            "restrict_public_buckets",
        )
    },
    "an ACL would open the archive": public_acl,
    "an ACL opens the archive": open_by_acl,
    "a policy opens the archive": open_by_policy,
    "ACLs are enabled": setting(OWNERSHIP, "archive_own", rule={"object_ownership": "ObjectWriter"}),
    "versioning is suspended": setting(
        VERSIONING, "archive_versioning", versioning_configuration={"status": "Suspended"}
    ),
    "the archive has no lifecycle": removing(LIFECYCLE, "archive_lifecycle"),
    "the lifecycle is disabled": setting(LIFECYCLE, "archive_lifecycle", rule=[kept("Disabled")]),
    "uploads are never aborted": setting(LIFECYCLE, "archive_lifecycle", rule=[kept("Enabled")]),
    "the archive has another encryption": setting(
        ENCRYPTION, "archive_encryption",
        rule=[{"apply_server_side_encryption_by_default": [{"sse_algorithm": "none"}]}],
    ),
    "a bucket has a name AWS would guess": setting(
        BUCKET, "access-logs", bucket="sagemaker-us-east-1-222222222222"
    ),
    "a role trusts everyone": setting(
        "aws_iam_role", "stream",
        assume_role_policy='{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}}]}',
    ),
    "a role policy allows everything": setting(
        "aws_iam_role_policy", "stream",
        policy='{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    ),
    "a role policy allows every action": setting(
        "aws_iam_role_policy", "stream",
        policy='{"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "arn:aws:s3:::x"}]}',
    ),
    "results are not encrypted": workgroup(
        result_configuration={"output_location": "s3://results/"}
    ),
    "a query may choose its settings": workgroup(enforce_workgroup_configuration=False),
    "queries are not counted": workgroup(publish_cloudwatch_metrics_enabled=False),
    "the bucket existed already": existing,
}  # fmt: skip

_REPLICA = {"rule": [{"status": "Enabled"}]}
MENDED: dict[str, Change] = {
    "buckets replicate": lambda world: [
        world.add("log-archive", "aws_s3_bucket_replication_configuration", name,
                  bucket=one["bucket"], **_REPLICA)
        for name, one in enumerated(world)
    ],
    "buckets notify": lambda world: [
        world.add("log-archive", "aws_s3_bucket_notification", name, bucket=one["bucket"])
        for name, one in enumerated(world)
    ],
    "access logs are encrypted with KMS": setting(
        ENCRYPTION, "access-logs",
        rule=[{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}],
    ),
    "every bucket is locked": setting(BUCKET, object_lock_enabled=True),
    "every bucket is logged": lambda world: [
        world.add("log-archive", "aws_s3_bucket_logging", name, bucket=one["bucket"],
                  target_bucket="elsewhere")
        for name, one in enumerated(world)
    ],
    "no analyst reads the archive": without_analysts,
    "MFA Delete is on": setting(
        VERSIONING, versioning_configuration={"status": "Enabled", "mfa_delete": "Enabled"}
    ),
    "readers are roles": setting(
        "aws_iam_role", "reader",
        assume_role_policy='{"Statement": [{"Effect": "Allow", "Principal": '
        '{"AWS": "arn:aws:iam::333333333333:role/auditor"}}]}',
    ),
}  # fmt: skip


def enumerated(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Return the world's buckets, each with a name for something new."""
    return [(f"added-{place}", one) for place, one in enumerate(world.of(BUCKET))]
