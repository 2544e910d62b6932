"""Who may and may not use and manage the archive's key."""

from modules import policies
from ops import names
from ops.config import LandingZone

from .archive_cases import external_readers, foreign_trails, key_arn, trails
from .cases import Subject, Table, as_resource_policy
from .zones import ARCHIVE, AUDIT, CLOUDTRAIL, CONFIG, MEMBER, REGIONS, SIEM, Cast

TRAIL_CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
DESTRUCTIVE_ON_KEY = ("DisableKey", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion")


def key_subject(zone: LandingZone) -> Subject:
    table = Table(ARCHIVE)
    _key_use_by_trails(table, zone)
    _key_use_by_readers(table, zone)
    _key_use_by_analysts(table, zone)
    _key_management(table, zone)
    policy = policies.archive_key_policy(zone)
    return Subject("archive key", policy, as_resource_policy, tuple(table.cases), None)


def _key_use_by_trails(table: Table, zone: LandingZone) -> None:
    key, home = key_arn(zone), zone.regions.home
    for owner, trail in trails(zone).items():
        source = {"aws:SourceArn": trail}
        encrypt = {**source, TRAIL_CONTEXT: trail}
        bucket_key = {**source, "kms:EncryptionContext:aws:s3:arn": names.bucket_arn(zone)}
        right = (("kms:GenerateDataKey", encrypt), ("kms:Decrypt", bucket_key),
                 ("kms:DescribeKey", source))  # fmt: skip
        for action, context in right:
            table.may(f"the trail of {owner}", CLOUDTRAIL, action, key, context=context)
            table.may_not("another service", CONFIG, action, key, context=context)
            for story, foreign in foreign_trails(zone).items():
                claims = {**context, "aws:SourceArn": foreign}
                table.may_not(story, CLOUDTRAIL, action, key, context=claims)
            for beyond in ("kms:Encrypt", "kms:CreateGrant"):
                table.may_not("CloudTrail", CLOUDTRAIL, beyond, key, context=context)
        member = f"arn:{zone.partition}:cloudtrail:{home}:{MEMBER}:trail/org-trail"
        for context in ({**source, TRAIL_CONTEXT: member}, source):
            table.may_not("a file of another trail", CLOUDTRAIL, "kms:GenerateDataKey", key,
                          context=context)  # fmt: skip


def _key_use_by_readers(table: Table, zone: LandingZone) -> None:
    cast, key, (home, other) = Cast(zone), key_arn(zone), REGIONS[zone.partition]
    suffixes = ["amazonaws.com"] + (["amazonaws.com.cn"] if zone.partition == "aws-cn" else [])
    strangers = {"a member's administrator": cast.role(MEMBER), "a stranger": cast.outsider(),
                 "another role of the SIEM's account": cast.outsider(SIEM, "intern")}  # fmt: skip
    for suffix in suffixes:
        context = {"kms:ViaService": f"s3.{home}.{suffix}"}
        table.only(external_readers(zone), strangers, [("kms:Decrypt", key)], context=context)
    for story, caller in external_readers(zone).items():
        through = {"kms:ViaService": f"s3.{home}.amazonaws.com"}
        elsewhere = {"kms:ViaService": f"s3.{other}.amazonaws.com"}
        table.may_not(f"{story}, directly,", caller, "kms:Decrypt", key)
        table.may_not(f"{story}, elsewhere,", caller, "kms:Decrypt", key, context=elsewhere)
        table.may_not(story, caller, "kms:Encrypt", key, context=through)
    reader = cast.role(ARCHIVE, names.reader_role(zone))
    table.may("the reader role, by its own policy,", reader, "kms:Decrypt", key)
    table.may_not("the reader role without a policy", reader, "kms:Decrypt", key,
                  nothing_else=True)  # fmt: skip


def _key_use_by_analysts(table: Table, zone: LandingZone) -> None:
    cast, key, (home, other) = Cast(zone), key_arn(zone), REGIONS[zone.partition]
    through = {"kms:ViaService": f"s3.{home}.amazonaws.com"}
    suffixed = {"kms:ViaService": f"s3.{home}.amazonaws.com.cn"}
    right = {"the analyst": cast.analyst()} if zone.analytics.enabled else {}
    wrong = {
        "another role of the audit account": cast.role(AUDIT),
        "a role of that name elsewhere": cast.role(MEMBER, names.analyst_role(zone)),
    }
    for context in (through, suffixed) if zone.partition == "aws-cn" else (through,):
        table.only(right, wrong, [("kms:Decrypt", key)], context=context)
    elsewhere = {"kms:ViaService": f"s3.{other}.amazonaws.com"}
    table.may_not("the analyst, directly,", cast.analyst(), "kms:Decrypt", key)
    table.may_not("the analyst, elsewhere,", cast.analyst(), "kms:Decrypt", key, context=elsewhere)
    for action in ("kms:Encrypt", "kms:GenerateDataKey"):
        table.may_not("the analyst", cast.analyst(), action, key, context=through)


def _key_management(table: Table, zone: LandingZone) -> None:
    cast, key = Cast(zone), key_arn(zone)
    table.only(
        {"break-glass": cast.break_glass(), "Terraform": cast.deployer()},
        {"the archive's administrator": cast.admin(), "its root user": cast.root_user,
         "a stranger": cast.outsider()},
        [(f"kms:{action}", key) for action in DESTRUCTIVE_ON_KEY],
    )  # fmt: skip
    table.may("the archive's administrator", cast.admin(), "kms:EnableKey", key)
    table.may_not("a stranger", cast.outsider(), "kms:EnableKey", key)
    table.may_not("a stranger, let in by mistake,", cast.outsider(), "kms:ScheduleKeyDeletion",
                  key, careless=True)  # fmt: skip


SUBJECTS = (key_subject,)
