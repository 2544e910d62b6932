"""Who may publish, forward and use the topics' key."""

from modules import policies
from ops import names
from ops.config import LandingZone

from .cases import Subject, Table, as_identity_policy, as_resource_policy
from .zones import (
    ARCHIVE,
    AUDIT,
    CLOUDTRAIL,
    CLOUDWATCH,
    CONFIG,
    EVENTBRIDGE,
    MANAGEMENT,
    MEMBER,
    REGIONS,
    Cast,
)

USES = ("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")


def _trail(zone: LandingZone, name: str = "org-trail") -> str:
    return f"arn:{zone.partition}:cloudtrail:{zone.regions.home}:{MANAGEMENT}:trail/{name}"


def topic_key_subject(zone: LandingZone) -> Subject:
    table = Table(MANAGEMENT)
    key = f"arn:{zone.partition}:kms:{zone.regions.home}:{MANAGEMENT}:key/1"
    for action in (*USES, "kms:Encrypt"):
        use = table.may if action in USES else table.may_not
        use("our trail", CLOUDTRAIL, action, key, context={"aws:SourceArn": _trail(zone)})
        use("our alarms", CLOUDWATCH, action, key, context={"aws:SourceAccount": MANAGEMENT})
        use("EventBridge, which says nothing of itself,", EVENTBRIDGE, action, key)
    for action in USES:
        other = {"aws:SourceArn": _trail(zone, "other")}
        table.may_not("another trail", CLOUDTRAIL, action, key, context=other)
        stranger = {"aws:SourceAccount": MEMBER}
        table.may_not("another account's alarms", CLOUDWATCH, action, key, context=stranger)
        claims = {"aws:SourceArn": _trail(zone), "aws:SourceAccount": MANAGEMENT}
        table.may_not("another service", CONFIG, action, key, context=claims)
    _management(table, zone, key)
    policy = policies.topic_key_policy(zone)
    return Subject("topic key", policy, as_resource_policy, tuple(table.cases), None)


def _management(table: Table, zone: LandingZone, key: str) -> None:
    table.may("the account's administrator", Cast(zone).role(MANAGEMENT), "kms:PutKeyPolicy", key)
    for action in ("kms:PutKeyPolicy", "kms:Decrypt"):
        table.may_not("a member", Cast(zone).role(MEMBER), action, key)
        table.may_not("a stranger", Cast(zone).outsider(), action, key)


def global_topic_key_subject(zone: LandingZone) -> Subject:
    table, region = Table(MANAGEMENT), REGIONS[zone.partition][1]
    key = f"arn:{zone.partition}:kms:{region}:{MANAGEMENT}:key/1"
    for action in USES:
        table.may("EventBridge", EVENTBRIDGE, action, key)
        alarms = {"aws:SourceAccount": MANAGEMENT}
        table.may_not("alarms, which are at home,", CLOUDWATCH, action, key, context=alarms)
        trail = {"aws:SourceArn": _trail(zone)}
        table.may_not("the trail, whose topic is at home,", CLOUDTRAIL, action, key, context=trail)
    table.may_not("EventBridge", EVENTBRIDGE, "kms:Encrypt", key)
    _management(table, zone, key)
    policy = policies.topic_key_policy(zone, region)
    return Subject("global topic key", policy, as_resource_policy, tuple(table.cases), None)


def alarm_topic_subject(zone: LandingZone) -> Subject:
    table, publish = Table(MANAGEMENT), "sns:Publish"
    home, other = REGIONS[zone.partition]
    topic = f"arn:{zone.partition}:sns:{home}:{MANAGEMENT}:atalaya-acme-alarms"
    alarm = f"arn:{zone.partition}:cloudwatch:{home}:{MANAGEMENT}:alarm:atalaya-acme-root-use"
    right = {"aws:SourceArn": alarm, "aws:SourceAccount": MANAGEMENT}
    table.may("our alarms", CLOUDWATCH, publish, topic, context=right)
    table.may_not("our alarms", CLOUDWATCH, "sns:Subscribe", topic, context=right)
    wrong = {
        "an alarm of other people": {"aws:SourceArn": alarm.replace("atalaya-acme", "shop")},
        "an alarm of another region": {"aws:SourceArn": alarm.replace(home, other)},
        "an alarm of another account": {"aws:SourceAccount": MEMBER},
    }
    for story, change in wrong.items():
        table.may_not(story, CLOUDWATCH, publish, topic, context={**right, **change})
    table.may_not("another service", CONFIG, publish, topic, context=right)
    _reactions(table, zone, topic)
    policy = policies.alarm_topic_policy(zone)
    return Subject("alarm topic", policy, as_resource_policy, tuple(table.cases), None)


