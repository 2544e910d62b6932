"""The checks of checkov 3.3.30 for the resources that make and guard the logs.

Restated as checkov decides them on a plan; `make conformance` runs checkov
itself and compares. Its deeper checks of IAM documents, and those of providers,
are left to checkov. Source: checkov, terraform/checks.
"""

from ops.deploy.check import alarms, athena, buckets, keys, roles, topics, trails
from ops.deploy.check.model import Control, Fact, Framework

_FACTS: tuple[tuple[str, str, Fact], ...] = (
    ("CKV_AWS_7", "Customer keys rotate", keys.ROTATED),
    ("CKV_AWS_18", "Buckets log their accesses", buckets.TOUCHES_LOGGING),
    ("CKV_AWS_19", "Buckets encrypt by default", buckets.ENCRYPTED),
    ("CKV_AWS_20", "No ACL lets everyone read", buckets.NO_READ_ACL),
    ("CKV_AWS_21", "Buckets keep versions", buckets.VERSIONED),
    ("CKV_AWS_26", "Topics are encrypted", topics.ENCRYPTED),
    ("CKV_AWS_33", "No key policy names everyone", keys.NO_WILDCARD),
    ("CKV_AWS_35", "Log files are encrypted with customer keys", trails.ENCRYPTED),
    ("CKV_AWS_36", "Log file validation is enabled", trails.VALIDATED),
    ("CKV_AWS_53", "Public ACLs are blocked", buckets.access_block("block_public_acls")),
    ("CKV_AWS_54", "Public policies are blocked", buckets.access_block("block_public_policy")),
    ("CKV_AWS_55", "Public ACLs are ignored", buckets.access_block("ignore_public_acls")),
    ("CKV_AWS_56", "Public buckets are restricted",
     buckets.access_block("restrict_public_buckets")),
    ("CKV_AWS_57", "No ACL lets everyone write", buckets.NO_WRITE_ACL),
    ("CKV_AWS_60", "No role trusts everyone", roles.TRUST_NOT_PUBLIC),
    ("CKV_AWS_61", "No role trusts an account as a whole", roles.TRUST_NO_ACCOUNT),
    ("CKV_AWS_62", "No role policy allows everything", roles.NO_ADMINISTRATOR),
    ("CKV_AWS_63", "No role policy allows every action", roles.NO_EVERY_ACTION),
    ("CKV_AWS_66", "Log groups have a retention", alarms.GROUP_RETENTION_SET),
    ("CKV_AWS_67", "Trails are multi-region", trails.ALL_MULTI_REGION),
    ("CKV_AWS_70", "No bucket policy lets in everyone", buckets.POLICY_NO_ANYONE),
    ("CKV_AWS_82", "Workgroups enforce their settings", athena.ENFORCED),
    ("CKV_AWS_93", "No bucket policy locks everyone out", buckets.NOBODY_LOCKED_OUT),
    ("CKV_AWS_144", "Buckets replicate to another region", buckets.REPLICATED),
    ("CKV_AWS_145", "Buckets encrypt with KMS", buckets.KMS_ENCRYPTED),
    ("CKV_AWS_158", "Log groups are encrypted with KMS", alarms.GROUP_ENCRYPTED),
    ("CKV_AWS_159", "Workgroups encrypt results", athena.ENCRYPTED),
    ("CKV_AWS_169", "No topic policy lets in everyone", topics.NOT_PUBLIC),
    ("CKV_AWS_227", "Keys are enabled", keys.ENABLED),
    ("CKV_AWS_251", "Trails are logging", trails.ALL_LOGGING),
    ("CKV_AWS_252", "Trails announce their deliveries on a topic", trails.ANNOUNCED),
    ("CKV_AWS_300", "Unfinished uploads are aborted", buckets.ABORTS_UPLOADS),
    ("CKV_AWS_319", "Alarm actions are enabled", alarms.ALARM_ENABLED),
    ("CKV_AWS_338", "Log groups are kept for at least a year", alarms.GROUP_KEPT_A_YEAR),
    ("CKV_AWS_385", "Topic policies let in no other account", topics.NO_STRANGERS),
    ("CKV2_AWS_6", "Buckets block public access", buckets.CHECKOV_ACCESS_BLOCKED),
    ("CKV2_AWS_10", "Trails are integrated with CloudWatch Logs", trails.TO_LOG_GROUP),
    ("CKV2_AWS_61", "Buckets have a lifecycle", buckets.HAS_LIFECYCLE),
    ("CKV2_AWS_62", "Buckets send event notifications", buckets.NOTIFIES),
    ("CKV2_AWS_64", "Keys have a policy", keys.HAS_POLICY),
    ("CKV2_AWS_65", "Bucket ACLs are disabled", buckets.OWNERSHIP_ENFORCED),
)  # fmt: skip

CONTROLS: tuple[Control, ...] = tuple(
    Control(Framework.CHECKOV, check, title, fact) for check, title, fact in _FACTS
)
