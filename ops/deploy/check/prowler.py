"""The checks of prowler 5.46.0 for the services the landing zone uses.

Restated as prowler decides them, its leniencies included: `make conformance`
runs prowler itself and compares. Source: prowler, providers/aws/services. An organisation is judged as a whole: a
check fails if it fails in any account that holds what it judges.
"""

from collections.abc import Iterator

from ops.deploy.check import alarms, archive, athena, buckets, keys, monitoring, topics, trails
from ops.deploy.check.facts import manual, not_applicable
from ops.deploy.check.model import Control, Fact, Framework
from ops.rules.controls import controls

_EVENTS = not_applicable("judges what has happened, not what is configured")
_ACCOUNT_BLOCK = manual(
    "an account setting, not a resource of the landing zone: `aws s3control "
    "put-public-access-block --account-id …` in every account; the buckets block it themselves"
)
_NO_ACCESS_POINT = not_applicable("the landing zone has no S3 access point")
_DELETION = not_applicable(
    "a key that stands in the plan is not scheduled for deletion; the alarm of CIS 4.7 rings "
    "when somebody does so"
)
_NO_ENCLAVE = not_applicable("no key of the landing zone belongs to a Nitro Enclave")

_FACTS: tuple[tuple[str, str, Fact], ...] = (
    ("athena_workgroup_encryption", "Workgroups encrypt results", athena.ENCRYPTED),
    ("athena_workgroup_enforce_configuration", "Workgroups enforce their settings",
     athena.ENFORCED),
    ("athena_workgroup_logging_enabled", "Workgroups publish metrics", athena.LOGGED),
    ("cloudtrail_bedrock_logging_enabled", "Amazon Bedrock calls are logged",
     trails.RECORDS_WRITES),
    ("cloudtrail_bucket_requires_mfa_delete", "The trail's bucket asks for MFA to delete",
     archive.PROWLER_MFA_DELETE),
    ("cloudtrail_cloudwatch_logging_enabled", "The trail writes to CloudWatch Logs",
     trails.TO_LOG_GROUP),
    ("cloudtrail_insights_exist", "Insights are computed", trails.INSIGHTS),
    ("cloudtrail_kms_encryption_enabled", "Log files are encrypted with KMS", trails.ENCRYPTED),
    ("cloudtrail_log_file_validation_enabled", "Log file validation is enabled",
     trails.VALIDATED),
    ("cloudtrail_logs_s3_bucket_access_logging_enabled", "The trail's bucket logs its accesses",
     archive.PROWLER_LOGGED),
    ("cloudtrail_logs_s3_bucket_is_not_publicly_accessible", "The trail's bucket is not public",
     archive.PROWLER_NOT_PUBLIC),
    ("cloudtrail_multi_region_enabled", "A trail logs in every region", trails.LOGS_EVERYWHERE),
    ("cloudtrail_multi_region_enabled_logging_management_events",
     "A multi-region trail logs management events", trails.PROWLER_MANAGEMENT),
    ("cloudtrail_s3_dataevents_read_enabled", "S3 object reads are logged",
     trails.PROWLER_OBJECT_READS),
    ("cloudtrail_s3_dataevents_write_enabled", "S3 object writes are logged",
     trails.PROWLER_OBJECT_WRITES),
    ("cloudtrail_threat_detection_enumeration", "Nobody enumerates", _EVENTS),
    ("cloudtrail_threat_detection_llm_jacking", "Nobody hijacks language models", _EVENTS),
    ("cloudtrail_threat_detection_privilege_escalation", "Nobody escalates privileges", _EVENTS),
    ("cloudwatch_alarm_actions_alarm_state_configured", "Alarms have an action",
     alarms.ALARM_ACTS),
    ("cloudwatch_alarm_actions_enabled", "Alarm actions are enabled", alarms.ALARM_ENABLED),
    ("cloudwatch_cross_account_sharing_disabled", "CloudWatch shares with no other account",
     alarms.cross_account_sharing),
    ("cloudwatch_log_group_agentcore_data_protection_policy_enabled",
     "AgentCore log groups mask data", not_applicable("no log group belongs to AgentCore")),
    ("cloudwatch_log_group_kms_encryption_enabled", "Log groups are encrypted with KMS",
     alarms.GROUP_ENCRYPTED),
    ("cloudwatch_log_group_no_secrets_in_logs", "Log groups hold no secrets", _EVENTS),
    ("cloudwatch_log_group_not_publicly_accessible", "Log groups are not public",
     alarms.GROUP_NOT_PUBLIC),
    ("cloudwatch_log_group_retention_policy_specific_days_enabled",
     "Log groups are kept for at least a year", alarms.GROUP_KEPT_A_YEAR),
    ("kms_cmk_are_used", "Customer keys are in use", keys.ENABLED),
    ("kms_cmk_not_deleted_unintentionally", "Customer keys are not scheduled for deletion",
     _DELETION),
    ("kms_cmk_not_multi_region", "Customer keys belong to one region", keys.ONE_REGION),
    ("kms_cmk_rotation_enabled", "Customer keys rotate", keys.ROTATED),
    ("kms_key_not_publicly_accessible", "Keys are not public", keys.NOT_PUBLIC),
    *(
        (f"kms_key_enclave_{check}", "Enclave keys ask for attestation", _NO_ENCLAVE)
        for check in (
            "attestation_bypassable_path", "attestation_no_deployment_binding",
            "attestation_not_enforced", "attestation_pcr_mismatch", "attestation_unknown_image",
            "debug_attestation_detected",
        )
    ),
    ("s3_access_point_public_access_block", "Access points block public access",
     _NO_ACCESS_POINT),
    ("s3_account_level_public_access_blocks", "The account blocks public access",
     _ACCOUNT_BLOCK),
    ("s3_bucket_acl_prohibited", "Bucket ACLs are disabled", buckets.NO_ACLS),
    ("s3_bucket_cross_account_access", "Bucket policies let in no other account",
     buckets.NO_STRANGERS),
    ("s3_bucket_cross_region_replication", "Buckets replicate to another region",
     buckets.REPLICATED),
    ("s3_bucket_default_encryption", "Buckets encrypt by default", buckets.ENCRYPTED),
    ("s3_bucket_event_notifications_enabled", "Buckets send event notifications",
     buckets.NOTIFIES),
    ("s3_bucket_kms_encryption", "Buckets encrypt with KMS", buckets.KMS_ENCRYPTED),
    ("s3_bucket_level_public_access_block", "Buckets block public access",
     buckets.PROWLER_ACCESS_BLOCKED),
    ("s3_bucket_lifecycle_enabled", "Buckets have a lifecycle", buckets.EXPIRES),
    ("s3_bucket_no_mfa_delete", "Buckets ask for MFA to delete", buckets.MFA_DELETE),
    ("s3_bucket_object_lock", "Buckets lock their objects", buckets.LOCKED),
    ("s3_bucket_object_public", "No object is public",
     not_applicable("prowler looks at objects only when its own configuration asks it to")),
    ("s3_bucket_object_versioning", "Buckets keep versions", buckets.VERSIONED),
    ("s3_bucket_policy_public_write_access", "No policy lets everyone write",
     buckets.PROWLER_NO_PUBLIC_WRITE),
    ("s3_bucket_public_access", "Buckets are not public", buckets.PROWLER_NOT_PUBLIC),
    ("s3_bucket_public_list_acl", "No ACL lets everyone list", buckets.PROWLER_NO_READ_ACL),
    ("s3_bucket_public_write_acl", "No ACL lets everyone write", buckets.PROWLER_NO_WRITE_ACL),
    ("s3_bucket_secure_transport_policy", "Bucket policies deny plain HTTP",
     buckets.DENIES_PLAIN_HTTP),
    ("s3_bucket_server_access_logging_enabled", "Buckets log their accesses", buckets.LOGGED),
    ("s3_bucket_shadow_resource_vulnerability", "No bucket has a name that is guessed",
     buckets.NOT_SHADOWED),
    ("s3_multi_region_access_point_public_access_block",
     "Multi-region access points block public access", _NO_ACCESS_POINT),
    ("sns_subscription_not_using_http_endpoints", "No subscription uses plain HTTP",
     topics.NO_HTTP_SUBSCRIPTION),
    ("sns_topics_kms_encryption_at_rest_enabled", "Topics are encrypted", topics.ENCRYPTED),
    ("sns_topics_not_publicly_accessible", "Topics are not public", topics.NOT_PUBLIC),
)  # fmt: skip


def _controls() -> Iterator[Control]:
    for name, title, fact in _FACTS:
        yield Control(Framework.PROWLER, name, title, fact)
    for rule in controls():
        said = rule.said
        yield Control(Framework.PROWLER, said.prowler, said.title, monitoring.prowler(rule))


CONTROLS: tuple[Control, ...] = tuple(sorted(_controls(), key=lambda one: one.id))