def _reactions(table: Table, zone: LandingZone, topic: str) -> None:
    table.may("EventBridge, which says nothing of itself,", EVENTBRIDGE, "sns:Publish", topic)
    table.may_not("EventBridge", EVENTBRIDGE, "sns:Subscribe", topic)
    table.may_not("another service", CONFIG, "sns:Publish", topic)
    table.may_not("a member", Cast(zone).role(MEMBER), "sns:Publish", topic)
    table.may_not("a stranger", Cast(zone).outsider(), "sns:Publish", topic)


def global_alarm_topic_subject(zone: LandingZone) -> Subject:
    table, region = Table(MANAGEMENT), REGIONS[zone.partition][1]
    topic = f"arn:{zone.partition}:sns:{region}:{MANAGEMENT}:atalaya-acme-alarms"
    _reactions(table, zone, topic)
    table.may_not("CloudWatch", CLOUDWATCH, "sns:Publish", topic,
                  context={"aws:SourceAccount": MANAGEMENT})  # fmt: skip
    policy = policies.alarm_topic_policy(zone, region)
    return Subject("global alarm topic", policy, as_resource_policy, tuple(table.cases), None)


def delivery_topic_subject(zone: LandingZone) -> Subject:
    table, publish = Table(MANAGEMENT), "sns:Publish"
    topic = f"arn:{zone.partition}:sns:{zone.regions.home}:{MANAGEMENT}:atalaya-acme-log-delivery"
    right = {"aws:SourceArn": _trail(zone)}
    table.may("our trail", CLOUDTRAIL, publish, topic, context=right)
    table.may_not("our trail", CLOUDTRAIL, "sns:Subscribe", topic, context=right)
    table.may_not("another trail", CLOUDTRAIL, publish, topic,
                  context={"aws:SourceArn": _trail(zone, "other")})  # fmt: skip
    table.may_not("another service", EVENTBRIDGE, publish, topic, context=right)
    table.may_not("a member", Cast(zone).role(MEMBER), publish, topic)
    policy = policies.delivery_topic_policy(zone)
    return Subject("delivery topic", policy, as_resource_policy, tuple(table.cases), None)


def bus_subject(zone: LandingZone) -> Subject:
    table, cast, put = Table(MANAGEMENT), Cast(zone), "events:PutEvents"
    bus = f"arn:{zone.partition}:events:{zone.regions.home}:{MANAGEMENT}:event-bus/atalaya-acme-security"
    forward = "atalaya-acme-forward-events"
    table.only(
        {"the archive's forward role": cast.role(ARCHIVE, forward),
         "the audit account's forward role": cast.role(AUDIT, forward)},
        {
            "another role of the archive": cast.role(ARCHIVE),
            "a forward role of an account not named": cast.role(MEMBER, forward),
            "a stranger's forward role": cast.outsider(name=forward),
            "a service": EVENTBRIDGE,
        },
        [(put, bus)],
    )  # fmt: skip
    table.may_not("a forward role", cast.role(ARCHIVE, forward), "events:PutRule", bus)
    policy = policies.bus_policy(zone, [ARCHIVE, AUDIT])
    return Subject("event bus", policy, as_resource_policy, tuple(table.cases), None)


def forward_trust_subject(zone: LandingZone) -> Subject:
    table, assume = Table(ARCHIVE), "sts:AssumeRole"
    role, right = (
        names.role_arn(zone, ARCHIVE, names.forward_role(zone)),
        {"aws:SourceAccount": ARCHIVE},
    )
    table.may("EventBridge for this account", EVENTBRIDGE, assume, role, context=right)
    table.may_not("EventBridge", EVENTBRIDGE, "sts:TagSession", role, context=right)
    table.may_not("EventBridge for another account", EVENTBRIDGE, assume, role,
                  context={"aws:SourceAccount": MEMBER})  # fmt: skip
    table.may_not("another service", CONFIG, assume, role, context=right)
    table.may_not("the account's administrator", Cast(zone).admin(), assume, role)
    policy = policies.forward_role_trust(ARCHIVE)
    return Subject("forward role trust", policy, as_resource_policy, tuple(table.cases), None)


def forward_role_subject(zone: LandingZone) -> Subject:
    table, role = Table(MANAGEMENT), Cast(zone).role(ARCHIVE, names.forward_role(zone))
    bus = f"arn:{zone.partition}:events:{zone.regions.home}:{MANAGEMENT}:event-bus/atalaya-acme-security"
    table.may("the forward role", role, "events:PutEvents", bus)
    table.may_not("the forward role", role, "events:DeleteRule", bus)
    table.may_not("the forward role", role, "events:PutEvents", f"{bus}-other")
    policy = policies.forward_role_policy(zone)
    return Subject("forward role", policy, as_identity_policy, tuple(table.cases))


SUBJECTS = (
    topic_key_subject,
    global_topic_key_subject,
    alarm_topic_subject,
    global_alarm_topic_subject,
    delivery_topic_subject,
    bus_subject,
    forward_trust_subject,
    forward_role_subject,
)
