"""What each way to break or mend the landing zone changes: these controls, and no other.

`monitoring` stands for every monitoring control, `monitoring-by-person` for all
of them but prowler's, which does not follow an alarm to a subscriber.
"""

FAILING: dict[str, str] = {
    "the trail is gone": (
        "monitoring cis-1.2:2.1 cis-3.0:3.1 cis-3.0:3.8 cis-3.0:3.9 cis-5.0:3.1 cis-5.0:3.8 "
        "cis-5.0:3.9 prowler:cloudtrail_bedrock_logging_enabled "
        "prowler:cloudtrail_multi_region_enabled "
        "prowler:cloudtrail_multi_region_enabled_logging_management_events "
        "prowler:cloudtrail_s3_dataevents_read_enabled "
        "prowler:cloudtrail_s3_dataevents_write_enabled securityhub:CloudTrail.1 "
        "securityhub:CloudTrail.3"
    ),
    "the trail is of one region": (
        "monitoring-by-person checkov:CKV_AWS_67 cis-1.2:2.1 cis-3.0:3.1 cis-5.0:3.1 "
        "prowler:cloudtrail_multi_region_enabled "
        "prowler:cloudtrail_multi_region_enabled_logging_management_events "
        "securityhub:CloudTrail.1"
    ),
    "the trail does not log": (
        "monitoring-by-person checkov:CKV_AWS_251 cis-1.2:2.1 cis-3.0:3.1 cis-5.0:3.1 "
        "prowler:cloudtrail_multi_region_enabled "
        "prowler:cloudtrail_multi_region_enabled_logging_management_events "
        "securityhub:CloudTrail.1 securityhub:CloudTrail.3"
    ),
    "validation is off": (
        "checkov:CKV_AWS_36 cis-1.2:2.2 cis-3.0:3.2 cis-5.0:3.2 "
        "prowler:cloudtrail_log_file_validation_enabled securityhub:CloudTrail.4"
    ),
    "the trail has no key": (
        "checkov:CKV_AWS_35 cis-1.2:2.7 cis-3.0:3.5 cis-5.0:3.5 "
        "prowler:cloudtrail_kms_encryption_enabled securityhub:CloudTrail.2"
    ),
    "the trail has no log group": (
        "monitoring checkov:CKV2_AWS_10 cis-1.2:2.4 "
        "prowler:cloudtrail_cloudwatch_logging_enabled securityhub:CloudTrail.5"
    ),
    "the trail announces nothing": ("checkov:CKV_AWS_252"),
    "no insights": ("prowler:cloudtrail_insights_exist"),
    "no tags": ("securityhub:Athena.3 securityhub:CloudTrail.9"),
    "only writes are recorded": (
        "monitoring-by-person cis-1.2:2.1 cis-3.0:3.1 cis-5.0:3.1 "
        "prowler:cloudtrail_multi_region_enabled_logging_management_events "
        "securityhub:CloudTrail.1"
    ),
    "only reads are recorded": (
        "monitoring-by-person cis-1.2:2.1 cis-3.0:3.1 cis-5.0:3.1 "
        "prowler:cloudtrail_bedrock_logging_enabled "
        "prowler:cloudtrail_multi_region_enabled_logging_management_events "
        "securityhub:CloudTrail.1"
    ),
    "a source is left out": ("securityhub:CloudTrail.1"),
    "the selector has another name": (
        "prowler:cloudtrail_multi_region_enabled_logging_management_events"
    ),
    "only object reads are recorded": ("cis-3.0:3.8 cis-5.0:3.8"),
    "only object writes are recorded": ("cis-3.0:3.9 cis-5.0:3.9"),
    "objects of one bucket only": ("cis-3.0:3.8 cis-3.0:3.9 cis-5.0:3.8 cis-5.0:3.9"),
    "no data events": (
        "cis-3.0:3.8 cis-3.0:3.9 cis-5.0:3.8 cis-5.0:3.9 "
        "prowler:cloudtrail_s3_dataevents_read_enabled "
        "prowler:cloudtrail_s3_dataevents_write_enabled"
    ),
    "a second trail without validation": (
        "checkov:CKV2_AWS_10 checkov:CKV_AWS_252 checkov:CKV_AWS_36 checkov:CKV_AWS_67 "
        "cis-1.2:2.2 cis-1.2:2.4 cis-3.0:3.2 cis-5.0:3.2 "
        "prowler:cloudtrail_cloudwatch_logging_enabled prowler:cloudtrail_insights_exist "
        "prowler:cloudtrail_log_file_validation_enabled securityhub:CloudTrail.4 "
        "securityhub:CloudTrail.5"
    ),
    "a key does not rotate": (
        "checkov:CKV_AWS_7 cis-1.2:2.8 cis-3.0:3.6 cis-5.0:3.6 prowler:kms_cmk_rotation_enabled"
    ),
    "a key is disabled": ("checkov:CKV_AWS_227 prowler:kms_cmk_are_used"),
    "a key is multi-region": ("prowler:kms_cmk_not_multi_region"),
    "a key has the default policy": ("checkov:CKV2_AWS_64"),
    "a key lets in everyone": ("checkov:CKV_AWS_33 prowler:kms_key_not_publicly_accessible"),
    "a topic is not encrypted": (
        "checkov:CKV_AWS_26 prowler:sns_topics_kms_encryption_at_rest_enabled"
    ),
    "a topic lets in everyone": ("checkov:CKV_AWS_169 prowler:sns_topics_not_publicly_accessible"),
    "a topic names a stranger": ("checkov:CKV_AWS_385"),
    "a subscription uses plain HTTP": ("prowler:sns_subscription_not_using_http_endpoints"),
    "the log group has no key": (
        "checkov:CKV_AWS_158 prowler:cloudwatch_log_group_kms_encryption_enabled"
    ),
    "the log group is kept for 30 days": (
        "checkov:CKV_AWS_338 "
        "prowler:cloudwatch_log_group_retention_policy_specific_days_enabled "
        "securityhub:CloudWatch.16"
    ),
    "the log group has no retention": ("checkov:CKV_AWS_66"),
    "a policy opens log groups": ("prowler:cloudwatch_log_group_not_publicly_accessible"),
    "CloudWatch shares": ("prowler:cloudwatch_cross_account_sharing_disabled"),
    "alarms are silenced": (
        "monitoring-by-person checkov:CKV_AWS_319 prowler:cloudwatch_alarm_actions_enabled "
        "securityhub:CloudWatch.17"
    ),
    "an alarm has no action": (
        "prowler:cloudwatch_alarm_actions_alarm_state_configured securityhub:CloudWatch.15"
    ),
    "no alarm has an action": (
        "monitoring-by-person prowler:cloudwatch_alarm_actions_alarm_state_configured "
        "securityhub:CloudWatch.15"
    ),
    "no alarm is left": ("monitoring"),
    "no filter is left": ("monitoring"),
    "nobody subscribes": ("monitoring-by-person"),
    "filters watch another group": ("monitoring"),
    "plain HTTP is not denied": (
        "cis-3.0:2.1.1 cis-5.0:2.1.1 prowler:s3_bucket_secure_transport_policy"
    ),
    "the archive is not logged": (
        "checkov:CKV_AWS_18 cis-1.2:2.6 cis-3.0:3.4 cis-5.0:3.4 "
        "prowler:cloudtrail_logs_s3_bucket_access_logging_enabled securityhub:CloudTrail.7"
    ),
    "the archive lets in everyone": ("checkov:CKV_AWS_70 cis-1.2:2.3 securityhub:CloudTrail.6"),
    "the archive locks everyone out": ("checkov:CKV_AWS_93"),
    "block_public_acls is off": (
        "checkov:CKV2_AWS_6 checkov:CKV_AWS_53 cis-1.2:2.3 cis-3.0:2.1.4 cis-5.0:2.1.4 "
        "securityhub:CloudTrail.6"
    ),
    "block_public_policy is off": (
        "checkov:CKV2_AWS_6 checkov:CKV_AWS_54 cis-1.2:2.3 cis-3.0:2.1.4 cis-5.0:2.1.4 "
        "securityhub:CloudTrail.6"
    ),
    "ignore_public_acls is off": (
        "checkov:CKV_AWS_55 cis-1.2:2.3 cis-3.0:2.1.4 cis-5.0:2.1.4 "
        "prowler:s3_bucket_level_public_access_block securityhub:CloudTrail.6"
    ),
    "restrict_public_buckets is off": (
        "checkov:CKV_AWS_56 cis-1.2:2.3 cis-3.0:2.1.4 cis-5.0:2.1.4 "
        "prowler:s3_bucket_level_public_access_block securityhub:CloudTrail.6"
    ),
    "an ACL would open the archive": (
        "checkov:CKV_AWS_20 checkov:CKV_AWS_57 "
        "prowler:cloudtrail_logs_s3_bucket_is_not_publicly_accessible"
    ),
    "an ACL opens the archive": (
        "checkov:CKV_AWS_20 checkov:CKV_AWS_55 checkov:CKV_AWS_57 cis-1.2:2.3 cis-3.0:2.1.4 "
        "cis-5.0:2.1.4 prowler:cloudtrail_logs_s3_bucket_is_not_publicly_accessible "
        "prowler:s3_bucket_level_public_access_block prowler:s3_bucket_public_access "
        "prowler:s3_bucket_public_list_acl prowler:s3_bucket_public_write_acl "
        "securityhub:CloudTrail.6"
    ),
    "a policy opens the archive": (
        "checkov:CKV_AWS_56 checkov:CKV_AWS_70 cis-1.2:2.3 cis-3.0:2.1.4 cis-5.0:2.1.4 "
        "prowler:s3_bucket_level_public_access_block "
        "prowler:s3_bucket_policy_public_write_access prowler:s3_bucket_public_access "
        "securityhub:CloudTrail.6"
    ),
    "ACLs are enabled": ("checkov:CKV2_AWS_65 prowler:s3_bucket_acl_prohibited"),
    "versioning is suspended": ("checkov:CKV_AWS_21 prowler:s3_bucket_object_versioning"),
    "the archive has no lifecycle": ("checkov:CKV2_AWS_61 prowler:s3_bucket_lifecycle_enabled"),
    "the lifecycle is disabled": ("checkov:CKV_AWS_300 prowler:s3_bucket_lifecycle_enabled"),
    "uploads are never aborted": ("checkov:CKV_AWS_300"),
    "the archive has another encryption": (
        "checkov:CKV_AWS_19 prowler:s3_bucket_default_encryption"
    ),
    "a bucket has a name AWS would guess": ("prowler:s3_bucket_shadow_resource_vulnerability"),
    "a role trusts everyone": ("checkov:CKV_AWS_60"),
    "a role policy allows everything": ("checkov:CKV_AWS_62 checkov:CKV_AWS_63"),
    "a role policy allows every action": ("checkov:CKV_AWS_63"),
    "results are not encrypted": ("checkov:CKV_AWS_159 prowler:athena_workgroup_encryption"),
    "a query may choose its settings": (
        "checkov:CKV_AWS_82 prowler:athena_workgroup_enforce_configuration"
    ),
    "queries are not counted": ("prowler:athena_workgroup_logging_enabled securityhub:Athena.4"),
}
PASSING: dict[str, str] = {
    "buckets replicate": ("checkov:CKV_AWS_144 prowler:s3_bucket_cross_region_replication"),
    "buckets notify": ("checkov:CKV2_AWS_62 prowler:s3_bucket_event_notifications_enabled"),
    "access logs are encrypted with KMS": ("checkov:CKV_AWS_145 prowler:s3_bucket_kms_encryption"),
    "every bucket is locked": ("prowler:s3_bucket_object_lock"),
    "every bucket is logged": ("prowler:s3_bucket_server_access_logging_enabled"),
    "no analyst reads the archive": ("prowler:s3_bucket_cross_account_access"),
    "MFA Delete is on": (
        "prowler:cloudtrail_bucket_requires_mfa_delete prowler:s3_bucket_no_mfa_delete"
    ),
    "readers are roles": ("checkov:CKV_AWS_61"),
}
